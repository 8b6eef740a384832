"""From lines to totals, in whole minor units; nothing here is ever a float.

A quantity counts millionths, a rate ten-thousandths of a percent. Half a minor unit is rounded away from zero, so that
a credit is the exact negative of what it credits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..customers.rate import WHOLE
from ..kernel.money import Money

ONE = 1_000_000
PER_LINE, PER_INVOICE = "line", "invoice"


@dataclass(frozen=True)
class Line:
    """`discount_rate` says how much of the gross amount comes off; without it `discount` is an amount."""

    description: str = ""
    quantity: int = ONE
    unit_price: int = 0
    discount_rate: int = 0
    discount: int = 0
    tax_rate: int = 0
    net: int = 0
    tax: int = 0


@dataclass(frozen=True)
class TaxShare:
    """What one rate comes to: on which amount, how much."""

    rate: int
    base: int
    amount: int


@dataclass(frozen=True)
class Totals:
    """`subtotal` - `discount` + `tax` = `total`; the lines' nets and taxes add up to the same."""

    lines: list[Line]
    subtotal: int
    discount: int
    tax: int
    total: int
    taxes: list[TaxShare]


def share(amount: int, part: int, whole: int) -> int:
    """amount * part / whole, half away from zero."""
    top = 2 * amount * part
    sign = -1 if top < 0 else 1
    return sign * ((abs(top) + whole) // (2 * whole))


def gross(line: Line) -> int:
    return share(line.unit_price, line.quantity, ONE)


def work_out(lines: Iterable[Line], rounding: str, currency: str) -> Totals:
    """Fills in each line's discount, net and tax, and adds them up."""
    netted = [_netted(line) for line in lines]
    taxed = _taxed_together(netted, currency) if rounding == PER_INVOICE else [_taxed(line) for line in netted]
    subtotal, discount = sum(map(gross, taxed)), sum(line.discount for line in taxed)
    tax = sum(line.tax for line in taxed)
    return Totals(taxed, subtotal, discount, tax, subtotal - discount + tax, _by_rate(taxed))


def _netted(line: Line) -> Line:
    amount = gross(line)
    off = share(amount, line.discount_rate, WHOLE) if line.discount_rate else line.discount
    return replace(line, discount=off, net=amount - off)


def _taxed(line: Line) -> Line:
    return replace(line, tax=share(line.net, line.tax_rate, WHOLE))


def _taxed_together(lines: Sequence[Line], currency: str) -> list[Line]:
    """Each rate is rounded once, on the sum of its lines, and shared out among them."""
    taxes: dict[int, int] = {}
    for rate in {line.tax_rate for line in lines}:
        at = [i for i, line in enumerate(lines) if line.tax_rate == rate]
        taxes |= dict(zip(at, _shares([lines[i].net for i in at], rate, currency), strict=True))
    return [replace(line, tax=taxes[i]) for i, line in enumerate(lines)]


def _shares(nets: list[int], rate: int, currency: str) -> list[int]:
    whole = share(sum(nets), rate, WHOLE)
    weights = [abs(net) for net in nets]
    alike = all(net >= 0 for net in nets) or all(net <= 0 for net in nets)
    if alike and any(weights):
        return [part.minor for part in Money(whole, currency).split(weights)]
    # A deduction among the lines: each line by itself, and what rounding leaves over goes to the largest.
    parts = [share(net, rate, WHOLE) for net in nets]
    largest = max(range(len(nets)), key=lambda i: weights[i])
    parts[largest] += whole - sum(parts)
    return parts


def _by_rate(lines: Sequence[Line]) -> list[TaxShare]:
    found: dict[int, tuple[int, int]] = {}
    for line in lines:
        base, amount = found.get(line.tax_rate, (0, 0))
        found[line.tax_rate] = base + line.net, amount + line.tax
    return [TaxShare(rate, base, amount) for rate, (base, amount) in sorted(found.items())]


def negative(totals: Totals) -> Totals:
    """The same with every amount turned round: what a credit of all of it comes to."""
    lines = [replace(x, unit_price=-x.unit_price, discount=-x.discount, net=-x.net, tax=-x.tax) for x in totals.lines]
    taxes = [TaxShare(one.rate, -one.base, -one.amount) for one in totals.taxes]
    return Totals(lines, -totals.subtotal, -totals.discount, -totals.tax, -totals.total, taxes)
