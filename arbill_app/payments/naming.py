"""What people call a payment method: "Visa ending 4242", in any language."""

from collections.abc import Callable

from .gateway.protocol import CARD
from .models import PaymentMethod

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}
PORTAL = "portal"  # the catalogue that has these words


def _english(text: str) -> str:
    return text


def label_of(method: PaymentMethod, say: Callable[[str], str] = _english) -> str:
    """ "Visa ending 4242", "Visa debit ending 5556", "Northlake Bank ending 6789"."""
    if method.kind == CARD:
        name = BRANDS.get(method.brand.lower(), method.brand.capitalize() or say("Card"))
    else:
        name = method.bank_name[:80] or say("Bank account")
    if method.funding == "debit":
        return say("%(name)s debit ending %(last4)s") % {"name": name, "last4": method.last4}
    return say("%(name)s ending %(last4)s") % {"name": name, "last4": method.last4}
