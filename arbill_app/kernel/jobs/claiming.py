"""Claiming effects: those that are due in one lane, in turn from each partner that waits there.

The index of due effects (see Effect) is ordered by lane, kind, partner and time. So the partners that wait are found by
one step in it each, and so are the oldest effects of each of them, whether ten wait behind or 100,000.

Several processes may claim at once: rows that another is claiming at this moment are skipped, not waited for. Each
process remembers the partner that it served last and goes on behind it, so each partner has its turn in each of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, String, bindparam, func, literal, literal_column, true, union_all, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlmodel import col, select

from .. import clock
from ..db.outbox import Effect
from ..db.transactions import across_partners, is_sqlite
from ..lanes import Lane

CLAIM = timedelta(minutes=5)  # how long one effect belongs to whoever began it; renewed halfway
Queue = tuple[str, Lane]  # effects of one kind in one lane

_effects = Effect.__table__.c  # type: ignore[attr-defined]
# A literal, not a parameter: only then does the planner use the partial index of due effects.
_IS_DUE = _effects.state == literal_column("'due'")
_QUEUED = (_IS_DUE, _effects.lane == bindparam("lane"), _effects.kind == bindparam("kind"))
_STARTABLE = (*_QUEUED, _effects.due_at <= bindparam("now", type_=_effects.due_at.type))
# Asking for its order keeps PostgreSQL from another index, in which it would read every due effect.
_AS_INDEXED = (_effects.partner_id, _effects.due_at, _effects.id)

_served: dict[Queue, str] = {}  # the partner that was served last


def begin(kind: str, most: int, lane: Lane | None = None) -> Sequence[Effect]:
    """Claims at most so many that are due, the longest-waiting of each partner: nobody else will begin these until
    `claimed_until`. Of one lane, or of all in the order of lanes."""
    at = clock.now()
    with across_partners(write=True) as session:
        ids: list[str] = []
        for one in [lane] if lane else Lane:
            if len(ids) < most:
                ids += _chosen(session, (kind, one), most - len(ids))
        if not ids:
            return []
        claimed = {"state": "running", "claimed_until": at + CLAIM, "tries": Effect.tries + 1}
        rows = session.scalars(update(Effect).where(col(Effect.id).in_(ids)).values(claimed).returning(Effect)).all()
    return sorted(rows, key=lambda row: (row.due_at, row.id))


def _chosen(session: Session, queue: Queue, most: int) -> Sequence[str]:
    """Ids, held until the transaction ends: as many of each of the partners whose turn it is."""
    partners = _partners_in_turn(session, queue, most)
    if not partners:
        return []
    _served[queue] = partners[-1]
    kind, lane = queue
    wanted = {"kind": kind, "lane": lane, "now": clock.now(), "share": most // len(partners)}
    if is_sqlite(session):
        return session.scalars(_oldest_on_sqlite(), {**wanted, "partners": json.dumps(partners)}).all()
    return session.scalars(_oldest_on_postgresql(), {**wanted, "partners": partners}).all()


def _partners_in_turn(session: Session, queue: Queue, most: int) -> list[str]:
    """At most so many partners with something due, by their ids: first those behind the one that was served last."""
    kind, lane = queue
    last = _served.get(queue, "")
    wanted = {"kind": kind, "lane": lane, "now": clock.now(), "most": most}
    found = list(session.scalars(_partners(), {**wanted, "after": last}))
    if last and len(found) < most:
        again = session.scalars(_partners(), {**wanted, "after": "", "most": most - len(found)})
        found += [partner for partner in again if partner <= last]
    return found


@cache
def _partners() -> Select[Any]:
    """Each partner behind `after` with something due: every one is a step in the index, however much waits there."""

    def next_after(last: Any) -> Any:
        behind = select(_effects.partner_id).where(*_STARTABLE, _effects.partner_id > last)
        return behind.order_by(*_AS_INDEXED).limit(1).scalar_subquery()

    found = select(next_after(bindparam("after")).label("partner_id")).cte("found", recursive=True)
    found = found.union_all(select(next_after(found.c.partner_id)).where(found.c.partner_id.is_not(None)))
    return select(found.c.partner_id).where(found.c.partner_id.is_not(None)).limit(bindparam("most"))


def _oldest(partner: Any) -> Select[Any]:
    of_one = select(_effects.id).where(*_STARTABLE, _effects.partner_id == partner)
    return of_one.order_by(_effects.due_at, _effects.id).limit(bindparam("share"))


@cache
def _oldest_on_postgresql() -> Select[Any]:
    partner = func.unnest(bindparam("partners", type_=ARRAY(String))).table_valued("id").render_derived("partner")
    held = _oldest(partner.c.id).with_for_update(skip_locked=True).lateral("oldest")
    return select(held.c.id).select_from(partner).join(held, true())


@cache
def _oldest_on_sqlite() -> Select[Any]:
    """SQLite has no LATERAL; it has one writer at a time, so no row locks are needed."""
    partner = func.json_each(bindparam("partners")).table_valued("value")
    found = Effect.__table__.alias("found")  # type: ignore[attr-defined]
    return select(found.c.id).select_from(partner).join(found, found.c.id.in_(_oldest(partner.c.value)))


# ---------------------------------------------------------------- what could begin


def waiting(most: Mapping[Queue, int]) -> dict[Queue, int]:
    """How many of each could begin now, in one statement; counts no further than `most`."""
    with across_partners() as session:
        rows = session.execute(_counts(tuple(most.items())), {"now": clock.now()}).all()
    return {(kind, Lane(lane)): count for kind, lane, count in rows}


@lru_cache(maxsize=20)
def _counts(queues: Iterable[tuple[Queue, int]]) -> Any:
    return union_all(*(_count(*queue, most) for queue, most in queues))


def _count(kind: str, lane: Lane, most: int) -> Any:
    # `partner_id > ''` keeps SQLite from the index on (state, due_at), which would read every due effect.
    queued = (_IS_DUE, _effects.lane == lane, _effects.kind == kind, _effects.partner_id > "")
    now = bindparam("now", type_=_effects.due_at.type)
    some = select(_effects.id).where(*queued, _effects.due_at <= now).order_by(*_AS_INDEXED).limit(most)
    counted = select(func.count()).select_from(some.subquery()).scalar_subquery()
    return select(literal(kind), literal(lane.value), counted)
