"""Mailed links that are used once: an invitation to a company, a person's new password."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from ...kernel import clock
from ...kernel.db.transactions import Tx, across_partners
from ...kernel.errors import Invalid
from ...kernel.text.mailbox import mailbox_key
from ..models import LinkKind, OneTimeLink, Partner, Person, Staff
from ..people import acting, at_home, find_person, places_of
from ..security_log.log import note
from .secrets import digest, new_token

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(hours=1)
OVER = "This link has been used or has expired. Ask for a new one."
ON_TEAM = "You are on this team already: sign in."


@dataclass(frozen=True)
class Opened:
    """A link that can be used. `known`: its address signs in already, somewhere, with a password of its own."""

    link: OneTimeLink
    kind: LinkKind
    name: str
    email: str
    company: str
    known: bool


def new_invitation(tx: Tx, staff: Staff) -> str:
    """The link's secret part."""
    return _new_link(tx, LinkKind.INVITE, INVITED_FOR, staff_id=staff.id)


def new_reset(tx: Tx, person: Person) -> str:
    return _new_link(tx, LinkKind.RESET, RESET_FOR, person_id=person.id)


def _new_link(tx: Tx, kind: LinkKind, lasts: timedelta, **of: Any) -> str:
    secret, hashed = new_token()
    at = clock.now()
    tx.create(OneTimeLink, kind=kind, token_hash=hashed, created_at=at, expires_at=at + lasts, **of)
    return secret


def open_link(token: str) -> Opened | None:
    """What this link opens, without using it: mail scanners open links too."""
    with across_partners() as session:
        return find_link(session, token)


def find_link(session: Session, token: str, *, lock: bool = False) -> Opened | None:
    """A link that was not used, is not too old, and whose invitation was not taken back."""
    usable = OneTimeLink.token_hash == digest(token), *_usable()
    statement = select(OneTimeLink).where(*usable)
    link = session.scalars(statement.with_for_update() if lock else statement).first()
    if link is None:
        return None
    return _invitation(session, link) if link.kind == LinkKind.INVITE else _reset(session, link)


def _usable() -> tuple[Any, ...]:
    return col(OneTimeLink.used_at).is_(None), col(OneTimeLink.expires_at) > clock.now()


def _invitation(session: Session, link: OneTimeLink) -> Opened | None:
    pending = Staff.id == link.staff_id, col(Staff.person_id).is_(None), col(Staff.disabled_at).is_(None)
    statement = select(Staff, Partner.name).join(Partner, col(Partner.id) == Staff.partner_id).where(*pending)
    found = session.execute(statement).first()
    if found is None:
        return None
    staff, company = found
    person = find_person(session, mailbox_key(staff.invited_email))
    # Who was removed everywhere cannot ask for a reset: the invitation, mailed to the same address, does as one.
    known = person is not None and bool(places_of(session, person.id))
    return Opened(link, LinkKind.INVITE, staff.name, staff.invited_email, company, known)


def _reset(session: Session, link: OneTimeLink) -> Opened | None:
    member = at_home(session, session.scalars(select(Person).where(Person.id == link.person_id)).one_or_none())
    return Opened(link, LinkKind.RESET, member.name, member.email, "", True) if member else None


def accept(session: Session, staff: Staff, person: Person, ip: str = "", agent: str = "") -> None:
    """The invitation becomes this person's place in the company. `staff` is held by the caller."""
    of_staff = select(OneTimeLink).where(OneTimeLink.staff_id == staff.id, *_usable())
    if staff.person_id or staff.disabled_at or session.scalars(of_staff).first() is None:
        raise Invalid(OVER)
    same = Staff.partner_id == staff.partner_id, Staff.person_id == person.id
    if session.scalars(select(Staff.id).where(*same)).first():
        raise Invalid(ON_TEAM)
    staff.person_id, staff.joined_at, staff.invited_email, staff.invited_key = person.id, clock.now(), "", None
    end_links(session, OneTimeLink.staff_id == staff.id)
    note(acting(session, staff), "staff_joined", ip=ip, agent=agent)


def end_resets(session: Session, person: Person) -> None:
    """A password that was just set must not be set again by a link that lies in some mailbox."""
    end_links(session, OneTimeLink.person_id == person.id)


def end_links(session: Session, of: Any) -> None:
    session.execute(update(OneTimeLink).where(of, col(OneTimeLink.used_at).is_(None)).values(used_at=clock.now()))
