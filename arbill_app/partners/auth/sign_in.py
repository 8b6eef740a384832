"""Signing in and out. Queries across partners, because the partner is not known before sign-in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from sqlmodel import col, select

from ...kernel import clock
from ...kernel.actor import Actor, Kind
from ...kernel.db.transactions import across_partners
from ...kernel.encryption.values import decrypt
from ...kernel.errors import Invalid, NotFound
from ...kernel.text.mailbox import mailbox_key
from .. import emails
from ..models import RECOVERY, Person, RecoveryCode, Staff, StaffSession
from ..people import Member, acting, at_home, companies_of, find_person, note_everywhere, places_of
from ..security_log.log import note
from . import limits
from .idle import is_idle
from .links import accept
from .secrets import digest, is_recovery_code, new_token, password_matches, recovery_digest, totp_step
from .sessions import LASTS as LASTS
from .sessions import Entry, Live, live, open_session, switch
from .sign_in_notices import completed, failed
from .tries import Claim, forget

WRONG = "That email and password do not match."
WRONG_CODE = "That code is not right, or was used already."


@dataclass(frozen=True)
class Who:
    """Who gave the password. Open is only: while `needs_code`, giving the code; while `must_set_up`, setting up the
    second factor that the partner requires. `times_out`: when it is not used. `companies`: (id of the place, name) of
    each that the person works for, this one too."""

    actor: Actor
    email: str
    partner_name: str
    needs_code: bool
    confirmed_at: datetime | None = None
    times_out: bool = False
    must_set_up: bool = False
    companies: tuple[tuple[str, str], ...] = ()

    @property
    def is_in(self) -> bool:
        return not (self.needs_code or self.must_set_up)


def sign_in(email: str, password: str, ip: str = "", agent: str = "", device: str = "") -> Entry:
    """Opens a session in the company used last, or Invalid.

    An unknown person, a wrong password and a person without a company get the same answer after the same time. `device`
    is the token of the browser's device cookie, which a complete sign-in makes a known one.
    """
    key = mailbox_key(email)
    claim = limits.for_password(key, ip, device)
    with across_partners() as session:
        person = find_person(session, key)
        member = at_home(session, person)
    right = password_matches(password, member.person.password_hash if member else "")
    if member is None or not right:
        if person:
            failed(person, claim, "sign_in_failed", ip, agent)
        raise Invalid(WRONG)
    with across_partners(write=True) as session:
        # Comparing took a while: what was done to this person meanwhile counts.
        here = at_home(session, unchanged(session, member.person))
        if here is None:
            raise Invalid(WRONG)
        claim.forgive(session)
        entry, row = open_session(session, here, ip, agent)
        if not entry.needs_code:
            completed(session, here, row, device)
        return entry


def unchanged(session: Session, person: Person) -> Person | None:
    """The same person, held, unless their password was changed since."""
    still = select(Person).where(Person.id == person.id, Person.password_hash == person.password_hash)
    return session.scalars(still.with_for_update()).one_or_none()


def give_code(secret: str, code: str, ip: str = "", agent: str = "", device: str = "") -> str:
    """The second factor: a TOTP or a recovery code, each accepted once. Returns the session's new secret."""
    with across_partners() as session:
        found = live(session, secret)
    if found is None or not found.needs_code:
        # A session that owes no code must not become freshly confirmed by one.
        raise Invalid("Sign in again.")
    person, recovery = found.member.person, is_recovery_code(code)
    key = person.email_key
    claim = limits.for_recovery(key, ip) if recovery else limits.for_code(key, ip, device)
    with across_partners(write=True) as session:
        member, row = held(session, found)
        right = _accept_recovery(session, member, code) if recovery else _accept_totp(member.person, code)
        if right:
            return let_through(session, member, row, claim, device)
    failed(person, claim, "second_factor_failed", ip, agent)
    raise Invalid(WRONG_CODE)


def held(session: Session, found: Live) -> tuple[Member, StaffSession]:
    """The person giving the second factor and their session, locked and reloaded."""
    person = session.scalars(select(Person).where(Person.id == found.member.person.id).with_for_update()).one()
    row = session.scalars(select(StaffSession).where(StaffSession.id == found.row.id).with_for_update()).one()
    staff = session.scalars(select(Staff).where(Staff.id == row.staff_id).with_for_update()).one()
    return Member(staff, person), row


