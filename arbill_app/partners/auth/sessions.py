"""Signed-in browsers of staff: opened, found by the cookie's secret, ended."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlalchemy.orm import Session
from sqlmodel import col, select

from ...kernel import clock
from ...kernel.db.transactions import Tx, new_id
from ...kernel.text.search_keys import printable
from ..models import Partner, Person, Staff, StaffSession
from ..people import Member, acting, places_of
from ..security_log.log import note
from . import limits
from .devices import forget_devices
from .idle import is_idle
from .secrets import digest, new_token

LASTS = timedelta(days=14)
IP = 40  # an IPv6 address has at most 39 characters; longer ones are made up


@dataclass(frozen=True)
class Entry:
    """A browser let in: the cookie's secret, and whether a code must follow."""

    secret: str
    needs_code: bool


@dataclass(frozen=True)
class Live:
    """A session that can be used, who uses it, and the company it has open."""

    row: StaffSession
    member: Member
    partner: Partner

    @property
    def needs_code(self) -> bool:
        return self.member.person.second_factor_since is not None and self.row.second_factor_at is None


def open_session(session: Session, member: Member, ip: str, agent: str) -> tuple[Entry, StaffSession]:
    secret, hashed = new_token()
    at = clock.now()
    row = StaffSession(
        id=new_id(StaffSession.prefix),
        partner_id=member.staff.partner_id,
        person_id=member.person.id,
        staff_id=member.staff.id,
        token_hash=hashed,
        created_at=at,
        expires_at=at + LASTS,
        agent=printable(agent)[:200],
        ip=printable(ip)[:IP],
        confirmed_at=at,
        last_used_at=at,
    )
    session.add(row)
    return Entry(secret, needs_code=member.person.second_factor_since is not None), row


def live(session: Session, secret: str) -> Live | None:
    """The session of this cookie: not expired, not ended, its place not taken away. Idle ones are included.

    Somebody who accepts an invitation and still owes the second factor has no place there yet.
    """
    joining = and_(
        col(Staff.person_id).is_(None),
        col(Person.second_factor_since).is_not(None),
        col(StaffSession.second_factor_at).is_(None),
    )
    statement = (
        select(StaffSession, Staff, Person, Partner)
        .join(Staff, col(Staff.id) == StaffSession.staff_id)
        .join(Person, col(Person.id) == StaffSession.person_id)
        .join(Partner, col(Partner.id) == StaffSession.partner_id)
        .where(
            StaffSession.token_hash == digest(secret),
            col(StaffSession.revoked_at).is_(None),
            StaffSession.expires_at > clock.now(),
            col(Staff.disabled_at).is_(None),
            or_(col(Staff.person_id) == StaffSession.person_id, joining),
        )
    )
    found = session.execute(statement).first()
    return Live(found[0], Member(found[1], found[2]), found[3]) if found else None


def switch(session: Session, row: StaffSession, staff: Staff, token_hash: str) -> None:
    """The person opens another company of theirs in this browser: a sign-in there."""
    moved = _move(session, row, staff, token_hash, clock.now())
    staff.last_sign_in_at = clock.now()
    note(acting(session, staff), "sign_in", ip=moved.ip, agent=moved.agent)


def _move(session: Session, row: StaffSession, staff: Staff, token_hash: str, used_at: datetime) -> StaffSession:
    """The same browser goes on in another company of the person, as a session of its own: what belongs to the former
    one (open tabs, "View as customer") ends with it. It lasts no longer than the former would have."""
    moved = StaffSession(
        **row.model_dump(exclude={"id", "partner_id", "staff_id", "token_hash", "created_at", "last_used_at"}),
        id=new_id(StaffSession.prefix),
        partner_id=staff.partner_id,
        staff_id=staff.id,
        token_hash=token_hash,
        created_at=clock.now(),
        last_used_at=used_at,
    )
    row.revoked_at, row.token_hash = clock.now(), new_token()[1]
    session.flush()  # the hash is unique: clear it on the old row before setting it on the new one
    session.add(moved)
    return moved


def shut_out(tx: Tx, person: Person, *, but: str = "") -> None:
    """Ends every session of this person except `but`, and no browser of theirs is a known device any more."""
    end_sessions(tx, person, but=but)
    forget_devices(tx.session, limits.staff_account(person.email_key))


def end_sessions(tx: Tx, person: Person, *, but: str = "") -> None:
    """Ends all sessions of this person, in every company, except `but`."""
    of_person = StaffSession.person_id == person.id, col(StaffSession.id) != but
    _end(tx, tx.all(select(StaffSession).where(*of_person, col(StaffSession.revoked_at).is_(None))))


def end_place(tx: Tx, staff: Staff) -> None:
    """Somebody was removed from the actor's company. Their browsers go on in another company of theirs, or are signed
    out; what they have open in others stays open."""
    tx.flush()
    here = StaffSession.staff_id == staff.id, col(StaffSession.revoked_at).is_(None)
    rows = tx.all(tx.own(StaffSession).where(*here))
    others = places_of(tx.session, staff.person_id) if staff.person_id else []
    minutes = tx.get(Partner, tx.actor.partner_id).idle_minutes
    for row in rows if others else []:
        if row.expires_at > clock.now() and not is_idle(row, minutes):
            # Nobody did anything there just now: it is no sign-in, and an idle time-out counts from the last use.
            _move(tx.session, row, others[0], row.token_hash, row.last_used_at or row.created_at)
    _end(tx, rows)
    if staff.person_id and not others:
        person = tx.session.scalars(select(Person).where(Person.id == staff.person_id)).one()
        forget_devices(tx.session, limits.staff_account(person.email_key))


def _end(tx: Tx, rows: Iterable[StaffSession]) -> None:
    """Each company's security log says how many of its sessions could still be used."""
    at, usable = clock.now(), Counter[str]()
    for row in rows:
        row.revoked_at = at
        usable[row.staff_id] += row.expires_at > at
    for staff in tx.session.scalars(select(Staff).where(col(Staff.id).in_(usable))):
        if count := usable[staff.id]:
            there = tx if staff.partner_id == tx.actor.partner_id else acting(tx.session, staff)
            note(there, "session_ended", staff.id, "1 session" if count == 1 else f"{count} sessions")
