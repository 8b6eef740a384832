"""Long lists, a page at a time, as fast at a million rows as at a thousand.

Keyset paging never counts rows it skips. A page is found in one of two ways: where some filter leaves at most `FEW`
rows, these are fetched and sorted ("narrow"); else the sort's index is walked and the filters are asked row by row.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ARRAY, ColumnElement, Select, String, any_, case, func, literal, tuple_
from sqlmodel import select

from . import cursor
from .db.transactions import Tx, is_sqlite
from .text.search_keys import printable

FEW = 5000  # about where, at a million rows, sorting so many costs as much as walking past the others
COUNTED = 1000
AT_ONCE = 1000  # rows of an export that are in memory
UNFILTERED = 2  # conditions of an unfiltered list: the partner, and the tab
Row = TypeVar("Row")
F = TypeVar("F")


@dataclass(frozen=True)
class Narrowing:
    """One filter, twice: the ids it leaves, and the same as a condition on a row.

    `costly`: the ids are better asked for once and kept than asked for again in every statement.
    """

    ids: Select[Any]
    holds: ColumnElement[bool]
    costly: bool = False


@dataclass(frozen=True)
class Found:
    """What a filter leaves: `narrow` when it leaves few rows, so that sorting those beats walking the index."""

    conditions: list[ColumnElement[bool]]
    narrow: bool


@dataclass(frozen=True)
class Order:
    """`key` are the columns a page is sorted by, the last one unique; `after` and `before` are cursors."""

    key: Sequence[Any]
    descending: bool = False
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class Slice:
    """`start` is the place of the first row, from 0; `next` and `previous` are cursors, "" at the ends."""

    rows: list[Any] = field(default_factory=list)
    start: int = 0
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """As a screen shows it. `total` is a text, "1,000+" beyond what is worth counting; `first` counts from 1."""

    rows: list[Row] = field(default_factory=list)
    total: str = "0"
    first: int = 0
    last: int = 0
    next: str = ""
    previous: str = ""


Dress = Callable[[Select[Any], list[str], bool], Select[Any]]


def narrowed(tx: Tx, id: Any, base: list[ColumnElement[bool]], narrowings: Sequence[Narrowing]) -> Found:
    """`base` are conditions that leave most rows; `id` is the column that a narrowing's ids are of."""
    for narrowing in narrowings:
        if (among := _few(tx, id, narrowing)) is not None:
            others = [other.holds for other in narrowings if other is not narrowing]
            return Found([*base, among, *others], True)
    return Found([*base, *(n.holds for n in narrowings)], False)


def _few(tx: Tx, id: Any, narrowing: Narrowing) -> ColumnElement[bool] | None:
    """The condition to be among the few that the filter leaves, or None when they are not few."""
    if not narrowing.costly:
        found = tx.scalar(select(func.count()).select_from(narrowing.ids.limit(FEW + 1).subquery()))
        return id.in_(narrowing.ids) if found <= FEW else None
    ids = tx.all(narrowing.ids.limit(FEW + 1))
    return among(tx, id, ids) if len(ids) <= FEW else None


