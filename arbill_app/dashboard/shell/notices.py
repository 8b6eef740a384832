"""Shows a notice in a tab without its state: for when the state, the database or the handler failed.

A notice is three variables of Base. Sent to the browser as they are, they show like any other notice.
"""

import asyncio
import logging
from typing import Any

from reflex_base.event.context import EventContext

from ...kernel.errors import ArbillError
from .base import Base, next_count

log = logging.getLogger("arbill.event")
CRASHED = "Something went wrong on our side. Nothing that you typed was lost: try again."
_told: set[asyncio.Task[None]] = set()  # asyncio itself keeps only weak references


def notice(text: str, kind: str = "bad") -> dict[str, dict[str, Any]]:
    """A change of variables for the browser."""
    said = {"notice": text, "notice_kind": kind, "notice_undo": "", "notice_count": next_count(0)}
    return {Base.get_full_name(): {f"{name}_rx_state_": value for name, value in said.items()}}


async def tell_tab(text: str, kind: str = "bad") -> None:
    """To the tab whose event is being handled, if it still listens here."""
    await EventContext.get().emit_delta(notice(text, kind))


def on_crash(exception: Exception) -> None:
    """What a person sees of a handler that failed. No handler runs for it, so it cannot fail again and again."""
    if isinstance(exception, ArbillError):
        said = exception.message
    else:
        said = CRASHED
        log.error("a handler failed", exc_info=exception)
    task = asyncio.get_running_loop().create_task(tell_tab(said))
    _told.add(task)
    task.add_done_callback(_ended)


def _ended(task: asyncio.Task[None]) -> None:
    _told.discard(task)
    if not task.cancelled() and (error := task.exception()):
        log.warning("a tab could not be told: %s", type(error).__name__)
