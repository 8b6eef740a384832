"""Using a mailed link: a person who is new chooses a password, one who is known gives theirs and joins the company."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import select

from ...kernel import clock
from ...kernel.db.transactions import across_partners, new_id
from ...kernel.errors import Conflict, Invalid
from ...kernel.text.mailbox import mailbox_key
from .. import emails
from ..models import LinkKind, Person, Staff
from ..people import Member, acting, at_home, find_person, note_everywhere
from . import limits
from .confirming import WrongPassword
from .factors import passkeys_of
from .links import OVER, Opened, accept, end_resets, find_link, open_link
from .secrets import hash_password, password_complaint, password_matches
from .sessions import Entry, open_session, shut_out
from .sign_in import forget_failures, unchanged
from .sign_in_notices import completed, failed

ONCE_MORE = "This address got its password at this very moment. Open the link again and give that password."


def use_link(token: str, password: str, ip: str = "", agent: str = "", device: str = "") -> Entry:
    """Uses the link and signs in, at the company that invited or the one used last. Invalid, and the link stays as good
    as it was, for a password that will not do.

    An invitation never sets the password of a person who has one: they give it, and with two-factor the code after it.
    A reset ends every other session and link, makes every browser an unknown one again, and is told by mail.
    """
    found = open_link(token)
    if found is None:
        raise Invalid(OVER)
    if found.kind == LinkKind.INVITE and found.known:
        return _join(found, token, password, ip, agent, device)
    if complaint := password_complaint(password, found.name, found.email):
        raise Invalid(password=complaint)
    hashed = hash_password(password)
    with across_partners(write=True) as session:
        found = find_link(session, token, lock=True)
        if found is None:
            raise Invalid(OVER)
        member = _with_password(session, found, hashed)
        forget_failures(member.email, session)
        entry, row = open_session(session, member, ip, agent)
        tx = acting(session, member.staff, row.id)
        shut_out(tx, member.person, but=row.id)
        if found.kind == LinkKind.RESET:
            note_everywhere(tx, member.person.id, "reset_done", ip=ip, agent=agent)
            letter = emails.password_changed(member, ip, passkeys_of(tx, member.person))
            tx.later("email", f"reset_done:{found.link.id}", letter.payload())
        elif not entry.needs_code:
            accept(session, member.staff, member.person, ip, agent)
        if not entry.needs_code:
            completed(session, member, row, device, told=True)
        return entry


def _with_password(session: Session, found: Opened, hashed: str) -> Member:
    """Whose the link is, with their new password. Conflict when an invitation's address got one in the meantime."""
    if found.kind == LinkKind.RESET:
        return _reset(session, found, hashed)
    if found.known:
        raise Conflict(ONCE_MORE)
    staff = _held(session, found)
    person = find_person(session, mailbox_key(staff.invited_email))
    if person:
        person.password_hash = hashed
        end_resets(session, person)
        return Member(staff, person)
    return Member(staff, _new_person(session, staff.invited_email, hashed))


def _new_person(session: Session, email: str, hashed: str) -> Person:
    key, at = mailbox_key(email), clock.now()
    person = Person(id=new_id(Person.prefix), email=email, email_key=key, password_hash=hashed, created_at=at)
    session.add(person)
    try:
        session.flush()
    except IntegrityError as taken:  # accepted an invitation of another company a moment ago
        raise Conflict(ONCE_MORE) from taken
    return person


def _reset(session: Session, found: Opened, hashed: str) -> Member:
    member = at_home(session, find_person(session, mailbox_key(found.email)))
    assert member
    member.person.password_hash = hashed
    end_resets(session, member.person)
    return member


def _join(found: Opened, token: str, password: str, ip: str, agent: str, device: str) -> Entry:
    key = mailbox_key(found.email)
    claim = limits.for_password(key, ip, device)
    with across_partners() as session:
        person = find_person(session, key)
    if person is None or not password_matches(password, person.password_hash):
        if person:
            failed(person, claim, "sign_in_failed", ip, agent)
        raise WrongPassword()
    with across_partners(write=True) as session:
        here, still = find_link(session, token, lock=True), unchanged(session, person)
        if here is None or still is None:
            raise Invalid(OVER)
        claim.forgive(session)
        member = Member(_held(session, here), still)
        entry, row = open_session(session, member, ip, agent)
        if not entry.needs_code:  # otherwise the code joins: see sign_in.give_code
            accept(session, member.staff, still, ip, agent)
            completed(session, member, row, device)
        return entry


def _held(session: Session, found: Opened) -> Staff:
    return session.scalars(select(Staff).where(Staff.id == found.link.staff_id).with_for_update()).one()
