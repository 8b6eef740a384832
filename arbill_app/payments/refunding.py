"""Giving money back: never more than came in, and what an invoice got for it is taken back too.

captured = allocated + on account + refunded, always. An invoice whose money went back is not owed again unless somebody
says so: then its balance opens; else the refund itself stands for what was asked.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, func, select

from ..invoices.models import Allocation, Invoice
from ..invoices.settling import refund_settled, settle
from ..kernel import clock, money
from ..kernel.db import Tx
from ..kernel.errors import Conflict, Invalid
from ..kernel.money import Money
from ..kernel.text import printable
from .letters import tell_refund
from .models import Payment, Refund
from .recording import PAYMENT

REFUND = "refund"
REASONS = ("Requested by customer", "Duplicate", "Billing error", "Goodwill", "Other")


def refund_payment(tx: Tx, payment_id: str, values: Mapping[str, Any], key: str) -> Refund:
    """`values`: `amount` (text; "" is all that is left), `reason`, `owed_again` (bool). Once for a `key`.

    Money that a gateway captured goes back through it, by an effect; what was recorded by hand is given back by hand.
    """
    payment = tx.get(Payment, payment_id, lock=True)
    known = tx.first(tx.own(Refund).where(Refund.key == printable(key)))
    if known:
        return known
    reason = printable(str(values.get("reason") or "")).strip()[:200]
    errors = {} if reason else {"reason": "Say why."}
    amount = _amount(str(values.get("amount") or ""), payment, refundable(tx, payment), errors)
    if errors:
        raise Invalid.of(errors)
    refund = tx.create(
        Refund,
        payment_id=payment.id,
        amount=amount,
        reason=reason,
        key=printable(key),
        owed_again=bool(values.get("owed_again")),
        by_name=tx.actor.name,
        created_at=clock.now(),
    )
    tx.record("payment.refund_started", payment, note=f"{Money(amount, payment.currency).text()}: {reason}")
    tx.flush()
    if payment.charge_id:
        tx.later(REFUND, f"{REFUND}:{refund.id}", {"refund_id": refund.id}, about=payment.id)
    else:
        finish_refund(tx, refund.id, "")
    return refund


def refundable(tx: Tx, payment: Payment) -> int:
    """Minor units that have not gone back, are not on their way back, and no bank holds."""
    started = select(func.coalesce(func.sum(col(Refund.amount)), 0)).where(
        Refund.owned_by(tx.actor), Refund.payment_id == payment.id, Refund.state == "started"
    )
    return payment.amount - payment.refunded - payment.disputed - int(tx.scalar(started))


def _amount(text: str, payment: Payment, left: int, errors: dict[str, str]) -> int:
    if left <= 0:
        raise Conflict("All of this payment has gone back already.")
    if not text.strip():
        return left
    try:
        amount = money.parse(text, payment.currency)
    except ValueError as wrong:
        errors["amount"] = str(wrong)
        return 0
    if not 0 < amount <= left:
        errors["amount"] = f"Enter at most {Money(left, payment.currency).text()}, what is left of it."
    return amount


def finish_refund(tx: Tx, refund_id: str, gateway_id: str) -> None:
    """It has gone back: once, by whatever way that is learnt."""
    refund = tx.get(Refund, refund_id, lock=True)
    if refund.state != "started":
        return
    payment = tx.get(Payment, refund.payment_id, lock=True)
    refund.state, refund.gateway_id, refund.ended_at = "succeeded", gateway_id, clock.now()
    payment.refunded += refund.amount
    take_back(tx, payment, refund.amount, owed_again=refund.owed_again)
    tx.record("payment.refunded", payment, note=Money(refund.amount, payment.currency).text())
    tell_refund(tx, payment, refund)


def refund_by_gateway(tx: Tx, gateway_id: str, key: str) -> Refund | None:
    """Ours, by the gateway's id for it or by the key it was asked for with."""
    known = (Refund.gateway_id == gateway_id) | (Refund.key == key) if key else Refund.gateway_id == gateway_id
    found: Refund | None = tx.first(tx.own(Refund).where(known))
    return found


def fail_refund(tx: Tx, refund_id: str, why: str) -> None:
    refund = tx.get(Refund, refund_id, lock=True)
    if refund.state == "started":
        refund.state, refund.error, refund.ended_at = "failed", why[:500], clock.now()
        tx.record("payment.refund_failed", tx.get(Payment, refund.payment_id), note=why[:500])


def take_back(tx: Tx, payment: Payment, amount: int, *, owed_again: bool) -> None:
    """First what lies on account, then what invoices got, the newest first."""
    from_account = min(amount, payment.unapplied)
    payment.unapplied -= from_account
    left = amount - from_account
    for invoice_id, part in reversed(_allocated(tx, payment.id)):
        if left <= 0:
            break
        taken = min(part, left)
        left -= taken
        invoice = tx.get(Invoice, invoice_id, lock=True)
        settle(tx, invoice, -taken, PAYMENT, payment.id)
        if not owed_again:
            refund_settled(tx, invoice, taken, payment.id)


def _allocated(tx: Tx, payment_id: str) -> list[tuple[str, int]]:
    """What each invoice has of a payment, in the order it got it."""
    rows = tx.all(tx.own(Allocation).where(Allocation.source_id == payment_id).order_by(col(Allocation.id)))
    found: dict[str, int] = {}
    for row in rows:
        if row.source_kind == PAYMENT:
            found[row.invoice_id] = found.get(row.invoice_id, 0) + row.amount
    return [(invoice_id, amount) for invoice_id, amount in found.items() if amount > 0]
