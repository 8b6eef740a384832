"""The idle time-out that a partner can set: after so many minutes without use a browser of its staff is signed out."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col

from ...kernel import clock
from ...kernel.actor import MANAGERS
from ...kernel.db.transactions import Tx, personal
from ...kernel.errors import Invalid
from ..models import Partner, StaffSession
from ..security_log.log import note
from .confirming import confirmed

# Minutes, and how the screen says them; 0 is none.
CHOICES = {0: "Never", 15: "15 minutes", 30: "30 minutes", 60: "1 hour", 480: "8 hours"}
NOTED = timedelta(minutes=1)  # the use of a session is written down at most once in this time


def is_idle(session: StaffSession, minutes: int) -> bool:
    """Whether a session of a partner with this time-out has run out. It never does so too early."""
    used = session.last_used_at or session.created_at
    return minutes > 0 and clock.now() - used >= timedelta(minutes=minutes) + NOTED


@confirmed
def set_idle_timeout(tx: Tx, minutes: int) -> Partner:
    """`minutes` is one of CHOICES. Everybody who is signed in gets the whole time from now on."""
    tx.actor.must_be(*MANAGERS)
    if minutes not in CHOICES:
        raise Invalid(idle="Choose a time.")
    partner = tx.get(Partner, tx.actor.partner_id, lock=True)
    before, partner.idle_minutes = partner.idle_minutes, minutes
    if before == minutes:
        return partner
    mine = col(StaffSession.partner_id) == partner.id, col(StaffSession.revoked_at).is_(None)
    if before:  # who has run out stays out, whatever is chosen now
        for session in tx.all(tx.own(StaffSession).where(*mine)):
            if is_idle(session, before):
                session.revoked_at = clock.now()
    else:  # use is not written down while there is no time-out
        tx.session.execute(update(StaffSession).where(*mine).values(last_used_at=clock.now()))
    tx.record("partner.changed", partner, {"idle_minutes": [before, minutes]})
    note(tx, "security_settings", detail=f"Sign out when idle: {CHOICES[before]} to {CHOICES[minutes]}")
    return partner


@personal
def note_use(tx: Tx) -> None:
    """The actor's session is used now."""
    tx.get(StaffSession, tx.actor.session_id).last_used_at = clock.now()
