"""The way in and out: sign-in, second factor, forgotten password, invitations, and the demo's outbox.

Plain pages with native forms: they work before any script, keep what was typed, and no websocket is opened for a
stranger. Every change is a POST that must come from our own origin; links in emails only show a page.
"""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException

from ..kernel.actor import job
from ..kernel.db import write
from ..kernel.errors import ArbillError
from ..kernel.settings import LOOPBACK, settings
from ..messages.queries import outbox
from ..partners import sign_in
from ..partners.service import ask_reset
from . import routes
from .session import cookie_name, forget

api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
Typed = Annotated[str, Form(max_length=500)]


def from_here(request: Request) -> None:
    """Cross-site posts are refused: by what the browser says of itself, and by Origin."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin", "none") or (origin is not None and origin not in settings().origins):
        raise HTTPException(403, "This form came from somewhere else.")
    if site is None and origin is None:
        raise HTTPException(403, "This form came from nowhere.")


MISSING = "There is no such page."
CRASHED = "Something went wrong on our side. Nothing was changed: go back and try again."
Ours = [Depends(from_here)]


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    known = {"error": "", "errors": {}, "email": "", "next": "", "demo": settings().demo, "token": ""}
    return HTMLResponse(pages.get_template(template).render(**(known | values)), status)


def enter(secret: str, to: str) -> RedirectResponse:
    answer = RedirectResponse(to, 303)
    lasts = int(sign_in.LASTS.total_seconds())
    answer.set_cookie(
        cookie_name(), secret, max_age=lasts, httponly=True, samesite="lax", secure=settings().https, path="/"
    )
    return answer


def safe_next(wanted: str) -> str:
    """Only a path of ours: `//evil.example` and `https:…` go home."""
    parts = urlsplit(wanted.replace("\\", "/"))
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not wanted.startswith("//")
    return wanted if inside and not any(ord(c) < 32 for c in wanted) else routes.OVERVIEW


def caller(request: Request) -> tuple[str, str]:
    """(address, browser). Behind a proxy on this machine everybody would come from it: then it says from where.

    The last address is the one our proxy saw; those before it are whatever the caller claims.
    """
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "") if peer in LOOPBACK else ""
    return forwarded.rpartition(",")[2].strip() or peer, request.headers.get("user-agent", "")


def secret_of(request: Request) -> str:
    return request.cookies.get(cookie_name(), "")[:100]


@api.exception_handler(HTTPException)
@api.exception_handler(Exception)
def show_error(request: Request, error: Exception) -> Response:
    """A page in our own clothes; what went wrong inside stands in the log only."""
    status, said = (error.status_code, str(error.detail)) if isinstance(error, HTTPException) else (500, CRASHED)
    return page("error.html", status, said=MISSING if status == 404 else said)


@api.get(routes.LOGIN)
def show_login(request: Request, next: str = "") -> Response:
    who = sign_in.resolve(secret_of(request)) if secret_of(request) else None
    if who:
        return RedirectResponse(routes.CODE if who.needs_code else safe_next(next), 303)
    return page("login.html", next=next)


@api.post("/auth/sign-in", dependencies=Ours)
def do_sign_in(request: Request, email: Typed = "", password: Typed = "", next: Typed = "") -> Response:
    try:
        entry = sign_in.sign_in(email, password, *caller(request))
    except ArbillError as refused:
        return page("login.html", 422, error=refused.message, email=email, next=next)
    return enter(entry.secret, routes.CODE if entry.needs_code else safe_next(next))


@api.get(routes.CODE)
def show_code(request: Request) -> Response:
    who = sign_in.resolve(secret_of(request))
    if who is None or not who.needs_code:
        return RedirectResponse(routes.OVERVIEW if who else routes.LOGIN, 303)
    return page("code.html")


@api.post("/auth/code", dependencies=Ours)
def do_code(request: Request, code: Typed = "") -> Response:
    try:
        fresh = sign_in.give_code(secret_of(request), code)
    except ArbillError as refused:
        return page("code.html", 422, error=refused.message)
    forget(secret_of(request))
    return enter(fresh, routes.OVERVIEW)


@api.post("/auth/sign-out", dependencies=Ours)
def do_sign_out(request: Request) -> Response:
    sign_in.sign_out(secret_of(request))
    forget(secret_of(request))
    answer = RedirectResponse(routes.LOGIN, 303)
    answer.delete_cookie(cookie_name(), path="/", secure=settings().https, httponly=True, samesite="lax")
    return answer


@api.get(routes.FORGOT)
def show_forgot() -> Response:
    return page("forgot.html", sent=False)


@api.post("/auth/forgot", dependencies=Ours)
def do_forgot(request: Request, email: Typed = "") -> Response:
    """The same answer whether or not there is such a person."""
    try:
        sign_in.limit_resets(email, caller(request)[0])
    except ArbillError as refused:
        return page("forgot.html", 422, sent=False, error=refused.message, email=email)
    if staff := sign_in.find_staff(email):
        write(job(staff.partner_id), ask_reset, staff.id)
    return page("forgot.html", sent=True, email=email)


@api.get(routes.JOIN)
def show_join(token: str = "") -> Response:
    staff = sign_in.open_link(token[:100])
    return page("join.html", name=staff.name if staff else "", email=staff.email if staff else "", token=token)


@api.post("/auth/join", dependencies=Ours)
def do_join(request: Request, token: Typed = "", password: Typed = "") -> Response:
    try:
        entry = sign_in.use_link(token[:100], password, *caller(request))
    except ArbillError as refused:
        staff = sign_in.open_link(token[:100])
        name, email = (staff.name, staff.email) if staff else ("", "")
        return page("join.html", 422, name=name, email=email, token=token, error=refused.message)
    forget()
    return enter(entry.secret, routes.CODE if entry.needs_code else routes.OVERVIEW)


@api.get(routes.OUTBOX)
def show_outbox() -> Response:
    """Every message, for trying arbill out: only in demo mode, where the mailboxes are nobody's."""
    if not settings().demo:
        raise HTTPException(404)
    return page("outbox.html", messages=outbox())


@api.get("/portal")
@api.get("/clients/login")
def show_portal() -> Response:
    """Welcome emails lead here. Until there is a portal, this says so: a customer has no staff sign-in."""
    return page("portal.html")


@api.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}
