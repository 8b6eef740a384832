"""Passkeys on the pages before the dashboard: to sign in, as the second factor, and to set one up that is required.

Each takes two POSTs: one for what the browser is asked (JSON), one with the authenticator's answer (a native form).
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response

from ...kernel.db.transactions import write
from ...kernel.errors import ArbillError
from ...kernel.settings import settings
from ...partners.auth.confirming import confirm
from ...partners.auth.secrets import new_token
from ...partners.auth.sign_in import Who, resolve
from ...partners.passkeys import sign_in as door
from ...partners.passkeys.challenges import Purpose, take
from ...partners.passkeys.passkeys import add_passkey, ask_to_add, may_add
from ...partners.passkeys.protocol import LASTS, LONGEST
from ...web_forms import Typed, caller, device_of, safe_next
from ..shell import routes
from ..shell.passwords import write_with_password
from ..shell.session import forget
from .pages import Ours, enter, refused_page, second_factor, secret_of
from .set_up import elsewhere, set_up_page

Answer = Annotated[str, Form(max_length=LONGEST)]


def open_on(api: FastAPI) -> None:
    for path, handler in (
        ("/auth/passkey/ask", ask_to_sign_in),
        ("/auth/passkey", sign_in),
        ("/auth/code/passkey/ask", ask_for_second),
        ("/auth/code/passkey", give_second),
        ("/auth/set-up/passkey/ask", ask_to_set_up),
        ("/auth/set-up/passkey", set_up),
    ):
        api.post(path, dependencies=Ours)(handler)


def _asked(question: Callable[[], str]) -> Response:
    try:
        return Response(question(), media_type="application/json")
    except ArbillError as refused:
        return JSONResponse({"message": refused.message}, refused.status)


# ---------------------------------------------------------------- signing in


def _cookie() -> str:
    return "__Host-arbill_passkey" if settings().https else "arbill_passkey"


def ask_to_sign_in(request: Request) -> Response:
    """The answer counts only from the browser that was asked: it holds a cookie for as long."""
    browser = new_token()[0]
    answer = _asked(lambda: door.ask_to_sign_in(browser, caller(request)[0]))
    answer.set_cookie(
        _cookie(), browser, max_age=LASTS, httponly=True, samesite="strict", secure=settings().https, path="/"
    )
    return answer


def sign_in(request: Request, answer: Answer = "", next: Typed = "") -> Response:
    device, browser = device_of(request), request.cookies.get(_cookie(), "")[:100]
    try:
        secret = door.sign_in_with_passkey(answer, browser, *caller(request), device)
    except ArbillError as refused:
        return refused_page("login.html", refused, next=next)
    return enter(secret, safe_next(next, routes.OVERVIEW), device)


# ---------------------------------------------------------------- after the password


def ask_for_second(request: Request) -> Response:
    return _asked(lambda: door.ask_for_second(secret_of(request)))


def give_second(request: Request, answer: Answer = "") -> Response:
    return second_factor(request, door.give_passkey, answer)


# ---------------------------------------------------------------- setting one up that is required


def ask_to_set_up(request: Request, name: Typed = "", password: Typed = "") -> Response:
    who = resolve(secret_of(request))
    if who is None or not who.must_set_up:
        return JSONResponse({"message": "Sign in again."}, 403)
    return _asked(lambda: _question(who, name, password))


def _question(who: Who, name: str, password: str) -> str:
    write_with_password(who.actor, confirm, password)
    return ask_to_add(write(who.actor, may_add, name), who.actor.session_id)


def set_up(request: Request, name: Typed = "", answer: Answer = "") -> Response:
    who = resolve(secret_of(request))
    if who is None or not who.must_set_up:
        return elsewhere(who)
    try:
        proof = take(answer, Purpose.ADD, who.actor.session_id)
        codes = write(who.actor, add_passkey, name, proof)
    except ArbillError as refused:
        return set_up_page(who, refused.status, step="begin", error=refused.message)
    forget()
    return set_up_page(who, step="codes", codes=codes)
