"""Periodic jobs ("sweeps"): functions of (now) that are registered here by @sweep and run in any process with jobs.

A sweep is idempotent, catches up after any downtime and works in bounded pages. `SweepRun` says when it last did.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import ColumnElement, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, select

from .. import clock
from ..db.columns import moment
from ..db.outages import PASSING
from ..db.transactions import Record, across_partners, new_id
from ..errors import brief
from ..monitoring.clock_watch import SKEW

log = logging.getLogger(__name__)
LATE = 3  # intervals without a finished run
GIVEN_UP = timedelta(minutes=1)  # a run that has not ended after so long is taken for dead; two at once do no harm


class SweepRun(Record, table=True):
    """The last run of a periodic job: one row for each name, shared by all processes."""

    __tablename__ = "sweep_run"
    prefix: ClassVar[str] = "swp"

    name: str = Field(max_length=40, unique=True)
    started_at: datetime = moment()
    finished_at: datetime | None = moment(default=None, nullable=True)
    found: int = 0
    error: str = Field(default="", max_length=500)


@dataclass(frozen=True)
class Sweep:
    """`find` is told the time and says how much it found."""

    name: str
    every: timedelta
    find: Callable[[datetime], int]


SWEEPS: dict[str, Sweep] = {}


def sweep(name: str, *, every: float) -> Callable[[Callable[[datetime], int]], Callable[[datetime], int]]:
    """Registers a function of (now) under a name that people read, to run each `every` seconds."""

    def registered(find: Callable[[datetime], int]) -> Callable[[datetime], int]:
        SWEEPS[name] = Sweep(name, timedelta(seconds=every), find)
        return find

    return registered


def run(name: str) -> int | None:
    """One run; None when it is not its time or another process is at it. A crash is written down, not raised."""
    known, at = SWEEPS[name], clock.now()
    if not _begin(known, at):
        return None
    found, error = 0, ""
    try:
        found = known.find(at)
    except PASSING as passing:
        log.warning("the sweep %s did not finish: %s", name, brief(passing))
        error = brief(passing)
    except Exception as crash:
        log.exception("the sweep %s failed", name)
        error = brief(crash)
    ended = {"finished_at": clock.now(), "found": found, "error": error}
    with across_partners(write=True) as session:
        session.execute(update(SweepRun).where(_is(name), col(SweepRun.started_at) == at).values(ended))
    return found


def _begin(known: Sweep, at: datetime) -> bool:
    try:
        with across_partners(write=True) as session:
            if session.scalars(select(SweepRun.id).where(_is(known.name))).first() is None:
                session.add(SweepRun(id=new_id("swp"), name=known.name, started_at=at))
                return True
            # SKIP LOCKED: never wait for a process that hangs.
            free = select(SweepRun).where(_is(known.name)).with_for_update(skip_locked=True)
            row = session.scalars(free).first()
            ours = row is not None and is_due(known, row, at)
            if row and ours:
                row.started_at = at
            return ours
    except IntegrityError:  # the very first run, in two processes
        return False


def _is(name: str) -> ColumnElement[bool]:
    return col(SweepRun.name) == name


def next_run(known: Sweep, row: SweepRun) -> datetime:
    ended = row.finished_at is not None and row.finished_at >= row.started_at
    return row.started_at + (known.every if ended else max(known.every, GIVEN_UP))


def is_due(known: Sweep, row: SweepRun, now: datetime) -> bool:
    """A start time in the future was stored while the clock was wrong: it is ignored."""
    return row.started_at > now + SKEW or next_run(known, row) <= now


def due(now: datetime) -> list[str]:
    rows = {row.name: row for row in _rows()}
    return [name for name, known in SWEEPS.items() if name not in rows or is_due(known, rows[name], now)]


def late(now: datetime) -> list[str]:
    """Those that have not finished for three intervals. What never ran at all is new, not late."""
    return [row.name for row in _rows() if row.name in SWEEPS and _is_late(SWEEPS[row.name], row, now)]


def _is_late(known: Sweep, row: SweepRun, now: datetime) -> bool:
    last = row.finished_at or row.started_at
    return now - last > LATE * known.every or last > now + SKEW


def last_runs() -> list[SweepRun]:
    """By name; only of sweeps that still exist."""
    return sorted((row for row in _rows() if row.name in SWEEPS), key=lambda row: row.name)


def _rows() -> Sequence[SweepRun]:
    with across_partners() as session:
        return session.scalars(select(SweepRun)).all()
