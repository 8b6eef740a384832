"""Heartbeats: one row for each process that does the jobs, so that others can tell who is alive and what stops it."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from .. import clock
from ..db.columns import moment
from ..db.schema import known
from ..db.transactions import Record, across_partners, new_id
from ..settings import settings

BEAT = timedelta(seconds=15)
SILENT = timedelta(minutes=1)  # since the last heartbeat: it hangs, or is dead
FORGOTTEN = timedelta(days=1)


class Worker(Record, table=True):
    """A process with an engine, from its start until it ends in order. `role` is "all" where it serves screens too.

    `version` is the revision of the database that it knows, `trouble` why it takes no work at the moment.
    `clock_jump` are the seconds that its clock was moved by at `jumped_at`.
    """

    prefix: ClassVar[str] = "wrk"

    role: str = Field(max_length=10)
    host: str = Field(max_length=100)
    pid: int
    version: str = Field(max_length=20)
    started_at: datetime = moment()
    seen_at: datetime = moment()
    trouble: str = Field(default="", max_length=300)
    clock_jump: int = 0
    jumped_at: datetime | None = moment(default=None, nullable=True)

    @property
    def called(self) -> str:
        return f"{self.host}, process {self.pid}"


class Heartbeat:
    """Of this process. The row is made with the first beat, and anew should somebody have deleted it."""

    def __init__(self) -> None:
        self.id = new_id(Worker.prefix)
        self._started = clock.now()

    def beat(self, trouble: str = "", jump: timedelta = timedelta(), jumped_at: datetime | None = None) -> None:
        at = clock.now()
        said: dict[str, Any] = {"seen_at": at, "trouble": trouble[:300], "jumped_at": jumped_at}
        # Clamped to what the column can store.
        said |= {"clock_jump": max(-(2**31) + 1, min(2**31 - 1, int(jump.total_seconds())))}
        with across_partners(write=True) as session:
            if session.execute(update(Worker).where(col(Worker.id) == self.id).values(said)).rowcount:  # type: ignore[attr-defined]
                return
            _forget_the_dead(session, at)
            who: dict[str, Any] = {
                "role": settings().role,
                "host": socket.gethostname()[:100],
                "pid": os.getpid(),
                "version": known(),
            }
            session.add(Worker(id=self.id, started_at=self._started, **who, **said))

    def end(self) -> None:
        """Orderly end: the row is deleted, so that the process is not reported as dead."""
        with across_partners(write=True) as session:
            session.execute(delete(Worker).where(col(Worker.id) == self.id))


def _forget_the_dead(session: Session, at: datetime) -> None:
    """Deletes rows of dead processes: of this machine at once, of other machines after a day."""
    rows = session.scalars(select(Worker)).all()
    here = socket.gethostname()[:100]
    for row in rows:
        old = not timedelta() <= at - row.seen_at < FORGOTTEN
        if old or (row.host == here and at - row.seen_at > BEAT and not _lives(row.pid)):
            session.delete(row)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def known_workers() -> Sequence[Worker]:
    """The oldest first."""
    with across_partners() as session:
        return session.scalars(select(Worker).order_by(col(Worker.id))).all()


def is_alive(worker: Worker, at: datetime) -> bool:
    return abs(at - worker.seen_at) <= SILENT
