"""Headers of every answer: security, caching, the request's id."""

import base64
import hashlib
import re
from functools import cache
from typing import Any

from ..kernel.settings import settings
from .shells import client

LOGO = re.compile(r"^/portal/\w+/logo/\w+$")  # of a partner, which never changes under one id
FILE = re.compile(r"\.[a-z0-9]{2,5}$")
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.S)
HTTPS = b"max-age=31536000"
AGAIN_AFTER = b"10"  # seconds until somebody who got a 503 should try again


def read(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def dressed(path: str, status: int, headers: Any, request_id: str) -> list[tuple[bytes, bytes]]:
    """The answer's own headers, with ours added. Whether it is cached we say alone."""
    own = [(name, value) for name, value in headers if name.lower() != b"cache-control"]
    return [*own, *_added(path, status), (b"x-request-id", request_id.encode())]


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
    if status == 503:
        added.append((b"retry-after", AGAIN_AFTER))
    return [*added, (b"strict-transport-security", HTTPS)] if settings().https else added


def _cache_control(path: str, status: int) -> bytes:
    if path.startswith("/assets/") and "reflex-env" not in path and status in (200, 304):
        return b"public, max-age=31536000, immutable"
    if path.startswith("/fonts/") and status == 200:
        return b"public, max-age=2592000"
    if LOGO.match(path) and status == 200:
        return b"private, max-age=86400"
    return b"no-cache" if FILE.search(path) and not path.startswith(("/export", "/pay", "/portal/")) else b"no-store"


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
