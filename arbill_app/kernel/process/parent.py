"""A process that was forked off another one ends when that one is gone, however it went.

granian's parent ends its workers when it is told to stop. Killed, it cannot: they would go on serving the port, with an
old version after the next start, and nobody would know of them.
"""

import logging
import os
import signal
import threading
import time

log = logging.getLogger(__name__)
LOOK = 0.5  # seconds
GRACE = 5.0  # seconds for an orderly end


_forking = 0  # the process that forks, known before it does: a child that is still starting may be an orphan already


def forks() -> None:
    """This process is about to fork others."""
    global _forking
    _forking = os.getpid()


def end_with_parent() -> None:
    """Watches from a thread of its own, in the process that was forked."""
    parent = _forking if _forking not in (0, os.getpid()) else os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    log.warning("process %s is gone, and so its child %s ends", parent, os.getpid())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
