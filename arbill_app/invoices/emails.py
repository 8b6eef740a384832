"""What we write to a customer's people about an invoice or a credit note."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from ..customers.models import Contact, Customer
from ..kernel.db.transactions import Tx
from ..kernel.message import Message
from ..kernel.money import Money
from ..kernel.settings import settings
from ..kernel.text.i18n import locale_of
from .models import CreditNote, Invoice


@dataclass(frozen=True)
class Charge:
    """An invoice that is charged by itself: to which method, as its reader calls it, and on which day."""

    method: str
    day: date


# Payments, above, say what is charged by itself: who reads of it does not pay a second time.
CHARGES: list[Callable[[Tx, Invoice], Charge | None]] = []


def payment_link(invoice: Invoice) -> str:
    """The address that opens this one invoice without signing in."""
    return f"{settings().origin}/pay/{invoice.link_token}"


def invoice_message(
    kind: str,
    invoice: Invoice,
    customer: Customer,
    partner: str,
    to: Sequence[Contact],
    *,
    charge: Charge | None = None,
    cc: Sequence[str] = (),
    attach: Sequence[str] = (),
) -> Message:
    """`kind` is "invoice", "payment_link" or, with a `charge`, "invoice_charged"; one message to all of `to`."""
    values = {
        **_common(customer, partner, to),
        "number": invoice.number,
        "total": _amount(invoice.total, invoice),
        "balance": _amount(invoice.balance, invoice),
        "due_date": _day(invoice.due_on, invoice.language),
        "memo": invoice.memo,
        "po_number": invoice.po_number,
    }
    if charge:
        values |= {"method": charge.method, "charge_date": _day(charge.day, invoice.language)}
    people = [(contact.name, contact.email) for contact in to]
    link = payment_link(invoice)
    return Message(kind, people, invoice.language, values, link, list(cc), list(attach), thread=invoice.id)


def credit_message(
    credit: CreditNote, number: str, customer: Customer, partner: str, to: Sequence[Contact], link: str
) -> Message:
    """`number` is that of the invoice it corrects."""
    values = {
        **_common(customer, partner, to),
        "number": credit.number,
        "total": _amount(credit.total, credit),
        "invoice_number": number,
        "reason": credit.reason,
    }
    people = [(contact.name, contact.email) for contact in to]
    return Message("credit_note", people, credit.language, values, link, attach=[credit.id], thread=credit.invoice_id)


def _common(customer: Customer, partner: str, to: Sequence[Contact]) -> dict[str, str]:
    first = to[0].first_name if len(to) == 1 else ""
    return {"customer": customer.company, "partner": partner, "name": first}


def _amount(minor: int, paper: Invoice | CreditNote) -> str:
    return Money(minor, paper.currency).text(locale_of(paper.language))


def _day(day: date, language: str) -> str:
    return format_date(day, "long", locale=locale_of(language))
