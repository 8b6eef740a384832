"""Prepares text for typesetting: removes control characters and adds break points to long words."""

import re
from collections.abc import Iterator

from ...kernel.text.search_keys import printable

# Bidirectional control characters could make the document show another amount than it states.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029\x0b\x0c]")


def clean(text: str) -> str:
    return TURNING.sub("", printable(LINE_ENDS.sub("\n", text))).strip()


LONG = 18  # letters that fit into the narrowest column
LONG_WORD = re.compile(rf"\S{{{LONG},}}")
AFTER_A_MARK = re.compile(r"(?<=[@./_,;:?&=-])(?=\w)")
BREAK = "\u200b"


def breakable(text: str) -> str:
    """Cleaned, and with places (U+200B) where a long word may go on in the next line; nothing else is added."""
    return LONG_WORD.sub(lambda word: BREAK.join(_pieces(word[0])), clean(text))


def _pieces(word: str) -> Iterator[str]:
    for part in AFTER_A_MARK.split(word):
        if len(part) < LONG:
            yield part
        else:
            yield from part
