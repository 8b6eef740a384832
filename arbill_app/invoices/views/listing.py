"""The invoices list: filtered, sorted, a page at a time (see kernel/paging.py), and what a filter adds up to."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, true
from sqlmodel import col, func, select

from ...customers.models import Customer
from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.paging import Found, Narrowing, Order, Page, Slice, every, narrowed, page, plainly, shown
from ...kernel.text.formatting import date_text
from ...kernel.text.search_keys import printable
from ...partners.views import timezone
from ..models import Invoice, Option
from ..rules.lifecycle import Stage, Status, settlement, status
from .search import matching

PAGE = 50
TABS = ("", "draft", "open", "overdue", "paid")
SORTS: dict[str, list[Any]] = {
    "created": [Invoice.id],
    "due": [Invoice.due_on, Invoice.id],
    "amount": [Invoice.total, Invoice.id],
}


@dataclass(frozen=True)
class Filter:
    """What the list's address says. `tab` is one of TABS; `sort` one of SORTS, with a minus for the other way round."""

    q: str = ""
    tab: str = ""
    customer_id: str = ""
    currency: str = ""
    option: str = ""
    sort: str = "-created"
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class InvoiceRow:
    id: str
    number: str
    customer_id: str
    company: str
    memo: str
    currency: str
    total: str
    balance: str
    status: str
    status_label: str
    issued: str
    due: str
    option: str
    sent: bool


@dataclass(frozen=True)
class Sum:
    """What the filter comes to in one currency."""

    currency: str
    count: str
    total: str
    balance: str


def list_invoices(tx: Tx, wanted: Filter, size: int = PAGE) -> Page[InvoiceRow]:
    """One page of the actor's invoices."""
    wanted, today = plainly(wanted), _today(tx)
    found = _found(tx, wanted, today)
    at = _slice(tx, wanted, found, size)
    return shown(tx, Invoice.id, at, found, [_row(row, today) for row in at.rows])


def first_invoices(tx: Tx, wanted: Filter, most: int) -> list[InvoiceRow]:
    """The first few of a filter, uncounted: for cards and the command palette."""
    wanted, today = plainly(wanted), _today(tx)
    return [_row(row, today) for row in _slice(tx, wanted, _found(tx, wanted, today), most).rows]


def every_invoice(tx: Tx, wanted: Filter) -> Iterator[InvoiceRow]:
    """All rows of a filter, some in memory at a time."""
    wanted, today = plainly(wanted), _today(tx)
    for rows in every(tx, COLUMNS, _found(tx, wanted, today), _order(wanted), _named):
        yield from (_row(row, today) for row in rows)


def sums(tx: Tx, wanted: Filter) -> list[Sum]:
    """Totals of the filter, a currency each: reads every invoice that fits, so ask apart from the page. Void ones count
    for nothing."""
    wanted = replace(plainly(wanted), sort="due")
    found = _found(tx, wanted, _today(tx))
    statement = (
        select(Invoice.currency, func.count(), func.sum(Invoice.total), func.sum(Invoice.balance))
        .where(*found.conditions, col(Invoice.standing).in_(("draft", "owed", "paid")))
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [
        Sum(currency, f"{count:,}", Money(int(total), currency).text(), Money(int(balance), currency).text())
        for currency, count, total, balance in tx.rows(statement)
    ]


def currencies(tx: Tx) -> list[str]:
    """Those of the actor's invoices: one step along the index for each, not one for each invoice."""
    found: list[str] = []
    later = select(func.min(Invoice.currency)).where(Invoice.owned_by(tx.actor))
    while code := tx.scalar(later.where(col(Invoice.currency) > (found[-1] if found else ""))):
        found.append(str(code))
    return found


def company_of(tx: Tx, customer_id: str) -> str:
    """The name of the customer a list is about; "" for one that does not exist."""
    name = tx.scalar(select(Customer.company).where(Customer.owned_by(tx.actor), Customer.id == printable(customer_id)))
    return str(name or "")


# ---------------------------------------------------------------- filters


def _today(tx: Tx) -> date:
    return clock.today(timezone(tx))


def _found(tx: Tx, wanted: Filter, today: date) -> Found:
    base = [Invoice.owned_by(tx.actor), _in_tab(wanted, today)]
    return narrowed(tx, col(Invoice.id), base, list(_narrowings(tx, wanted, today)))


def _narrowings(tx: Tx, wanted: Filter, today: date) -> Iterator[Narrowing]:
    own = Invoice.owned_by(tx.actor)
    if found := matching(tx, wanted.q):
        yield Narrowing(*found, costly=True)
    for name in ("customer_id", "currency", "option"):
        if value := getattr(wanted, name):
            is_so = col(getattr(Invoice, name)) == value
            yield Narrowing(select(Invoice.id).where(own, is_so), is_so)
    if wanted.tab and not _walks_its_tab(wanted):
        by_due = replace(wanted, sort="due")
        yield Narrowing(select(Invoice.id).where(own, _in_tab(by_due, today)), true())


def _walks_its_tab(wanted: Filter) -> bool:
    """Whether some index holds the tab's rows alone, in the order that is asked for."""
    return wanted.sort.lstrip("-") in (("due",) if wanted.tab == "overdue" else ("created", "due"))


def _in_tab(wanted: Filter, today: date) -> ColumnElement[bool]:
    standing: Any = col(Invoice.standing)
    due: Any = col(Invoice.due_on)
    if wanted.sort.lstrip("-") != "due":
        # sorted otherwise, the index on due_on would make the planner sort everything overdue
        due = func.coalesce(due, due)
    conditions: dict[str, ColumnElement[bool]] = {
        "draft": standing == "draft",
        "open": standing == "owed",
        "overdue": and_(standing == "owed", due < today),
        "paid": standing == "paid",
    }
    return conditions.get(wanted.tab, true())


def _slice(tx: Tx, wanted: Filter, found: Found, size: int) -> Slice:
    return page(tx, COLUMNS, found, _order(wanted), size, _named)


def _order(wanted: Filter) -> Order:
    key = SORTS.get(wanted.sort.lstrip("-"), SORTS["created"])
    return Order(key, wanted.sort.startswith("-"), wanted.after, wanted.before)


COLUMNS: tuple[Any, ...] = tuple(
    getattr(Invoice, name)
    for name in (
        *("id", "number", "customer_id", "memo", "currency", "total", "balance", "refunded"),
        *("stage", "issued_on", "due_on", "option", "sent_at"),
    )
)


def _named(rows: Select[Any], key: list[str], descending: bool) -> Select[Any]:
    """The customer's present name, looked up for the page's rows alone."""
    found = rows.subquery("page")
    order = [found.c[name].desc() if descending else found.c[name] for name in key]
    named = select(found).join(Customer, col(Customer.id) == found.c.customer_id)  # type: ignore[call-overload]
    return named.add_columns(col(Customer.company)).order_by(*order)


def _row(row: Any, today: date) -> InvoiceRow:
    settled = settlement(row.total, row.balance, row.refunded)
    now = status(Stage(row.stage), settled, row.due_on, today)
    void = now == Status.VOIDED
    return InvoiceRow(
        id=row.id,
        number=row.number or "Draft",
        customer_id=row.customer_id,
        company=row.company,
        memo=row.memo,
        currency=row.currency,
        total=Money(row.total, row.currency).text(),
        balance=Money(row.balance, row.currency).text() if row.number and not void else "—",
        status=now,
        status_label=now.label,
        issued=date_text(row.issued_on) if row.issued_on else "—",
        due=date_text(row.due_on),
        option=Option(row.option).label,
        sent=row.sent_at is not None,
    )
