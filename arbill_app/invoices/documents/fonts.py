"""Which characters the paper's fonts can show, read from the fonts themselves (the `cmap` table of OpenType)."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache

from ...kernel.typesetting.process import FONTS

WINDOWS, UNICODE_SMALL, UNICODE_FULL = 3, 1, 10
# Controls, formats and variation selectors leave no mark of their own.
INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}


def missing(text: str) -> str:
    """The characters of `text` that no font has: each once, in the order they come."""
    if text.isascii():
        return ""
    return "".join(dict.fromkeys(c for c in text if not _invisible(c) and ord(c) not in shown()))


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in INVISIBLE or "\ufe00" <= character <= "\ufe0f"


@cache
def shown() -> frozenset[int]:
    """The code points that at least one font has."""
    return frozenset(code for file in FONTS.glob("*.ttf") for code in code_points(file.read_bytes()))


def code_points(font: bytes) -> Iterator[int]:
    table = _table(font, b"cmap")
    subtables = {
        struct.unpack_from(">HH", table, at): table[struct.unpack_from(">I", table, at + 4)[0] :]
        for at in range(4, 4 + 8 * struct.unpack_from(">H", table, 2)[0], 8)
    }
    if full := subtables.get((WINDOWS, UNICODE_FULL)):
        return _segmented_coverage(full)
    return _segment_mapping(subtables[WINDOWS, UNICODE_SMALL])


def _table(font: bytes, name: bytes) -> bytes:
    for at in range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, at)
        if tag == name:
            return font[offset : offset + length]
    raise ValueError(f"The font has no table {name!r}.")


def _segmented_coverage(table: bytes) -> Iterator[int]:
    """Format 12: groups of (first, last, glyph)."""
    for at in range(16, 16 + 12 * struct.unpack_from(">I", table, 12)[0], 12):
        first, last, _ = struct.unpack_from(">III", table, at)
        yield from range(first, last + 1)


def _segment_mapping(table: bytes) -> Iterator[int]:
    """Format 4: parallel arrays of last, first, delta and offset to glyphs; a glyph of 0 is none."""
    count = struct.unpack_from(">H", table, 6)[0] // 2
    lasts, firsts, deltas, offsets = (14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count)
    for i in range(0, 2 * count, 2):
        (last,), (first,) = struct.unpack_from(">H", table, lasts + i), struct.unpack_from(">H", table, firsts + i)
        (delta,), (offset,) = struct.unpack_from(">H", table, deltas + i), struct.unpack_from(">H", table, offsets + i)
        for code in range(first, min(last, 0xFFFE) + 1):
            at = offsets + i + offset + 2 * (code - first)
            glyph = struct.unpack_from(">H", table, at)[0] if offset else code
            if glyph and (glyph + delta) & 0xFFFF:
                yield code
