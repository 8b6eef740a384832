"""Files that people send and see: what every upload goes through, and the logos.

An upload is a POST of one file from our own page; the answer is `{}` or `{"errors": {"file": "…"}}` for Upload in
assets/kit.jsx.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from ...kernel.actor import MANAGERS, Actor
from ...kernel.db.transactions import Tx, ask, run
from ...kernel.errors import ArbillError, Busy, NotFound, Unavailable
from ...kernel.typesetting.limits import place
from ...partners import branding
from ...web_papers import requester, waiting
from ..auth_pages.pages import Ours
from ..shell import routes
from ..shell.session import let_in

AROUND = 16 * 1024  # bytes of a form around its file
# A picture is looked at, also when somebody opens it alone: nothing in it runs, loads or is a page of ours.
SEALED = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Sent:
    """`fields` are the form's other fields."""

    name: str
    content: bytes
    fields: dict[str, str]


def open_on(api: FastAPI) -> None:
    api.post(routes.LOGO, dependencies=Ours)(send_logo)
    api.get(routes.LOGO + "/{logo_id}")(show_logo)


async def receive(
    request: Request,
    roles: Collection[str],
    most: int,
    verb: Callable[[Tx, Any], Any],
    prepare: Callable[[Actor, Sent], Any] | None = None,
) -> JSONResponse:
    """One file of at most `most` bytes, from somebody of these roles, given to `verb` in a transaction of theirs.

    `prepare` makes of it what the verb takes, in a thread and before the transaction begins.
    """
    try:
        who = await let_in(request.headers.get("cookie", ""))
    except Unavailable as away:
        return _refused(away.status, away.message)
    if who is None:
        return _refused(401, "You were signed out. Sign in and try again.")
    if who.actor.role not in roles:
        return _refused(403, "Your role does not allow this.")
    if not 0 < _length(request) <= most + AROUND:
        return _refused(413, f"Choose a file of at most {most // 1024} KB.")
    try:
        sent: Any = await _sent(request)
        if prepare:
            with place(requester(who.actor)):
                sent = await waiting(prepare, who.actor, sent)
        await run(who.actor, verb, sent)
    except ArbillError as refused:
        return _refused(refused.status, refused.message, refused.retry_after if isinstance(refused, Busy) else 0)
    except HTTPException:
        return _refused(400, "Send one file.")
    return JSONResponse({})


def _refused(status: int, said: str, retry_after: int = 0) -> JSONResponse:
    headers = {"retry-after": str(retry_after)} if retry_after else {}
    return JSONResponse({"errors": {"file": said}}, status, headers)


def _length(request: Request) -> int:
    """What the caller says; the server reads no further than that."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 12 else 0


async def _sent(request: Request) -> Sent:
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if isinstance(file, UploadFile):
            return Sent(file.filename or "", await file.read(), fields)
    return Sent("", b"", fields)


# ---------------------------------------------------------------- logos


async def send_logo(request: Request) -> JSONResponse:
    def prepare(actor: Actor, sent: Sent) -> tuple[branding.Picture, str]:
        return branding.prepare_logo(sent.content, requester(actor)), sent.fields.get("entity_id", "")

    def save(tx: Tx, prepared: tuple[branding.Picture, str]) -> None:
        branding.save_logo(tx, *prepared)

    return await receive(request, MANAGERS, branding.LARGEST, save, prepare)


async def show_logo(request: Request, logo_id: str) -> Response:
    who = await let_in(request.headers.get("cookie", ""))
    if who is None:
        raise HTTPException(401, "Sign in first.")
    try:
        logo = await ask(who.actor, branding.logo, logo_id)
    except NotFound:
        raise HTTPException(404) from None
    return Response(logo.content, media_type=logo.kind, headers=SEALED)
