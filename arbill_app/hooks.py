"""Where gateways knock: the raw body is verified before anything is read, what is known already changes nothing."""

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request

from .payments.gateway.choose import parse_webhook
from .payments.gateway.protocol import BadSignature
from .payments.webhooks import take

LARGEST = 512 * 1024  # bytes


def open_on(api: FastAPI) -> None:
    api.post("/webhooks/{gateway}")(receive)


async def receive(request: Request, gateway: str) -> dict[str, bool]:
    """Answers once the event is written down; what follows is an effect."""
    body = await _body(request)
    try:
        event = parse_webhook(gateway, body, request.headers)
    except BadSignature as refused:
        raise HTTPException(400, "This is not from the gateway.") from refused
    return {"new": await to_thread.run_sync(take, gateway, event)}


async def _body(request: Request) -> bytes:
    got = b""
    async for piece in request.stream():
        got += piece
        if len(got) > LARGEST:
            raise HTTPException(413, "This is too large for an event.")
    return got
