"""What must happen outside, on machines of its own: any number of these on one database, until told to stop."""

import signal
import threading

from . import jobs, tables
from .kernel.jobs.runner import Engine

# A process that imports only some tables could not follow the foreign keys of the others, nor do unknown jobs.
assert tables.metadata
assert jobs.__all__

GRACE = 30.0  # seconds for what is under way


def run_forever() -> None:
    """Returns after SIGTERM or Ctrl-C, when what is under way is settled."""
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    engine = Engine().start()
    stop.wait()
    engine.stop(GRACE)
