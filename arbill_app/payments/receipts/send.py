"""Sending a receipt again, and the delivery status of the last one."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col

from ...customers.models import Customer
from ...invoices.commands.sending import billing_contacts
from ...kernel import clock
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict
from ...kernel.problems import Problem
from ..emails import RECEIPT, tell_receipt
from ..models import Payment

A_MOMENT = timedelta(seconds=10)
STATES = {"done": "Sent", "failed": "Not delivered", "cancelled": "Cancelled"}


def send_receipt(tx: Tx, payment_id: str) -> str:
    """To everybody who gets billing emails now: their names. Conflict where nobody does.

    While one is on its way, and for a moment afterwards, this is the second click: nothing more is sent.
    """
    payment = tx.get(Payment, payment_id, lock=True)
    sent = _sent(tx, payment.id)
    if sent and _just_now(sent[0]):
        return _names(sent[0])
    effect = tell_receipt(tx, payment, nth=len(sent))
    if effect is None:
        raise Conflict(Problem("invoice.nobody_gets_mail", company=tx.get(Customer, payment.customer_id).company))
    tx.record("payment.receipt_sent", payment, note=_names(effect)[:500])
    return _names(effect)


def receipt_standing(tx: Tx, payment_id: str) -> tuple[str, bool]:
    """("Sent to Ada Quill", whether that changes within seconds); ("", False) where none was ever written."""
    sent = _sent(tx, payment_id)
    if not sent:
        return "", False
    first_try = sent[0].state == "running" or (sent[0].state == "due" and not sent[0].tries)
    return f"{STATES.get(sent[0].state, 'On its way')} to {_names(sent[0])}", first_try


def receipt_to(tx: Tx, customer_id: str) -> str:
    """Whom a receipt would go to, by name."""
    return ", ".join(contact.name for contact in billing_contacts(tx, customer_id))


def _sent(tx: Tx, payment_id: str) -> Sequence[Effect]:
    """The newest first."""
    mine = tx.own(Effect).where(Effect.about == payment_id, col(Effect.key).startswith(RECEIPT))
    return tx.all(mine.order_by(col(Effect.id).desc()))


def _just_now(effect: Effect) -> bool:
    if effect.state in ("due", "running", "unknown"):
        return True
    return effect.done_at is not None and effect.done_at > clock.now() - A_MOMENT


def _names(effect: Effect) -> str:
    return ", ".join(name or email for name, email in effect.payload["to"])
