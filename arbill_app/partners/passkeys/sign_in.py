"""Signing in with a passkey: alone, as both factors, or after the password as the second. Looks across partners."""

from sqlalchemy.orm import Session
from sqlmodel import select

from ...kernel import clock
from ...kernel.db.transactions import across_partners
from ...kernel.errors import Invalid
from ..auth import limits
from ..auth.secrets import digest
from ..auth.sessions import live, open_session
from ..auth.sign_in import held, let_through
from ..auth.sign_in_notices import completed, failed
from ..models import Person
from ..people import at_home
from . import protocol
from .challenges import Purpose, issue, take
from .models import Passkey
from .passkeys import NOT_HELD, owner_of, use


def ask_to_sign_in(browser: str, ip: str) -> str:
    """What the browser is asked, as JSON. `browser` is the token of its short-lived cookie."""
    limits.for_passkey_question(ip)
    return protocol.to_use(issue(Purpose.SIGN_IN, digest(browser)))


def sign_in_with_passkey(answer: str, browser: str, ip: str = "", agent: str = "", device: str = "") -> str:
    """The secret of a new session, complete. Invalid sounds the same whatever is wrong."""
    proof = take(answer, Purpose.SIGN_IN, digest(browser))
    with across_partners() as session:
        named = owner_of(session, answer)
    claim = limits.for_passkey(named.email_key if named else "", ip, device)
    with across_partners(write=True) as session:
        passkey = use(session, proof)
        member = at_home(session, _held(session, passkey.person_id)) if passkey else None
        if member:
            entry, row = open_session(session, member, ip, agent)
            row.second_factor_at = clock.now()
            claim.forgive(session)
            limits.passkey_question_answered(session, ip)
            completed(session, member, row, device)
            return entry.secret
    if named:
        failed(named, claim, "sign_in_failed", ip, agent)
    raise Invalid(NOT_HELD)


def _held(session: Session, person_id: str) -> Person:
    return session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one()


def factors_of(secret: str) -> tuple[bool, bool]:
    """(authenticator app, passkeys) that may follow the password in this session."""
    with across_partners() as session:
        found = live(session, secret)
        if found is None:
            return False, False
        person = found.member.person
        return person.totp_since is not None, bool(_credentials(session, person))


def _credentials(session: Session, person: Person) -> list[str]:
    return list(session.scalars(select(Passkey.credential_id).where(Passkey.person_id == person.id)))


def ask_for_second(secret: str) -> str:
    """The question to somebody who gave the password. Invalid without such a session."""
    with across_partners() as session:
        found = live(session, secret)
        known = _credentials(session, found.member.person) if found and found.needs_code else []
    if found is None or not known:
        raise Invalid("Sign in again.")
    return protocol.to_use(issue(Purpose.SECOND, found.row.id), known)


def give_passkey(secret: str, answer: str, ip: str = "", agent: str = "", device: str = "") -> str:
    """The second factor. Returns the session's new secret: see sign_in.give_code."""
    with across_partners() as session:
        found = live(session, secret)
    if found is None or not found.needs_code:
        raise Invalid("Sign in again.")
    proof, person = take(answer, Purpose.SECOND, found.row.id), found.member.person
    claim = limits.for_code(person.email_key, ip, device)
    with across_partners(write=True) as session:
        member, row = held(session, found)
        if use(session, proof, person.id):
            return let_through(session, member, row, claim, device)
    failed(person, claim, "second_factor_failed", ip, agent)
    raise Invalid(NOT_HELD)
