"""What people call a payment method: "Visa ending 4242", in any language."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ...kernel.text.i18n import speech
from ..gateway.protocol import CARD
from ..models import PaymentMethod

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}
PORTAL = "portal"  # the catalogue that has these words
ENGLISH = re.compile(r"(.+?)( debit)? ending (\d{0,4})")
Say = Callable[[str], str]


def _english(text: str) -> str:
    return text


def label_of(method: "PaymentMethod | MethodName", say: Say = _english) -> str:
    """ "Visa ending 4242", "Visa debit ending 5556", "Northlake Bank ending 6789"."""
    if method.kind == CARD:
        name = BRANDS.get(method.brand.lower(), method.brand.capitalize() or say("Card"))
    else:
        name = method.bank_name[:80] or say("Bank account")
    return _written(name, method.funding == "debit", method.last4, say)


def reread(label: str, say: Say) -> str:
    """A payment's label, which is kept in English, in another language."""
    found = ENGLISH.fullmatch(label)
    if not found:
        return say(label) if label else ""
    name = say(found[1])
    return _written(name, bool(found[2]), found[3], say)


@dataclass(frozen=True)
class MethodName:
    """A method inside a sentence, in the reader's language."""

    kind: str
    brand: str
    bank_name: str
    funding: str
    last4: str

    @classmethod
    def of(cls, method: PaymentMethod) -> "MethodName":
        return cls(method.kind, method.brand, method.bank_name, method.funding, method.last4)

    def text(self, locale: str) -> str:
        return label_of(self, speech(locale, PORTAL))


def _written(name: str, debit: bool, last4: str, say: Say) -> str:
    words = say("%(name)s debit ending %(last4)s") if debit else say("%(name)s ending %(last4)s")
    return words % {"name": name, "last4": last4}
