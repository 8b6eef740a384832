"""The saved ways to pay, as they are offered: what each is called, and why one cannot be charged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ...kernel import clock
from ...payments.gateway.choose import takes_payments
from ...payments.gateway.protocol import CARD, CURRENCIES
from ...payments.methods.method_labels import label_of
from ...payments.methods.methods import expired
from ...payments.models import PaymentMethod
from ..gate import Gate
from ..i18n import Words


@dataclass(frozen=True)
class MethodRow:
    """`why` says why it cannot be charged, "" when it can."""

    id: str
    label: str
    mark: str
    under: str
    is_default: bool
    why: str
    bank: bool = False
    approved: bool = True


def method_rows(gate: Gate, currency: str = "") -> list[MethodRow]:
    """`currency`: what is to be paid."""
    today = clock.today(gate.partner.timezone)
    return [method_row(gate.say, method, today, currency) for method in gate.methods()]


def method_row(say: Words, method: PaymentMethod, today: date, currency: str = "") -> MethodRow:
    expires = f"{method.exp_month:02}/{method.exp_year % 100:02}" if method.exp_month and method.exp_year else ""
    under = [say("Default")] if method.is_default else []
    under += [say("expires %(when)s", when=expires)] if expires else []
    if method.kind != CARD:
        under.append(say("Bank account"))
    why = why_not(say, method, today, currency)
    return MethodRow(
        id=method.id,
        label=label_of(method, say),
        mark=_mark(say, method),
        under=_sentence(under),
        is_default=method.is_default,
        why=why,
        bank=method.kind != CARD,
        approved=bool(method.approved_at),
    )


def why_not(say: Words, method: PaymentMethod, today: date, currency: str) -> str:
    """Why it cannot be charged now; "" when it can."""
    if not takes_payments():
        return say("Card payments are not set up on this installation.")
    if expired(method, today):
        return say("This card has expired.")
    if not method.verified:
        return say("Your bank is still verifying this account.")
    if not method.approved_at:
        return say("Waits for your approval of the pre-authorised debit.")
    if currency and currency not in CURRENCIES.get(method.kind, (currency,)):
        return say("It does not pay in %(currency)s.", currency=currency)
    return ""


def _mark(say: Words, method: PaymentMethod) -> str:
    """A few letters for the picture of a card."""
    if method.kind != CARD:
        return say("BANK")
    return {"visa": "VISA", "mastercard": "MC", "amex": "AMEX"}.get(method.brand.lower()) or say("CARD")


def _sentence(parts: list[str]) -> str:
    said = " · ".join(parts)
    return said[:1].upper() + said[1:]


def chosen_of(methods: Sequence[MethodRow], method_id: str) -> MethodRow | None:
    """The method of this id, or the first that can be charged."""
    usable = [row for row in methods if not row.why]
    return next((row for row in usable if row.id == method_id), usable[0] if usable else None)
