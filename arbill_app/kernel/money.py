"""Money is a whole number of minor units (cents) and a currency; never a float."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel.numbers import format_currency
from iso4217 import Currency


@cache
def digits(currency: str) -> int:
    """Decimal places of a currency by ISO 4217: USD 2, JPY 0, KWD 3."""
    return Currency(currency).exponent or 0


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
        """As people write it: `$1,250.00`."""
        places = digits(self.currency)
        amount = Decimal(self.minor).scaleb(-places)
        pattern = "¤#,##0" + ("." + "0" * places if places else "")
        return format_currency(amount, self.currency, pattern, locale=locale, currency_digits=False)
