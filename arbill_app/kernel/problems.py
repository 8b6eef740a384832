"""Why something is refused or doubtful: a code with parameters. Sentences are made of it where somebody reads them.

`Problem("address.city_missing")` stands once in English in arbill_app/sentences, and is translated in locale/.
Parameters are plain values: text somebody typed, whole numbers, days, amounts, names that are written in a language.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from ..sentences import SENTENCES
from ..sentences.marks import Plural, Select
from .text.i18n import locale_of, translations

DOMAIN = "problems"
UNNAMED = "plain"  # sentences that have no code yet: their number may only fall, see tests/house/test_problems.py


class Written(Protocol):
    """What is written in the reader's language: amounts, names of countries."""

    def text(self, locale: str) -> str: ...


Value = str | int | date | Written


@dataclass(frozen=True, init=False)
class Problem:
    """`hints` follow in sentences of their own: "… Did you mean Ohio?"."""

    code: str
    values: tuple[tuple[str, Value], ...] = ()
    hints: tuple["Problem", ...] = field(default=())

    def __init__(self, code: str, /, **parameters: Value) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "values", tuple(sorted(parameters.items())))
        object.__setattr__(self, "hints", ())

    @property
    def parameters(self) -> dict[str, Value]:
        return dict(self.values)

    def hinting(self, *hints: "Problem | None") -> "Problem":
        more = Problem(self.code, **self.parameters)
        object.__setattr__(more, "hints", (*self.hints, *(hint for hint in hints if hint)))
        return more

    def text(self, locale: str = "en_US") -> str:
        """The sentence in a language: "fr", "fr-CA" or "fr_CA"."""
        locale = locale_of(locale)
        return " ".join([_sentence(self, locale), *(hint.text(locale) for hint in self.hints)])

    def __str__(self) -> str:
        return self.text()


class BadValue(ValueError):
    """A value that a pure rule or a field cannot take."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)


@dataclass(frozen=True)
class Several:
    """An enumeration inside a sentence: "12 invoices and 1 payment"."""

    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, found: Iterable[Problem | None]) -> "Several | None":
        problems = tuple(one for one in found if one)
        return cls(problems) if problems else None

    def text(self, locale: str) -> str:
        return str(format_list([one.text(locale) for one in self.problems], locale=locale))


@dataclass(frozen=True)
class Label:
    """What a field is called on screens."""

    label: str

    def text(self, locale: str) -> str:
        return label_in(self.label, locale)


@lru_cache(maxsize=1024)
def label_in(label: str, language: str) -> str:
    return translations(language, DOMAIN).gettext(label) if label else ""


def plain(text: str) -> Problem:
    """A sentence that has no code yet."""
    return Problem(UNNAMED, text=text)


def as_problem(said: Problem | str) -> Problem:
    return said if isinstance(said, Problem) else plain(said)


def problem_of(error: ValueError) -> Problem:
    return error.problem if isinstance(error, BadValue) else plain(str(error))


def listed(problems: Iterable[Problem]) -> Problem:
    """Several as one, each in a sentence of its own; at least one."""
    first, *others = problems
    return first.hinting(*others)


def _sentence(problem: Problem, locale: str) -> str:
    values: dict[str, Any] = problem.parameters
    if problem.code == UNNAMED:
        return str(values["text"])
    sentence, catalogue = SENTENCES[problem.code], translations(locale, DOMAIN)
    if isinstance(sentence, Plural):
        said = catalogue.ngettext(sentence.one, sentence.many, values["count"])
    elif isinstance(sentence, Select):
        said = catalogue.gettext(sentence.texts[values.pop(sentence.by)])
    else:
        said = catalogue.gettext(sentence)
    return said % {name: _written(value, locale) for name, value in values.items()} if values else said


def _written(value: Value, locale: str) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return str(format_decimal(value, locale=locale))
    if isinstance(value, date):
        return str(format_date(value, "medium", locale=locale))
    return value.text(locale)
