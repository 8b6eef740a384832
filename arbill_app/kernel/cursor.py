"""Where a page of a keyset-paged list begins, as a text for its address: the last row's key and how many came before.

It grants no access, so it is not signed; an invalid one means the first page.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from .text.search_keys import printable

MOST = 10**9
WIDEST = 2**63 - 1


def write(keys: Sequence[Any], start: int) -> str:
    packed = json.dumps([*(key.isoformat() if isinstance(key, date) else key for key in keys), start]).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """A value of each kind (str, int or date) and the number of rows before, or nothing."""
    try:
        *keys, start = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(keys) != len(kinds) or type(start) is not int or not 0 <= start < MOST:
            return []
        return [*(_value(key, kind) for key, kind in zip(keys, kinds, strict=True)), start]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return []


def _value(key: Any, kind: type[Any]) -> Any:
    if kind is date:
        return date.fromisoformat(key)
    if type(key) is not kind or (kind is str and printable(key) != key) or (kind is int and abs(key) > WIDEST):
        raise ValueError("none of ours")
    return key
