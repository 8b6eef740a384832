"""Ids of rows: they sort by when they were made, and cannot be guessed."""

import secrets
import threading
import time
from datetime import UTC, datetime

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"

_newest = 0
_one_at_a_time = threading.Lock()


def new_id(prefix: str) -> str:
    """An id that sorts by its time of birth and cannot be guessed: `cus_` + 48 bits of ms + 60 random bits.

    Within one millisecond ids increase by random steps, so that rows of one transaction keep their order.
    """
    global _newest
    with _one_at_a_time:
        ms = int(time.time() * 1000) << 60
        same = ms >> 60 == _newest >> 60
        number = _newest = _newest + 1 + secrets.randbits(40) if same else ms | secrets.randbits(59)
    return f"{prefix}_" + _letters(number)


def first_id(prefix: str, moment: datetime) -> str:
    """Ids that were made before `moment` sort below this one: their age can be asked of the primary key alone."""
    return f"{prefix}_" + _letters(int(moment.timestamp() * 1000) << 60)


def born_at(id: str) -> datetime:
    """When an id was made, to the millisecond."""
    number = sum(CROCKFORD.index(letter) << shift for letter, shift in zip(id.partition("_")[2], _SHIFTS, strict=True))
    return datetime.fromtimestamp((number >> 60) / 1000, UTC)


_SHIFTS = range(105, -1, -5)


def _letters(number: int) -> str:
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in _SHIFTS)