def let_through(session: Session, member: Member, row: StaffSession, claim: Claim, device: str) -> str:
    """The second factor was right. Returns the session's new secret: one that was known before must not be worth
    anything after it."""
    fresh, row.token_hash = new_token()
    row.second_factor_at = row.confirmed_at = clock.now()
    claim.forgive(session)
    if member.staff.person_id is None:
        accept(session, member.staff, member.person, row.ip, row.agent)
    completed(session, member, row, device)
    return fresh


def _accept_totp(person: Person, code: str) -> bool:
    """Only a confirmed authenticator app counts; a key that was never confirmed does not."""
    step = totp_step(person.totp_secret, code, after=person.totp_last_step) if person.totp_since else None
    if step is not None:
        person.totp_last_step = step
    return step is not None


def _accept_recovery(session: Session, member: Member, code: str) -> bool:
    unused = RecoveryCode.person_id == member.person.id, col(RecoveryCode.used_at).is_(None)
    given = recovery_digest(code)
    kept = session.scalars(select(RecoveryCode).where(*unused)).all()
    recovery = next((row for row in kept if decrypt(row.code_sealed, RECOVERY) == given), None)
    if recovery is None:
        return False
    recovery.used_at = clock.now()
    tx, left = acting(session, member.staff), len(kept) - 1
    note_everywhere(tx, member.person.id, "recovery_code_used", f"{left} left")
    tx.later("email", f"recovery:{recovery.id}", emails.recovery_code_used(member, left).payload())
    return True


def resolve(secret: str) -> Who | None:
    """Who holds this cookie now, or None: expired, idle for too long, revoked, disabled, forged."""
    with across_partners() as session:
        found = live(session, secret)
        if found is None or is_idle(found.row, found.partner.idle_minutes):
            return None
        companies = companies_of(session, found.member.person.id)
    staff, row = found.member.staff, found.row
    return Who(
        actor=Actor(staff.partner_id, Kind.STAFF, staff.id, staff.name, staff.role, row.id),
        email=found.member.email,
        partner_name=found.partner.name,
        needs_code=found.needs_code,
        confirmed_at=row.confirmed_at,
        times_out=found.partner.idle_minutes > 0,
        must_set_up=found.member.person.second_factor_since is None and found.partner.requires_two_factor,
        companies=tuple(companies),
    )


def switch_company(secret: str, staff_id: str) -> str:
    """Opens another company of the same person in this browser and returns the new session's secret; the former
    session ends. Invalid for who is not signed in, NotFound for a company that they do not work for (any more).
    """
    with across_partners(write=True) as session:
        found = live(session, secret)
        if found is None or found.needs_code or is_idle(found.row, found.partner.idle_minutes):
            raise Invalid("Sign in again.")
        here, places = found.member.staff, places_of(session, found.member.person.id)
        there = next((staff for staff in places if staff.id == staff_id), None)
        if there is None:
            raise NotFound("That does not exist, or is no longer here.")
        if there.id == here.id:
            return secret
        note(acting(session, here, found.row.id), "sign_out")
        fresh, hashed = new_token()
        switch(session, found.row, there, hashed)
        return fresh


def sign_out(secret: str) -> None:
    with across_partners(write=True) as session:
        row = session.scalars(select(StaffSession).where(StaffSession.token_hash == digest(secret))).one_or_none()
        if row and row.revoked_at is None:
            row.revoked_at = clock.now()
            staff = session.scalars(select(Staff).where(Staff.id == row.staff_id)).one()
            note(acting(session, staff, row.id), "sign_out")


def find_member(email: str) -> Member | None:
    """For "forgot my password": the caller answers the same whether or not there is one."""
    with across_partners() as session:
        return at_home(session, find_person(session, mailbox_key(email)))


def forget_failures(email: str, session: Session | None = None) -> int:
    """Wrong tries against this email count no more, on the dashboard and in the portal: how many counts that were."""
    key = mailbox_key(email)
    accounts = limits.staff_account(key), limits.portal_account(key)
    if session is not None:
        return forget(session, *accounts)
    with across_partners(write=True) as opened:
        return forget(opened, *accounts)


def may_mail_reset(email: str, ip: str, device: str = "") -> bool:
    """Whether a reset email may be sent now: see limits.for_reset."""
    return limits.for_reset(mailbox_key(email), ip, device)
