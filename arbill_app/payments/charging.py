"""Charging a saved method: an attempt row first, then one effect, then what came of it.

While an attempt lives it holds its part of each invoice, so that staff and customer together never charge more than the
balance. The attempt's key is the gateway's idempotency key: a repeat is the same charge.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, func, select

from ..invoices.models import Invoice
from ..kernel import clock
from ..kernel.db import Tx
from ..kernel.errors import Conflict, Invalid
from ..kernel.money import Money
from ..kernel.text import printable
from .allocation import Part
from .letters import tell_failed, tell_processing
from .methods import chargeable, label_of
from .models import LIVE, Attempt, AttemptPart, AttemptState, Payment, PaymentMethod
from .recording import record_charge

CHARGE = "charge"


def start_charge(
    tx: Tx, customer_id: str, method_id: str, parts: Sequence[Part], *, key: str, source: str, by_name: str = ""
) -> Attempt:
    """Wants these parts (invoice id, minor units) of a customer's invoices charged now. Once for a `key`.

    Invalid or Conflict with a sentence when the method cannot be charged or a part is more than is open and not under
    way already.
    """
    known = tx.first(tx.own(Attempt).where(Attempt.key == printable(key)))
    if known:
        return known
    method = tx.get(PaymentMethod, method_id)
    if method.customer_id != customer_id or (said := chargeable(method)):
        raise Invalid(method=said if method.customer_id == customer_id else "Choose a payment method of this customer.")
    if not parts:
        raise Invalid(amount="Choose what to pay.")
    currency = _hold(tx, customer_id, parts)
    attempt = tx.create(
        Attempt,
        customer_id=customer_id,
        method_id=method.id,
        amount=sum(part for _, part in parts),
        currency=currency,
        key=printable(key),
        source=source,
        by_name=by_name,
        created_at=clock.now(),
    )
    tx.flush()
    for invoice_id, part in parts:
        tx.create(AttemptPart, attempt_id=attempt.id, invoice_id=invoice_id, amount=part)
    tx.later(CHARGE, f"{CHARGE}:{attempt.id}", {"attempt_id": attempt.id}, about=parts[0][0])
    said = f"{Money(attempt.amount, currency).text()} from {label_of(method)}"
    tx.record("payment.started", attempt, note=said)
    return attempt


def _hold(tx: Tx, customer_id: str, parts: Sequence[Part]) -> str:
    """Locks the invoices and refuses what is more than is free of each; the currency they share."""
    currencies = set()
    for invoice_id, part in sorted(parts):
        invoice = tx.get(Invoice, invoice_id, lock=True)
        if invoice.customer_id != customer_id:
            raise Invalid(amount="Choose invoices of this customer.")
        free = invoice.balance - under_way(tx, [invoice.id]).get(invoice.id, 0)
        if part <= 0 or part > free:
            raise Conflict(_too_much(invoice, free))
        currencies.add(invoice.currency)
    if len(currencies) != 1:
        raise Invalid(amount="Invoices of different currencies are paid apart.")
    return currencies.pop()


def _too_much(invoice: Invoice, free: int) -> str:
    if free <= 0 < invoice.balance:
        return f"A payment for {invoice.number} is under way already."
    if free <= 0:
        return f"{invoice.number} is paid already."
    return f"At most {Money(free, invoice.currency).text()} can be paid on {invoice.number}."


def under_way(tx: Tx, invoice_ids: Sequence[str]) -> dict[str, int]:
    """Minor units of each invoice that living attempts hold."""
    statement = (
        select(AttemptPart.invoice_id, func.sum(AttemptPart.amount))
        .join(Attempt, col(Attempt.id) == AttemptPart.attempt_id)
        .where(
            AttemptPart.owned_by(tx.actor),
            col(AttemptPart.invoice_id).in_(invoice_ids),
            col(Attempt.ended_at).is_(None),
        )
        .group_by(AttemptPart.invoice_id)
    )
    return {invoice_id: int(amount) for invoice_id, amount in tx.rows(statement)}


def parts_of(tx: Tx, attempt_id: str) -> list[Part]:
    rows = tx.all(tx.own(AttemptPart).where(AttemptPart.attempt_id == attempt_id))
    return [(row.invoice_id, row.amount) for row in rows]


# ---------------------------------------------------------------- what came of it


def settle_attempt(tx: Tx, attempt_id: str, charge: Any) -> Payment | None:
    """Writes down what the gateway says of an attempt, by whatever way that came, as often as it comes.

    `charge` is a gateway's Charge. What has ended stays as it ended, but for a capture that arrives late.
    """
    attempt = tx.get(Attempt, attempt_id, lock=True)
    if attempt.state == AttemptState.SUCCEEDED:
        return None
    before = attempt.state
    attempt.state, attempt.charge_id = AttemptState(charge.status), charge.id or attempt.charge_id
    attempt.action_url = charge.action_url or ""
    attempt.ended_at = None if attempt.state in LIVE else clock.now()
    method = tx.get(PaymentMethod, attempt.method_id)
    if attempt.state == AttemptState.SUCCEEDED:
        return record_charge(tx, attempt, method, label_of(method), parts_of(tx, attempt.id))
    if attempt.state == before:
        return None
    if attempt.state == AttemptState.DECLINED and charge.decline:
        attempt.decline_code = charge.decline.code
        tx.record("payment.declined", attempt, note=charge.decline.staff)
        tell_failed(tx, attempt, method, charge.decline)
    if attempt.state == AttemptState.PROCESSING:
        tell_processing(tx, attempt, method)
    return None


def no_answer(tx: Tx, attempt_id: str) -> None:
    """Nobody knows what became of it: it goes on holding its invoices until somebody does."""
    attempt = tx.get(Attempt, attempt_id, lock=True)
    if attempt.state == AttemptState.STARTED:
        attempt.state = AttemptState.UNKNOWN


def give_up(tx: Tx, attempt_id: str) -> None:
    """It is certain that nothing was charged."""
    attempt = tx.get(Attempt, attempt_id, lock=True)
    if attempt.ended_at is None:
        attempt.state, attempt.ended_at = AttemptState.CANCELED, clock.now()
