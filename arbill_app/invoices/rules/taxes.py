"""The taxes of a line by name, such as GST and QST, or one "Tax" at the customer's rate: pure rules.

Rates are ten-thousandths of a percent, amounts minor units of the document's currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from ...customers.rules import rate as rates

TAX = "Tax"  # the name where nobody gave one


class Kind(StrEnum):
    GST = "gst"
    HST = "hst"
    PST = "pst"
    QST = "qst"
    VAT = "vat"
    SALES = "sales"
    OTHER = "other"


class Reason(StrEnum):
    """Why a tax comes to what it does; a rate from the customer's profile says at most that the customer is exempt."""

    UNSTATED = ""
    TAXABLE = "taxable"
    EXEMPT = "exempt"
    ZERO_RATED = "zero_rated"
    REVERSE_CHARGE = "reverse_charge"
    NOT_REGISTERED = "not_registered"
    OUTSIDE = "outside"


# Reasons for charging nothing: only a rate of 0 goes with them.
UNTAXED = set(Reason) - {Reason.UNSTATED, Reason.TAXABLE}
KINDS = {"gst": Kind.GST, "hst": Kind.HST, "pst": Kind.PST, "qst": Kind.QST, "vat": Kind.VAT, "sales tax": Kind.SALES}


@dataclass(frozen=True, order=True)
class Component:
    """One tax of a line: `amount` is due on `base`.

    `jurisdiction` is who levies it (ISO 3166: "CA", "CA-QC"), "" where the rate came from the customer's profile or
    was typed. Those are named afresh while the invoice is a draft; a component with a jurisdiction stays as given.
    """

    rate: int = 0
    name: str = TAX
    jurisdiction: str = ""
    kind: str = Kind.OTHER
    reason: str = Reason.UNSTATED
    base: int = 0
    amount: int = 0

    @property
    def tax(self) -> "Component":
        """Which tax it is, without amounts."""
        return replace(self, base=0, amount=0)

    def negative(self) -> "Component":
        return replace(self, base=-self.base, amount=-self.amount)


Components = tuple[Component, ...]


class Taxed(Protocol):
    """A line of an invoice or credit note."""

    @property
    def taxes(self) -> Components: ...


@dataclass(frozen=True)
class Tax:
    """What the taxes of one name and rate come to on a whole document. Jurisdictions of the same are added up."""

    rate: int
    base: int
    amount: int
    name: str = TAX

    @property
    def label(self) -> str:
        return f"{self.name} {rates.write(self.rate)}%"


def at_rate(rate: int, name: str, *, exempt: bool = False) -> Components:
    """The one component of a rate from a customer's profile, or typed."""
    reason = Reason.EXEMPT if exempt and not rate else Reason.UNSTATED
    return (Component(rate, name, kind=KINDS.get(name.lower(), Kind.OTHER), reason=reason),)


def given(taxes: Components) -> Components:
    """The components if they were given by name, () if they are one rate's."""
    return tuple(one.tax for one in taxes) if any(one.jurisdiction for one in taxes) else ()


def combined_rate(taxes: Components) -> int:
    return sum(one.rate for one in taxes)


def by_name(lines: Iterable[Taxed]) -> list[Tax]:
    """One for each name and rate, the lowest rate first."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for line in lines:
        for one in line.taxes:
            base, amount = found.get((one.rate, one.name), (0, 0))
            found[one.rate, one.name] = base + one.base, amount + one.amount
    return [Tax(rate, *sums, name) for (rate, name), sums in sorted(found.items())]
