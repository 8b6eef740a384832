"""Money is a whole number of minor units (cents) and a currency; never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from unicodedata import category

from babel import Locale
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol
from iso4217 import Currency

from .problems import BadValue, Problem


@cache
def digits(currency: str) -> int:
    """Decimal places of a currency by ISO 4217: USD 2, JPY 0, KWD 3."""
    return Currency(currency).exponent or 0


def is_currency(code: str) -> bool:
    try:
        return Currency(code).exponent is not None
    except ValueError:
        return False


LARGEST = 10**15  # minor units: beyond what anybody is invoiced, well within what databases hold
LONGEST = 28  # characters: as many digits as Decimal keeps exactly
AMOUNT = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?")


def parse(text: str, currency: str) -> int:
    """What somebody typed, in minor units: "1,180.00", "$1,180" and "1180" are 118000 cents.

    BadValue when it is no amount or has more decimals than the currency.
    """
    bare = _unmarked(_unspaced(text), currency)
    if not is_number(bare):
        raise BadValue(Problem("amount.malformed", example="1,250.00" if digits(currency) else "1,250"))
    if len(bare) > LONGEST:
        raise BadValue(Problem("amount.too_large"))
    amount = Decimal(bare.replace(",", "")).scaleb(digits(currency))
    if amount != amount.to_integral_value():
        raise BadValue(Problem("amount.decimals", places=str(digits(currency)), currency=currency))
    if abs(amount) > LARGEST:
        raise BadValue(Problem("amount.too_large"))
    return int(amount)


def is_number(text: str) -> bool:
    """Digits, commas only between thousands, and a point."""
    return AMOUNT.fullmatch(text) is not None and any(c.isdigit() for c in text)


def _unmarked(text: str, currency: str) -> str:
    """Without the currency's own marks ("CAD", "CA$", "$"): those of another one mean another amount."""
    symbol = _unspaced(get_currency_symbol(currency, "en_US"))
    alone = [symbol[-1]] if category(symbol[-1]) == "Sc" else []  # "$" of "CA$", not the point of "Cg."
    for mark in [currency, symbol, *alone]:
        text = text.replace(mark, "")
    return text


def _unspaced(text: str) -> str:
    return re.sub(r"\s", "", text.upper())


def plain(minor: int, currency: str) -> str:
    """As somebody would type it: `1180.00`."""
    return f"{Decimal(minor).scaleb(-digits(currency)):.{digits(currency)}f}"


def up_to(text: str, currency: str, most: int, too_much: Problem) -> tuple[int, Problem | None]:
    """(minor units that somebody typed, "" being all of `most`; why it cannot be so much)."""
    if not text.strip():
        return most, None
    try:
        minor = parse(text, currency)
    except BadValue as wrong:
        return 0, wrong.problem
    return minor, None if 0 < minor <= most else too_much


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


def _written(minor: int, currency: str, locale: str) -> str:
    """As babel's `pattern.apply` writes it, which takes thirty times as long: an export writes 200,000 amounts."""
    shape = _shape(locale, currency)
    whole, part = divmod(abs(minor), 10**shape.places)
    number = f"{whole:,}".replace(",", shape.group)
    if shape.places:
        number += f"{shape.point}{part:0{shape.places}}"
    before, after = shape.sides[minor < 0]
    return f"{before}{number}{after}"


@dataclass(frozen=True)
class _Shape:
    """What stands around and between the digits of an amount; `sides` are those of a positive and a negative one."""

    places: int
    group: str
    point: str
    sides: tuple[tuple[str, str], tuple[str, str]]


@cache
def _shape(locale: str, currency: str) -> _Shape:
    """The locale's own way, with the decimals of ISO 4217: CLDR has other ideas of some currencies."""
    where, places = Locale.parse(locale), digits(currency)
    pattern, sign = where.currency_formats["standard"], get_currency_symbol(currency, where)
    if pattern.grouping != (3, 3):
        raise ValueError(f"{locale} does not count by thousands")
    positive, negative = (
        (_apart(before.replace("¤", sign)), after.replace("¤", sign))
        for before, after in zip(pattern.prefix, pattern.suffix, strict=True)
    )
    return _Shape(places, get_group_symbol(where), get_decimal_symbol(where), (positive, negative))


def _apart(before: str) -> str:
    """ "KWD1.500" wants a space, "CA$1.50" does not."""
    return f"{before}\N{NO-BREAK SPACE}" if before[-1:].isalpha() else before
