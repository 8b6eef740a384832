"""The outermost ring of HTTP: origin and session of websockets, what is closed, who may load a page, limits, ids.

Stock Reflex opens its websocket to anybody, its upload route to everybody, serves its page shells to strangers, and
sends no security or cache headers.
"""

import logging
import re
import time
from typing import Any
from urllib.parse import quote

from ..dashboard.doors import CRASHED, page
from ..dashboard.routes import CODE, LOGIN
from ..dashboard.session import let_in, secret_in, who_holds
from ..kernel import metrics
from ..kernel.errors import Unavailable
from ..kernel.logs import tell, tracing
from ..kernel.settings import settings
from . import headers, shells
from .bodies import Body, Gone, Refused, counted
from .request_id import id_of

log = logging.getLogger("arbill.request")
CLOSED = re.compile(r"^/(_upload|_all_routes|auth-codespace|ping)(/|$)")
OURS = re.compile(
    r"^/(login|forgot|join|outbox|portal|clients/login|auth|export|files|pay|sandbox|webhooks"
    r"|healthz|readyz|statusz|metrics)(/|$)"
)
SHOWN = 200  # characters of an address in the log
TRY_AGAIN_LATER = 1013  # RFC 6455's registry: the server cannot say at the moment who this is


class Shield:
    """ASGI middleware around everything else."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            with tracing(id_of(scope, headers.read(scope))):
                await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    # ------------------------------------------------------------ websockets

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        said = headers.read(scope)
        try:
            who = await who_holds(secret_in(said.get("cookie", "")))
        except Unavailable:
            # Accepted first: refused, it would be a 403, which says something about the person.
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
            return
        if said.get("origin") not in settings().origins or not who or who.needs_code:
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        metrics.websocket(+1)
        try:
            await self.app(scope, counted(receive), send)
        except Gone:
            log.warning("a websocket sent a message that is too large")
        except ValueError as odd:  # engine.io ends the talk with whoever does not speak it
            log.warning("a websocket sent a message that cannot be read: %s", type(odd).__name__)
        finally:
            metrics.websocket(-1)

    # ------------------------------------------------------------ requests

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        began, said = time.perf_counter(), headers.read(scope)
        with tracing(id_of(scope, said)) as found:
            body = Body(scope, receive, said)
            answer = Answer(scope, send, found.id, body)
            try:
                if not body.refusal:
                    await self._route(scope, said, body.receive, answer.send)
            except Refused:
                pass
            except Unavailable as away:
                await answer.instead(503, away.message)
            except Exception as crash:
                if not body.refusal:
                    log.error("%s %s failed", scope["method"], scope["path"], exc_info=crash)
                    await answer.instead(500, CRASHED)
            if refusal := body.refusal:
                body.refusal = None
                await answer.instead(*refusal)
            await answer.end()
            _note(scope, answer.status, began)

    async def _route(self, scope: Any, said: dict[str, str], receive: Any, send: Any) -> None:
        path = scope["path"]
        if CLOSED.match(path) or ".." in path:
            await respond(send, 404, b"Not found")
        elif path.startswith("/assets/reflex-env-"):
            await respond(send, 200, shells.addresses(path), "text/javascript; charset=utf-8")
        elif OURS.match(path) or path.startswith("/_event") or shells.is_public(path):
            await self.app(scope, receive, send)
        else:
            await self._document(scope, said, receive, send)

    async def _document(self, scope: Any, said: dict[str, str], receive: Any, send: Any) -> None:
        """A page of the dashboard: for the signed-in only, so that nobody sees its frame flash by."""
        who = await let_in(said.get("cookie", ""))
        if who:
            await self.app(shells.straight(scope), receive, send)
            return
        wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        half = await who_holds(secret_in(said.get("cookie", "")))
        to = CODE if half else LOGIN if wanted == "/" else f"{LOGIN}?next={quote(wanted, safe='/')}"
        await respond(send, 303, b"", extra=[(b"location", to.encode("latin-1"))])


class Answer:
    """Holds the head of an answer back until its body begins: a question that fails first still gets a true status."""

    def __init__(self, scope: Any, send: Any, request_id: str, body: Body) -> None:
        self.scope, self._send, self._id, self._body = scope, send, request_id, body
        self._head: Any = None
        self._sent = self._ended = False
        self.status = 0

    async def send(self, message: Any) -> None:
        if self._body.refusal and not self._sent:
            return  # whatever the application makes of a body that was cut off
        if message["type"] == "http.response.start":
            self._head = message
            return
        await self._begin()
        await self._send(message)
        self._ended = not message.get("more_body")

    async def instead(self, status: int, said: str) -> None:
        """This page of ours, where nothing was sent yet; later it is too late, and the answer breaks off."""
        if self._sent:
            return
        self._head = None
        shown = page("error.html", status, said=said)
        if status in (408, 413):  # what was not read must not be taken for the next request
            shown.headers["connection"] = "close"
        await shown(self.scope, None, self.send)  # type: ignore[arg-type]

    async def end(self) -> None:
        if self._head and not self._sent:
            await self._begin()

    async def _begin(self) -> None:
        if self._sent or not self._head:
            return
        self._sent, self.status = True, self._head["status"]
        dressed = headers.dressed(self.scope["path"], self.status, self._head["headers"], self._id)
        await self._send(self._head | {"headers": dressed})


async def respond(
    send: Any, status: int, body: bytes, kind: str = "text/plain", extra: list[Any] | None = None
) -> None:
    said = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})


def _note(scope: Any, status: int, began: float) -> None:
    """One line, and one more in the figures. Files that everybody loads are only told of when they are missing."""
    path = scope["path"]
    metrics.request(_area(path), scope["method"], status, time.perf_counter() - began)
    quiet = status < 400 and (shells.is_public(path) or path in ("/healthz", "/readyz", "/statusz", "/metrics"))
    tell(
        log,
        f"{scope['method']} {path[:SHOWN]}",
        began,
        str(status or "broken off"),
        logging.DEBUG if quiet else logging.INFO,
    )


def _area(path: str) -> str:
    """The first part of the address where it is one of ours: figures by address would be without end."""
    found = OURS.match(path)
    return found[1] if found else "files" if shells.is_public(path) else "dashboard"
