"""The portal's words in the reader's language: the English in the sources are the msgids of the catalogue "portal"."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import get_currency_symbol

from ..customers.commands.contacts import ENOUGH_INVITED
from ..customers.portal_auth import sign_in as sign_in
from ..invoices.rules.lifecycle import Status
from ..kernel import money
from ..kernel.db import outages
from ..kernel.errors import ArbillError
from ..kernel.money import Money
from ..kernel.text.i18n import FOLDERS, locale_of, speech, spoken
from ..partners.auth import tries
from ..payments.methods.methods import AGREED
from ..payments.recording import MANUAL

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

    def refusal(self, refused: ArbillError) -> str:
        """The sentence of the core; how long to wait has a number in it."""
        if isinstance(refused, tries.TooMany):
            return self(refused.sentence, **refused.values)
        return self(refused.message)

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
        """An amount as people of this language type it, in minor units; ValueError with a sentence."""
        plain = re.sub(r"[\s\u00a0\u202f]", " ", text).strip()
        bare = self._unmarked(plain, currency) if self.language == "fr" else plain
        found = DECIMAL_COMMA.fullmatch(bare) if self.language == "fr" else None
        try:
            return money.parse(f"{found[1]}.{found[2]}" if found else bare, currency)
        except ValueError:
            sample = self.money(125_000, currency)
            raise ValueError(self("Enter an amount such as %(sample)s.", sample=sample)) from None

    def _unmarked(self, text: str, currency: str) -> str:
        """Without the mark behind the amount: "1,50 €", "1,50 EUR", "1,50 $ CA"."""
        sign = re.sub(r"[\s\u00a0\u202f]", " ", get_currency_symbol(currency, self.locale))
        return re.sub(rf"\s*({re.escape(sign)}|{currency}|\$( ?[A-Z]{{2,3}})?)$", "", text)


# Sentences of the core that the portal shows: they arrive as they are and are looked up then.
ELSEWHERE = (
    AGREED,
    *(sign_in.WRONG_CODE, sign_in.DEAD_CODE, sign_in.WRONG_PASSWORD, sign_in.STALE),
    *(tries.WAIT_A_SECOND, tries.WAIT_SECONDS, tries.WAIT_MINUTES),
    *(status.label for status in Status if status != Status.DRAFT),
    *MANUAL.values(),
    "That does not exist, or is no longer here.",
    "This form came from somewhere else.",
    "This form came from nowhere.",
    "Something is longer here than it may be.",
    "Sign in as staff first.",
    "You are only looking. Nothing can be changed here.",
    "Tick that you agree first.",
    "Only the customer can approve this.",
    "A payment with it is under way. Wait for its end, or cancel it.",
    "This payment was begun already, for something else. Open the page again.",
    "Somebody changed the same thing at this moment. Try again.",
    *outages.SENTENCES,
    ENOUGH_INVITED,
    "Enter the first name.",
    "Enter the last name.",
    "Enter the email address.",
    "Enter an email address such as name@company.com.",
    "This customer has a contact with this email already.",
    "Nobody would get this customer’s invoices and reminders by email.",
    "Enter a password.",
    "Use at least 10 characters.",
    "Use at most 200 characters.",
    "This password is easy to guess. A few unrelated words make a good one.",
)
