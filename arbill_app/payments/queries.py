"""What the staff's screens may know of payments: views, never rows."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select

from ..customers.models import Customer
from ..invoices.models import Allocation, CreditNote, Invoice
from ..kernel.activity import Activity
from ..kernel.db import Tx
from ..kernel.effects import Effect
from ..kernel.money import Money
from ..kernel.words import date_text, day, day_and_time
from ..partners.queries import timezone
from . import listing
from .charging import CHARGE
from .gateway.declines import decline
from .holds import free_of
from .method_queries import AutoPayView, MethodView, auto_pay_view, methods_view
from .methods import label_of
from .models import Attempt, AttemptPart, AttemptState, Dispute, Payment, PaymentMethod, Refund
from .planning import planned
from .receipting import receipt_standing
from .recording import owed_invoices
from .refunding import STARTED, refundable
from .settled import PAYMENT, settled_by

__all__ = [
    "AttemptView",
    "AutoPayView",
    "Happened",
    "InvoiceMoney",
    "MethodView",
    "PaymentView",
    "SettledBy",
    "auto_pay_view",
    "invoice_money",
    "methods_view",
    "payment_view",
]
WHAT = {
    "payment.recorded": "Recorded",
    "payment.received": "Received",
    "payment.receipt_sent": "Receipt sent",
    "payment.refund_started": "Refund started",
    "payment.refunded": "Refunded",
    "payment.refund_failed": "Refund failed",
    "payment.disputed": "Disputed",
    "payment.dispute_won": "Dispute won",
    "payment.dispute_lost": "Dispute lost",
}


# ---------------------------------------------------------------- an invoice's money


@dataclass(frozen=True)
class AttemptView:
    id: str
    amount: str
    method: str
    state: str
    state_label: str
    why: str
    at: str
    live: bool
    cancellable: bool = False


@dataclass(frozen=True)
class SettledBy:
    """What counts towards an invoice: a payment, a credit note or a refund that stands for it."""

    id: str
    what: str
    amount: str
    at: str
    payment_id: str


@dataclass(frozen=True)
class InvoiceMoney:
    """`free` is what could be charged or recorded now; `on_account` what could be applied."""

    attempts: list[AttemptView] = field(default_factory=list)
    settled: list[SettledBy] = field(default_factory=list)
    planned_id: str = ""
    planned: str = ""
    free: str = ""
    on_account: str = ""


def invoice_money(tx: Tx, invoice_id: str) -> InvoiceMoney:
    invoice, zone = tx.get(Invoice, invoice_id), timezone(tx)
    effect = planned(tx, invoice.id)
    free = free_of(tx, invoice)
    left = on_account(tx, invoice.customer_id, invoice.currency) if invoice.balance else 0
    return InvoiceMoney(
        attempts=[_attempt(tx, row, zone) for row in _attempts(tx, invoice.id)],
        settled=[_settled(tx, row, invoice, zone) for row in _allocations(tx, invoice.id)],
        planned_id=effect.id if effect else "",
        planned=day_and_time(effect.due_at, zone) if effect else "",
        free=Money(free, invoice.currency).text() if free > 0 else "",
        on_account=Money(left, invoice.currency).text() if left else "",
    )


def _attempts(tx: Tx, invoice_id: str) -> list[Attempt]:
    mine = tx.own(Attempt).join(AttemptPart, col(AttemptPart.attempt_id) == Attempt.id)
    return list(tx.all(mine.where(AttemptPart.invoice_id == invoice_id).order_by(col(Attempt.id).desc())))


def _attempt(tx: Tx, row: Attempt, zone: str) -> AttemptView:
    return AttemptView(
        id=row.id,
        amount=Money(row.amount, row.currency).text(),
        method=label_of(tx.get(PaymentMethod, row.method_id)),
        state=row.state,
        state_label=AttemptState(row.state).label,
        why=_why(tx, row),
        at=day_and_time(row.created_at, zone),
        live=row.ended_at is None,
        cancellable=row.state in (AttemptState.STARTED, AttemptState.REQUIRES_ACTION),
    )


def _why(tx: Tx, row: Attempt) -> str:
    """What the bank said, what went wrong, or why it takes its time."""
    if row.decline_code:
        return decline(row.decline_code).staff
    if row.error or row.state not in (AttemptState.STARTED, AttemptState.UNKNOWN):
        return row.error
    return str(
        tx.scalar(select(Effect.last_error).where(Effect.owned_by(tx.actor), Effect.key == f"{CHARGE}:{row.id}")) or ""
    )


def _allocations(tx: Tx, invoice_id: str) -> list[Allocation]:
    return list(tx.all(tx.own(Allocation).where(Allocation.invoice_id == invoice_id).order_by(col(Allocation.id))))


def _settled(tx: Tx, row: Allocation, invoice: Invoice, zone: str) -> SettledBy:
    what = "Refund"
    if row.source_kind == "credit":
        what = f"Credit note {tx.get(CreditNote, row.source_id).number}"
    elif row.source_kind == PAYMENT:
        what = tx.get(Payment, row.source_id).label
    payment_id = row.source_id if row.source_kind == PAYMENT else ""
    return SettledBy(row.id, what, Money(row.amount, invoice.currency).text(), day(row.created_at, zone), payment_id)


def on_account(tx: Tx, customer_id: str, currency: str) -> int:
    """Minor units of payments and credit notes of a customer that nothing uses yet."""
    total = 0
    for model in (Payment, CreditNote):
        mine = tx.own(model).where(
            model.customer_id == customer_id, model.currency == currency, col(model.unapplied) > 0
        )
        total += sum(row.unapplied for row in tx.all(mine))
    return total


# ---------------------------------------------------------------- one payment


@dataclass(frozen=True)
class Happened:
    id: str
    what: str
    who: str
    at: str


@dataclass(frozen=True)
class PaymentView:
    """`invoices` are [invoice id, number, amount], `owed` the same of those it could still pay.

    `refunds` and `disputes` are [amount, state, reason, when]. `waiting`: it says something else within seconds.
    """

    id: str = ""
    customer_id: str = ""
    company: str = ""
    amount: str = ""
    label: str = ""
    reference: str = ""
    note: str = ""
    received: str = ""
    status: str = ""
    status_label: str = ""
    on_account: str = ""
    refundable: str = ""
    invoices: list[list[str]] = field(default_factory=list)
    owed: list[list[str]] = field(default_factory=list)
    refunds: list[list[str]] = field(default_factory=list)
    disputes: list[list[str]] = field(default_factory=list)
    receipt: str = ""
    waiting: bool = False
    events: list[Happened] = field(default_factory=list)


def payment_view(tx: Tx, payment_id: str) -> PaymentView:
    payment, zone = tx.get(Payment, payment_id), timezone(tx)
    badge, words = listing.status_of(payment)
    left = refundable(tx, payment)
    refunds, (receipt, leaving) = _refunds(tx, payment), receipt_standing(tx, payment.id)
    return PaymentView(
        id=payment.id,
        customer_id=payment.customer_id,
        company=tx.get(Customer, payment.customer_id).company,
        amount=_text(payment.amount, payment),
        label=payment.label,
        reference=payment.reference,
        note=payment.note,
        received=date_text(payment.received_on),
        status=badge,
        status_label=words,
        on_account=_text(payment.unapplied, payment) if payment.unapplied else "",
        refundable=_text(left, payment) if left > 0 else "",
        invoices=_paid(tx, payment),
        owed=_could_pay(tx, payment) if payment.unapplied else [],
        refunds=[_gone(payment, row, row.created_at, zone) for row in refunds],
        disputes=[_gone(payment, row, row.opened_at, zone) for row in _disputes(tx, payment)],
        receipt=receipt,
        waiting=leaving or any(row.state == STARTED for row in refunds),
        events=_events(tx, payment, zone),
    )


def _text(minor: int, payment: Payment) -> str:
    return Money(minor, payment.currency).text()


def _gone(payment: Payment, row: Refund | Dispute, at: datetime, zone: str) -> list[str]:
    return [_text(row.amount, payment), row.state.capitalize(), row.reason, day(at, zone)]


def _paid(tx: Tx, payment: Payment) -> list[list[str]]:
    return [[invoice.id, invoice.number, _text(amount, payment)] for invoice, amount in settled_by(tx, payment.id)]


def _could_pay(tx: Tx, payment: Payment) -> list[list[str]]:
    owed = owed_invoices(tx, payment.customer_id, payment.currency)
    return [[invoice.id, invoice.number, _text(invoice.balance, payment)] for invoice in owed]


def _refunds(tx: Tx, payment: Payment) -> list[Refund]:
    return list(tx.all(tx.own(Refund).where(Refund.payment_id == payment.id).order_by(col(Refund.id))))


def _disputes(tx: Tx, payment: Payment) -> list[Dispute]:
    return list(tx.all(tx.own(Dispute).where(Dispute.payment_id == payment.id).order_by(col(Dispute.id))))


def _events(tx: Tx, payment: Payment, zone: str) -> list[Happened]:
    rows = tx.all(tx.own(Activity).where(Activity.subject_id == payment.id).order_by(col(Activity.id).desc()).limit(30))
    return [
        Happened(
            row.id,
            f"{WHAT.get(row.action, row.action)}: {row.note}" if row.note else WHAT.get(row.action, row.action),
            row.actor_name,
            day_and_time(row.at, zone),
        )
        for row in rows
    ]
