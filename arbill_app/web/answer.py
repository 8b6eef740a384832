"""The answer to one request on its way out: its status, our headers, nothing but headers for HEAD."""

from typing import Any

from ..dashboard.auth_pages.pages import page
from . import headers
from .bodies import Body


class Answer:
    """Delays the response headers until the body begins, so that a handler that fails first still gets the right
    status."""

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
        if self._ended:
            return
        if self.scope["method"] == "HEAD":
            message = {"type": "http.response.body", "body": b""}
        self._ended = not message.get("more_body")
        await self._send(message)

    async def instead(self, status: int, said: str) -> None:
        """This page of ours, where nothing was sent yet; later it is too late, and the answer breaks off."""
        if self._sent:
            return
        self._head = None
        shown = page("error.html", status, said=said)
        if status in (408, 413):  # close the connection: the unread body would be taken for the next request
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


async def refuse_websocket(scope: Any, send: Any, request_id: str) -> None:
    """403 before the handshake, with our headers where the server lets us say them."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 4403})
        return
    said = [(b"content-type", b"text/plain"), (b"content-length", b"0"), (b"connection", b"close")]
    dressed = headers.dressed(scope["path"], 403, said, request_id)
    await send({"type": "websocket.http.response.start", "status": 403, "headers": dressed})
    await send({"type": "websocket.http.response.body", "body": b""})
