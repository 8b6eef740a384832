"""The way in and out: sign-in, second factor, forgotten password, invitations, and the demo's outbox.

Plain pages with native forms: they work before any script, keep what was typed, and no websocket is opened for a
stranger. Every change is a POST that must come from our own origin; links in emails only show a page.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from ...kernel.actor import job
from ...kernel.db.transactions import write
from ...kernel.errors import ArbillError, Busy, Invalid, NotFound
from ...kernel.monitoring.logs import request_id
from ...kernel.settings import settings
from ...messages.views import outbox, outbox_attachment
from ...partners.auth import sign_in
from ...partners.auth.account import ask_reset
from ...partners.auth.joining import use_link
from ...partners.auth.links import open_link
from ...partners.auth.tries import TooMany
from ...partners.passkeys.protocol import is_possible
from ...partners.passkeys.sign_in import factors_of
from ...web_forms import Ours as Ours
from ...web_forms import Typed, caller, device_of, keep_device, safe_next
from ...web_forms import disposition as disposition
from ..shell import routes
from ..shell.session import cookie_name, forget

api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


MISSING = "There is no such page."
CRASHED = "Something went wrong on our side. Go back and try again."


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    known: dict[str, Any] = {"error": "", "errors": {}, "email": "", "next": "", "demo": settings().demo, "token": ""}
    known["passkeys"] = is_possible()
    known["request_id"] = request_id()
    return HTMLResponse(pages.get_template(template).render(**(known | values)), status)


def enter(secret: str, to: str, device: str) -> RedirectResponse:
    """The session's cookie, and the device's: who gave the password only, and owes a code, is not known by it yet."""
    answer = RedirectResponse(to, 303)
    keep_device(answer, device)
    lasts = int(sign_in.LASTS.total_seconds())
    answer.set_cookie(
        cookie_name(), secret, max_age=lasts, httponly=True, samesite="lax", secure=settings().https, path="/"
    )
    return answer


def refused_page(template: str, refused: ArbillError, **values: Any) -> HTMLResponse:
    """The same page with the sentence; a try that came too early says also to programs when to come again."""
    answer = page(template, refused.status, error=refused.message, **values)
    if isinstance(refused, TooMany):
        answer.headers["retry-after"] = str(refused.seconds)
    return answer


def secret_of(request: Request) -> str:
    return request.cookies.get(cookie_name(), "")[:100]


@api.exception_handler(HTTPException)
def show_error(request: Request, error: HTTPException) -> Response:
    """A page of ours. What went wrong is logged by web/shield.py."""
    return page("error.html", error.status_code, said=MISSING if error.status_code == 404 else str(error.detail))


@api.exception_handler(Exception)
def show_crash(request: Request, error: Exception) -> Response:
    return page("error.html", 500, said=CRASHED)


@api.exception_handler(ArbillError)
def show_refusal(request: Request, error: ArbillError) -> Response:
    answer = page("error.html", error.status, said=error.message)
    if isinstance(error, Busy):
        answer.headers["retry-after"] = str(error.retry_after)
    return answer


@api.get(routes.LOGIN)
def show_login(request: Request, next: str = "") -> Response:
    who = sign_in.resolve(secret_of(request)) if secret_of(request) else None
    if who:
        return RedirectResponse(still_owed(who) or safe_next(next, routes.OVERVIEW), 303)
    return page("login.html", next=next)


def still_owed(who: sign_in.Who) -> str:
    """The page of what signing in still asks for; "" for nothing."""
    return routes.CODE if who.needs_code else routes.SET_UP if who.must_set_up else ""


@api.post("/auth/sign-in", dependencies=Ours)
def do_sign_in(request: Request, email: Typed = "", password: Typed = "", next: Typed = "") -> Response:
    device = device_of(request)
    try:
        entry = sign_in.sign_in(email, password, *caller(request), device)
    except ArbillError as refused:
        return refused_page("login.html", refused, email=email, next=next)
    return enter(entry.secret, routes.CODE if entry.needs_code else safe_next(next, routes.OVERVIEW), device)


@api.get(routes.CODE)
def show_code(request: Request) -> Response:
    who = sign_in.resolve(secret_of(request))
    if who is None or not who.needs_code:
        return RedirectResponse(routes.OVERVIEW if who else routes.LOGIN, 303)
    return code_page(request)


def code_page(request: Request, refused: ArbillError | None = None) -> HTMLResponse:
    app, passkeys = factors_of(secret_of(request))
    if refused:
        return refused_page("code.html", refused, app=app, passkeys=passkeys and is_possible())
    return page("code.html", app=app, passkeys=passkeys and is_possible())


@api.post("/auth/code", dependencies=Ours)
def do_code(request: Request, code: Typed = "") -> Response:
    return second_factor(request, sign_in.give_code, code)


def second_factor(request: Request, give: Callable[..., str], proof: str) -> Response:
    """Into the dashboard with the new session that `give` returns for a right `proof`, or the page with why not."""
    device = device_of(request)
    try:
        fresh = give(secret_of(request), proof, *caller(request), device)
    except ArbillError as refused:
        return code_page(request, refused)
    forget(secret_of(request))
    return enter(fresh, routes.OVERVIEW, device)


@api.post("/auth/sign-out", dependencies=Ours)
def do_sign_out(request: Request) -> Response:
    sign_in.sign_out(secret_of(request))
    forget(secret_of(request))
    answer = RedirectResponse(routes.LOGIN, 303)
    answer.delete_cookie(cookie_name(), path="/", secure=settings().https, httponly=True, samesite="lax")
    return answer


@api.post("/auth/switch", dependencies=Ours)
def do_switch(request: Request, company: Typed = "") -> Response:
    """Another company of the same person; other tabs of this browser follow by themselves (assets/kit.jsx)."""
    former = secret_of(request)
    try:
        fresh = sign_in.switch_company(former, company[:40])
    except Invalid:
        return RedirectResponse(routes.LOGIN, 303)
    forget(former)
    return enter(fresh, routes.OVERVIEW, device_of(request))


@api.get(routes.FORGOT)
def show_forgot() -> Response:
    return page("forgot.html", sent=False)


@api.post("/auth/forgot", dependencies=Ours)
def do_forgot(request: Request, email: Typed = "") -> Response:
    """The same answer whether or not there is such a person."""
    try:
        mails = sign_in.may_mail_reset(email, caller(request)[0], device_of(request))
    except ArbillError as refused:
        return refused_page("forgot.html", refused, sent=False, email=email)
    if mails and (member := sign_in.find_member(email)):
        write(job(member.staff.partner_id), ask_reset, member.staff.id, *caller(request))
    return page("forgot.html", sent=True, email=email)


@api.get(routes.JOIN)
def show_join(token: str = "") -> Response:
    return join_page(token[:100])


def join_page(token: str, status: int = 200, error: str = "") -> HTMLResponse:
    return page("join.html", status, found=open_link(token), token=token, error=error)


@api.post("/auth/join", dependencies=Ours)
def do_join(request: Request, token: Typed = "", password: Typed = "") -> Response:
    device, token = device_of(request), token[:100]
    try:
        entry = use_link(token, password, *caller(request), device)
    except ArbillError as refused:
        return join_page(token, refused.status, refused.message)
    sign_in.sign_out(secret_of(request))  # whoever was signed in here before
    forget()
    return enter(entry.secret, routes.CODE if entry.needs_code else routes.OVERVIEW, device)


@api.get(routes.OUTBOX)
def show_outbox() -> Response:
    """Every message, for trying arbill out: only in demo mode, where the mailboxes are nobody's."""
    if not settings().demo:
        raise HTTPException(404)
    return page("outbox.html", messages=outbox(), looks={"Sent": " ok", "Failed": " bad", "Needs a look": " warn"})


@api.get(routes.OUTBOX + "/{effect_id}/{number}")
def show_attachment(effect_id: str, number: int) -> Response:
    """What goes along with a message of the demo's outbox, saved rather than shown: it may be anybody's file."""
    if not settings().demo:
        raise HTTPException(404)
    try:
        name, kind, content = outbox_attachment(effect_id, number)
    except NotFound:
        raise HTTPException(404) from None
    return Response(content, media_type=kind, headers={"content-disposition": disposition(name)})


@api.get("/healthz")
def show_health() -> dict[str, str]:
    """This process answers: nothing else is asked."""
    return {"status": "ok"}
