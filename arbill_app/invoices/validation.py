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
from ..kernel.errors import sentences
from ..kernel.problems import BadValue, Problem
from ..kernel.text.search_keys import printable
from .inputs import components
from .models import InvoiceLine, Option
from .rules.taxes import TAX, Components, at_rate, combined_rate
from .rules.totals import ONE, Line, Totals, gross, work_out

MOST_LINES = 500
LONGEST = 500
LINE = ("description", "quantity", "unit_price", "discount", "tax_rate")
NO_DATE, NO_AMOUNT, NO_LINES = Problem("invoice.due_date_missing"), Problem("amount.missing"), Problem("lines.missing")
NO_DESCRIPTION, NO_PRICE = Problem("line.description_missing"), Problem("line.price_missing")
# A draft may be saved without: it is only missing yet.
UNFINISHED = {one.code for one in (NO_DATE, NO_AMOUNT, NO_LINES, NO_DESCRIPTION, NO_PRICE)}
UNFINISHED |= {"amount.not_positive", "invoice.total_not_positive"}


@dataclass
class Checked:
    """`totals` counts only the lines that could be read, so that a preview goes on while something is typed."""

    totals: Totals
    due_on: date | None = None
    option: Option = Option.LATER
    problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        return sentences(self.problems)

    @property
    def unreadable(self) -> dict[str, Problem]:
        """The problems that not even a draft can be saved with: what is only missing may come later."""
        return {name: one for name, one in self.problems.items() if one.code not in UNFINISHED}


