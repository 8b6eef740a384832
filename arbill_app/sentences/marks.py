"""Marks what `make messages` puts into the catalogues, and sentences with several forms."""

from collections.abc import Mapping
from typing import NamedTuple


def N_(text: str) -> str:
    """A text that is translated when it is read."""
    return text


class Plural(NamedTuple):
    """`count` among the parameters decides between them; other languages may have more forms."""

    one: str
    many: str


class Select(NamedTuple):
    """The parameter called `by` decides which of the texts is read."""

    by: str
    texts: Mapping[str, str]


Sentence = str | Plural | Select
