"""The security log of a partner: who signed in, what failed, what was exported, who was given or lost a right.

Rows are only ever added. The ORM refuses to change or delete one, and a trigger in both databases does so for any other
statement; only rows older than `KEPT` may be deleted, by the sweep that does it once a day.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Index, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field, col

from ...kernel import clock
from ...kernel.actor import Kind
from ...kernel.db.columns import moment
from ...kernel.db.transactions import Owned, Tx, personal
from ...kernel.text.search_keys import printable
from ..models import Staff, StaffSession

KEPT = timedelta(days=730)  # the migration's triggers say the same number of days

# What is recorded, and how the page "Security log" calls it.
ACTIONS = {
    "sign_in": "Signed in",
    "sign_in_failed": "Sign-in failed",
    "second_factor_failed": "Second factor failed",
    "sign_out": "Signed out",
    "session_ended": "Session ended",
    "new_device": "New device",
    "reset_asked": "Password reset requested",
    "reset_done": "Password reset",
    "password_changed": "Password changed",
    "email_change_asked": "Email change requested",
    "email_changed": "Email changed",
    "two_factor_on": "Two-factor turned on",
    "two_factor_off": "Two-factor turned off",
    "recovery_codes_made": "Recovery codes made",
    "recovery_code_used": "Recovery code used",
    "passkey_added": "Passkey added",
    "passkey_removed": "Passkey removed",
    "confirmed": "Confirmed identity",
    "confirm_failed": "Confirmation failed",
    "exported": "Exported",
    "key": "API key",
    "integration": "Integration",
    "role_changed": "Role changed",
    "staff_invited": "Invited to the team",
    "staff_joined": "Joined the team",
    "staff_removed": "Removed from the team",
    "staff_restored": "Restored to the team",
    "view_as": "Viewed as customer",
    "security_settings": "Security settings changed",
    "unlocked": "Sign-in unlocked",
}


class SecurityEvent(Owned, table=True):
    """`staff_id` is the person whose sign-in or right it is about; "" for jobs and the command line.

    `detail` says what exactly: a file name, the old and the new role, how many tries.
    """

    __tablename__ = "security_event"
    __table_args__ = (
        Index(None, "partner_id", "id"),
        Index(None, "partner_id", "action", "id"),
        Index(None, "partner_id", "staff_id", "id"),
    )
    prefix: ClassVar[str] = "sev"

    at: datetime = moment(index=True)
    action: str = Field(max_length=40)
    staff_id: str = Field(default="", max_length=32)
    name: str = Field(default="", max_length=200)
    ip: str = Field(default="", max_length=60)
    agent: str = Field(default="", max_length=200)
    detail: str = Field(default="", max_length=500)


class _LongAgo(FunctionElement[Any]):
    """The moment `KEPT` ago by the database's own clock, which is the one that its trigger goes by."""

    inherit_cache = True


@compiles(_LongAgo, "sqlite")
def _long_ago_sqlite(_element: Any, _compiler: Any, **_: Any) -> str:
    return f"datetime('now', '-{KEPT.days} days')"


@compiles(_LongAgo)
def _long_ago(_element: Any, _compiler: Any, **_: Any) -> str:
    return f"now() - interval '{KEPT.days} days'"


def older_than_kept() -> ColumnElement[bool]:
    """The rows that may be deleted."""
    return col(SecurityEvent.at) < _LongAgo()


@event.listens_for(SecurityEvent, "before_update")
@event.listens_for(SecurityEvent, "before_delete")
def _refuse_change(_mapper: Any, _connection: Any, _row: SecurityEvent) -> None:
    raise TypeError("The security log is only ever added to.")


def note(tx: Tx, action: str, staff_id: str = "", detail: str = "", ip: str = "", agent: str = "") -> None:
    """Adds a row to the log of the actor's partner; `action` is one of ACTIONS.

    Without `staff_id` the person is the actor. Without `ip` and `agent` they are those that the actor's session was
    opened from; an actor without a session (a job, the command line) has none.
    """
    if action not in ACTIONS:
        raise ValueError(f"The security log does not know “{action}”.")
    who = staff_id or (tx.actor.id if tx.actor.kind == Kind.STAFF else "")
    if not (ip or agent) and tx.actor.session_id:
        session = tx.first(tx.own(StaffSession).where(StaffSession.id == tx.actor.session_id))
        ip, agent = (session.ip, session.agent) if session else ("", "")
    tx.create(
        SecurityEvent,
        at=clock.now(),
        action=action,
        staff_id=who,
        name=_name(tx, who),
        ip=printable(ip)[:60],
        agent=printable(agent)[:200],
        detail=printable(detail)[:500],
    )


@personal
def note_export(tx: Tx, name: str) -> None:
    """Many rows or papers leave arbill as one file, called `name`. Read-only staff and customers may export too."""
    note(tx, "exported", detail=name)


def _name(tx: Tx, staff_id: str) -> str:
    if not staff_id or staff_id == tx.actor.id:
        return tx.actor.name
    staff = tx.first(tx.own(Staff).where(Staff.id == staff_id))
    return staff.name if staff else tx.actor.name
