"""The statement of account as it was made before there was a ledger: put together from the documents as they are now.

It says what a statement made from the ledger must show, except where documents cannot know: a refund that came back
later has vanished from them, and a dispute that grew counts on its first day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select

from arbill_app.customers.models import Customer
from arbill_app.invoices.commands.settling import REFUND
from arbill_app.invoices.models import Allocation, CreditNote, Invoice
from arbill_app.invoices.rules.lifecycle import Stage
from arbill_app.kernel.db.transactions import Tx
from arbill_app.partners.views import timezone
from arbill_app.payments.models import Dispute, Payment, Refund

INVOICE, VOID, CREDIT, PAYMENT, REFUNDED, SETTLED = "invoice", "void", "credit_note", "payment", "refund", "settled"
DISPUTED, DISPUTE_WON = "dispute", "dispute_won"
# On one day, what asks comes before what settles, and nothing goes back before it came.
ORDER = (INVOICE, VOID, CREDIT, PAYMENT, REFUNDED, SETTLED, DISPUTED, DISPUTE_WON)


@dataclass(frozen=True)
class Entry:
    """`amount` in minor units: more owed is positive. `number` is of the paper, `text` the memo or method."""

    day: date
    kind: str
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
    """One kind of entry. `when` is a day, or a `moment` that falls on a day of the partner's; `sign` is 1 or -1."""

    kind: str
    sign: int
    when: Any
    amount: Any
    id: Any
    number: Any
    text: Any
    where: tuple[Any, ...]
    joins: tuple[tuple[Any, Any], ...] = ()
    moment: bool = False


def statement(tx: Tx, customer_id: str, currency: str, first: date, last: date) -> Statement:
    """NotFound for another partner's customer."""
    customer, zone = tx.get(Customer, customer_id), ZoneInfo(timezone(tx))
    sources = list(_sources(tx, customer.id, currency))
    opening = sum(_sum_before(tx, source, first, zone) for source in sources)
    found = [entry for source in sources for entry in _entries(tx, source, first, last, zone)]
    found.sort(key=lambda entry: (entry.day, ORDER.index(entry.kind), entry.id))
    entries = _with_balances(found, opening)
    closing = entries[-1].balance if entries else opening
    return Statement(customer.company, currency, first, last, opening, closing, entries)


def currencies(tx: Tx, customer_id: str) -> list[str]:
    """Those anything was ever asked or paid in; the customer's own comes first."""
    own = tx.get(Customer, customer_id).currency
    used = {
        str(found)
        for model in (Invoice, Payment)
        for found in tx.all(
            select(model.currency).where(model.owned_by(tx.actor), model.customer_id == customer_id).distinct()
        )
    }
    return [own, *sorted(used - {own})]


def _with_balances(found: Sequence[Entry], opening: int) -> list[Entry]:
    running = list(accumulate((entry.amount for entry in found), initial=opening))[1:]
    return [
        Entry(entry.day, entry.kind, entry.number, entry.text, entry.amount, balance, entry.id)
        for entry, balance in zip(found, running, strict=True)
    ]


# ---------------------------------------------------------------- where entries come from


def _sources(tx: Tx, customer_id: str, currency: str) -> Iterator[Source]:
    def own(model: Any, whose: Any = None) -> tuple[Any, ...]:
        holder = whose or model
        return (model.owned_by(tx.actor), holder.customer_id == customer_id, holder.currency == currency)

    issued = (*own(Invoice), Invoice.stage != Stage.DRAFT)
    papers: dict[str, Any] = {"id": Invoice.id, "number": Invoice.number, "text": Invoice.memo}
    yield Source(INVOICE, 1, Invoice.issued_on, Invoice.total, where=issued, **papers)
    voided = (*own(Invoice), Invoice.stage == Stage.VOIDED)
    yield Source(VOID, -1, Invoice.voided_at, Invoice.total, where=voided, moment=True, **papers)
    credits: dict[str, Any] = {"id": CreditNote.id, "number": CreditNote.number, "text": CreditNote.reason}
    numbered = (*own(CreditNote), CreditNote.number != "")
    yield Source(CREDIT, -1, CreditNote.issued_on, CreditNote.total, where=numbered, **credits)
    paid: dict[str, Any] = {"number": Payment.reference, "text": Payment.label}
    yield Source(PAYMENT, -1, Payment.received_on, Payment.amount, Payment.id, where=own(Payment), **paid)
    yield from _given_back(own, paid)


def _given_back(own: Any, paid: dict[str, Any]) -> Iterator[Source]:
    """A refund is owed again, except for what it settled itself; a dispute is, until it is won."""
    refunds: dict[str, Any] = paid | {"joins": ((Payment, col(Payment.id) == Refund.payment_id),), "moment": True}
    done = (*own(Refund, Payment), Refund.state == "succeeded")
    yield Source(REFUNDED, 1, Refund.ended_at, Refund.amount, Refund.id, where=done, **refunds)
    by_refund = (*own(Allocation, Invoice), Allocation.source_kind == REFUND)
    joins = ((Invoice, col(Invoice.id) == Allocation.invoice_id),)
    settled: dict[str, Any] = {"number": Invoice.number, "text": Invoice.memo, "joins": joins, "moment": True}
    yield Source(SETTLED, -1, Allocation.created_at, Allocation.amount, Allocation.id, where=by_refund, **settled)
    disputes: dict[str, Any] = paid | {"joins": ((Payment, col(Payment.id) == Dispute.payment_id),), "moment": True}
    told = own(Dispute, Payment)
    yield Source(DISPUTED, 1, Dispute.opened_at, Dispute.amount, Dispute.id, where=told, **disputes)
    won = (*told, Dispute.state == "won")
    yield Source(DISPUTE_WON, -1, Dispute.ended_at, Dispute.amount, Dispute.id, where=won, **disputes)


def _sum_before(tx: Tx, source: Source, first: date, zone: ZoneInfo) -> int:
    total = select(func.coalesce(func.sum(source.amount), 0)).where(*source.where)
    return source.sign * int(tx.scalar(_joined(total, source).where(col(source.when) < _edge(source, first, zone))))


def _entries(tx: Tx, source: Source, first: date, last: date, zone: ZoneInfo) -> Iterator[Entry]:
    columns = (source.when, source.amount, source.id, source.number, source.text)
    rows = _joined(select(*columns).where(*source.where), source).where(  # type: ignore[call-overload]
        col(source.when) >= _edge(source, first, zone),
        col(source.when) < _edge(source, last + timedelta(days=1), zone),
    )
    for when, amount, id, number, text in tx.rows(rows):
        day = when.astimezone(zone).date() if source.moment else when
        yield Entry(day, source.kind, number, text, source.sign * amount, id=id)


def _joined(query: Any, source: Source) -> Any:
    for model, on in source.joins:
        query = query.join(model, on)
    return query


def _edge(source: Source, day: date, zone: ZoneInfo) -> date | datetime:
    """The beginning of a day, as the source's column counts."""
    return datetime.combine(day, time(), zone) if source.moment else day
