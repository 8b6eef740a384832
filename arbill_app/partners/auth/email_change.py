"""Another email address to sign in with: asked for with the password, changed by a link mailed to the new address.

The old address is told at once, with a link that stops the change, and for seven days takes it back. Until the new
address is confirmed nothing is reserved, and nobody learns whether it signs in already.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import ColumnElement, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import Field, and_, col, func, select

from ...kernel import clock
from ...kernel.db.columns import moment
from ...kernel.db.transactions import Record, Tx, across_partners, personal
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import check
from ...kernel.text.mailbox import mailbox_key
from ..models import Person, StaffFields
from ..people import Member, acting, at_home, myself, note_everywhere
from . import email_change_emails as letters
from . import limits
from .confirming import WrongPassword
from .devices import forget_devices
from .links import end_resets, new_reset
from .secrets import digest, new_token, password_matches
from .sessions import shut_out

CONFIRM_FOR = timedelta(hours=1)
UNDO_FOR = timedelta(days=7)
DAY, MOST = timedelta(days=1), 5  # mails to new addresses
OVER = "This link has been used or has expired."
SAME = "You sign in with this address already."
TAKEN = "Somebody signs in with this address already. Nothing was changed."
NO_PASSWORD = ""  # matches none: only a mailed link sets a new one


class EmailChange(Record, table=True):
    """What was asked for. `stop_hash` is of the link mailed when it was asked for, `undo_hash` when it was done."""

    __tablename__ = "email_change"
    prefix: ClassVar[str] = "emc"

    person_id: str = Field(foreign_key="person.id", max_length=32, index=True)
    session_id: str = Field(default="", max_length=32)
    old_email: str = Field(max_length=254)
    new_email: str = Field(max_length=254)
    confirm_hash: str = Field(max_length=64, unique=True)
    stop_hash: str = Field(max_length=64, unique=True)
    undo_hash: str | None = Field(default=None, max_length=64, unique=True)
    asked_at: datetime = moment()
    done_at: datetime | None = moment(default=None, nullable=True)
    stopped_at: datetime | None = moment(default=None, nullable=True)


@dataclass(frozen=True)
class Change:
    """What a link opens. `done`: the new address is in use."""

    old: str
    new: str
    done: bool


@personal
def ask_email_change(tx: Tx, email: str, password: str) -> None:
    """Mails a link to the new address and a notice to the old one; what was asked for before is void.

    WrongPassword; Invalid for an address that is none, is one's own, or was asked for after too many others.
    """
    me = myself(tx)
    if not password_matches(password, me.person.password_hash):
        raise WrongPassword()
    new = check(StaffFields, {"name": me.name, "email": email}).email
    if new == me.email:
        raise Invalid(email=SAME)
    _not_too_often(tx, me.person)
    _void_pending(tx.session, me.person)
    (confirm, confirm_hash), (stop, stop_hash) = new_token(), new_token()
    row = tx.create(
        EmailChange,
        person_id=me.person.id,
        session_id=tx.actor.session_id,
        old_email=me.email,
        new_email=new,
        confirm_hash=confirm_hash,
        stop_hash=stop_hash,
        asked_at=clock.now(),
    )
    tx.later("email", f"email_new:{row.id}", letters.confirm_address(me, new, confirm, _until(CONFIRM_FOR)).payload())
    tx.later("email", f"email_old:{row.id}", letters.change_asked(me, new, stop, _until(UNDO_FOR)).payload())
    note_everywhere(tx, me.person.id, "email_change_asked", f"{me.email} to {new}")


def _not_too_often(tx: Tx, person: Person) -> None:
    """Each is a mail to somebody who may be a stranger."""
    lately = EmailChange.person_id == person.id, EmailChange.asked_at > clock.now() - DAY
    if tx.scalar(select(func.count()).where(*lately)) >= MOST:
        raise Invalid(email=f"You asked {MOST} times today. Try again tomorrow.")


def _until(lasts: timedelta) -> datetime:
    return clock.now() + lasts


def _void_pending(session: Session, person: Person) -> None:
    pending = EmailChange.person_id == person.id, col(EmailChange.done_at).is_(None)
    for row in session.scalars(select(EmailChange).where(*pending, col(EmailChange.stopped_at).is_(None))):
        row.stopped_at = clock.now()


# ---------------------------------------------------------------- the link in the new mailbox


def open_confirmation(token: str) -> Change | None:
    """What it would change, without changing it: mail scanners open links too."""
    with across_partners() as session:
        return _shown(_found(session, _to_confirm(token)))


def _to_confirm(token: str) -> ColumnElement[bool]:
    return and_(
        EmailChange.confirm_hash == digest(token),
        col(EmailChange.done_at).is_(None),
        EmailChange.asked_at > clock.now() - CONFIRM_FOR,
    )


def _found(session: Session, which: ColumnElement[bool], *, lock: bool = False) -> EmailChange | None:
    """That was not stopped."""
    going = select(EmailChange).where(which, col(EmailChange.stopped_at).is_(None))
    return session.scalars(going.with_for_update() if lock else going).one_or_none()


def _shown(row: EmailChange | None) -> Change | None:
    return Change(row.old_email, row.new_email, row.done_at is not None) if row else None


def confirm_email(token: str, ip: str = "", agent: str = "") -> Change:
    """The new address signs in from now on; every session but the one that asked ends. Invalid for a link that is over,
    Conflict when somebody else signs in with the address: only who reads that mailbox learns it."""
    with across_partners(write=True) as session:
        row = _found(session, _to_confirm(token), lock=True)
        member = _member(session, row.person_id) if row else None
        if row is None or member is None or member.email != row.old_email:
            raise Invalid(OVER)
        row.done_at = clock.now()
        undo, row.undo_hash = new_token()
        tx = acting(session, member.staff)
        letter = letters.changed(member, row.new_email, undo, _until(UNDO_FOR))
        _move(session, member.person, row.new_email)
        shut_out(tx, member.person, but=row.session_id)
        end_resets(session, member.person)
        tx.later("email", f"email_done:{row.id}", letter.payload())
        tx.record("staff.email", member.staff)
        note_everywhere(tx, member.person.id, "email_changed", f"{row.old_email} to {row.new_email}", ip, agent)
        return Change(row.old_email, row.new_email, True)


def _member(session: Session, person_id: str) -> Member | None:
    person = session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one_or_none()
    return at_home(session, person)


def _move(session: Session, person: Person, email: str) -> None:
    """Known browsers stand under the old address: they are unknown ones now."""
    forget_devices(session, limits.staff_account(person.email_key))
    person.email, person.email_key = email, mailbox_key(email)
    try:
        session.flush()
    except IntegrityError as taken:
        raise Conflict(TAKEN) from taken


# ---------------------------------------------------------------- the link in the old mailbox


def open_stop(token: str) -> Change | None:
    """What it would stop or take back, without doing it."""
    with across_partners() as session:
        return _shown(_found(session, _to_stop(token)))


def _to_stop(token: str) -> ColumnElement[bool]:
    hashed, since = digest(token), clock.now() - UNDO_FOR
    return or_(
        and_(EmailChange.stop_hash == hashed, col(EmailChange.asked_at) > since),
        and_(col(EmailChange.undo_hash) == hashed, col(EmailChange.done_at) > since),
    )


def stop_email_change(token: str, ip: str = "", agent: str = "") -> str:
    """Stops what was asked for; takes back what was done, ends every session and link, and voids the password, which
    was known to whoever asked. Returns the secret of a link to set a new password, for who holds the old mailbox.

    Passkeys and two-factor stay. Invalid for a link that is over, Conflict when the old address signs in elsewhere now.
    """
    with across_partners(write=True) as session:
        row = _found(session, _to_stop(token), lock=True)
        member = _member(session, row.person_id) if row else None
        if row is None or member is None:
            raise Invalid(OVER)
        tx, was = acting(session, member.staff), member.email
        _void_pending(session, member.person)
        row.stopped_at = clock.now()
        if row.done_at:
            _move(session, member.person, row.old_email)
            tx.record("staff.email", member.staff)
        shut_out(tx, member.person)
        end_resets(session, member.person)
        member.person.password_hash = NO_PASSWORD
        said = f"{was} to {row.old_email}, taken back" if row.done_at else f"{row.new_email} was stopped"
        action = "email_changed" if row.done_at else "email_change_asked"
        note_everywhere(tx, member.person.id, action, said, ip, agent)
        return new_reset(tx, member.person)
