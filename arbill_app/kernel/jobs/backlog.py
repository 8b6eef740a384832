"""How much work is due, as each process and `/metrics` poll it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import column, func, null, table
from sqlmodel import col, select

from .. import clock
from ..db.columns import Moment
from ..db.outbox import Effect
from ..db.transactions import across_partners, is_sqlite

_REVISION = select(column("version_num")).select_from(table("alembic_version")).limit(1).scalar_subquery()


@dataclass(frozen=True)
class Seen:
    """`revision` of the database, and its own time where it is a machine of its own."""

    any_due: bool
    revision: str
    database_time: datetime | None


def look() -> Seen:
    """What a process asks each second, in one statement: could anything begin, and may this process begin it?"""
    due = select(Effect.id).where(Effect.state == "due", Effect.due_at <= clock.now())
    with across_partners() as session:
        its_time = null() if is_sqlite(session) else func.clock_timestamp(type_=Moment)
        any_due, revision, at = session.execute(select(due.exists(), _REVISION, its_time)).one()
    return Seen(bool(any_due), revision or "", at)


def unfinished() -> dict[tuple[str, str], int]:
    """How many of each (kind, state) are neither done nor cancelled."""
    ended = ("done", "cancelled")
    counts = select(Effect.kind, Effect.state, func.count()).where(col(Effect.state).not_in(ended))
    with across_partners() as session:
        rows = session.execute(counts.group_by(col(Effect.kind), col(Effect.state))).all()
    return {(kind, state): count for kind, state, count in rows}
