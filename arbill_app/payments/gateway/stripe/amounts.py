"""Amounts as Stripe counts them: like ISO 4217 but for a few currencies."""

from ....kernel.money import digits
from ..protocol import GatewayRefusal

# Decimals of Stripe’s amounts where they are not those of ISO 4217. The króna and the Ugandan shilling have none any
# more, yet Stripe goes on counting them in hundredths; the ariary’s fifths it does not count.
OWN_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}


def to_stripe(amount: int, currency: str) -> int:
    """Minor units for a request. GatewayRefusal when Stripe cannot express the amount."""
    finer = _digits(currency) - digits(currency)
    if finer >= 0:
        counted = amount * 10**finer
    else:
        counted, rest = divmod(amount, 10**-finer)
        if rest:
            raise GatewayRefusal(f"Stripe takes only whole amounts of {currency}.", "amount")
    # Of three decimals card networks carry two.
    if _digits(currency) == 3 and counted % 10:
        raise GatewayRefusal(f"The last decimal of an amount in {currency} must be 0.", "amount")
    return counted


def from_stripe(amount: int, currency: str) -> int:
    finer = _digits(currency) - digits(currency)
    return amount // 10**finer if finer >= 0 else amount * 10**-finer


def _digits(currency: str) -> int:
    return OWN_DIGITS.get(currency, digits(currency))
