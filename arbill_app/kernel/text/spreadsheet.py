"""CSV that spreadsheets open as what it is: text stays text, however it begins."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")

# Excel would guess the charset without a byte-order mark.
MARK = "\ufeff"
# What begins a formula. Full-width and small forms of these are folded to them first: spreadsheets do so too.
FORMULA = frozenset("=+-@\t\r\n")


def harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would run as a formula, also behind blanks nobody sees."""
    if text[:1].isalnum():  # most texts of an export: no letter or digit folds to what begins a formula
        return text
    for character in text:
        folded = unicodedata.normalize("NFKC", character)[:1]
        if folded in FORMULA:
            return "'" + text
        if not (folded.isspace() or unicodedata.category(character) in ("Cf", "Cc")):
            break
    return text


def batched(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time, for answers that are streamed."""
    left = iter(rows)
    while found := list(islice(left, size)):
        yield found


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
