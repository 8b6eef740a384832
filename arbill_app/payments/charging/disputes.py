"""A customer's bank takes a payment back: what it paid is owed again for as long as that is so.

captured = allocated + on account + refunded + disputed.
"""

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...ledger.models import EntryKind
from ...ledger.posting import Cause, post_on_account, today
from ..allocations.reservations import parts_of
from ..gateway.protocol import Dispute as Told
from ..models import Dispute, Payment
from ..recording import allocate
from ..refunding import refundable, take_back
from .charge_schedule import forget_plans

OPEN, WON, LOST = "open", "won", "lost"


def dispute_told(tx: Tx, charge_id: str, told: Told) -> Dispute | None:
    """Stores the state of a dispute; idempotent and in any order. None for an unknown charge."""
    payment = tx.first(tx.own(Payment).where(Payment.charge_id == charge_id).with_for_update())
    if payment is None or not charge_id:
        return None
    dispute = tx.first(tx.own(Dispute).where(Dispute.gateway_id == told.id)) or _open(tx, payment, told)
    if dispute.state == OPEN:
        _take(tx, payment, dispute, told.amount - dispute.amount)
    if dispute.state == OPEN and told.state != OPEN:
        _close(tx, payment, dispute, told.state)
    return dispute


def _open(tx: Tx, payment: Payment, told: Told) -> Dispute:
    dispute = tx.create(
        Dispute,
        payment_id=payment.id,
        gateway_id=told.id,
        amount=0,
        reason=told.reason[:200],
        opened_at=clock.now(),
    )
    tx.record("payment.disputed", payment, note=f"{Money(told.amount, payment.currency).text()}: {told.reason}"[:500])
    return dispute


def _take(tx: Tx, payment: Payment, dispute: Dispute, amount: int) -> None:
    """Takes back what was not refunded and is not being refunded. When that fails, the next event tries again."""
    amount = min(amount, refundable(tx, payment))
    if amount > 0:
        dispute.amount += amount
        payment.disputed += amount
        cause = Cause(EntryKind.DISPUTE, dispute, today(tx))
        for invoice in take_back(tx, payment, amount, cause, owed_again=True):
            # A planned charge would pay a second time what the bank gives to neither side yet.
            forget_plans(tx, invoice)
    tx.flush()


def _close(tx: Tx, payment: Payment, dispute: Dispute, state: str) -> None:
    dispute.state, dispute.ended_at = state, clock.now()
    tx.record(f"payment.dispute_{state}", payment, note=Money(dispute.amount, payment.currency).text())
    if state == WON:
        payment.disputed -= dispute.amount
        payment.unapplied += dispute.amount
        post_on_account(tx, Cause(EntryKind.DISPUTE_WON, dispute, today(tx)), payment, -dispute.amount)
        allocate(tx, payment, parts_of(tx, payment.attempt_id or ""))
