"""What one credit takes of each tax of an invoice: pure rules over minor units.

Lines that carry the same taxes are credited together. Credited so far and this credit together take their proportional
part of these lines' net and of each of their taxes, rounded to whole minor units. So credits of any size and in any
order stay within the invoice, and the last one takes exactly what the others left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Protocol

from .taxes import Components, combined_rate

NET = 0
# The taxes of some lines, and NET for their net or n for their nth tax.
Side = tuple[Components, int]
Amounts = dict[Side, int]


class Taxed(Protocol):
    """A line of an invoice or credit note."""

    @property
    def net(self) -> int: ...
    @property
    def taxes(self) -> Components: ...


@dataclass(frozen=True)
class Part:
    """What a credit takes of the lines with these taxes."""

    net: int
    taxes: Components

    @property
    def tax_rate(self) -> int:
        return combined_rate(self.taxes)

    @property
    def tax(self) -> int:
        return sum(one.amount for one in self.taxes)


def by_taxes(lines: Iterable[Taxed]) -> Amounts:
    """Net and each tax of the lines that carry the same taxes, added up."""
    found: Amounts = {}
    for line in lines:
        taxes = tuple(one.tax for one in line.taxes)
        for n, amount in enumerate([line.net, *(one.amount for one in line.taxes)]):
            found[taxes, n] = found.get((taxes, n), 0) + amount
    return found


def credit_parts(invoiced: Iterable[Taxed], credited: Iterable[Taxed], amount: int) -> list[Part]:
    """One part for all lines with the same taxes, in the invoice's order; they add up to `amount`.

    `credited` are the lines of all earlier credit notes. `amount` includes tax and is at most what they left. Lines
    that were negative are credited negatively. Where earlier credits took too much of something, that is given
    back as soon as possible.
    """
    whole, taken = by_taxes(invoiced), by_taxes(credited)
    left = {side: whole.get(side, 0) - taken.get(side, 0) for side in whole | taken}
    if not 0 < amount <= sum(left.values()):
        raise ValueError("A credit is more than nothing and at most what was not credited yet.")
    share = Fraction(sum(taken.values()) + amount, sum(whole.values()))
    aims = {side: share * whole.get(side, 0) - taken.get(side, 0) for side in left}
    found = _rounded(_within(aims, left, amount), amount)
    parts = [_part(taxes, found) for taxes in dict.fromkeys(taxes for taxes, _ in found)]
    return [part for part in parts if part.net or any(one.amount for one in part.taxes)]


def _part(taxes: Components, found: Amounts) -> Part:
    net = found[taxes, NET]
    return Part(net, tuple(replace(one, base=net, amount=found[taxes, n]) for n, one in enumerate(taxes, NET + 1)))


def _within(aims: Mapping[Side, Fraction], left: Amounts, amount: int) -> dict[Side, Fraction]:
    """Clamps each share to what is left of it, and distributes the difference over the others."""
    held = {side: _between(aim, left[side]) for side, aim in aims.items()}
    missing = amount - sum(held.values(), Fraction())
    if not missing:
        return held
    ends = {side: max(0, left[side]) if missing > 0 else min(0, left[side]) for side in held}
    room = {side: ends[side] - part for side, part in held.items()}
    all_room = sum(room.values(), Fraction())
    return {side: part + missing * room[side] / all_room for side, part in held.items()}


def _between(aim: Fraction, left: int) -> Fraction:
    return max(Fraction(min(0, left)), min(Fraction(max(0, left)), aim))


def _rounded(exact: Mapping[Side, Fraction], amount: int) -> Amounts:
    """Whole minor units that add up to the amount: the largest remainders are rounded up."""
    found = {side: floor(part) for side, part in exact.items()}
    by_remainder = sorted(exact, key=lambda side: (found[side] - exact[side], side))
    for side in by_remainder[: amount - sum(found.values())]:
        found[side] += 1
    return found
