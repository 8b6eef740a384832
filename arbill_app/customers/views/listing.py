"""The customers list: filtered, sorted, a page at a time; see kernel/paging.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, true
from sqlmodel import col, select

from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.paging import COUNTED as COUNTED
from ...kernel.paging import Found, Narrowing, Order, Page, among, every, narrowed, page, plainly, shown
from ...kernel.text.formatting import day
from ...partners.views import timezone
from ..balances import balances
from ..models import Contact, Customer, CustomerTag, Group, Status, Tag, status_of
from .search import matching

PAGE = 50
SORTS = ("company", "-company", "created", "-created")


@dataclass(frozen=True)
class Filter:
    """What the list's address says. `status` "" is every customer that is not archived."""

    q: str = ""
    tag_id: str = ""
    group_id: str = ""
    status: str = ""
    country: str = ""
    sort: str = "company"
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class TagChip:
    id: str
    name: str
    colour: str


@dataclass(frozen=True)
class CustomerRow:
    id: str
    company: str
    contact: str
    email: str
    tags: list[TagChip]
    group: str
    balance: str
    status: str
    status_label: str
    created: str


def list_customers(tx: Tx, wanted: Filter, size: int = PAGE) -> Page[CustomerRow]:
    """One page of the actor's customers."""
    wanted = plainly(wanted)
    found = _found(tx, wanted)
    at = page(tx, COLUMNS, found, _order(wanted), size, _with_names)
    return shown(tx, Customer.id, at, found, _rows(tx, at.rows))


def every_customer(tx: Tx, wanted: Filter) -> Iterator[CustomerRow]:
    """All rows of a filter, some in memory at a time."""
    wanted = plainly(wanted)
    for rows in every(tx, COLUMNS, _found(tx, wanted), _order(wanted), _with_names):
        yield from _rows(tx, rows)


def _order(wanted: Filter) -> Order:
    return Order(_key(wanted.sort), wanted.sort.startswith("-"), wanted.after, wanted.before)


# ---------------------------------------------------------------- filters


def _found(tx: Tx, wanted: Filter) -> Found:
    base = [Customer.owned_by(tx.actor), _has_status(wanted.status)]
    return narrowed(tx, col(Customer.id), base, list(_narrowings(tx, wanted)))


def _narrowings(tx: Tx, wanted: Filter) -> Iterator[Narrowing]:
    own = Customer.owned_by(tx.actor)
    if found := matching(tx, wanted.q):
        yield Narrowing(*found, costly=True)
    if wanted.tag_id:
        has = [CustomerTag.owned_by(tx.actor), col(CustomerTag.tag_id) == wanted.tag_id]
        yield Narrowing(
            select(CustomerTag.customer_id).where(*has),
            exists().where(col(CustomerTag.customer_id) == col(Customer.id), *has),
        )
    for column, value in ((col(Customer.group_id), wanted.group_id), (col(Customer.country), wanted.country)):
        if value:
            yield Narrowing(select(Customer.id).where(own, column == value), column == value)
    if wanted.status in (Status.SETUP, Status.ARCHIVED):
        yield Narrowing(select(Customer.id).where(own, _has_status(wanted.status)), true())


def _has_status(status: str) -> ColumnElement[bool]:
    archived, ready = col(Customer.archived_at), col(Customer.ready_at)
    if status == Status.ARCHIVED:
        return archived.is_not(None)
    if status == Status.SETUP:
        return ready.is_(None)
    return and_(archived.is_(None), ready.is_not(None)) if status == Status.ACTIVE else archived.is_(None)


COLUMNS: tuple[Any, ...] = (
    Customer.id,
    Customer.company,
    Customer.sort_key,
    Customer.currency,
    Customer.created_at,
    Customer.ready_at,
    Customer.archived_at,
    Customer.group_id,
)


def _with_names(page: Select[Any], key: list[str], descending: bool) -> Select[Any]:
    """Group and primary contact, looked up for the page's rows alone: sorting comes first, then the joins."""
    rows = page.subquery("page")
    order = [rows.c[name].desc() if descending else rows.c[name] for name in key]
    return (
        select(rows, col(Group.name).label("group"), Contact.first_name, Contact.last_name, Contact.email)  # type: ignore[call-overload]
        .outerjoin(Group, col(Group.id) == rows.c.group_id)
        .outerjoin(Contact, and_(col(Contact.customer_id) == rows.c.id, col(Contact.is_primary)))
        .order_by(*order)
    )


def _key(sort: str) -> list[Any]:
    """Ids sort by their time of birth, so they are the key of "created" and the tie-break of everything else."""
    return [Customer.id] if sort.endswith("created") else [Customer.sort_key, Customer.id]


# ---------------------------------------------------------------- rows for people


def _rows(tx: Tx, found: Sequence[Any]) -> list[CustomerRow]:
    ids = [row.id for row in found]
    if not ids:
        return []
    tags, zone, owed = _tags(tx, ids), timezone(tx), balances(tx, ids)
    return [_row(row, tags.get(row.id, []), zone, owed.get(row.id, 0)) for row in found]


def _row(row: Any, tags: list[TagChip], zone: str, owed: int) -> CustomerRow:
    status = status_of(row.ready_at, row.archived_at)
    return CustomerRow(
        id=row.id,
        company=row.company,
        contact=f"{row.first_name} {row.last_name}" if row.email else "",
        email=row.email or "",
        tags=tags,
        group=row.group or "",
        balance=Money(owed, row.currency).text() if row.ready_at else "—",
        status=status,
        status_label=status.label,
        created=day(row.created_at, zone),
    )


def _tags(tx: Tx, ids: list[str]) -> dict[str, list[TagChip]]:
    statement = (
        select(CustomerTag.customer_id, Tag.id, Tag.name, Tag.colour)
        .join(Tag, Tag.id == CustomerTag.tag_id)  # type: ignore[arg-type]
        .where(among(tx, col(CustomerTag.customer_id), ids))  # ids are the actor's own already
        .order_by(Tag.name_key)
    )
    found: dict[str, list[TagChip]] = {}
    for customer_id, *tag in tx.rows(statement):
        found.setdefault(customer_id, []).append(TagChip(*tag))
    return found
