"""Where gateways knock: the raw body is verified before anything is read, what is known already changes nothing."""

import logging
from collections.abc import Mapping

from anyio import to_thread
from fastapi import FastAPI, HTTPException, Request

from .kernel.text.search_keys import printable
from .payments.charging.webhooks import take
from .payments.gateway.choose import parse_webhook
from .payments.gateway.protocol import BadSignature, Event

log = logging.getLogger(__name__)
LARGEST = 512 * 1024  # bytes
LONGEST = 120  # characters of an id or a name in an event


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
    except (LookupError, TypeError, AttributeError, RecursionError) as odd:  # signed, but not of the agreed shape
        log.warning("refused an event of %s whose shape is unknown: %s", gateway, type(odd).__name__)
        raise HTTPException(400, "This event cannot be read.") from odd
    if not _fits(event):
        log.warning("refused an event of %s whose shape is unknown", gateway)
        raise HTTPException(400, "This event cannot be read.")
    return take(gateway, event)


def _fits(event: Event) -> bool:
    """A signature says who sent it, not that its parts are texts of a sane length."""
    parts = (event.id, event.kind, event.partner_id, event.charge_id, event.method, event.setup)
    return bool(event.id) and all(isinstance(part, str) and len(part) <= LONGEST for part in parts)


async def _body(request: Request) -> bytes:
    got = b""
    async for piece in request.stream():
        got += piece
        if len(got) > LARGEST:
            raise HTTPException(413, "This is too large for an event.")
    return got
