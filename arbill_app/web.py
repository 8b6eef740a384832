"""The outermost ring of HTTP: origin and session of websockets, what is closed, who may load a page, headers.

Stock Reflex opens its websocket to anybody, its upload route to everybody, and sends no security or cache headers.
"""

import base64
import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .dashboard.routes import CODE, LOGIN
from .dashboard.session import secret_in, who_holds
from .kernel.settings import settings

ROOT = Path(__file__).resolve().parent.parent
BUILT_FOR = "http://localhost:3000"  # the address in rxconfig.py, replaced by ours on the way out
CLOSED = re.compile(r"^/(_upload|_all_routes|auth-codespace|ping)(/|$)")
OURS = re.compile(
    r"^/(login|forgot|join|outbox|portal|clients/login|auth|export|files|pay|sandbox|webhooks|healthz|readyz)(/|$)"
)
LOGO = re.compile(r"^/portal/\w+/logo/\w+$")  # of a partner, which never changes under one id
FILE = re.compile(r"\.[a-z0-9]{2,5}$")
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.S)
HTTPS = "max-age=31536000"


class Shield:
    """ASGI middleware around everything else."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(scope["path"], send))
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        headers = _headers(scope)
        who = await who_holds(secret_in(headers.get("cookie", "")))
        if headers.get("origin") in settings().origins and who and not who.needs_code:
            await self.app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4403})

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        if CLOSED.match(path) or ".." in path:
            await _answer(send, 404, b"Not found")
        elif path.startswith("/assets/reflex-env-"):
            await _answer(send, 200, addresses(path), "text/javascript; charset=utf-8")
        elif OURS.match(path) or path.startswith("/_") or FILE.search(path):
            await self.app(scope, receive, send)
        else:
            await self._document(scope, receive, send)

    async def _document(self, scope: Any, receive: Any, send: Any) -> None:
        """A page of the dashboard: for the signed-in only, so that nobody sees its frame flash by."""
        who = await who_holds(secret_in(_headers(scope).get("cookie", "")))
        if who and not who.needs_code:
            await self.app(_straight(scope), receive, send)
            return
        wanted = scope["path"] + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        to = CODE if who else LOGIN if wanted == "/" else f"{LOGIN}?next={quote(wanted, safe='/')}"
        await _answer(send, 303, b"", extra=[(b"location", to.encode("latin-1"))])


def _straight(scope: Any) -> Any:
    """To the page's own file: asked for `/customers`, the static files would redirect to `http://…/customers/`."""
    path = scope["path"].rstrip("/")
    if not path or not (client() / path.lstrip("/") / "index.html").is_file():
        return scope
    return scope | {"path": f"{path}/index.html", "raw_path": f"{path}/index.html".encode()}


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _answer(
    send: Any, status: int, body: bytes, kind: str = "text/plain", extra: list[Any] | None = None
) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *(extra or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@cache
def addresses(path: str) -> bytes:
    """The one built file that holds addresses, with the running ones: so one build serves every port and host."""
    file = client() / path.lstrip("/")
    if not re.fullmatch(r"/assets/reflex-env-[\w-]+\.js", path) or not file.is_file():
        return b""
    origin = settings().origin
    socket = re.sub("^http", "ws", origin)
    return file.read_text().replace(BUILT_FOR, origin).replace(re.sub("^http", "ws", BUILT_FOR), socket).encode()


def client() -> Path:
    return ROOT / os.environ.get("REFLEX_WEB_WORKDIR", ".web") / "build" / "client"


def policy() -> bytes:
    """Content-Security-Policy: our own scripts, and by hash the inline ones that the built pages bring."""
    page = client() / "index.html"
    return _policy(page.stat().st_mtime_ns if page.is_file() else 0)


@cache
def _policy(built_at: int) -> bytes:
    # Built again under a running server, the pages have other scripts: hence the argument.
    inline = {found for page in client().rglob("*.html") for found in INLINE.findall(page.read_bytes()) if found}
    hashes = sorted("'sha256-" + base64.b64encode(hashlib.sha256(code).digest()).decode() + "'" for code in inline)
    sockets = " ".join(sorted(re.sub("^http", "ws", origin) for origin in settings().origins))
    return (
        f"default-src 'self'; script-src 'self' {' '.join(hashes)}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ).encode()


def _with_headers(path: str, send: Any) -> Any:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*_without_cache(message["headers"]), *_added(path, message["status"])]}
        await send(message)

    return sending


def _without_cache(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() != b"cache-control"]


def _added(path: str, status: int) -> list[tuple[bytes, bytes]]:
    added = [
        (b"content-security-policy", policy()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
        (b"cache-control", _cache_control(path, status)),
    ]
    return [*added, (b"strict-transport-security", HTTPS.encode())] if settings().https else added


def _cache_control(path: str, status: int) -> bytes:
    if path.startswith("/assets/") and "reflex-env" not in path and status in (200, 304):
        return b"public, max-age=31536000, immutable"
    if path.startswith("/fonts/") and status == 200:
        return b"public, max-age=2592000"
    if LOGO.match(path) and status == 200:
        return b"private, max-age=86400"
    return b"no-cache" if FILE.search(path) and not path.startswith(("/export", "/pay", "/portal/")) else b"no-store"
