"""The statement of account: what a customer was asked for and what counts against it, with a running balance.

It is the customer's part of the ledger: one entry for each thing that happened on a day. What is moved from account to
an invoice changes nothing of what is owed and is left out. Its closing balance is the customer's balance, always: open
invoices less what lies on account; and since the ledger never changes, a statement of past days says the same for ever.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from sqlmodel import col, select

from ..customers.models import Customer
from ..invoices.models import CreditNote, Invoice
from ..kernel.db.transactions import Tx
from ..ledger.models import EntryKind, LedgerEntry
from ..ledger.queries import balance_at
from ..payments.models import Dispute, Payment, Refund

# On one day, what asks comes before what settles, and nothing goes back before it came.
ORDER = (
    *(EntryKind.INVOICE, EntryKind.VOID, EntryKind.CREDIT_NOTE, EntryKind.PAYMENT, EntryKind.REFUND),
    *(EntryKind.SETTLED, EntryKind.REFUND_FAILED, EntryKind.DISPUTE, EntryKind.DISPUTE_WON),
)
OF_PAYMENTS = (EntryKind.PAYMENT, EntryKind.REFUND, EntryKind.REFUND_FAILED, EntryKind.DISPUTE, EntryKind.DISPUTE_WON)


@dataclass(frozen=True)
class Entry:
    """`amount` in minor units: more owed is positive. `number` is of the paper, `text` the memo or method."""

    day: date
    kind: EntryKind
    number: str
    text: str
    amount: int
    balance: int = 0
    id: str = ""


@dataclass(frozen=True)
class Statement:
    """From the `first` to the `last` day, both included, in one currency."""

    company: str
    currency: str
    first: date
    last: date
    opening: int
    closing: int
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """Entries of some kinds, with the rows that name them: `joins` are (table, on), `number` and `text` columns."""

    kinds: tuple[EntryKind, ...]
    joins: tuple[tuple[Any, Any], ...]
    number: Any
    text: Any


BY_INVOICE = ((Invoice, col(Invoice.id) == LedgerEntry.invoice_id),)
BY_CREDIT = ((CreditNote, col(CreditNote.id) == LedgerEntry.cause_id),)
BY_PAYMENT = ((Payment, col(Payment.id) == LedgerEntry.cause_id),)
BY_REFUND = ((Refund, col(Refund.id) == LedgerEntry.cause_id), (Payment, col(Payment.id) == Refund.payment_id))
BY_DISPUTE = ((Dispute, col(Dispute.id) == LedgerEntry.cause_id), (Payment, col(Payment.id) == Dispute.payment_id))
SOURCES = (
    Source((EntryKind.INVOICE, EntryKind.VOID, EntryKind.SETTLED), BY_INVOICE, Invoice.number, Invoice.memo),
    Source((EntryKind.CREDIT_NOTE,), BY_CREDIT, CreditNote.number, CreditNote.reason),
    Source((EntryKind.PAYMENT,), BY_PAYMENT, Payment.reference, Payment.label),
    Source((EntryKind.REFUND, EntryKind.REFUND_FAILED), BY_REFUND, Payment.reference, Payment.label),
    Source((EntryKind.DISPUTE, EntryKind.DISPUTE_WON), BY_DISPUTE, Payment.reference, Payment.label),
)


def statement(tx: Tx, customer_id: str, currency: str, first: date, last: date) -> Statement:
    """NotFound for another partner's customer."""
    customer = tx.get(Customer, customer_id)
    opening = balance_at(tx, customer.id, currency, first - timedelta(days=1))
    found = [entry for source in SOURCES for entry in _entries(tx, source, customer.id, currency, first, last)]
    found.sort(key=lambda entry: (entry.day, ORDER.index(entry.kind), entry.id))
    entries = _with_balances(found, opening)
    closing = entries[-1].balance if entries else opening
    return Statement(customer.company, currency, first, last, opening, closing, entries)


def currencies(tx: Tx, customer_id: str) -> list[str]:
    """Those anything was ever asked or paid in; the customer's own comes first."""
    own = tx.get(Customer, customer_id).currency
    theirs = select(LedgerEntry.currency).where(LedgerEntry.owned_by(tx.actor), LedgerEntry.customer_id == customer_id)
    return [own, *sorted(set(tx.all(theirs.distinct())) - {own})]


def _with_balances(found: Sequence[Entry], opening: int) -> list[Entry]:
    running = list(accumulate((entry.amount for entry in found), initial=opening))[1:]
    return [replace(entry, balance=balance) for entry, balance in zip(found, running, strict=True)]


def _entries(tx: Tx, source: Source, customer_id: str, currency: str, first: date, last: date) -> Iterator[Entry]:
    """One for all that a cause did on a day; only what a refund settled is named by the invoice, each apart."""
    columns = (LedgerEntry.counts_on, LedgerEntry.kind, LedgerEntry.cause_id, LedgerEntry.id, LedgerEntry.amount)
    query: Any = select(*columns, source.number, source.text).where(  # type: ignore[call-overload]
        LedgerEntry.owned_by(tx.actor),
        LedgerEntry.customer_id == customer_id,
        LedgerEntry.currency == currency,
        col(LedgerEntry.counts_on).between(first, last),
        col(LedgerEntry.kind).in_(source.kinds),
    )
    for table, on in source.joins:
        query = query.join(table, on)
    found: dict[tuple[date, str, str], Entry] = {}
    for day, kind, cause_id, id, amount, number, text in tx.rows(query):
        key = day, kind, id if kind == EntryKind.SETTLED else cause_id
        before = found[key].amount if key in found else 0
        found[key] = Entry(day, EntryKind(kind), number, text, before + amount, id=key[2])
    yield from found.values()
