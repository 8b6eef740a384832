"""What we write to a customer's people about payments and payment methods. Billing contacts get it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from ..customers.emails import language_of
from ..customers.models import Customer
from ..invoices.commands.sending import billing_contacts
from ..invoices.emails import payment_link
from ..invoices.models import Invoice
from ..kernel import clock
from ..kernel.db.outbox import Effect
from ..kernel.db.transactions import Tx
from ..kernel.lanes import Lane
from ..kernel.message import Message
from ..kernel.money import Money
from ..kernel.settings import settings
from ..kernel.text.formatting import date_text
from ..kernel.text.i18n import locale_of, speech
from .allocations.queries import settled_by
from .gateway.declines import Decline, decline
from .methods.method_labels import PORTAL, label_of
from .models import Attempt, AttemptPart, Payment, PaymentMethod, Refund
from .receipts.document import paid_with

RECEIPT = "receipt:"  # begins the keys of receipts that were written down
UNSAID = "Other"  # the reason of a refund that says nothing
CATALOGUE = "declines"  # what a bank says no with, in each language: the portal says it too


def why_declined(why: Decline, language: str) -> tuple[str, str]:
    """What the customer is told, in their language: (why, what to do)."""
    say = speech(language, CATALOGUE)
    return say(why.customer), say(why.advice)


@dataclass(frozen=True)
class Reader:
    """Who is told, and in which language: looked up once per message."""

    customer: Customer
    language: str

    def amount(self, minor: int, currency: str) -> str:
        return Money(minor, currency).text(locale_of(self.language))

    def label(self, method: PaymentMethod) -> str:
        return label_of(method, speech(self.language, PORTAL))


def _reader(tx: Tx, customer_id: str) -> Reader:
    customer = tx.get(Customer, customer_id)
    return Reader(customer, language_of(tx, customer))


def tell_receipt(tx: Tx, payment: Payment, nth: int) -> Effect | None:
    """Once more, `nth` times after the first: staff asked for it, and wait for it."""
    reader = _reader(tx, payment.customer_id)
    values = _receipt(tx, payment, reader, [invoice for invoice, _ in settled_by(tx, payment.id)])
    key = f"{RECEIPT}{payment.id}" + (f":{nth}" if nth else "")
    return _tell(tx, "receipt", reader, key, values, about=payment.id, attach=[payment.id], lane=Lane.NOW)


def tell_first_receipt(tx: Tx, payment: Payment, customer: Customer, paid: Sequence[Invoice]) -> None:
    """Of a payment that this transaction made, and the invoices that it counts for."""
    reader = Reader(customer, language_of(tx, customer))
    values, key = _receipt(tx, payment, reader, paid), f"{RECEIPT}{payment.id}"
    _tell(tx, "receipt", reader, key, values, about=payment.id, attach=[payment.id], fresh=True)


def _receipt(tx: Tx, payment: Payment, reader: Reader, paid: Sequence[Invoice]) -> dict[str, str]:
    left = payment.unapplied
    return {
        "amount": reader.amount(payment.amount, payment.currency),
        "method": paid_with(tx, payment, reader.language),
        "reference": payment.reference,
        "date": date_text(payment.received_on, locale_of(reader.language)),
        "invoices": _numbers(paid),
        "on_account": reader.amount(left, payment.currency) if left else "",
    }


def tell_processing(tx: Tx, attempt: Attempt, method: PaymentMethod) -> None:
    reader = _reader(tx, attempt.customer_id)
    _tell(tx, "payment_processing", reader, f"processing:{attempt.id}", _tried(tx, reader, attempt, method))


def tell_failed(tx: Tx, attempt: Attempt, method: PaymentMethod, why: Decline) -> None:
    """With why, and what to do."""
    _tell_why(tx, attempt, method, why, f"failed:{attempt.id}")


def tell_action(tx: Tx, attempt: Attempt, method: PaymentMethod) -> None:
    """The bank wants the customer to approve what was charged in their absence."""
    _tell_why(tx, attempt, method, decline("authentication_required"), f"action:{attempt.id}")


def _tell_why(tx: Tx, attempt: Attempt, method: PaymentMethod, why: Decline, key: str) -> None:
    reader = _reader(tx, attempt.customer_id)
    reason, advice = why_declined(why, reader.language)
    values = _tried(tx, reader, attempt, method) | {"reason": reason, "advice": advice}
    invoices = _invoices(tx, _parts(tx, attempt))
    link = payment_link(invoices[0]) if len(invoices) == 1 else ""
    _tell(tx, "payment_failed", reader, key, values, link=link)


def tell_refund(tx: Tx, payment: Payment, refund: Refund) -> None:
    reader = _reader(tx, payment.customer_id)
    values = {
        "amount": reader.amount(refund.amount, payment.currency),
        "method": paid_with(tx, payment, reader.language),
        "reason": "" if refund.reason == UNSAID else refund.reason,
    }
    _tell(tx, "refund", reader, f"refunded:{refund.id}", values, about=payment.id)


def tell_expiring(tx: Tx, method: PaymentMethod, expiry: str) -> None:
    reader = _reader(tx, method.customer_id)
    values = {"method": reader.label(method), "expiry": expiry}
    _tell(tx, "card_expiring", reader, f"expiring:{method.id}:{expiry}", values)


def tell_method_added(tx: Tx, method: PaymentMethod) -> None:
    """That it can be used, or what is missing: the customer's own agreement to pre-authorised debits."""
    reader = _reader(tx, method.customer_id)
    kind = "method_added" if method.approved_at else "method_to_approve"
    link = "" if method.approved_at else f"{settings().origin}/portal/{reader.customer.id}/methods"
    _tell(tx, kind, reader, f"method:{method.id}", {"method": reader.label(method)}, link=link)


def _tried(tx: Tx, reader: Reader, attempt: Attempt, method: PaymentMethod) -> dict[str, str]:
    return {
        "amount": reader.amount(attempt.amount, attempt.currency),
        "method": reader.label(method),
        "invoices": _numbers(_invoices(tx, _parts(tx, attempt))),
    }


def _parts(tx: Tx, attempt: Attempt) -> object:
    return select(AttemptPart.invoice_id).where(AttemptPart.owned_by(tx.actor), AttemptPart.attempt_id == attempt.id)


def _invoices(tx: Tx, ids: object) -> Sequence[Invoice]:
    return tx.all(tx.own(Invoice).where(col(Invoice.id).in_(ids)).order_by(col(Invoice.number)))  # type: ignore[arg-type]


def _numbers(invoices: Sequence[Invoice]) -> str:
    return ", ".join(invoice.number for invoice in invoices)


def _tell(
    tx: Tx,
    kind: str,
    reader: Reader,
    key: str,
    values: dict[str, str],
    *,
    about: str = "",
    link: str = "",
    attach: Sequence[str] = (),
    fresh: bool = False,
    lane: Lane | None = None,
) -> Effect | None:
    """Sends to the billing contacts; without any, nothing is sent."""
    customer, to = reader.customer, billing_contacts(tx, reader.customer.id)
    if not to:
        return None
    people = [(contact.name, contact.email) for contact in to]
    opens = link or f"{settings().origin}/portal"
    values = values | {"customer": customer.company}
    message = Message(kind, people, reader.language, values, opens, attach=list(attach), thread=customer.id)
    return tx.later(
        "email", key, message.payload(), about=about or customer.id, due_at=clock.now(), lane=lane, fresh=fresh
    )
