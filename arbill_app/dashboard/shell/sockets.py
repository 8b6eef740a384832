"""What a browser may say over its websocket, checked before anything is queued or logged.

Reflex logs an event that it does not know as a whole, cookie included, and takes any shape until something breaks.
"""

import logging
from typing import Annotated, Any

import pydantic
import reflex as rx
from reflex_base.registry import RegistrationContext

from ...kernel.monitoring import metrics
from .guard import FRAMEWORK, access

log = logging.getLogger("arbill.event")
SAYINGS = {"event", "ping", "client_error"}  # names of packets; "connect" and "disconnect" are the server's own words
Address = Annotated[str, pydantic.StringConstraints(max_length=4000)]


class Place(pydantic.BaseModel):
    """Where the browser says that it is. More may stand in it."""

    model_config = pydantic.ConfigDict(extra="allow", strict=True)

    pathname: Address = ""
    asPath: Address = ""
    query: dict[Address, Address | list[Address]] = {}


class Said(pydantic.BaseModel):
    """One event."""

    model_config = pydantic.ConfigDict(extra="allow", strict=True)

    name: Annotated[str, pydantic.StringConstraints(max_length=500)]
    payload: dict[str, Any] = {}
    router_data: Place = Place()


def watch_sockets(app: rx.App) -> None:
    """Stands between the sockets and Reflex."""
    namespace, server = app.event_namespace, app.sio
    if namespace is None or server is None:
        return
    take_event, take_packet, take_message = namespace.on_event, server._handle_event, server._handle_eio_message

    async def on_event(sid: str, data: Any = None) -> None:
        if wrong := refusal(data):
            log.warning("refused an event of %s: %s", sid, wrong)
            metrics.event("refused", 0)
            return
        await take_event(sid, data)

    async def on_packet(eio_sid: str, namespace: str | None, id: Any, data: Any) -> None:
        if isinstance(data, list) and data and data[0] in SAYINGS and len(data) <= 2:
            await take_packet(eio_sid, namespace, id, data)
            return
        log.warning("refused a packet that is no event")

    async def on_message(eio_sid: str, data: Any) -> None:
        try:
            await take_message(eio_sid, data)
        except Exception as error:  # whatever is wrong with it, it is one line and nobody else's trouble
            log.warning("refused a message that cannot be read: %s", type(error).__name__)

    namespace.on_event = on_event  # type: ignore[method-assign]
    server._handle_event = on_packet
    server.eio.on("message", on_message)


def refusal(data: Any) -> str:
    """Why this is no event that browsers may send; "" when it is one. Says nothing of what stands in it."""
    try:
        said = Said.model_validate(data)
    except pydantic.ValidationError as error:
        return "malformed " + ", ".join(
            sorted({".".join(map(str, found["loc"][:1])) or "event" for found in error.errors()})
        )
    known = RegistrationContext.get().event_handlers.get(said.name)
    if known is None:
        return "an unknown name"
    if said.name not in FRAMEWORK and access(known.handler.fn) is None:
        return f"{said.name} is not open to browsers"
    return ""
