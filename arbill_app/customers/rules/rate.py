"""A tax rate as people write it, kept as a whole number of ten-thousandths of a percent."""

from decimal import Decimal

from arbill_app.kernel.problems import BadValue, Problem

ONE = 10_000  # one percent
WHOLE = 100 * ONE


def parse(text: str) -> int:
    """ "8.875", "8,875 %" or "" -> 88750, 88750, 0; BadValue when it is none."""
    typed = text.replace("%", "").replace(",", ".").strip()
    try:
        value = Decimal(typed or "0") * ONE
    except ArithmeticError:
        raise BadValue(Problem("tax_rate.malformed")) from None
    if not value.is_finite() or not 0 <= value <= WHOLE:
        raise BadValue(Problem("tax_rate.out_of_range"))
    if value != int(value):
        raise BadValue(Problem("tax_rate.decimals"))
    return int(value)


def write(rate: int) -> str:
    """At least two decimals, at most four: 0 -> "0.00", 88750 -> "8.875"."""
    whole, rest = divmod(rate, ONE)
    decimals = f"{rest:04d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}"
