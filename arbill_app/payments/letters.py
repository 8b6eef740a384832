"""What we write to a customer's people about payments and payment methods. Billing contacts get it."""

from typing import Any

from sqlmodel import select

from ..customers.letters import language_of
from ..customers.models import Customer
from ..invoices.models import Invoice
from ..invoices.sending import billing_contacts
from ..kernel import clock
from ..kernel.db import Tx
from ..kernel.letter import Message
from ..kernel.money import Money
from ..kernel.settings import settings
from ..kernel.speech import locale_of
from ..kernel.words import date_text
from ..partners.models import Partner
from .models import Attempt, AttemptPart, Payment, PaymentMethod, Refund


def tell_receipt(tx: Tx, payment: Payment) -> None:
    values = {
        "amount": _amount(tx, payment.customer_id, payment.amount, payment.currency),
        "method": payment.label,
        "reference": payment.reference,
        "date": date_text(payment.received_on, _locale(tx, payment.customer_id)),
    }
    _tell(tx, "receipt", payment.customer_id, f"receipt:{payment.id}", values, about=payment.id)


def tell_processing(tx: Tx, attempt: Attempt, method: PaymentMethod) -> None:
    _tell(tx, "payment_processing", attempt.customer_id, f"processing:{attempt.id}", _tried(tx, attempt, method))


def tell_failed(tx: Tx, attempt: Attempt, method: PaymentMethod, decline: Any) -> None:
    """With why, and what to do."""
    values = _tried(tx, attempt, method) | {"reason": decline.customer, "advice": decline.advice}
    _tell(tx, "payment_failed", attempt.customer_id, f"failed:{attempt.id}", values)


def tell_refund(tx: Tx, payment: Payment, refund: Refund) -> None:
    values = {
        "amount": _amount(tx, payment.customer_id, refund.amount, payment.currency),
        "method": payment.label,
        "reason": refund.reason,
    }
    _tell(tx, "refund", payment.customer_id, f"refund:{refund.id}", values, about=payment.id)


def tell_expiring(tx: Tx, method: PaymentMethod, label: str, expiry: str) -> None:
    values = {"method": label, "expiry": expiry}
    _tell(tx, "card_expiring", method.customer_id, f"expiring:{method.id}:{method.exp_year}", values)


def tell_method_added(tx: Tx, method: PaymentMethod, label: str) -> None:
    _tell(tx, "method_added", method.customer_id, f"method:{method.id}", {"method": label})


def _tried(tx: Tx, attempt: Attempt, method: PaymentMethod) -> dict[str, str]:
    from .methods import label_of

    numbers = (
        select(Invoice.number)
        .join(AttemptPart, AttemptPart.invoice_id == Invoice.id)  # type: ignore[arg-type]
        .where(AttemptPart.owned_by(tx.actor), AttemptPart.attempt_id == attempt.id)
    )
    return {
        "amount": _amount(tx, attempt.customer_id, attempt.amount, attempt.currency),
        "method": label_of(method),
        "invoices": ", ".join(tx.all(numbers.order_by(Invoice.number))),
    }


def _tell(tx: Tx, kind: str, customer_id: str, key: str, values: dict[str, str], about: str = "") -> None:
    """Nobody gets billing emails: then nobody is told, and the screens show it all the same."""
    customer, to = tx.get(Customer, customer_id), billing_contacts(tx, customer_id)
    if not to:
        return
    partner = tx.scalar(select(Partner.name).where(Partner.id == tx.actor.partner_id))
    common = {"customer": customer.company, "partner": str(partner)}
    people = [(contact.name, contact.email) for contact in to]
    message = Message(
        kind, people, language_of(tx, customer), values | common, f"{settings().origin}/portal", thread=customer_id
    )
    tx.later("email", key, message.payload(), about=about or customer_id, due_at=clock.now())


def _locale(tx: Tx, customer_id: str) -> str:
    return locale_of(language_of(tx, tx.get(Customer, customer_id)))


def _amount(tx: Tx, customer_id: str, minor: int, currency: str) -> str:
    return Money(minor, currency).text(_locale(tx, customer_id))
