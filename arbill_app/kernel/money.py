"""Money is a whole number of minor units (cents) and a currency; never a float."""

import re
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.numbers import NumberPattern, format_currency
from iso4217 import Currency


@cache
def digits(currency: str) -> int:
    """Decimal places of a currency by ISO 4217: USD 2, JPY 0, KWD 3."""
    return Currency(currency).exponent or 0


def is_currency(code: str) -> bool:
    try:
        return Currency(code).exponent is not None
    except ValueError:
        return False


@cache
def _pattern(locale: str, places: int) -> NumberPattern:
    """The locale's own way, with the decimals of ISO 4217: CLDR has other ideas of some currencies."""
    pattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return pattern


# "KWD1.500" wants a space, "CA$1.50" does not.
TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)")


@dataclass(frozen=True, order=True)
class Money:
    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.minor + other.minor, self.currency)

    def split(self, weights: list[int]) -> list["Money"]:
        """Shares in the ratio of `weights` that add up to the whole: largest remainder, symmetric for credits."""
        whole, sign = sum(weights), -1 if self.minor < 0 else 1
        raw = [abs(self.minor) * weight for weight in weights]
        shares = [part // whole for part in raw]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(raw[i] % whole), i))
        for i in by_remainder[: abs(self.minor) - sum(shares)]:
            shares[i] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def text(self, locale: str = "en_US") -> str:
        """As people write it: `$1,250.00`, in French `1 250,00 $`."""
        return _written(self.minor, self.currency, locale)


@lru_cache(maxsize=8192)
def _written(minor: int, currency: str, locale: str) -> str:
    places = digits(currency)
    amount = Decimal(minor).scaleb(-places)
    written = format_currency(amount, currency, _pattern(locale, places), locale=locale, currency_digits=False)
    return TOUCHING.sub("\N{NO-BREAK SPACE}", written)
