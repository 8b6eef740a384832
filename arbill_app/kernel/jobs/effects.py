"""Effects: calls to the outside (an email, a charge, a refund) that must happen exactly once.

A row first, written in the transaction of its cause; handlers.py does what it says, runner.py only sets that off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, bindparam, func, insert, or_, update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from .. import clock
from ..actor import MANAGERS, WRITERS
from ..db.outbox import Effect, EffectTry
from ..db.outbox import written as written
from ..db.transactions import Tx, across_partners, first_id, new_id
from ..errors import Conflict, NotFound
from ..lanes import Lane
from ..monitoring.clock_watch import SKEW
from ..problems import Problem
from . import claiming
from .claiming import begin as begin
from .claiming import waiting as waiting
from .periodic import sweep

WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
MOST_TRIES = 20  # after so many tries the effect probably kills its worker: it goes to review
FOR_OTHERS = timedelta(seconds=30)  # how long an effect of an unknown kind is left to processes of a newer version
RECENT = timedelta(minutes=5)  # bulk work of which nothing was tried for so long does not shrink
PAGE = 500


@dataclass(frozen=True)
class Outcome:
    """What came of one try. `state`: done, failed (for good), retry, unknown (no answer), review (a person decides),
    ignored (nothing to do, but shown).

    After the last wait a retry becomes failed, an unknown review. `again_at` replaces the wait of the schedule.
    """

    state: str = "done"
    error: str = ""
    reference: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    again_at: datetime | None = None


# ---------------------------------------------------------------- what nouns say


def cancel(tx: Tx, which: str) -> Effect:
    """By id or key, while it is only due: what has begun cannot be called back."""
    effect = _held(tx, which)
    if effect.state not in ("due", "cancelled"):
        raise Conflict(Problem("effect.on_its_way"))
    effect.state = "cancelled"
    return effect


def retry(tx: Tx, effect_id: str) -> Effect:
    """Once more, now, with the same key: what has failed, gave no answer or waits for a person.

    Whoever asks for it waits for it: it passes what else waits in its own lane.
    """
    tx.actor.must_be(*WRITERS)
    effect = _held(tx, effect_id)
    if effect.state not in ("failed", "unknown", "review"):
        raise Conflict(Problem("effect.nothing_to_retry"))
    effect.state, effect.due_at, effect.tries_before = "due", clock.now(), effect.tries
    effect.lane = Lane.NOW.value
    tx.session.info["wrote_effects"] = True
    tx.record("effect.retried", effect)
    return effect


def failed(tx: Tx, kind: str) -> int:
    """How many of a kind have failed for good."""
    return int(tx.scalar(select(func.count()).where(*_failed(tx, kind))) or 0)


def retry_failed(tx: Tx, kind: str) -> int:
    """All that failed of a kind once more, now, with their keys: how many."""
    tx.actor.must_be(*MANAGERS)
    latest = tx.first(tx.own(Effect).where(*_failed(tx, kind)).order_by(col(Effect.id).desc()))
    again = update(Effect).where(*_failed(tx, kind)).values(state="due", due_at=clock.now(), tries_before=Effect.tries)
    count = int(tx.session.execute(again, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]
    if latest:
        tx.session.info["wrote_effects"] = True
        tx.record("effect.retried", latest, note=f"{count} of this kind")
    return count


def _failed(tx: Tx, kind: str) -> tuple[Any, ...]:
    return Effect.owned_by(tx.actor), Effect.kind == kind, Effect.state == "failed"


def _held(tx: Tx, which: str) -> Effect:
    if which.startswith("eff_"):
        return tx.get(Effect, which, lock=True)
    found: Effect | None = tx.first(tx.own(Effect).where(Effect.key == which).with_for_update())
    if found is None:
        raise NotFound(Problem("row.not_found"))
    return found


# ---------------------------------------------------------------- hold, settle


def hold(effect: Effect) -> bool:
    """Called before the call outside: whether this process still holds the claim. Renews it when half its time has
    passed."""
    at = clock.now()
    if effect.claimed_until and claiming.CLAIM / 2 < effect.claimed_until - at <= claiming.CLAIM + SKEW:
        return True
    effect.claimed_until = at + claiming.CLAIM
    return change(effect, claimed_until=effect.claimed_until)


def give_back(effects: Sequence[Effect]) -> None:
    """Releases claimed effects that were not tried because this process stops: due again at once, the try is not
    counted."""
    for effect in effects:
        change(effect, state="due", claimed_until=None, tries=effect.tries - 1)


def leave(effect: Effect, why: str) -> None:
    """Leaves an effect to a process of a newer version: due again later, the try is not counted."""
    due_at, tries = clock.now() + FOR_OTHERS, effect.tries - 1
    change(effect, state="due", claimed_until=None, due_at=due_at, tries=tries, last_error=why[:500])


def settle(tx: Tx, effect: Effect, outcome: Outcome, waits: Sequence[timedelta]) -> bool:
    """Stores the outcome of a try. False, changing nothing, when another process has claimed the effect since."""
    at = clock.now()
    state, due_at = _verdict(effect, outcome, waits, at)
    values = {
        "state": state,
        "due_at": due_at,
        "claimed_until": None,
        "done_at": at if state == "done" else None,
        "last_error": outcome.error[:500],
        "reference": outcome.reference or effect.reference,
        "result": {**effect.result, **outcome.result},
    }
    if not _changed(tx.session, _SETTLES, effect, values):
        return False
    _note_try(tx.session, effect, at, "failed" if outcome.state == "retry" else outcome.state, outcome.error)
    return True


def _verdict(effect: Effect, outcome: Outcome, waits: Sequence[timedelta], at: datetime) -> tuple[str, datetime]:
    if outcome.state not in ("retry", "unknown"):
        return outcome.state, effect.due_at
    tries = max(effect.tries - effect.tries_before, 1)
    if tries > len(waits) and outcome.again_at is None:
        return ("failed" if outcome.state == "retry" else "review"), effect.due_at
    waiting = "due" if outcome.state == "retry" else "unknown"
    return waiting, outcome.again_at or at + waits[tries - 1]


def change(effect: Effect, **values: Any) -> bool:
    with across_partners(write=True) as session:
        return _changed(session, _OURS, effect, values)


# Hundreds a second go through here: statements on the tables, made once, cost a quarter of the mapper's.
_effects, _tries = Effect.__table__, EffectTry.__table__  # type: ignore[attr-defined]
_LAST = update(_effects).where(_effects.c.id == bindparam("ours"), _effects.c.tries == bindparam("by_try"))
_OURS = _LAST.where(_effects.c.state == "running")
# A late result may still settle an effect that was already reset to due: that saves a second call.
_SETTLES = _LAST.where(_effects.c.state.in_(("running", "due")))
_TRIED = insert(_tries)


def _changed(session: Session, guarded: Update, effect: Effect, values: Mapping[str, Any]) -> bool:
    """Condition: no other try has begun since `effect` was read."""
    by = {"ours": effect.id, "by_try": effect.tries}
    return bool(session.connection().execute(guarded, {**values, **by}).rowcount)


def _note_try(session: Session, effect: Effect, at: datetime, outcome: str, error: str) -> None:
    values = {"id": new_id(EffectTry.prefix), "partner_id": effect.partner_id, "effect_id": effect.id}
    session.connection().execute(_TRIED, {**values, "at": at, "outcome": outcome, "error": error[:500]})


# ---------------------------------------------------------------- looking after it


def oldest_wait(now: datetime) -> timedelta:
    """For how long the oldest startable effect of this installation has been due."""
    first = select(func.min(Effect.due_at)).where(Effect.state == "due")
    with across_partners() as session:
        since = session.execute(first).scalar()
    return max(now - since, timedelta()) if since else timedelta()


def overdue(now: datetime) -> timedelta:
    """As oldest_wait, but for bulk work of which some was tried lately: that is a backlog, and shrinks."""
    tried = select(EffectTry.id).join(Effect, col(Effect.id) == EffectTry.effect_id)
    recent = (EffectTry.id >= first_id(EffectTry.prefix, now - RECENT), Effect.lane == Lane.BULK)
    due = select(Effect.lane, func.min(Effect.due_at)).where(Effect.state == "due").group_by(col(Effect.lane))
    with across_partners() as session:
        since: dict[str, datetime] = dict(session.execute(due).tuples().all())
        if Lane.BULK in since and session.execute(tried.where(*recent).limit(1)).first():
            del since[Lane.BULK]
    return max(now - min(since.values()), timedelta()) if since else timedelta()


@sweep("stuck work", every=15)
def reconcile(now: datetime) -> int:
    """Makes due again: effects whose claim ran out, and effects without an answer whose wait is over."""
    lost = (col(Effect.state) == "running") & (col(Effect.claimed_until) < now)
    silent = (col(Effect.state) == "unknown") & (col(Effect.due_at) <= now)
    stuck = select(Effect).where(or_(lost, silent)).limit(PAGE)
    with across_partners() as session:
        found = session.scalars(stuck).all()
    for effect in found:
        _again(effect, now)
    return len(found)


def _again(effect: Effect, now: datetime) -> None:
    with across_partners(write=True) as session:
        seen = (Effect.id == effect.id, Effect.state == effect.state, Effect.tries == effect.tries)
        row = session.scalars(select(Effect).where(*seen).with_for_update(skip_locked=True)).first()
        if row is None or (row.claimed_until and row.claimed_until >= now):
            return
        if row.state == "running":
            row.last_error = "Whoever tried this never came back with an answer."
            _note_try(session, row, now, "lost", row.last_error)
        row.state, row.claimed_until = ("due" if row.tries - row.tries_before < MOST_TRIES else "review"), None
