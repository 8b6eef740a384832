"""Mends what was written while the clock ran ahead, once it is right again.

Otherwise an email that was to go out at once waits for the day that the clock believed it was, a code that lasts ten
minutes lasts a day longer, and who failed to sign in may not try again until then. What was dated ahead is recognised
by its id, which holds the time of its birth, and keeps the span that was meant: due in half a minute is due half a
minute from now.
A day that somebody chose, the due date of an invoice say, stays what it is.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session
from sqlmodel import col, select

from .customers.portal_auth.models import PortalCode, PortalSession
from .kernel.db.outbox import Effect, EffectTry
from .kernel.db.transactions import across_partners, born_at, first_id
from .kernel.jobs.claiming import CLAIM
from .kernel.jobs.periodic import sweep
from .kernel.monitoring.clock_watch import SKEW
from .partners.auth.tries import TryCount
from .partners.models import OneTimeLink, StaffSession

PAGE = 500
SOON = timedelta(hours=1)  # what was to happen so soon was meant from then on; what is later, on a certain day
LONGEST_WAIT = timedelta(days=1)  # between two tries of an effect
SPANS = (StaffSession, PortalSession, OneTimeLink, PortalCode)


@sweep("times in the future", every=600)
def mend(now: datetime) -> int:
    """How many rows. Pages are small: a clock is rarely ahead for long."""
    limit, count = now + SKEW, 0
    with across_partners() as session:
        if not _anything(session, limit, now):
            return 0
    with across_partners(write=True) as session:
        count += _begun(session, now) + _waiting(session, limit, now) + _retries(session, limit, now)
        count += sum(_spans(session, model, limit, now) for model in SPANS) + _sign_ins(session, limit, now)
    return count


def _anything(session: Session, limit: datetime, now: datetime) -> bool:
    """Reads only: an idle installation is not to write every ten minutes."""
    born = [_born_ahead(model, limit) for model in (Effect, EffectTry, TryCount, *SPANS)]
    asked = [*born, _claims(now), _far_retries(now), _early(now)]
    return any(session.execute(one.limit(1)).first() for one in asked)


def _born_ahead(model: Any, limit: datetime) -> Any:
    return select(model).where(col(model.id) > first_id(model.prefix, limit)).order_by(col(model.id)).limit(PAGE)


def _claims(now: datetime) -> Any:
    """Nobody claims anything for longer than CLAIM."""
    return select(Effect).where(Effect.state == "running", col(Effect.claimed_until) > now + CLAIM + SKEW).limit(PAGE)


def _far_retries(now: datetime) -> Any:
    again = col(Effect.state).in_(("due", "unknown")), Effect.tries > 0, Effect.due_at > now + LONGEST_WAIT + SKEW
    return select(Effect).where(*again).limit(PAGE)


def _begun(session: Session, now: datetime) -> int:
    """Shortened, not taken away: whoever has it may be alive and about to say how it ended."""
    rows = session.scalars(_claims(now)).all()
    for row in rows:
        row.claimed_until = now + CLAIM
    return len(rows)


def _waiting(session: Session, limit: datetime, now: datetime) -> int:
    count = 0
    for row in session.scalars(_born_ahead(Effect, limit).where(Effect.state == "due", Effect.tries == 0)):
        meant = row.due_at - born_at(row.id)
        if -SKEW <= meant <= SOON:
            row.due_at, count = now + max(meant, timedelta()), count + 1
    return count


def _retries(session: Session, limit: datetime, now: datetime) -> int:
    """By the try that was made ahead; what somebody asked for by hand left none, and is only found when it is far."""
    tries = session.scalars(_born_ahead(EffectTry, limit).where(EffectTry.at > limit)).all()
    for made in tries:
        effect = session.scalars(select(Effect).where(Effect.id == made.effect_id)).one()
        if effect.state in ("due", "unknown") and effect.due_at >= made.at:
            effect.due_at = now + (effect.due_at - made.at)
        made.at = now
    far = session.scalars(_far_retries(now)).all()
    for effect in far:
        effect.due_at = now
    return len(tries) + len(far)


def _spans(session: Session, model: Any, limit: datetime, now: datetime) -> int:
    rows = session.scalars(_born_ahead(model, limit).where(model.created_at > limit)).all()
    for row in rows:
        row.created_at, row.expires_at = now, now + (row.expires_at - row.created_at)
    return len(rows)


def _early(now: datetime) -> Any:
    """Nobody is made to wait for longer than LONGEST_WAIT between two tries at signing in."""
    return select(TryCount.id).where(col(TryCount.next_at) > now + LONGEST_WAIT).limit(PAGE)


def _sign_ins(session: Session, limit: datetime, now: datetime) -> int:
    """Forgotten: who tried ahead of time would be kept out until then."""
    ahead = _born_ahead(TryCount, limit).with_only_columns(col(TryCount.id))
    ids = {*session.scalars(ahead), *session.scalars(_early(now))}
    session.execute(delete(TryCount).where(col(TryCount.id).in_(ids)))
    return len(ids)
