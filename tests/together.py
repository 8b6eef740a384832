"""Doing things at the same moment."""

import threading
import time
from collections.abc import Callable
from typing import Any


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, in their order, all having started at once."""
    start = threading.Barrier(len(jobs))
    waiting = [begin(lambda job=job: (start.wait(), job())[1]) for job in jobs]  # type: ignore[misc]
    return [wait() for wait in waiting]


def begin(job: Callable[[], Any], lead: float = 0.0) -> Callable[[], Any]:
    """Starts it in a thread and gives it a `lead` of seconds; calling what comes back waits for what it returned or
    raised. Inside a transaction: it runs into what that has locked, and goes on after its end."""
    ends: list[Any] = []
    thread = threading.Thread(target=lambda: ends.append(_outcome(job)))
    thread.start()
    time.sleep(lead)

    def wait() -> Any:
        thread.join(timeout=30)
        return ends[0]

    return wait


def _outcome(job: Callable[[], Any]) -> Any:
    try:
        return job()
    except Exception as error:
        return error
