"""Persons and the companies they work for. A person signs in once and may have a place in several companies."""

from dataclasses import dataclass

from sqlalchemy.orm import Session
from sqlmodel import col, select

from ..kernel.actor import Actor, Kind
from ..kernel.db.transactions import Tx
from ..kernel.errors import Forbidden, NotFound
from .models import Partner, Person, Staff, StaffSession
from .security_log.log import note


@dataclass(frozen=True)
class Member:
    """A person in one of their companies: `name` is what they are called there, `email` how they sign in."""

    staff: Staff
    person: Person

    @property
    def name(self) -> str:
        return self.staff.name

    @property
    def email(self) -> str:
        return self.person.email


def find_person(session: Session, email_key: str) -> Person | None:
    return session.scalars(select(Person).where(Person.email_key == email_key)).one_or_none()


def places_of(session: Session, person_id: str) -> list[Staff]:
    """Where this person works now; the company that was opened last comes first."""
    present = Staff.person_id == person_id, col(Staff.disabled_at).is_(None)
    last = col(Staff.last_sign_in_at).desc().nulls_last()
    return list(session.scalars(select(Staff).where(*present).order_by(last, col(Staff.id))))


def companies_of(session: Session, person_id: str) -> list[tuple[str, str]]:
    """(id of the place, the company's name) of each company that the person works for, by name."""
    present = Staff.person_id == person_id, col(Staff.disabled_at).is_(None)
    rows = select(Staff.id, Partner.name).join(Partner, col(Partner.id) == Staff.partner_id).where(*present)
    return [(row[0], row[1]) for row in session.execute(rows.order_by(col(Partner.name), col(Staff.id)))]


def at_home(session: Session, person: Person | None) -> Member | None:
    """The person in the company that they opened last; None when they work nowhere."""
    places = places_of(session, person.id) if person else []
    return Member(places[0], person) if person and places else None


def myself(tx: Tx) -> Member:
    """The actor, held for a change to their own account. Forbidden for who is no person."""
    if tx.actor.kind != Kind.STAFF:
        raise Forbidden("Only a person has an account.")
    return member_of(tx, tx.actor.id)


def member_of(tx: Tx, staff_id: str) -> Member:
    """Somebody of the actor's company who has joined, held. NotFound for anybody else, and for an invitation."""
    staff = tx.get(Staff, staff_id)
    mine = select(Person).where(Person.id == staff.person_id)
    person = tx.session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if person is None:
        raise NotFound("That does not exist, or is no longer here.")
    return Member(tx.get(Staff, staff_id, lock=True), person)


def email_of(tx: Tx, staff: Staff) -> str:
    """How somebody signs in; before they joined, where the invitation went."""
    if staff.person_id is None:
        return staff.invited_email
    return str(tx.scalar(select(Person.email).where(Person.id == staff.person_id)))


def acting(session: Session, staff: Staff, session_id: str = "") -> Tx:
    """The same transaction on behalf of this person, in the company of this place."""
    return Tx(session, Actor(staff.partner_id, Kind.STAFF, staff.id, staff.name, staff.role, session_id))


def note_everywhere(tx: Tx, person_id: str, action: str, detail: str = "", ip: str = "", agent: str = "") -> None:
    """Into the security log of each company where this person works; none is told of another."""
    if not (ip or agent) and tx.actor.session_id:
        used = tx.get(StaffSession, tx.actor.session_id)
        ip, agent = used.ip, used.agent
    for staff in places_of(tx.session, person_id):
        note(acting(tx.session, staff), action, detail=detail, ip=ip, agent=agent)
