"""What arbill does by itself, as people may see it: a partner's effects with their tries, and the periodic jobs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from . import clock, health
from .db.outbox import Effect, EffectTry
from .db.transactions import Tx
from .health import LATE
from .jobs import effects, periodic
from .jobs.handlers import called
from .paging import Narrowing, Order, narrowed, page
from .text.formatting import day_and_time

PAGE = 50
COLUMNS = [getattr(Effect, name) for name in Effect.model_fields]
# What the list's address calls a state, and which states it means.
STATES = {
    "waiting": ("due", "unknown"),
    "running": ("running",),
    "done": ("done",),
    "failed": ("failed",),
    "review": ("review",),
    "ignored": ("ignored",),
}
LABELS = {
    "due": "Waiting",
    "unknown": "No answer yet",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "review": "Needs review",
    "cancelled": "Cancelled",
    "ignored": "Ignored",
}
BADGES = {"running": "info", "done": "ok", "failed": "bad", "review": "bad", "unknown": "warn", "ignored": "warn"}


@dataclass(frozen=True)
class EffectRow:
    """`when` is the next try of what waits and the end of what is done; `why` what went wrong last."""

    id: str
    what: str
    about: str
    state: str
    badge: str
    tries: int
    when: str
    why: str
    may_retry: bool


@dataclass(frozen=True)
class TryRow:
    id: str
    at: str
    outcome: str
    error: str


@dataclass(frozen=True)
class SweepRow:
    name: str
    last: str
    found: int
    state: str
    badge: str
    error: str


@dataclass(frozen=True)
class Activities:
    rows: list[EffectRow] = field(default_factory=list)
    first: int = 0
    last: int = 0
    next: str = ""
    previous: str = ""


def activities(tx: Tx, zone: str, state: str = "", after: str = "", before: str = "", size: int = PAGE) -> Activities:
    """The newest first. `state` is a key of STATES, anything else is all of them."""
    narrowings = []
    if wanted := STATES.get(state):
        these = col(Effect.state).in_(wanted)
        narrowings = [Narrowing(select(Effect.id).where(Effect.owned_by(tx.actor), these), these)]
    found = narrowed(tx, col(Effect.id), [Effect.owned_by(tx.actor)], narrowings)
    at = page(tx, COLUMNS, found, Order([Effect.id], True, after, before), size)
    rows = [_row(row, zone) for row in at.rows]
    return Activities(rows, at.start + 1 if rows else 0, at.start + len(rows), at.next, at.previous)


def tries(tx: Tx, effect_id: str, zone: str) -> list[TryRow]:
    """The first try first."""
    of_it = tx.own(EffectTry).where(EffectTry.effect_id == tx.get(Effect, effect_id).id)
    words = {"done": "Done", "lost": "Lost"} | LABELS
    return [
        TryRow(row.id, day_and_time(row.at, zone), words[row.outcome], row.error)
        for row in tx.all(of_it.order_by(col(EffectTry.id)))
    ]


def sweep_rows(zone: str) -> list[SweepRow]:
    late, runs = set(periodic.late(clock.now())), periodic.last_runs()
    return [_sweep(run, run.name in late, zone) for run in runs]


def warnings(zone: str) -> list[str]:
    """Sentences for a red banner: what this installation should have done by itself and has not."""
    at = clock.now()
    late, runs = periodic.late(at), {run.name: run for run in periodic.last_runs()}
    said = [f"“{name.capitalize()}” last finished {_since(runs[name].finished_at, zone)}." for name in late]
    return [*said, *_waiting(effects.overdue(at)), *health.troubles(at)]


def _since(moment: datetime | None, zone: str) -> str:
    return f"on {day_and_time(moment, zone)}" if moment else "never"


def _waiting(wait: timedelta) -> list[str]:
    if wait <= LATE:
        return []
    minutes = int(wait.total_seconds() // 60)
    how_long = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return [f"Something has been due for {how_long} and has not begun."]


def _row(effect: Any, zone: str) -> EffectRow:
    waits = effect.state in ("due", "unknown")
    return EffectRow(
        id=effect.id,
        what=called(effect),
        about=effect.about,
        state=LABELS[effect.state],
        badge=BADGES.get(effect.state, ""),
        tries=effect.tries,
        when=day_and_time(effect.due_at if waits else effect.done_at, zone),
        why=effect.last_error,
        may_retry=effect.state in ("failed", "review", "unknown"),
    )


def _sweep(run: periodic.SweepRun, late: bool, zone: str) -> SweepRow:
    state, badge = ("Late", "bad") if late else ("Failed", "bad") if run.error else ("On time", "ok")
    last = day_and_time(run.finished_at, zone)
    return SweepRow(run.name.capitalize(), last, run.found, state, badge, run.error)
