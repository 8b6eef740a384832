"""Where a page of a keyset-paged list begins, as a text for its address: the last row's key and how many came before.

It only ever compares and grants nothing, so it is not signed; one that is none of ours is the first page.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from ..kernel.text import printable

MOST = 10**9


def write(keys: Sequence[str], start: int) -> str:
    packed = json.dumps([*keys, start]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read(cursor: str, length: int) -> list[Any]:
    """`length` texts and the number of rows before, or nothing."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        *keys, start = values
    except (ValueError, TypeError, binascii.Error):
        return []
    right = len(keys) == length and all(isinstance(key, str) and printable(key) == key for key in keys)
    return [*keys, start] if right and type(start) is int and 0 <= start < MOST else []
