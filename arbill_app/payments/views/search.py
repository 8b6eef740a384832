"""Finding a payment by its customer, reference, method, amount or invoices: see kernel/db/trigrams.py."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, union_all
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from ...invoices.models import Allocation, Invoice, InvoiceSearch
from ...kernel import money
from ...kernel.db.transactions import Tx
from ...kernel.db.trigrams import holding
from ...kernel.text.search_keys import fold, printable
from ..allocations.queries import PAYMENT
from ..models import Payment, PaymentSearch

SAME = 500  # invoices whose number fits: more fit only what is no number


def index(tx: Tx, payment: Payment, company: str) -> None:
    """Written down once: nothing of it changes."""
    plain = money.plain(payment.amount, payment.currency)
    grouped = money.Money(payment.amount, payment.currency).text()
    parts = (company, payment.label, payment.reference, payment.note, plain, grouped)
    tx.append(PaymentSearch, id=payment.id, found_by=fold(" · ".join(part for part in parts if part)))


def matching(tx: Tx, words: str) -> tuple[SelectOfScalar[str], ColumnElement[bool]] | None:
    """The ids of the actor's payments that hold every word, and the same as a condition on `Payment`.

    What an invoice with such a number ever got counts as well. None where there are no words.
    """
    terms = fold(printable(words)).split()
    if not terms:
        return None
    ids, has = holding(tx, PaymentSearch, "payment_fts", terms)
    holds = exists().where(col(PaymentSearch.id) == col(Payment.id), has)
    invoice_ids = _numbered(tx, terms)
    if not invoice_ids:
        return ids, holds
    theirs = select(Allocation.source_id).where(
        Allocation.owned_by(tx.actor), Allocation.source_kind == PAYMENT, col(Allocation.invoice_id).in_(invoice_ids)
    )
    both = union_all(ids, theirs).subquery()
    return select(both.c.id), or_(holds, col(Payment.id).in_(theirs))


def _numbered(tx: Tx, terms: Sequence[str]) -> list[str]:
    """Invoices that hold every word, at least one of them in their number."""
    numbers = [term for term in terms if any(letter.isdigit() for letter in term)]
    if not numbers:
        return []
    found, _ = holding(tx, InvoiceSearch, "invoice_fts", list(terms))
    number = func.lower(Invoice.number)
    fits = or_(*(number.contains(term, autoescape=True) for term in numbers))
    wanted = found.join(Invoice, col(Invoice.id) == InvoiceSearch.id).where(fits)
    ids = list(tx.all(wanted.limit(SAME + 1)))
    return ids if len(ids) <= SAME else []
