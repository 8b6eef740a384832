"""Coming in and going out: email and a code that is typed, or a password; and the language of the pages."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ..customers.portal_auth import sign_in as sign_in
from ..kernel.errors import ArbillError
from ..kernel.problems import Problem
from ..web_forms import Ours, Typed, caller, device_of, keep_device, safe_next
from .i18n import LANGUAGES, Words
from .pages import HOME, PortalRoute, page, to
from .session import LANGUAGE, Anybody, cookie_name, remember, secret_of

CHALLENGE, NEXT = "arbill_portal_code", "arbill_portal_next"
CODE, PASSWORD = f"{HOME}/code", f"{HOME}/password"
router = APIRouter(route_class=PortalRoute)


@router.get(HOME)
@router.get("/clients/login")
def start(visit: Anybody, next: str = "") -> Response:
    if visit.login:
        return to(safe_next(next, f"{HOME}/{visit.login.seats[0].customer_id}"))
    answer = page("sign_in.html", Words(visit.language), email="")
    remember(answer, NEXT, safe_next(next[:2000], ""), 3600)
    return answer


@router.post(f"{HOME}/sign-in", dependencies=Ours)
def ask_for_code(request: Request, visit: Anybody, email: Typed = "") -> Response:
    say = Words(visit.language)
    if "@" not in email.strip(" @"):
        wrong = {"email": Problem("email.malformed")}
        return page("sign_in.html", say, status=422, email=email, problems=wrong)
    try:
        # What the browser asks for is a guess: whom we know by now knows better.
        language = request.cookies.get(LANGUAGE, "")[:10]
        challenge = sign_in.send_code(email, caller(request)[0], language, device_of(request))
    except ArbillError as refused:
        return page("sign_in.html", say, status=refused.status, email=email, problem=refused.problem)
    answer = to(CODE)
    remember(answer, CHALLENGE, challenge, int(sign_in.CODE_LASTS.total_seconds()))
    return answer


@router.get(CODE)
def show_code(request: Request, visit: Anybody) -> Response:
    if visit.login or not request.cookies.get(CHALLENGE):
        return to(HOME)
    return page("code.html", Words(visit.language))


@router.post(CODE, dependencies=Ours)
def give_code(request: Request, visit: Anybody, code: Typed = "") -> Response:
    say = Words(visit.language)
    device = device_of(request)
    try:
        secret = sign_in.enter_code(request.cookies.get(CHALLENGE, ""), code, *caller(request), device)
    except ArbillError as refused:
        return page("code.html", say, status=refused.status, problems={"code": refused.problem})
    return _enter(request, secret, device)


@router.get(PASSWORD)
def show_password(visit: Anybody) -> Response:
    return to(HOME) if visit.login else page("password.html", Words(visit.language), email="")


@router.post(PASSWORD, dependencies=Ours)
def give_password(request: Request, visit: Anybody, email: Typed = "", password: Typed = "") -> Response:
    say = Words(visit.language)
    device = device_of(request)
    try:
        secret = sign_in.sign_in(email, password, *caller(request), device)
    except ArbillError as refused:
        return page("password.html", say, status=refused.status, email=email, problem=refused.problem)
    return _enter(request, secret, device)


def _enter(request: Request, secret: str, device: str) -> Response:
    answer = to(safe_next(request.cookies.get(NEXT, ""), HOME))
    remember(answer, cookie_name(), secret)
    keep_device(answer, device)
    for name in (CHALLENGE, NEXT):
        remember(answer, name, "")
    return answer


@router.post(f"{HOME}/sign-out", dependencies=Ours)
def leave(request: Request) -> Response:
    sign_in.sign_out(secret_of(request))
    answer = to(HOME)
    remember(answer, cookie_name(), "")
    return answer


@router.post(f"{HOME}/language", dependencies=Ours)
def choose_language(visit: Anybody, language: Typed = "", back: Typed = "") -> Response:
    if language in LANGUAGES and visit.login:
        sign_in.set_language(visit.login.email_key, language)
    answer = to(safe_next(back, HOME))
    if language in LANGUAGES:
        remember(answer, LANGUAGE, language, 365 * 24 * 3600)
    return answer
