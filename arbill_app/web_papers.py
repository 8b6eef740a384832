"""PDFs over HTTP, for staff and customers: typeset in fair turns, 429 for too many at once."""

from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from fastapi.responses import Response

from .kernel.actor import Actor
from .kernel.typesetting.limits import place
from .kernel.typesetting.pool import Requester
from .web_forms import disposition

PDF = "application/pdf"
T = TypeVar("T")
Render = Callable[[T, Requester], bytes]
# Threads of their own that wait for paper: those of screens, sign-in and the database stay free. Places are fewer.
WAITING = anyio.CapacityLimiter(200)


def requester(actor: Actor) -> Requester:
    return Requester(actor.partner_id, f"{actor.kind}:{actor.id or actor.session_id}")


async def paper_of(
    actor: Actor, ask: Callable[[], T], render: Render[T], name: Callable[[T], str], view: str = ""
) -> Response:
    """The PDF of what `ask` reads, as a download, or with `view` to be looked at.

    Busy beyond what this person may print at once, Unprintable beyond what a paper may take.
    """
    whose = requester(actor)
    with place(whose):
        document = await anyio.to_thread.run_sync(ask)
        content = await waiting(render, document, whose)
    return download(content, name(document), PDF, "inline" if view else "attachment")


async def waiting(work: Callable[..., T], *args: Any) -> T:
    """In a thread that may wait for children to print."""
    return await anyio.to_thread.run_sync(work, *args, limiter=WAITING)


def download(content: bytes, name: str, kind: str, how: str = "attachment") -> Response:
    return Response(content, media_type=kind, headers={"content-disposition": disposition(name, how)})
