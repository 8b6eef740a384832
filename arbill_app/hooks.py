"""Where gateways knock: the raw body is verified before anything is read, what is known already changes nothing."""

from collections.abc import Mapping

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request

from .kernel.text import printable
from .payments.gateway.choose import parse_webhook
from .payments.gateway.protocol import BadSignature
from .payments.webhooks import take

LARGEST = 512 * 1024  # bytes


def open_on(api: FastAPI) -> None:
    api.post("/webhooks/{gateway}")(receive)


async def receive(request: Request, gateway: str) -> dict[str, bool]:
    """Answers once the event is written down; what follows is an effect."""
    body, headers = await _body(request), {name: printable(value) for name, value in request.headers.items()}
    return {"new": await to_thread.run_sync(_take, gateway, body, headers)}


def _take(gateway: str, body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        event = parse_webhook(gateway, body, headers)
    except (BadSignature, ValueError) as refused:  # a signature may be anything
        raise HTTPException(400, "This is not from the gateway.") from refused
    return take(gateway, event)


async def _body(request: Request) -> bytes:
    got = b""
    async for piece in request.stream():
        got += piece
        if len(got) > LARGEST:
            raise HTTPException(413, "This is too large for an event.")
    return got
