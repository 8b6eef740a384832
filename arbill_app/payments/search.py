"""Finding a payment by its customer, reference, method or amount: see kernel/trigrams.py."""

from sqlalchemy import ColumnElement, exists
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from ..kernel import money
from ..kernel.db import Tx
from ..kernel.text import fold, printable
from ..kernel.trigrams import holding
from .models import Payment, PaymentSearch


def index(tx: Tx, payment: Payment, company: str) -> None:
    """Written down once: nothing of it changes."""
    plain = money.plain(payment.amount, payment.currency)
    grouped = money.Money(payment.amount, payment.currency).text()
    parts = (company, payment.label, payment.reference, payment.note, plain, grouped)
    tx.create(PaymentSearch, id=payment.id, found_by=fold(" · ".join(part for part in parts if part)))


def matching(tx: Tx, words: str) -> tuple[SelectOfScalar[str], ColumnElement[bool]] | None:
    """The ids of the actor's payments that hold every word, and the same as a condition on `Payment`."""
    terms = fold(printable(words)).split()
    if not terms:
        return None
    ids, has = holding(tx, PaymentSearch, "payment_fts", terms)
    return ids, exists().where(col(PaymentSearch.id) == col(Payment.id), has)
