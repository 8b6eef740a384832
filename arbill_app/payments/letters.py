"""What we write to a customer's people about payments and payment methods. Billing contacts get it."""

from collections.abc import Sequence

from sqlmodel import col, select

from ..customers.letters import language_of
from ..customers.models import Customer
from ..invoices.letters import payment_link
from ..invoices.models import Invoice
from ..invoices.sending import billing_contacts
from ..kernel import clock
from ..kernel.db import Tx
from ..kernel.effects import Effect
from ..kernel.letter import Message
from ..kernel.money import Money
from ..kernel.settings import settings
from ..kernel.speech import locale_of, speech
from ..kernel.words import date_text
from .gateway.declines import Decline, decline
from .models import Attempt, AttemptPart, Payment, PaymentMethod, Refund
from .naming import PORTAL, label_of
from .receipt import paid_with
from .settled import settled_by

RECEIPT = "receipt:"  # begins the keys of receipts that were written down
CATALOGUE = "declines"  # what a bank says no with, in each language: the portal says it too


def why_declined(why: Decline, language: str) -> tuple[str, str]:
    """What the customer is told, in their language: (why, what to do)."""
    say = speech(language, CATALOGUE)
    return say(why.customer), say(why.advice)


def tell_receipt(tx: Tx, payment: Payment, nth: int = 0) -> Effect | None:
    """Once it counts for its invoices: these stand on it. `nth` is how often it was told before."""
    language = language_of(tx, tx.get(Customer, payment.customer_id))
    left = payment.unapplied
    values = {
        "amount": _amount(tx, payment.customer_id, payment.amount, payment.currency),
        "method": paid_with(tx, payment, language),
        "reference": payment.reference,
        "date": date_text(payment.received_on, locale_of(language)),
        "invoices": _numbers([invoice for invoice, _ in settled_by(tx, payment.id)]),
        "on_account": _amount(tx, payment.customer_id, left, payment.currency) if left else "",
    }
    key = f"{RECEIPT}{payment.id}" + (f":{nth}" if nth else "")
    return _tell(tx, "receipt", payment.customer_id, key, values, about=payment.id, attach=[payment.id])


def tell_processing(tx: Tx, attempt: Attempt, method: PaymentMethod) -> None:
    values = _tried(tx, attempt, method)
    _tell(tx, "payment_processing", attempt.customer_id, f"processing:{attempt.id}", values)


def tell_failed(tx: Tx, attempt: Attempt, method: PaymentMethod, why: Decline) -> None:
    """With why, and what to do."""
    _tell_why(tx, attempt, method, why, f"failed:{attempt.id}")


def tell_action(tx: Tx, attempt: Attempt, method: PaymentMethod) -> None:
    """The bank wants the customer to approve what was charged in their absence."""
    _tell_why(tx, attempt, method, decline("authentication_required"), f"action:{attempt.id}")


def _tell_why(tx: Tx, attempt: Attempt, method: PaymentMethod, why: Decline, key: str) -> None:
    reason, advice = why_declined(why, language_of(tx, tx.get(Customer, attempt.customer_id)))
    values = _tried(tx, attempt, method) | {"reason": reason, "advice": advice}
    invoices = _invoices(tx, _parts(tx, attempt))
    link = payment_link(invoices[0]) if len(invoices) == 1 else ""
    _tell(tx, "payment_failed", attempt.customer_id, key, values, link=link)


def tell_refund(tx: Tx, payment: Payment, refund: Refund) -> None:
    values = {
        "amount": _amount(tx, payment.customer_id, refund.amount, payment.currency),
        "method": paid_with(tx, payment, language_of(tx, tx.get(Customer, payment.customer_id))),
        "reason": refund.reason,
    }
    _tell(tx, "refund", payment.customer_id, f"refunded:{refund.id}", values, about=payment.id)


def tell_expiring(tx: Tx, method: PaymentMethod, expiry: str) -> None:
    values = {"method": _label(tx, method), "expiry": expiry}
    _tell(tx, "card_expiring", method.customer_id, f"expiring:{method.id}:{expiry}", values)


def tell_method_added(tx: Tx, method: PaymentMethod) -> None:
    _tell(tx, "method_added", method.customer_id, f"method:{method.id}", {"method": _label(tx, method)})


def _label(tx: Tx, method: PaymentMethod) -> str:
    return label_of(method, speech(language_of(tx, tx.get(Customer, method.customer_id)), PORTAL))


def _tried(tx: Tx, attempt: Attempt, method: PaymentMethod) -> dict[str, str]:
    return {
        "amount": _amount(tx, attempt.customer_id, attempt.amount, attempt.currency),
        "method": _label(tx, method),
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
    customer_id: str,
    key: str,
    values: dict[str, str],
    *,
    about: str = "",
    link: str = "",
    attach: Sequence[str] = (),
) -> Effect | None:
    """Nobody gets billing emails: then nobody is told, and the screens show it all the same."""
    customer, to = tx.get(Customer, customer_id), billing_contacts(tx, customer_id)
    if not to:
        return None
    people = [(contact.name, contact.email) for contact in to]
    opens = link or f"{settings().origin}/portal"
    values = values | {"customer": customer.company}
    message = Message(kind, people, language_of(tx, customer), values, opens, attach=list(attach), thread=customer_id)
    return tx.later("email", key, message.payload(), about=about or customer_id, due_at=clock.now())


def _locale(tx: Tx, customer_id: str) -> str:
    return locale_of(language_of(tx, tx.get(Customer, customer_id)))


def _amount(tx: Tx, customer_id: str, minor: int, currency: str) -> str:
    return Money(minor, currency).text(_locale(tx, customer_id))
