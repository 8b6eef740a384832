"""What somebody typed on an invoice, checked as a whole: every complaint at once, by the name of its control.

Lines are checked one by one: the amount of the third is `unit_price_2`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ..customers.rules import rate
from ..kernel import money
from ..kernel.text.search_keys import printable
from .inputs import components
from .models import InvoiceLine, Option
from .rules.taxes import TAX, Components, at_rate, combined_rate
from .rules.totals import ONE, Line, Totals, gross, work_out

MOST_LINES = 500
LONGEST = 500
LINE = ("description", "quantity", "unit_price", "discount", "tax_rate")
NO_DATE, NO_AMOUNT, NO_LINES = "Choose a due date.", "Enter the amount.", "Add at least one line."
NO_DESCRIPTION, NO_PRICE = "Say what this line is for.", "Enter the unit price."
MISSING = {NO_DATE, NO_AMOUNT, NO_LINES, NO_DESCRIPTION, NO_PRICE}


@dataclass
class Checked:
    """`totals` counts only the lines that could be read, so that a preview goes on while something is typed."""

    totals: Totals
    due_on: date | None = None
    option: Option = Option.LATER
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def unreadable(self) -> dict[str, str]:
        """The errors that not even a draft can be saved with: what is only missing may come later."""
        return {name: said for name, said in self.errors.items() if said not in MISSING and "greater than" not in said}


@dataclass(frozen=True)
class Ground:
    """What the typing is checked against: the customer's currency and tax, the partner's rounding, today there.

    `tax_name` is what the legal entity calls a tax that is only known by its rate.
    """

    currency: str
    tax_rate: int
    rounding: str
    today: date
    tax_name: str = TAX
    exempt: bool = False

    def at_rate(self, tax_rate: int) -> Components:
        return at_rate(tax_rate, self.tax_name, exempt=self.exempt)


def check(typed: Mapping[str, Any], ground: Ground) -> Checked:
    """`typed`: due_on (ISO), option, memo, and `amount`, or with `itemised` the `lines` (dicts of LINE as text).

    `taxes` beside the amount, or in a line, are its taxes by name: see inputs.components.
    """
    errors: dict[str, str] = {}
    due_on = _due_on(str(typed.get("due_on") or ""), ground.today, errors)
    option = _option(str(typed.get("option") or Option.LATER), errors)
    lines = _lines(typed.get("lines") or [], ground, errors) if typed.get("itemised") else _one(typed, ground, errors)
    totals = work_out(lines, ground.rounding, ground.currency)
    if not errors and totals.total <= 0:
        errors["lines" if typed.get("itemised") else "amount"] = f"The total must be greater than {_zero(ground)}."
    if totals.total > money.LARGEST:
        errors["lines" if typed.get("itemised") else "amount"] = "This amount is too large."
    return Checked(totals, due_on, option, errors)


def _zero(ground: Ground) -> str:
    return money.Money(0, ground.currency).text()


def _due_on(text: str, today: date, errors: dict[str, str]) -> date | None:
    try:
        due_on = date.fromisoformat(text)
    except ValueError:
        errors["due_on"] = "Choose a day of the calendar." if text else NO_DATE
        return None
    if due_on < today:
        errors["due_on"] = "The due date must be today or later."
    elif due_on.year > today.year + 20:
        errors["due_on"] = "The due date is too far away."
    return due_on


def _option(text: str, errors: dict[str, str]) -> Option:
    if text in list(Option):
        return Option(text)
    errors["option"] = "Choose a payment option."
    return Option.LATER


def _one(typed: Mapping[str, Any], ground: Ground, errors: dict[str, str]) -> list[Line]:
    """The single amount; what it is for is the memo."""
    found: dict[str, str] = {}
    amount = _read("amount", lambda: money.parse(str(typed.get("amount") or ""), ground.currency), found)
    if not str(typed.get("amount") or "").strip():
        found = {"amount": NO_AMOUNT}
    elif amount is not None and amount <= 0:
        found = {"amount": f"The amount must be greater than {_zero(ground)}."}
    taxes = _taxes(typed, ground.tax_rate, ground, found)
    errors |= found
    if amount is None:
        return []
    description = printable(str(typed.get("memo") or "")).strip()[:LONGEST]
    return [Line(description, ONE, amount, taxes=taxes)]


def _lines(rows: Sequence[Mapping[str, Any]], ground: Ground, errors: dict[str, str]) -> list[Line]:
    filled = [(i, row) for i, row in enumerate(rows) if not _blank(row)]
    if not filled:
        errors["lines"] = NO_LINES
    if len(filled) > MOST_LINES:
        errors["lines"] = f"An invoice has at most {MOST_LINES} lines."
    return [line for i, row in filled[:MOST_LINES] if (line := _line(i, row, ground, errors))]


def _blank(row: Mapping[str, Any]) -> bool:
    """A line nobody has begun: quantity and tax rate are filled in by us."""
    return not any(str(row.get(name) or "").strip() for name in ("description", "unit_price", "discount"))


def _line(i: int, row: Mapping[str, Any], ground: Ground, errors: dict[str, str]) -> Line | None:
    text = {name: printable(str(row.get(name) or "")).strip() for name in LINE}
    found: dict[str, str] = {}
    if not text["description"]:
        found["description"] = NO_DESCRIPTION
    elif len(text["description"]) > LONGEST:
        found["description"] = f"Use at most {LONGEST} characters."
    quantity = _read("quantity", lambda: parse_quantity(text["quantity"] or "1"), found)
    price: int | None = 0
    if text["unit_price"]:
        price = _read("unit_price", lambda: money.parse(text["unit_price"], ground.currency), found)
    else:
        found["unit_price"] = NO_PRICE
    tax_rate = ground.tax_rate
    if text["tax_rate"]:
        tax_rate = _read("tax_rate", lambda: rate.parse(text["tax_rate"]), found) or 0
    taxes = _taxes(row, tax_rate, ground, found)
    if text["tax_rate"] and combined_rate(taxes) != tax_rate:
        found.setdefault("taxes", f"These taxes come to {rate.write(combined_rate(taxes))}%.")
    line = None
    if quantity is not None and price is not None:
        line = _with_discount(Line(text["description"], quantity, price, taxes=taxes), text["discount"], ground, found)
    errors |= {f"{name}_{i}": said for name, said in found.items()}
    return line


def _with_discount(line: Line, text: str, ground: Ground, found: dict[str, str]) -> Line | None:
    """ "10%" is a rate, "25.00" an amount; neither is more than the line itself."""
    if abs(gross(line)) > money.LARGEST:
        found["unit_price"] = "This amount is too large."
        return None
    if not text:
        return line
    if text.endswith("%"):
        off = _read("discount", lambda: rate.parse(text), found)
        return replace(line, discount_rate=off or 0)
    off = _read("discount", lambda: money.parse(text, ground.currency), found)
    if off is not None and not 0 <= off <= max(gross(line), 0):
        found["discount"] = "A discount is at most the line’s amount."
    return replace(line, discount=off or 0)


def _taxes(row: Mapping[str, Any], tax_rate: int, ground: Ground, found: dict[str, str]) -> Components:
    """Those that were given by name, else one at this rate."""
    try:
        return (components(row["taxes"]) if row.get("taxes") else ()) or ground.at_rate(tax_rate)
    except ValueError as wrong:
        found["taxes"] = str(wrong)
        return ground.at_rate(tax_rate)


def parse_quantity(text: str) -> int:
    """Millionths; ValueError with a sentence."""
    bare = text.strip()
    if not money.is_number(bare):
        raise ValueError("Enter a quantity such as 1.5.")
    if len(bare) > money.LONGEST:
        raise ValueError("This quantity is too large.")
    value = Decimal(bare.replace(",", "")).scaleb(6)
    if value <= 0:
        raise ValueError("The quantity must be more than zero.")
    if value != value.to_integral_value():
        raise ValueError("Use at most six decimals.")
    if value > 10**9 * ONE:
        raise ValueError("This quantity is too large.")
    return int(value)


def write_quantity(millionths: int) -> str:
    whole, rest = divmod(millionths, ONE)
    return f"{whole}.{rest:06}".rstrip("0").rstrip(".")


def _read(name: str, parse: Callable[[], int], found: dict[str, str]) -> int | None:
    try:
        return parse()
    except ValueError as wrong:
        found[name] = str(wrong)
        return None


def typed_line(line: InvoiceLine | Line, currency: str) -> dict[str, str]:
    """A stored line as the editor would show it."""
    off = rate.write(line.discount_rate) + "%" if line.discount_rate else ""
    return {
        "description": line.description,
        "quantity": write_quantity(line.quantity),
        "unit_price": money.plain(line.unit_price, currency),
        "discount": off or (money.plain(line.discount, currency) if line.discount else ""),
        "tax_rate": rate.write(line.tax_rate),
    }
