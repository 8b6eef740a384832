"""The customers list: filtered, sorted, a page at a time, as fast at a million rows as at a thousand.

Keyset paging never counts rows it skips. A page is found in one of two ways: where some filter leaves at most `FEW`
customers, these are fetched and sorted ("narrow"); else the sort's index is walked and the filters are asked row by
row.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, String, and_, any_, exists, func, literal, true, tuple_
from sqlmodel import col, select

from ..kernel.db import Tx, is_sqlite
from ..kernel.money import Money
from ..kernel.text import printable
from ..kernel.words import day
from ..partners.queries import timezone
from . import cursor
from .models import Contact, Customer, CustomerTag, Group, Status, Tag, status_of
from .search import matching

FEW = 5000  # about where, at a million customers, sorting so many costs as much as walking past the others
COUNTED = 1000
PAGE = 50
EXPORTED = 500  # rows in memory at a time
UNFILTERED = 2  # conditions: whose, and which status
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


@dataclass(frozen=True)
class Page:
    """`total` is a text, "1,000+" beyond what is worth counting; `first` is the place of the first row, from 1."""

    rows: list[CustomerRow] = field(default_factory=list)
    total: str = "0"
    first: int = 0
    last: int = 0
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Narrowing:
    """One filter, twice: the ids it leaves, and the same as a condition on a customer's row.

    `costly`: the ids are better asked for once and kept than asked for again in every statement.
    """

    ids: Select[Any]
    holds: ColumnElement[bool]
    costly: bool = False


def list_customers(tx: Tx, wanted: Filter, size: int = PAGE) -> Page:
    """One page of the actor's customers."""
    wanted = _printable(wanted)
    conditions, narrow = _conditions(tx, wanted)
    found, more_before, more_after, start = _page(tx, wanted, conditions, narrow, size)
    if not found and (wanted.after or wanted.before):
        # Everything beyond the cursor has gone since: the beginning is better than an empty page without a way out.
        wanted = replace(wanted, after="", before="")
        found, more_before, more_after, start = _page(tx, wanted, conditions, narrow, size)
    rows = _rows(tx, found)
    # Walking on through filtered rows, just to count them, would cost more than the page itself.
    countable = narrow or len(conditions) == UNFILTERED
    return Page(
        rows=rows,
        total=_capped(tx, select(Customer.id).where(*conditions)) if countable else "many",
        first=start + 1 if rows else 0,
        last=start + len(rows),
        next=_cursor(wanted, found[-1], start + len(rows)) if found and more_after else "",
        previous=_cursor(wanted, found[0], start) if found and more_before else "",
    )


def every_customer(tx: Tx, wanted: Filter) -> Iterator[CustomerRow]:
    """All rows of a filter, a page in memory at a time."""
    at = replace(_printable(wanted), after="", before="")
    conditions, narrow = _conditions(tx, at)
    while True:
        found, _, more, start = _page(tx, at, conditions, narrow, EXPORTED)
        yield from _rows(tx, found)
        if not more:
            return
        at = replace(at, after=_cursor(at, found[-1], start + len(found)))


# ---------------------------------------------------------------- filters


def _printable(wanted: Filter) -> Filter:
    return Filter(**{name: printable(value) for name, value in vars(wanted).items()})


def _conditions(tx: Tx, wanted: Filter) -> tuple[list[ColumnElement[bool]], bool]:
    """The conditions, and whether they leave few rows: then sorting those beats walking the index."""
    base = [Customer.owned_by(tx.actor), _has_status(wanted.status)]
    narrowings = [n for n in _narrowings(tx, wanted) if n is not None]
    for narrowing in narrowings:
        if (among := _few(tx, narrowing)) is not None:
            others = [other.holds for other in narrowings if other is not narrowing]
            return [*base, among, *others], True
    return [*base, *(n.holds for n in narrowings)], False


def _narrowings(tx: Tx, wanted: Filter) -> Iterator[Narrowing | None]:
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


