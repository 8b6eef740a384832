"""The payments list: filtered, sorted, a page at a time (see kernel/paging.py)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, true
from sqlmodel import col, func, select

from ...customers.models import Customer
from ...invoices.models import Allocation, Invoice
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.paging import Found, Narrowing, Order, Page, among, every, narrowed, page, plainly, shown
from ...kernel.text.formatting import date_text
from ..allocations.queries import PAYMENT
from ..models import Payment
from ..recording import MANUAL
from .search import matching

PAGE = 50
TABS = ("", "on_account", "refunded", "disputed")
SORTS: dict[str, list[Any]] = {
    "received": [Payment.received_on, Payment.id],
    "amount": [Payment.amount, Payment.id],
}
KINDS = {"card": "Card", "us_bank_account": "Bank account (ACH)", "acss_debit": "Pre-authorised debit", **MANUAL}


@dataclass(frozen=True)
class Filter:
    """What the list's address says. `tab` is one of TABS; `sort` one of SORTS, with a minus for the other way round."""

    q: str = ""
    tab: str = ""
    customer_id: str = ""
    kind: str = ""
    currency: str = ""
    sort: str = "-received"
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class PaymentRow:
    id: str
    customer_id: str
    company: str
    amount: str
    currency: str
    label: str
    reference: str
    received: str
    invoices: str
    on_account: str
    status: str
    status_label: str


def list_payments(tx: Tx, wanted: Filter, size: int = PAGE) -> Page[PaymentRow]:
    """One page of the actor's payments."""
    wanted = plainly(wanted)
    found = _found(tx, wanted)
    at = page(tx, COLUMNS, found, _order(wanted), size, _named)
    return shown(tx, Payment.id, at, found, _rows(tx, at.rows))


def every_payment(tx: Tx, wanted: Filter) -> Iterator[PaymentRow]:
    """All rows of a filter, some in memory at a time."""
    wanted = plainly(wanted)
    for rows in every(tx, COLUMNS, _found(tx, wanted), _order(wanted), _named):
        yield from _rows(tx, rows)


def _found(tx: Tx, wanted: Filter) -> Found:
    base = [Payment.owned_by(tx.actor), _in_tab(wanted.tab)]
    return narrowed(tx, col(Payment.id), base, list(_narrowings(tx, wanted)))


def _narrowings(tx: Tx, wanted: Filter) -> Iterator[Narrowing]:
    own = Payment.owned_by(tx.actor)
    if found := matching(tx, wanted.q):
        yield Narrowing(*found, costly=True)
    for name in ("customer_id", "kind", "currency"):
        if value := getattr(wanted, name):
            is_so = col(getattr(Payment, name)) == value
            yield Narrowing(select(Payment.id).where(own, is_so), is_so)
    if wanted.tab:
        yield Narrowing(select(Payment.id).where(own, _in_tab(wanted.tab)), true())


def _in_tab(tab: str) -> ColumnElement[bool]:
    conditions: dict[str, ColumnElement[bool]] = {
        "on_account": col(Payment.unapplied) > 0,
        "refunded": col(Payment.refunded) > 0,
        "disputed": col(Payment.disputed) > 0,
    }
    return conditions.get(tab, true())


def _order(wanted: Filter) -> Order:
    key = SORTS.get(wanted.sort.lstrip("-"), SORTS["received"])
    return Order(key, wanted.sort.startswith("-"), wanted.after, wanted.before)


COLUMNS: tuple[Any, ...] = tuple(
    getattr(Payment, name)
    for name in (
        *("id", "customer_id", "amount", "currency", "unapplied", "refunded", "disputed"),
        *("kind", "label", "reference", "received_on"),
    )
)


def _named(rows: Select[Any], key: list[str], descending: bool) -> Select[Any]:
    """The customer's name, looked up for the page's rows alone."""
    found = rows.subquery("page")
    order = [found.c[name].desc() if descending else found.c[name] for name in key]
    named = select(found).join(Customer, and_(col(Customer.id) == found.c.customer_id))  # type: ignore[call-overload]
    return named.add_columns(col(Customer.company)).order_by(*order)


def _rows(tx: Tx, found: Sequence[Any]) -> list[PaymentRow]:
    numbers = _invoices(tx, found)
    return [_row(row, numbers.get(row.id, [])) for row in found]


def _invoices(tx: Tx, rows: Sequence[Any]) -> dict[str, list[str]]:
    """Numbers of the invoices that each payment settles, or settled until it went back."""
    payments = {row.id: row for row in rows}
    statement = (
        select(Allocation.source_id, Invoice.number, func.sum(Allocation.amount))
        .join(Invoice, col(Invoice.id) == Allocation.invoice_id)
        .where(Allocation.owned_by(tx.actor), Allocation.source_kind == PAYMENT)
        .where(among(tx, col(Allocation.source_id), list(payments)))
        .group_by(Allocation.source_id, Invoice.number)
        .order_by(Invoice.number)
    )
    found: dict[str, list[str]] = {}
    for payment_id, number, amount in tx.rows(statement) if payments else []:
        gone = "" if amount > 0 else " (disputed)" if payments[payment_id].disputed else " (refunded)"
        found.setdefault(payment_id, []).append(number + gone)
    return found


def status_of(row: Any) -> tuple[str, str]:
    """(badge, words) of a payment."""
    if row.disputed:
        return "bad", "Disputed"
    if row.refunded >= row.amount:
        return "", "Refunded"
    if row.refunded:
        return "", "Partly refunded"
    return ("warn", "On account") if row.unapplied else ("ok", "Applied")


def _row(row: Any, numbers: list[str]) -> PaymentRow:
    badge, words = status_of(row)
    return PaymentRow(
        id=row.id,
        customer_id=row.customer_id,
        company=row.company,
        amount=Money(row.amount, row.currency).text(),
        currency=row.currency,
        label=row.label or KINDS.get(row.kind, row.kind),
        reference=row.reference,
        received=date_text(row.received_on),
        invoices=", ".join(numbers),
        on_account=Money(row.unapplied, row.currency).text() if row.unapplied else "",
        status=badge,
        status_label=words,
    )
