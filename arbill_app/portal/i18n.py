"""The portal's words in the reader's language: the English in the sources are the msgids of the catalogue "portal"."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import get_currency_symbol

from ..kernel import money
from ..kernel.money import Money
from ..kernel.problems import BadValue, Problem
from ..kernel.text.i18n import FOLDERS, locale_of, speech, spoken

DOMAIN = "portal"
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}
assert set(LANGUAGES) == set(FOLDERS)
DECIMAL_COMMA = re.compile(r"(-?\d[\d ]*),(\d{1,3})")


class Words:
    """`say("Pay %(amount)s", amount=…)`, and how this language writes money and days."""

    def __init__(self, language: str) -> None:
        self.language = spoken(language)
        self.locale = locale_of(language)
        self.lang = self.locale.replace("_", "-")
        self._say = speech(language, DOMAIN)

    def __call__(self, text: str, **values: object) -> str:
        said = self._say(text) if text else ""  # to a catalogue, "" is its own header
        return said % values if values else said

    def problem(self, problem: Problem | None) -> str:
        return problem.text(self.language) if problem else ""

    def decline(self, text: str) -> str:
        """Why a payment did not go through, see payments/gateway/declines.py."""
        return speech(self.language, "declines")(text)

    def money(self, minor: int, currency: str) -> str:
        return Money(minor, currency).text(self.locale)

    def day(self, day: date | None, width: str = "medium") -> str:
        return format_date(day, width, locale=self.locale) if day else ""

    def moment(self, moment: datetime | None, zone: str) -> str:
        return self.day(moment.astimezone(ZoneInfo(zone)).date()) if moment else ""

    def typed(self, text: str, currency: str) -> int:
        """An amount as people of this language type it, in minor units; BadValue."""
        plain = re.sub(r"[\s\u00a0\u202f]", " ", text).strip()
        bare = self._unmarked(plain, currency) if self.language == "fr" else plain
        found = DECIMAL_COMMA.fullmatch(bare) if self.language == "fr" else None
        try:
            return money.parse(f"{found[1]}.{found[2]}" if found else bare, currency)
        except BadValue:
            raise BadValue(Problem("amount.malformed", example=Money(125_000, currency))) from None

    def _unmarked(self, text: str, currency: str) -> str:
        """Without the mark behind the amount: "1,50 €", "1,50 EUR", "1,50 $ CA"."""
        sign = re.sub(r"[\s\u00a0\u202f]", " ", get_currency_symbol(currency, self.locale))
        return re.sub(rf"\s*({re.escape(sign)}|{currency}|\$( ?[A-Z]{{2,3}})?)$", "", text)