@dataclass(frozen=True)
class InvoiceDefaults:
    """What the input is checked against: the customer's currency and tax, the partner's rounding and today in its time
    zone.

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


def check(typed: Mapping[str, Any], defaults: InvoiceDefaults) -> Checked:
    """`typed`: due_on (ISO), option, memo, and `amount`, or with `itemised` the `lines` (dicts of LINE as text).

    `taxes` beside the amount, or in a line, are its taxes by name: see inputs.components.
    """
    problems: dict[str, Problem] = {}
    due_on = _due_on(str(typed.get("due_on") or ""), defaults.today, problems)
    option = _option(str(typed.get("option") or Option.LATER), problems)
    itemised = bool(typed.get("itemised"))
    lines = _lines(typed.get("lines") or [], defaults, problems) if itemised else _one(typed, defaults, problems)
    totals = work_out(lines, defaults.rounding, defaults.currency)
    if not problems and totals.total <= 0:
        problems["lines" if itemised else "amount"] = Problem("invoice.total_not_positive", zero=_zero(defaults))
    if totals.total > money.LARGEST:
        problems["lines" if itemised else "amount"] = Problem("amount.too_large")
    return Checked(totals, due_on, option, problems)


def _zero(defaults: InvoiceDefaults) -> money.Money:
    return money.Money(0, defaults.currency)


def _due_on(text: str, today: date, problems: dict[str, Problem]) -> date | None:
    try:
        due_on = date.fromisoformat(text)
    except ValueError:
        problems["due_on"] = Problem("invoice.due_date_malformed") if text else NO_DATE
        return None
    if due_on < today:
        problems["due_on"] = Problem("invoice.due_date_past")
    elif due_on.year > today.year + 20:
        problems["due_on"] = Problem("invoice.due_date_far")
    return due_on


def _option(text: str, problems: dict[str, Problem]) -> Option:
    if text in list(Option):
        return Option(text)
    problems["option"] = Problem("invoice.option_missing")
    return Option.LATER


def _one(typed: Mapping[str, Any], defaults: InvoiceDefaults, problems: dict[str, Problem]) -> list[Line]:
    """The single amount; what it is for is the memo."""
    found: dict[str, Problem] = {}
    amount = _read("amount", lambda: money.parse(str(typed.get("amount") or ""), defaults.currency), found)
    if not str(typed.get("amount") or "").strip():
        found = {"amount": NO_AMOUNT}
    elif amount is not None and amount <= 0:
        found = {"amount": Problem("amount.not_positive", zero=_zero(defaults))}
    taxes = _taxes(typed, defaults.tax_rate, defaults, found)
    problems |= found
    if amount is None:
        return []
    description = printable(str(typed.get("memo") or "")).strip()[:LONGEST]
    return [Line(description, ONE, amount, taxes=taxes)]


def _lines(rows: Sequence[Mapping[str, Any]], defaults: InvoiceDefaults, problems: dict[str, Problem]) -> list[Line]:
    filled = [(i, row) for i, row in enumerate(rows) if not _blank(row)]
    if not filled:
        problems["lines"] = NO_LINES
    if len(filled) > MOST_LINES:
        problems["lines"] = Problem("lines.too_many", most=MOST_LINES)
    return [line for i, row in filled[:MOST_LINES] if (line := _line(i, row, defaults, problems))]


def _blank(row: Mapping[str, Any]) -> bool:
    """A line nobody has begun: quantity and tax rate are filled in by us."""
    return not any(str(row.get(name) or "").strip() for name in ("description", "unit_price", "discount"))


def _line(i: int, row: Mapping[str, Any], defaults: InvoiceDefaults, problems: dict[str, Problem]) -> Line | None:
    text = {name: printable(str(row.get(name) or "")).strip() for name in LINE}
    found: dict[str, Problem] = {}
    if not text["description"]:
        found["description"] = NO_DESCRIPTION
    elif len(text["description"]) > LONGEST:
        found["description"] = Problem("field.too_long", count=LONGEST)
    quantity = _read("quantity", lambda: parse_quantity(text["quantity"] or "1"), found)
    price: int | None = 0
    if text["unit_price"]:
        price = _read("unit_price", lambda: money.parse(text["unit_price"], defaults.currency), found)
    else:
        found["unit_price"] = NO_PRICE
    tax_rate = defaults.tax_rate
    if text["tax_rate"]:
        tax_rate = _read("tax_rate", lambda: rate.parse(text["tax_rate"]), found) or 0
    taxes = _taxes(row, tax_rate, defaults, found)
    if text["tax_rate"] and combined_rate(taxes) != tax_rate:
        found.setdefault("taxes", Problem("taxes.add_up_to", rate=rate.write(combined_rate(taxes))))
    line = None
    if quantity is not None and price is not None:
        line = _with_discount(
            Line(text["description"], quantity, price, taxes=taxes), text["discount"], defaults, found
        )
    problems |= {f"{name}_{i}": problem for name, problem in found.items()}
    return line


def _with_discount(line: Line, text: str, defaults: InvoiceDefaults, found: dict[str, Problem]) -> Line | None:
    """ "10%" is a rate, "25.00" an amount; neither is more than the line itself."""
    if abs(gross(line)) > money.LARGEST:
        found["unit_price"] = Problem("amount.too_large")
        return None
    if not text:
        return line
    if text.endswith("%"):
        off = _read("discount", lambda: rate.parse(text), found)
        return replace(line, discount_rate=off or 0)
    off = _read("discount", lambda: money.parse(text, defaults.currency), found)
    if off is not None and not 0 <= off <= max(gross(line), 0):
        found["discount"] = Problem("line.discount_too_large")
    return replace(line, discount=off or 0)


def _taxes(row: Mapping[str, Any], tax_rate: int, defaults: InvoiceDefaults, found: dict[str, Problem]) -> Components:
    """Those that were given by name, else one at this rate."""
    try:
        return (components(row["taxes"]) if row.get("taxes") else ()) or defaults.at_rate(tax_rate)
    except BadValue as wrong:
        found["taxes"] = wrong.problem
        return defaults.at_rate(tax_rate)


def parse_quantity(text: str) -> int:
    """Millionths, or BadValue."""
    bare = text.strip()
    if not money.is_number(bare):
        raise BadValue(Problem("quantity.malformed"))
    if len(bare) > money.LONGEST:
        raise BadValue(Problem("quantity.too_large"))
    value = Decimal(bare.replace(",", "")).scaleb(6)
    if value <= 0:
        raise BadValue(Problem("quantity.not_positive"))
    if value != value.to_integral_value():
        raise BadValue(Problem("quantity.decimals"))
    if value > 10**9 * ONE:
        raise BadValue(Problem("quantity.too_large"))
    return int(value)


def write_quantity(millionths: int) -> str:
    whole, rest = divmod(millionths, ONE)
    return f"{whole}.{rest:06}".rstrip("0").rstrip(".")


def _read(name: str, parse: Callable[[], int], found: dict[str, Problem]) -> int | None:
    try:
        return parse()
    except BadValue as wrong:
        found[name] = wrong.problem
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
