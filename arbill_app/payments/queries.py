"""What the staff's screens may know of payments: views, never rows."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col

from ..customers.models import Customer
from ..invoices.models import Allocation, CreditNote, Invoice
from ..kernel.activity import Activity
from ..kernel.db import Tx
from ..kernel.effects import Effect
from ..kernel.money import Money
from ..kernel.words import date_text, day, day_and_time
from ..partners.queries import timezone
from . import listing
from .charging import under_way
from .collecting import planned
from .gateway.declines import decline
from .methods import KIND_LABELS, chargeable, default_method, expiry_of, label_of, methods_of
from .models import Attempt, AttemptPart, AttemptState, AutoPayChange, Dispute, Payment, PaymentMethod, Refund
from .recording import PAYMENT, owed_invoices
from .refunding import refundable

WHAT = {
    "payment.recorded": "Recorded",
    "payment.received": "Received",
    "payment.refund_started": "Refund started",
    "payment.refunded": "Refunded",
    "payment.refund_failed": "Refund failed",
    "payment.disputed": "Disputed",
    "payment.dispute_won": "Dispute won",
    "payment.dispute_lost": "Dispute lost",
}


@dataclass(frozen=True)
class MethodView:
    """`why` says why it cannot be charged, "" when it can."""

    id: str
    label: str
    kind: str
    expiry: str
    is_default: bool
    added: str
    why: str
    needs_approval: bool


@dataclass(frozen=True)
class AutoPayView:
    on: bool = False
    since: str = ""
    text: str = ""
    method: str = ""


def methods_view(tx: Tx, customer_id: str) -> list[MethodView]:
    zone = timezone(tx)
    return [_method(method, zone) for method in methods_of(tx, tx.get(Customer, customer_id).id)]


def _method(row: PaymentMethod, zone: str) -> MethodView:
    return MethodView(
        id=row.id,
        label=label_of(row),
        kind=KIND_LABELS.get(row.kind, row.kind),
        expiry=expiry_of(row),
        is_default=row.is_default,
        added=f"{day(row.added_at, zone)} by {row.added_by}",
        why=chargeable(row),
        needs_approval=row.approved_at is None,
    )


def auto_pay_view(tx: Tx, customer_id: str) -> AutoPayView:
    customer, method = tx.get(Customer, customer_id), default_method(tx, customer_id)
    changes = tx.own(AutoPayChange).where(AutoPayChange.customer_id == customer.id)
    last = tx.first(changes.order_by(col(AutoPayChange.id).desc()))
    since = f"{day(last.at, timezone(tx))} by {last.by_name}" if last else ""
    text = last.text if last and last.on else ""
    return AutoPayView(customer.auto_pay, since, text, label_of(method) if method else "")


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
    free = invoice.balance - under_way(tx, [invoice.id]).get(invoice.id, 0)
    left = _on_account(tx, invoice) if invoice.balance else 0
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
    why = decline(row.decline_code).staff if row.decline_code else ""
    return AttemptView(
        id=row.id,
        amount=Money(row.amount, row.currency).text(),
        method=label_of(tx.get(PaymentMethod, row.method_id)),
        state=row.state,
        state_label=AttemptState(row.state).label,
        why=why,
        at=day_and_time(row.created_at, zone),
        live=row.ended_at is None,
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


def _on_account(tx: Tx, invoice: Invoice) -> int:
    """Minor units of payments and credit notes of this customer that nothing uses yet."""
    total = 0
    for model in (Payment, CreditNote):
        mine = tx.own(model).where(
            model.customer_id == invoice.customer_id, model.currency == invoice.currency, col(model.unapplied) > 0
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

    `refunds` and `disputes` are [amount, state, reason, when].
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
    events: list[Happened] = field(default_factory=list)


def payment_view(tx: Tx, payment_id: str) -> PaymentView:
    payment, zone = tx.get(Payment, payment_id), timezone(tx)
    badge, words = listing.status_of(payment)
    left = refundable(tx, payment)
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
        refunds=[_gone(payment, row, row.created_at, zone) for row in _refunds(tx, payment)],
        disputes=[_gone(payment, row, row.opened_at, zone) for row in _disputes(tx, payment)],
        receipt=_receipt(tx, payment),
        events=_events(tx, payment, zone),
    )


def _text(minor: int, payment: Payment) -> str:
    return Money(minor, payment.currency).text()


def _gone(payment: Payment, row: Refund | Dispute, at: datetime, zone: str) -> list[str]:
    return [_text(row.amount, payment), row.state.capitalize(), row.reason, day(at, zone)]


def _paid(tx: Tx, payment: Payment) -> list[list[str]]:
    rows = tx.all(tx.own(Allocation).where(Allocation.source_id == payment.id, Allocation.source_kind == PAYMENT))
    found: dict[str, int] = {}
    for row in rows:
        found[row.invoice_id] = found.get(row.invoice_id, 0) + row.amount
    return [[id, tx.get(Invoice, id).number, _text(amount, payment)] for id, amount in found.items() if amount]


def _could_pay(tx: Tx, payment: Payment) -> list[list[str]]:
    owed = owed_invoices(tx, payment.customer_id, payment.currency)
    return [[invoice.id, invoice.number, _text(invoice.balance, payment)] for invoice in owed]


def _refunds(tx: Tx, payment: Payment) -> list[Refund]:
    return list(tx.all(tx.own(Refund).where(Refund.payment_id == payment.id).order_by(col(Refund.id))))


def _disputes(tx: Tx, payment: Payment) -> list[Dispute]:
    return list(tx.all(tx.own(Dispute).where(Dispute.payment_id == payment.id).order_by(col(Dispute.id))))


def _receipt(tx: Tx, payment: Payment) -> str:
    """How the receipt stands: "Sent to Ada Quill", "" where nobody gets billing emails."""
    effect = tx.first(tx.own(Effect).where(Effect.key == f"receipt:{payment.id}"))
    if effect is None:
        return ""
    people = ", ".join(name or email for name, email in effect.payload["to"])
    return f"Receipt {'sent' if effect.state == 'done' else 'on its way'} to {people}"


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
