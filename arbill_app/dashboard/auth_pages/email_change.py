"""The links that are mailed when somebody changes the address they sign in with. A GET shows, only a POST changes."""

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from ...kernel.errors import ArbillError
from ...partners.auth import email_change
from ...web_forms import Typed, caller
from ..shell import routes
from ..shell.session import forget
from .pages import Ours, page


def open_on(api: FastAPI) -> None:
    api.get(routes.EMAIL)(show_confirmation)
    api.post("/auth/email", dependencies=Ours)(confirm)
    api.get(routes.EMAIL + "/stop")(show_stop)
    api.post("/auth/email/stop", dependencies=Ours)(stop)


def show_confirmation(token: str = "") -> Response:
    return page("email.html", change=email_change.open_confirmation(token[:100]), token=token[:100], stop=False)


def confirm(request: Request, token: Typed = "") -> Response:
    try:
        change = email_change.confirm_email(token[:100], *caller(request))
    except ArbillError as refused:
        return page("email.html", refused.status, change=None, token="", stop=False, error=refused.message)
    forget()
    return page("email.html", change=change, token="", stop=False)


def show_stop(token: str = "") -> Response:
    return page("email.html", change=email_change.open_stop(token[:100]), token=token[:100], stop=True)


def stop(request: Request, token: Typed = "") -> Response:
    """And on to a new password: the old one was known to whoever asked for the change."""
    try:
        key = email_change.stop_email_change(token[:100], *caller(request))
    except ArbillError as refused:
        return page("email.html", refused.status, change=None, token="", stop=True, error=refused.message)
    forget()
    return RedirectResponse(routes.asking(routes.JOIN, {"token": key}), 303)
