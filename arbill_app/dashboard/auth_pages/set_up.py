"""Setting up the second factor that a company requires: the only page open to somebody who has none.

A native form, as all pages before the dashboard are. The key is made and shown by a POST, so that opening the page
again does not void the key that a phone has scanned.
"""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from ...kernel.db.transactions import read, write
from ...kernel.errors import ArbillError
from ...partners.auth import account
from ...partners.auth.secrets import totp_uri
from ...partners.auth.sign_in import Who, resolve
from ...partners.passkeys.protocol import is_possible
from ...partners.views import unproved_key
from ...web_forms import Typed
from ..shell import routes
from ..shell.authenticator import drawn, grouped
from ..shell.passwords import write_with_password
from ..shell.session import forget
from .pages import Ours, page, secret_of, still_owed


def open_on(api: FastAPI) -> None:
    api.get(routes.SET_UP)(show_set_up)
    api.post("/auth/set-up", dependencies=Ours)(begin)
    api.post("/auth/set-up/code", dependencies=Ours)(prove)


def show_set_up(request: Request) -> Response:
    who = resolve(secret_of(request))
    if who is None or not who.must_set_up:
        return elsewhere(who)
    return set_up_page(who, step="begin")


def begin(request: Request) -> Response:
    who = resolve(secret_of(request))
    if who is None or not who.must_set_up:
        return elsewhere(who)
    try:
        return _key_page(who, write(who.actor, account.begin_two_factor))
    except ArbillError as refused:
        return set_up_page(who, refused.status, step="begin", error=refused.message)


def prove(request: Request, code: Typed = "", password: Typed = "") -> Response:
    """The code that the app shows, and the password again: the same verb as under "Your profile"."""
    who = resolve(secret_of(request))
    if who is None or not who.must_set_up:
        return elsewhere(who)
    try:
        codes = write_with_password(who.actor, account.confirm_two_factor, code, password)
    except ArbillError as refused:
        return _key_page(who, read(who.actor, unproved_key), refused.status, refused)
    forget()
    return set_up_page(who, step="codes", codes=codes)


def elsewhere(who: Who | None) -> Response:
    """To where somebody belongs who has nothing to set up."""
    to = (still_owed(who) or routes.OVERVIEW) if who else routes.LOGIN
    return RedirectResponse(to, 303)


def _key_page(who: Who, key: str, status: int = 200, refused: ArbillError | None = None) -> Response:
    if not key:
        return set_up_page(who, status, step="begin", error=refused.message if refused else "")
    errors = refused.errors if refused else {}
    said = refused.message if refused and not errors else ""
    return set_up_page(
        who, status, step="key", key=grouped(key), qr=drawn(totp_uri(key, who.email)), errors=errors, error=said
    )


def set_up_page(who: Who, status: int = 200, **values: Any) -> Response:
    others = [company for company in who.companies if company[0] != who.actor.id]
    known = {"partner": who.partner_name, "email": who.email, "others": others, "passkeys": is_possible()}
    return page("set_up.html", status, **(known | values))
