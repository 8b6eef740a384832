"""What the staff's screens may know of payments: views, never rows."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col

from ...customers.models import Customer
from ...kernel.db.activity import Activity
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.text.formatting import date_text, day, day_and_time
from ...partners.views import timezone
from ..allocations.queries import settled_by
from ..methods.views import AutoPayView, MethodView, auto_pay_view, methods_view
from ..models import Dispute, Payment, Refund
from ..receipts.send import receipt_standing
from ..recording import owed_invoices
from ..refunding import STARTED, refundable
from . import listing
from .invoice_money import AttemptView, InvoiceMoney, MoneyRow, invoice_money, on_account

__all__ = [
    "AttemptView",
    "AutoPayView",
    "Happened",
    "InvoiceMoney",
    "MethodView",
    "MoneyRow",
    "PaymentView",
    "auto_pay_view",
    "invoice_money",
    "methods_view",
    "on_account",
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
# What cardholders say to their bank, by the gateway's word.
DISPUTED = {
    "bank_cannot_process": "The customer’s bank could not process the payment",
    "check_returned": "The check was returned",
    "credit_not_processed": "The customer says a refund was promised and did not come",
    "customer_initiated": "The customer asked their bank for the money back",
    "debit_not_authorized": "The customer says the debit was not authorised",
    "duplicate": "The customer says it was charged twice",
    "fraudulent": "The customer says they did not make this payment",
    "incorrect_account_details": "The account details were wrong",
    "insufficient_funds": "There was not enough money on the account",
    "product_not_received": "The customer says nothing was delivered",
    "product_unacceptable": "The customer says what was delivered is not as agreed",
    "subscription_canceled": "The customer says it was cancelled before",
    "unrecognized": "The customer does not recognise the payment",
}
TO_DO = {
    "open": "Speak with the customer, and answer at your payment gateway before its deadline. "
    "Until it is decided the bank holds the money, and the invoice is owed again.",
    "won": "The money is yours again. There is nothing to do.",
    "lost": "The money stays with the customer, and the invoice is owed again. Agree with them how it is paid.",
}


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

    `refunds` and `disputes` are [amount, state, reason, when, what to do or what went wrong]. `waiting`: it says
    something else within seconds.
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
    reason, more = (_disputed(row), TO_DO.get(row.state, "")) if isinstance(row, Dispute) else (row.reason, row.error)
    return [_text(row.amount, payment), row.state.capitalize(), reason, day(at, zone), more]


def _disputed(row: Dispute) -> str:
    return DISPUTED.get(row.reason, row.reason.replace("_", " ").capitalize()) or "The bank gave no reason"


def _paid(tx: Tx, payment: Payment) -> list[list[str]]:
    """What went back again is named all the same."""
    gone = "Disputed" if payment.disputed else "Refunded"
    rows = settled_by(tx, payment.id, gone=True)
    return [[one.id, one.number, _text(amount, payment) if amount > 0 else gone] for one, amount in rows]


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
