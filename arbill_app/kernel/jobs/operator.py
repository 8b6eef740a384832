"""What an operator asks of effects at the command line: which are stuck or failed, try them again, cancel them."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select

from .. import clock
from ..actor import job
from ..db.outbox import Effect
from ..db.transactions import across_partners, write
from ..errors import Conflict
from . import effects

RETRIED = ("failed", "unknown", "review")
CANCELLED = ("due",)
MOST = 100_000


@dataclass(frozen=True)
class EffectRow:
    """Without its payload, which may hold secrets. `age` is since it was due."""

    id: str
    partner_id: str
    kind: str
    state: str
    tries: int
    age: timedelta
    error: str


def find(
    kind: str = "", states: tuple[str, ...] = (), older: timedelta | None = None, most: int = MOST
) -> list[EffectRow]:
    """The longest-due first; those that are done or cancelled only when `states` asks for them."""
    now = clock.now()
    columns = Effect.id, Effect.partner_id, Effect.kind, Effect.state, Effect.tries, Effect.due_at, Effect.last_error
    wanted = select(*columns).order_by(col(Effect.due_at), col(Effect.id)).limit(most)  # type: ignore[call-overload]
    if kind:
        wanted = wanted.where(Effect.kind == kind)
    wanted = wanted.where(col(Effect.state).in_(states or ("due", "running", *RETRIED)))
    if older is not None:
        wanted = wanted.where(Effect.due_at <= now - older)
    with across_partners() as session:
        rows = session.execute(wanted).all()
    return [EffectRow(row[0], row[1], row[2], row[3], row[4], now - row[5], row[6]) for row in rows]


def retry(rows: list[EffectRow]) -> int:
    """How many were made due again; one that went on meanwhile is left alone."""
    return sum(_tried(row, effects.retry) for row in rows)


def cancel(rows: list[EffectRow]) -> int:
    return sum(_tried(row, effects.cancel) for row in rows)


def _tried(row: EffectRow, verb: object) -> bool:
    try:
        write(job(row.partner_id, "command line"), verb, row.id)  # type: ignore[arg-type]
    except Conflict:
        return False
    return True