def _few(tx: Tx, narrowing: Narrowing) -> ColumnElement[bool] | None:
    """The condition to be among the few that the filter leaves, or None when they are not few."""
    if not narrowing.costly:
        found = tx.scalar(select(func.count()).select_from(narrowing.ids.limit(FEW + 1).subquery()))
        return col(Customer.id).in_(narrowing.ids) if found <= FEW else None
    ids = tx.all(narrowing.ids.limit(FEW + 1))
    return _among(tx, ids) if len(ids) <= FEW else None


def _among(tx: Tx, ids: Sequence[str]) -> ColumnElement[bool]:
    """One parameter however many ids, so that the statement stays the same."""
    if is_sqlite(tx.session):
        return col(Customer.id).in_(select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value))
    return col(Customer.id) == any_(literal(list(ids), ARRAY(String)))


def _capped(tx: Tx, ids: Select[Any]) -> str:
    found = tx.scalar(select(func.count()).select_from(ids.limit(COUNTED + 1).subquery()))
    return f"{COUNTED:,}+" if found > COUNTED else f"{found:,}"


# ---------------------------------------------------------------- keyset paging


def _page(
    tx: Tx, wanted: Filter, conditions: list[ColumnElement[bool]], narrow: bool, size: int
) -> tuple[list[Any], bool, bool, int]:
    """(rows, is there a page before, is there one after, place of the first row from 0)."""
    backwards = bool(wanted.before)
    place = cursor.read(wanted.before or wanted.after, len(_key(wanted.sort)))
    descending = wanted.sort.startswith("-") != backwards
    key = _key(wanted.sort)
    statement = select(*COLUMNS).where(*conditions)
    if place:
        statement = statement.where(_beyond(key, place, descending))
    order = [_out_of_index(column) if narrow and i == 0 else column for i, column in enumerate(key)]
    statement = statement.order_by(*(c.desc() if descending else c for c in order))
    found = list(tx.rows(_with_names(statement.limit(size + 1), [column.key for column in key], descending)))
    more, found = len(found) > size, found[:size]
    if not backwards:
        return found, bool(place), more, place[-1] if place else 0
    start = max(place[-1] - len(found), 0) if place else 0
    return found[::-1], more, True, start


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


def _beyond(key: list[Any], place: list[Any], descending: bool) -> ColumnElement[bool]:
    left, right = tuple_(*key), tuple_(*place[: len(key)])
    return left < right if descending else left > right


def _out_of_index(column: Any) -> Any:
    """The same order, but no temptation to walk the whole index for a few rows."""
    return column.concat("")


def _cursor(wanted: Filter, row: Any, start: int) -> str:
    return cursor.write([getattr(row, column.key) for column in _key(wanted.sort)], start)


# ---------------------------------------------------------------- rows for people


def _rows(tx: Tx, found: list[Any]) -> list[CustomerRow]:
    ids = [row.id for row in found]
    if not ids:
        return []
    tags, zone = _tags(tx, ids), timezone(tx)
    return [_row(row, tags.get(row.id, []), zone) for row in found]


def _row(row: Any, tags: list[TagChip], zone: str) -> CustomerRow:
    status = status_of(row.ready_at, row.archived_at)
    return CustomerRow(
        id=row.id,
        company=row.company,
        contact=f"{row.first_name} {row.last_name}" if row.email else "",
        email=row.email or "",
        tags=tags,
        group=row.group or "",
        balance=Money(0, row.currency).text() if row.ready_at else "—",
        status=status,
        status_label=status.label,
        created=day(row.created_at, zone),
    )


def _tags(tx: Tx, ids: list[str]) -> dict[str, list[TagChip]]:
    statement = (
        select(CustomerTag.customer_id, Tag.id, Tag.name, Tag.colour)
        .join(Tag, Tag.id == CustomerTag.tag_id)  # type: ignore[arg-type]
        .where(col(CustomerTag.customer_id).in_(ids))  # ids are the actor's own already
        .order_by(Tag.name_key)
    )
    found: dict[str, list[TagChip]] = {}
    for customer_id, *tag in tx.rows(statement):
        found.setdefault(customer_id, []).append(TagChip(*tag))
    return found
