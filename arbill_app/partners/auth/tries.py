"""Counting tries at signing in and the like, so that guessing gets slow without anybody being locked out.

One row for each thing that is counted: how many tries, and when the next one is allowed. A try that comes too early is
refused at once with the seconds to wait, and writes nothing: an attacker fills neither the database nor the threads.
A try is counted before its outcome is known, so that many at the same moment do not slip through; `forgive` takes it
back when it was right.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from ...kernel import clock
from ...kernel.db.columns import moment
from ...kernel.db.transactions import Record, across_partners, is_sqlite, new_id
from ...kernel.errors import Invalid
from ...kernel.problems import Problem
from ...kernel.text.search_keys import printable
from ..rules.throttle import Budget


class TryCount(Record, table=True):
    """`account` is the email or the session that the tries are against; "" when it is a network alone."""

    __tablename__ = "try_count"
    prefix: ClassVar[str] = "tri"

    key: str = Field(max_length=400, unique=True)
    account: str = Field(default="", max_length=254, index=True)
    tries: int = 0
    next_at: datetime = moment()
    forget_at: datetime = moment(index=True)


class TooMany(Invalid):
    """Too early: 429."""

    status = 429

    def __init__(self, wait: float) -> None:
        self.seconds = max(1, math.ceil(wait))
        super().__init__(_wait(self.seconds))


def _wait(seconds: int) -> Problem:
    if seconds <= 120:
        return Problem("tries.wait_seconds", count=seconds)
    return Problem("tries.wait_minutes", count=math.ceil(seconds / 60))


@dataclass(frozen=True)
class Counted:
    """One thing that a try counts against: `what` and `whom` make its key. `own`: a right try forgets all of it;
    otherwise (a network, which many people share) only itself."""

    what: str
    budget: Budget
    account: str = ""
    place: str = ""
    own: bool = True

    @property
    def key(self) -> str:
        return f"{self.what}|{self.account}|{self.place}"[:400]


@dataclass(frozen=True)
class Claim:
    """A try that was let through. `tries` is the highest count of the things it counts against that are one's own."""

    counted: tuple[Counted, ...]
    tries: int

    def forgive(self, session: Session) -> None:
        """The try was right."""
        now = clock.now()
        for one in self.counted:
            if one.own:
                session.execute(delete(TryCount).where(col(TryCount.key) == one.key))
            else:
                fewer = {"tries": TryCount.tries - 1, "next_at": now}
                session.execute(
                    update(TryCount).where(col(TryCount.key) == one.key, col(TryCount.tries) > 0).values(fewer)
                )


def count(*counted: Counted) -> Claim:
    """Counts one try against all of them, or raises TooMany and counts nothing when one of them is not open yet."""
    counted = tuple(sorted(counted, key=lambda one: one.key))
    with across_partners() as session:  # the refusal of a flood takes no lock
        _must_be_open(session, counted)
    with across_partners(write=True) as session:
        now = clock.now()
        session.execute(delete(TryCount).where(col(TryCount.forget_at) < now))
        _make(session, counted, now)
        rows = _must_be_open(session, counted, lock=True)
        for one in counted:
            row = rows[one.key]
            row.tries += 1
            row.next_at = now + timedelta(seconds=one.budget.wait_after(row.tries))
            row.forget_at = max(row.next_at, now + timedelta(seconds=one.budget.forgets))
        return Claim(counted, max((rows[one.key].tries for one in counted if one.own), default=0))


def forgive(claim: Claim) -> None:
    """As Claim.forgive, for callers without an open transaction."""
    with across_partners(write=True) as session:
        claim.forgive(session)


def _make(session: Session, counted: Sequence[Counted], now: datetime) -> None:
    """Inserts missing rows; ON CONFLICT DO NOTHING, as two requests may do so at once."""
    dialect = sqlite if is_sqlite(session) else postgresql
    rows = [
        {
            "id": new_id(TryCount.prefix),
            "key": one.key,
            "account": one.account,
            "tries": 0,
            "next_at": now,
            "forget_at": now + timedelta(seconds=one.budget.forgets),
        }
        for one in counted
    ]
    session.execute(dialect.insert(TryCount).values(rows).on_conflict_do_nothing(index_elements=["key"]))


def _must_be_open(session: Session, counted: Sequence[Counted], *, lock: bool = False) -> dict[str, TryCount]:
    wanted = select(TryCount).where(col(TryCount.key).in_([one.key for one in counted])).order_by(col(TryCount.key))
    rows = session.scalars(wanted.with_for_update() if lock else wanted).all()
    wait = max(((row.next_at - clock.now()).total_seconds() for row in rows), default=0.0)
    if wait > 0:
        raise TooMany(wait)
    return {row.key: row for row in rows}


def tries_so_far(one: Counted) -> int:
    with across_partners() as session:
        alive = col(TryCount.key) == one.key, col(TryCount.forget_at) >= clock.now()
        return session.scalars(select(TryCount.tries).where(*alive)).one_or_none() or 0


def forget(session: Session, *accounts: str) -> int:
    """Everything counted against these accounts: how many rows that were."""
    wanted = [printable(account)[:254] for account in accounts]
    gone = session.execute(delete(TryCount).where(col(TryCount.account).in_(wanted)))
    return int(getattr(gone, "rowcount", 0))
