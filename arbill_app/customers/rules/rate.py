"""A tax rate as people write it, kept as a whole number of ten-thousandths of a percent."""

from decimal import Decimal

ONE = 10_000  # one percent
WHOLE = 100 * ONE


def parse(text: str) -> int:
    """ "8.875", "8,875 %" or "" -> 88750, 88750, 0; ValueError with a sentence when it is none."""
    typed = text.replace("%", "").replace(",", ".").strip()
    try:
        value = Decimal(typed or "0") * ONE
    except ArithmeticError:
        raise ValueError("Enter a percentage such as 8.25.") from None
    if not value.is_finite() or not 0 <= value <= WHOLE:
        raise ValueError("Enter a percentage from 0 to 100.")
    if value != int(value):
        raise ValueError("Use at most four decimals.")
    return int(value)


def write(rate: int) -> str:
    """At least two decimals, at most four: 0 -> "0.00", 88750 -> "8.875"."""
    whole, rest = divmod(rate, ONE)
    decimals = f"{rest:04d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}"