def among(tx: Tx, id: Any, ids: Sequence[str]) -> ColumnElement[bool]:
    """One parameter however many ids, so that the statement stays the same."""
    if is_sqlite(tx.session):
        among_them: ColumnElement[bool] = id.in_(
            select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value)
        )
    else:
        among_them = id == any_(literal(list(ids), ARRAY(String)))
    return among_them


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, but no index is chosen for it: without statistics SQLite would read all rows of a partner
    by one, instead of the few that `among` names."""
    return case((condition, 1), else_=0) == 1


def counted(tx: Tx, ids: Select[Any]) -> str:
    """How many there are, "1,000+" beyond what is worth counting."""
    found = tx.scalar(select(func.count()).select_from(ids.limit(COUNTED + 1).subquery()))
    return f"{COUNTED:,}+" if found > COUNTED else f"{found:,}"


def plainly(wanted: F) -> F:
    """The filter without characters that no database can store (NUL, half surrogate pairs)."""
    return type(wanted)(**{name: printable(value) for name, value in vars(wanted).items()})


def shown(tx: Tx, id: Any, at: Slice, found: Found, rows: list[Row]) -> Page[Row]:
    """`rows` are those of the slice, written for people."""
    # Walking on through filtered rows, just to count them, would cost more than the page itself.
    countable = found.narrow or len(found.conditions) == UNFILTERED
    last = at.start + len(rows)
    unknown = "many" if at.next else f"{last:,}"
    return Page(
        rows=rows,
        total=counted(tx, select(id).where(*found.conditions)) if countable else unknown,
        first=at.start + 1 if rows else 0,
        last=last,
        next=at.next,
        previous=at.previous,
    )


def every(
    tx: Tx, columns: Sequence[Any], found: Found, order: Order, dress: "Dress" = lambda rows, *_: rows
) -> Iterator[Sequence[Any]]:
    """All that a filter leaves, from its first row, in the order of its pages: one statement, `AT_ONCE` rows in memory
    at a time. `dress` as in `page`."""
    statement = _ordered(select(*columns).where(*found.conditions), found, order.key, order.descending)
    return tx.streamed(dress(statement, [column.key for column in order.key], order.descending), AT_ONCE)


def page(
    tx: Tx, columns: Sequence[Any], found: Found, order: Order, size: int, dress: Dress = lambda rows, *_: rows
) -> Slice:
    """One page; the first where everything beyond the cursor has gone: better than an empty one without a way out.

    `dress(page, names of the key, descending)` adds columns to the page's rows alone: sorting comes first, then joins.
    """
    at = _page(tx, columns, found, order, size, dress)
    if at.rows or not (order.after or order.before):
        return at
    return _page(tx, columns, found, Order(order.key, order.descending), size, dress)


def _page(tx: Tx, columns: Sequence[Any], found: Found, order: Order, size: int, dress: Dress) -> Slice:
    backwards = bool(order.before)
    place = cursor.read(order.before or order.after, [_kind(column) for column in order.key])
    descending = order.descending != backwards
    statement = select(*columns).where(*found.conditions)
    if place:
        statement = statement.where(_beyond(order.key, place, descending))
    statement = _ordered(statement, found, order.key, descending).limit(size + 1)
    rows = list(tx.rows(dress(statement, [column.key for column in order.key], descending)))
    more, rows = len(rows) > size, rows[:size]
    rows, start = (rows[::-1], max(place[-1] - len(rows), 0)) if backwards and place else (rows, _start(place))
    if backwards and not place:
        rows = rows[::-1]
    return _slice(order, rows, start, before=more if backwards else bool(place), after=backwards or more)


def _ordered(statement: Select[Any], found: Found, key: Sequence[Any], descending: bool) -> Select[Any]:
    by = [_out_of_index(column) if found.narrow and i == 0 else column for i, column in enumerate(key)]
    return statement.order_by(*(column.desc() if descending else column for column in by))


def _kind(column: Any) -> type:
    kind = column.type.python_type
    return kind if kind in (int, date) else str  # SQLModel's own text type does not say


def _start(place: list[Any]) -> int:
    return int(place[-1]) if place else 0


def _slice(order: Order, rows: list[Any], start: int, *, before: bool, after: bool) -> Slice:
    def at(row: Any, count: int) -> str:
        return cursor.write([getattr(row, column.key) for column in order.key], count)

    return Slice(
        rows,
        start,
        next=at(rows[-1], start + len(rows)) if rows and after else "",
        previous=at(rows[0], start) if rows and before else "",
    )


def _beyond(key: Sequence[Any], place: list[Any], descending: bool) -> ColumnElement[bool]:
    left, right = (
        tuple_(*key),
        tuple_(*(literal(value, column.type) for value, column in zip(place, key, strict=False))),
    )
    return left < right if descending else left > right


def _out_of_index(column: Any) -> Any:
    """The same order as an expression, so that the planner does not walk the whole index for a few rows."""
    return func.coalesce(column, column)
