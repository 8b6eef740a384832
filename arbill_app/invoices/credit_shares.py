"""What one credit takes of each tax rate of an invoice: pure rules over minor units.

Credited so far and this credit together take their proportional part of each rate's net and of each rate's tax, rounded
to whole minor units. So credits of any size and in any order stay within the invoice, and the last one takes exactly
what the others left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Protocol

NET, TAX = "net", "tax"
Side = tuple[int, str]  # (tax rate, NET or TAX)
Amounts = dict[Side, int]


class Taxed(Protocol):
    """A line of an invoice or credit note."""

    @property
    def tax_rate(self) -> int: ...
    @property
    def net(self) -> int: ...
    @property
    def tax(self) -> int: ...


@dataclass(frozen=True)
class Part:
    """What a credit takes of one tax rate."""

    tax_rate: int
    net: int
    tax: int


def by_rate(lines: Iterable[Taxed]) -> Amounts:
    """Net and tax of each rate, added up."""
    found: Amounts = {}
    for line in lines:
        for side, amount in (((line.tax_rate, NET), line.net), ((line.tax_rate, TAX), line.tax)):
            found[side] = found.get(side, 0) + amount
    return found


def credit_parts(invoiced: Iterable[Taxed], credited: Iterable[Taxed], amount: int) -> list[Part]:
    """One part for each rate that the credit touches, in the invoice's order; they add up to `amount`.

    `credited` are the lines of all earlier credit notes. `amount` includes tax and is at most what they left. A rate
    whose lines were negative is credited negatively. Where earlier credits took too much of something, that is given
    back as soon as possible.
    """
    whole, taken = by_rate(invoiced), by_rate(credited)
    left = {side: whole.get(side, 0) - taken.get(side, 0) for side in whole | taken}
    if not 0 < amount <= sum(left.values()):
        raise ValueError("A credit is more than nothing and at most what was not credited yet.")
    share = Fraction(sum(taken.values()) + amount, sum(whole.values()))
    aims = {side: share * whole.get(side, 0) - taken.get(side, 0) for side in left}
    found = _rounded(_within(aims, left, amount), amount)
    rates = dict.fromkeys(rate for rate, _ in found)
    parts = [Part(rate, found[rate, NET], found[rate, TAX]) for rate in rates]
    return [part for part in parts if part.net or part.tax]


def _within(aims: Mapping[Side, Fraction], left: Amounts, amount: int) -> dict[Side, Fraction]:
    """Each aim held between nothing and what is left of it; what that changes goes to those that have room."""
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
