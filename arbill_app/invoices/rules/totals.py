"""From lines to totals, in whole minor units; nothing here is ever a float.

A quantity counts millionths, a rate ten-thousandths of a percent. Half a minor unit is rounded away from zero, so that
a credit is the exact negative of what it credits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...customers.rules.rate import WHOLE
from ...kernel.money import Money
from .taxes import Component, Components, Tax, by_name, combined_rate

ONE = 1_000_000
PER_LINE, PER_INVOICE = "line", "invoice"


@dataclass(frozen=True)
class Line:
    """`discount_rate` says how much of the gross amount comes off; without it `discount` is an amount.

    `taxes` without amounts say what is to be worked out; without any it is one tax of `tax_rate`. Worked out, `tax`
    is the sum of their amounts and `tax_rate` of their rates.
    """

    description: str = ""
    quantity: int = ONE
    unit_price: int = 0
    discount_rate: int = 0
    discount: int = 0
    tax_rate: int = 0
    net: int = 0
    tax: int = 0
    taxes: Components = ()


@dataclass(frozen=True)
class Totals:
    """`subtotal` - `discount` + `tax` = `total`; the lines' nets and taxes add up to the same."""

    lines: list[Line]
    subtotal: int
    discount: int
    tax: int
    total: int
    taxes: list[Tax]


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
    return Totals(taxed, subtotal, discount, tax, subtotal - discount + tax, by_name(taxed))


def _netted(line: Line) -> Line:
    amount = gross(line)
    off = share(amount, line.discount_rate, WHOLE) if line.discount_rate else line.discount
    return replace(line, discount=off, net=amount - off)


def _components(line: Line) -> Components:
    return line.taxes or (Component(line.tax_rate),)


def _taxed(line: Line) -> Line:
    return _with_taxes(line, [share(line.net, one.rate, WHOLE) for one in _components(line)])


def _with_taxes(line: Line, amounts: Sequence[int]) -> Line:
    """Every tax is on the net: none of them is charged on another."""
    pairs = zip(_components(line), amounts, strict=True)
    taxes = tuple(replace(one, base=line.net, amount=amount) for one, amount in pairs)
    return replace(line, tax_rate=combined_rate(taxes), tax=sum(amounts), taxes=taxes)


def _taxed_together(lines: Sequence[Line], currency: str) -> list[Line]:
    """Each tax is rounded once, on the sum of its lines, and shared out among them."""
    taxes = [_components(line) for line in lines]
    amounts = [[0] * len(of_line) for of_line in taxes]
    places: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for i, of_line in enumerate(taxes):
        for k, one in enumerate(of_line):
            places.setdefault((one.name, one.jurisdiction, one.rate), []).append((i, k))
    for (_, _, rate), at in places.items():
        shares = _shares([lines[i].net for i, _ in at], rate, currency)
        for (i, k), amount in zip(at, shares, strict=True):
            amounts[i][k] = amount
    return [_with_taxes(line, of_line) for line, of_line in zip(lines, amounts, strict=True)]


def _shares(nets: list[int], rate: int, currency: str) -> list[int]:
    whole = share(sum(nets), rate, WHOLE)
    weights = [abs(net) for net in nets]
    alike = all(net >= 0 for net in nets) or all(net <= 0 for net in nets)
    if alike and any(weights):
        return [part.minor for part in Money(whole, currency).split(weights)]
    # With a negative line: each line is rounded by itself, and the rounding difference goes to the largest.
    parts = [share(net, rate, WHOLE) for net in nets]
    largest = max(range(len(nets)), key=lambda i: weights[i])
    parts[largest] += whole - sum(parts)
    return parts


def negative(totals: Totals) -> Totals:
    """The same with every amount turned round: what a credit of all of it comes to."""
    taxes = [replace(one, base=-one.base, amount=-one.amount) for one in totals.taxes]
    lines = [_negative(line) for line in totals.lines]
    return Totals(lines, -totals.subtotal, -totals.discount, -totals.tax, -totals.total, taxes)


def _negative(line: Line) -> Line:
    taxes = tuple(one.negative() for one in line.taxes)
    amounts = {name: -getattr(line, name) for name in ("unit_price", "discount", "net", "tax")}
    return replace(line, **amounts, taxes=taxes)
