"""How much a request may send, and how long it may take: counted while it comes in, refused before anybody reads it.

Applies to every route, with and without Content-Length. A body that is too large is 413, one that trickles 408.
"""

import asyncio
import re
import time
from typing import Any

KB = 1024
FORM = 128 * KB  # what a native form, or nothing at all, may send
LIMITS = (
    (re.compile(r"^/webhooks/"), 512 * KB),
    (re.compile(r"^/files/logo$"), 1024 * KB),
    (re.compile(r"^/files/attachment$"), 6 * 1024 * KB),
)
PIECE = 10.0  # seconds to wait for the next piece
SLOWEST = 16 * KB  # bytes a second, from the beginning
AT_LEAST = 20.0  # seconds for any body, however small
MESSAGE = 1024 * KB  # one message over a websocket

TOO_LARGE = (413, "This is larger than it may be.")
TOO_SLOW = (408, "This took too long to arrive. Check the connection and try again.")


class Refused(Exception):
    """Raised into whoever reads the body."""


class Gone(Exception):
    """The client disconnected, or is disconnected by us."""


class Body:
    """`receive` for the application; `refusal` is (status, sentence) once the request must not go on."""

    def __init__(self, scope: Any, receive: Any, headers: dict[str, str]) -> None:
        self._receive = receive
        self._most = limit(scope["path"])
        self._got = 0
        self._until = time.monotonic() + max(AT_LEAST, self._most / SLOWEST)
        self._complete = scope["method"] in ("GET", "HEAD") and not _announces(headers)
        # Uploads refuse themselves by what the caller says, with a sentence beside the file, before they read.
        said = "0" if scope["path"].startswith("/files/") else headers.get("content-length", "0")
        self.refusal = None if _fits(said, self._most) else TOO_LARGE

    async def receive(self) -> Any:
        if self._complete:
            return await self._receive()
        if self.refusal:
            raise Refused
        try:
            message = await asyncio.wait_for(self._receive(), min(PIECE, max(0.0, self._until - time.monotonic())))
        except TimeoutError:
            self.refusal = TOO_SLOW
            raise Refused from None
        self._got += len(message.get("body", b""))
        if self._got > self._most:
            self.refusal = TOO_LARGE
            raise Refused
        self._complete = message["type"] == "http.disconnect" or not message.get("more_body")
        return message


def limit(path: str) -> int:
    """Bytes that a request to this path may send."""
    return next((most for pattern, most in LIMITS if pattern.match(path)), FORM)


def _announces(headers: dict[str, str]) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _fits(said: str, most: int) -> bool:
    """A length that is no number at all does not fit."""
    return said.isascii() and said.isdecimal() and len(said) < 12 and int(said) <= most


def counted(receive: Any) -> Any:
    """`receive` of a websocket that ends the talk when one message is too large."""

    async def receiving() -> Any:
        message = await receive()
        if message["type"] == "websocket.receive":
            size = len(message.get("bytes") or b"") + len(message.get("text") or "")
            if size > MESSAGE:
                raise Gone
        return message

    return receiving
