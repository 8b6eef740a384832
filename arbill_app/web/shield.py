"""The outermost ring of HTTP: origin and session of websockets, what is closed, who may load a page, limits, ids.

Stock Reflex opens its websocket to anybody, its upload route to everybody, serves its page shells to strangers, and
sends no security or cache headers.
"""

import logging
import re
import time
from typing import Any
from urllib.parse import quote

from ..dashboard.auth_pages.pages import CRASHED, MISSING, page, still_owed
from ..dashboard.shell.routes import LOGIN
from ..dashboard.shell.session import let_in, secret_in, who_holds
from ..kernel.errors import Unavailable
from ..kernel.monitoring import metrics
from ..kernel.monitoring.logs import tell, tracing
from ..kernel.settings import settings
from . import headers, hosts, nowhere, shells
from .admission import FULL, WAIT, admission
from .answer import Answer, refuse_websocket, respond
from .bodies import Body, Gone, Refused, counted
from .request_id import id_of

log = logging.getLogger("arbill.request")
SOCKET = re.compile(r"/_event/?")  # for websockets only: Reflex's browsers speak nothing else there
CLOSED = re.compile(r"/(_event.*|(_upload|_all_routes|auth-codespace|ping)(/.*)?)")
OURS = re.compile(rf"/({'|'.join(nowhere.PLACES)})(/.*)?")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SHOWN = 200  # characters of an address in the log
TRY_AGAIN_LATER = 1013  # RFC 6455's registry: the server cannot say at the moment who this is


class Shield:
    """ASGI middleware around everything else, Reflex's own outermost ring included."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            began = time.perf_counter()
            with tracing(id_of(scope, headers.read(scope))) as found:
                ended = await self._websocket(scope, receive, send, found.id)
                tell(log, f"WEBSOCKET {scope['path'][:SHOWN]}", began, ended)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    # ------------------------------------------------------------ websockets

    async def _websocket(self, scope: Any, receive: Any, send: Any, request_id: str) -> str:
        """How it ended, for the log."""
        said = headers.read(scope)
        try:
            who = await who_holds(secret_in(said.get("cookie", "")))
        except Unavailable:
            return await _later(receive, send)
        from_here = said.get("origin") in settings().origins and hosts.is_served(said.get("host", ""), scope["path"])
        if not (from_here and SOCKET.fullmatch(scope["path"]) and who and who.is_in):
            await receive()
            await refuse_websocket(scope, send, request_id)
            return "403"
        if admission.is_full:
            return await _later(receive, send)
        metrics.websocket(+1)
        admission.tabs += 1
        try:
            await self.app(scope, counted(receive), send)
        except Gone:
            log.warning("a websocket sent a message that is too large")
        except ValueError as odd:  # engine.io raises ValueError for malformed packets
            log.warning("a websocket sent a message that cannot be read: %s", type(odd).__name__)
        finally:
            metrics.websocket(-1)
            admission.tabs -= 1
        return "ended"

    # ------------------------------------------------------------ requests

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        began, said = time.perf_counter(), headers.read(scope)
        with tracing(id_of(scope, said)) as found:
            body = Body(scope, receive, said)
            answer = Answer(scope, send, found.id, body)
            try:
                if not body.refusal:
                    await self._route(scope, said, body.receive, answer)
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

    async def _route(self, scope: Any, said: dict[str, str], receive: Any, answer: Answer) -> None:
        path = scope["path"]
        if not hosts.is_served(said.get("host", ""), path):
            await answer.instead(421, hosts.FOREIGN)
            return
        if _is_nowhere(path) or scope["method"] == "CONNECT":
            await answer.instead(404, MISSING)
            return
        if scope["method"] == "HEAD":  # answered as GET is; the answer leaves the body out
            scope = scope | {"method": "GET"}
        if path.startswith("/assets/reflex-env-"):
            await respond(answer.send, 200, shells.addresses(path), "text/javascript; charset=utf-8")
        elif OURS.fullmatch(path) or shells.is_public(path):
            await self.app(scope, receive, answer.send)
        else:
            await self._document(scope, said, receive, answer.send)

    async def _document(self, scope: Any, said: dict[str, str], receive: Any, send: Any) -> None:
        """A page of the dashboard: for the signed-in only, so that nobody sees its frame flash by."""
        who = await let_in(said.get("cookie", ""))
        if who and admission.is_full:
            full = page("error.html", 503, heading="One moment", said=FULL)
            full.headers["refresh"] = str(WAIT)
            await full(scope, receive, send)
            return
        if who:
            await self.app(shells.straight(scope), receive, send)
            return
        wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        half = await who_holds(secret_in(said.get("cookie", "")))
        to = still_owed(half) if half else LOGIN if wanted == "/" else f"{LOGIN}?next={quote(wanted, safe='/')}"
        await respond(send, 303, b"", extra=[(b"location", to.encode("latin-1"))])


async def _later(receive: Any, send: Any) -> str:
    """Accepted first: refused, it would be a 403, which says something about the person. Browsers try again."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
    return str(TRY_AGAIN_LATER)


def _is_nowhere(path: str) -> bool:
    """Addresses that neither arbill nor Reflex must be asked for. A line feed would slip past Starlette's patterns."""
    asset = shells.PUBLIC.fullmatch(path) and not shells.is_public(path) and "/assets/reflex-env-" not in path
    return bool(not path.startswith("/") or CONTROL.search(path) or ".." in path or CLOSED.fullmatch(path) or asset)


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
    found = OURS.fullmatch(path)
    return found[1] if found else "files" if shells.is_public(path) else "dashboard"
