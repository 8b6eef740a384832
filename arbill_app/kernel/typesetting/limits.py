"""How many papers a person, a partner and all together may ask for at once. More is refused at once, not queued."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

from ..errors import Busy
from ..problems import Problem
from .pool import Requester

PER_PERSON, PER_PARTNER, ALTOGETHER = 4, 12, 32
YOURS = Problem("printing.yours")
ALL = Problem("printing.busy")

_asked: Counter[object] = Counter()
_counting = threading.Lock()


@contextlib.contextmanager
def place(whose: Requester) -> Iterator[None]:
    """Around everything that a person's paper takes, reading its rows included. `Busy` when they ask for too many."""
    keys: tuple[object, ...] = (whose, whose.partner_id, None)
    with _counting:
        if _asked[whose] >= PER_PERSON or _asked[whose.partner_id] >= PER_PARTNER:
            raise Busy(YOURS)
        # The first paper of a partner is always taken: others cannot crowd it out.
        if _asked[None] >= ALTOGETHER and _asked[whose.partner_id]:
            raise Busy(ALL)
        _asked.update(keys)
    try:
        yield
    finally:
        with _counting:
            for key in keys:
                _asked[key] -= 1
                if not _asked[key]:
                    del _asked[key]
