"""What must happen outside, on a machine of its own: delivers messages until it is told to stop."""

import signal
import threading

from . import tables
from .messages.sender import Sender

# A process that imports only some tables could not follow the foreign keys of the others.
assert tables.metadata

GRACE = 30.0  # seconds for a delivery under way


def run_forever() -> None:
    """Returns after SIGTERM or Ctrl-C, when the delivery under way is settled."""
    stop = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())
    sender = Sender().start()
    stop.wait()
    sender.stop(GRACE)
