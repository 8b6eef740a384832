"""A customer's bank takes a payment back: what it paid is owed again for as long as that is so.

captured = allocated + on account + refunded + disputed.
"""

from ..kernel import clock
from ..kernel.db import Tx
from ..kernel.money import Money
from .gateway.protocol import Dispute as Told
from .holds import parts_of
from .models import Dispute, Payment
from .recording import allocate
from .refunding import refundable, take_back

OPEN, WON, LOST = "open", "won", "lost"


def dispute_told(tx: Tx, charge_id: str, told: Told) -> Dispute | None:
    """What the gateway says of a dispute, as often and in whatever order it says it; None for a charge of nobody's."""
    payment = tx.first(tx.own(Payment).where(Payment.charge_id == charge_id).with_for_update())
    if payment is None:
        return None
    dispute = tx.first(tx.own(Dispute).where(Dispute.gateway_id == told.id)) or _open(tx, payment, told)
    if dispute.state == OPEN and told.state != OPEN:
        _close(tx, payment, dispute, told.state)
    return dispute


def _open(tx: Tx, payment: Payment, told: Told) -> Dispute:
    # What has gone back, or is on its way back, cannot be taken once more.
    amount = min(told.amount, refundable(tx, payment))
    dispute = tx.create(
        Dispute,
        payment_id=payment.id,
        gateway_id=told.id,
        amount=amount,
        reason=told.reason[:200],
        opened_at=clock.now(),
    )
    payment.disputed += amount
    take_back(tx, payment, amount, owed_again=True)
    said = f"{Money(amount, payment.currency).text()}: {told.reason}"
    tx.record("payment.disputed", payment, note=said[:500])
    tx.flush()
    return dispute


def _close(tx: Tx, payment: Payment, dispute: Dispute, state: str) -> None:
    dispute.state, dispute.ended_at = state, clock.now()
    tx.record(f"payment.dispute_{state}", payment, note=Money(dispute.amount, payment.currency).text())
    if state == WON:
        payment.disputed -= dispute.amount
        payment.unapplied += dispute.amount
        allocate(tx, payment, parts_of(tx, payment.attempt_id or ""))
