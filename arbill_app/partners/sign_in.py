"""Signing in and out: the one place of this noun that looks across partners, because nobody is anybody yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from sqlmodel import col, select

from ..kernel import clock
from ..kernel.actor import Actor, Kind
from ..kernel.db import Tx, across_partners, new_id
from ..kernel.encryption import decrypt
from ..kernel.errors import Invalid
from ..kernel.mailbox import mailbox_key
from ..kernel.text import printable
from . import letters, limits
from .devices import forget_devices
from .idle import is_idle
from .models import RECOVERY, OneTimeLink, Partner, RecoveryCode, Staff, StaffSession
from .secrets import (
    digest,
    hash_password,
    is_recovery_code,
    new_token,
    password_complaint,
    password_matches,
    recovery_digest,
    totp_step,
)
from .security_log import note
from .sign_in_notices import acting, completed, failed
from .tries import forget

LASTS = timedelta(days=14)
IP = 40  # an IPv6 address has at most 39 characters; longer ones are made up
WRONG = "That email and password do not match."
WRONG_CODE = "That code is not right, or was used already."


@dataclass(frozen=True)
class Entry:
    """A browser let in: the cookie's secret, and whether a code must follow."""

    secret: str
    needs_code: bool


@dataclass(frozen=True)
class Who:
    """Who gave the password. Open is only: while `needs_code`, giving the code; while `must_set_up`, setting up the
    second factor that the partner requires. `times_out`: when it is not used."""

    actor: Actor
    email: str
    partner_name: str
    needs_code: bool
    confirmed_at: datetime | None = None
    times_out: bool = False
    must_set_up: bool = False

    @property
    def is_in(self) -> bool:
        return not (self.needs_code or self.must_set_up)


def sign_in(email: str, password: str, ip: str = "", agent: str = "", device: str = "") -> Entry:
    """Opens a session, or Invalid. Unknown person, wrong password and disabled account sound and last the same.

    `device` is the token of the browser's device cookie, which a complete sign-in makes a known one.
    """
    key = mailbox_key(email)
    claim = limits.for_password(key, ip, device)
    with across_partners() as session:
        staff = session.scalars(select(Staff).where(Staff.email_key == key)).one_or_none()
    right = password_matches(password, staff.password_hash if staff and not staff.disabled_at else "")
    if staff is None or not right:
        if staff:
            failed(staff, claim, "sign_in_failed", ip, agent)
        raise Invalid(WRONG)
    with across_partners(write=True) as session:
        # Comparing took a while: what was done to this person meanwhile counts.
        still = select(Staff).where(Staff.id == staff.id, Staff.password_hash == staff.password_hash, _enabled())
        here = session.scalars(still.with_for_update()).one_or_none()
        if here is None:
            raise Invalid(WRONG)
        claim.forgive(session)
        entry, row = _open_session(session, here, ip, agent)
        if not entry.needs_code:
            completed(session, here, row, device)
        return entry


def _enabled() -> ColumnElement[bool]:
    return col(Staff.disabled_at).is_(None)


def _open_session(session: Session, staff: Staff, ip: str, agent: str) -> tuple[Entry, StaffSession]:
    secret, hashed = new_token()
    at = clock.now()
    row = StaffSession(
        id=new_id(StaffSession.prefix),
        partner_id=staff.partner_id,
        staff_id=staff.id,
        token_hash=hashed,
        created_at=at,
        expires_at=at + LASTS,
        agent=printable(agent)[:200],
        ip=printable(ip)[:IP],
        confirmed_at=at,
        last_used_at=at,
    )
    session.add(row)
    return Entry(secret, needs_code=staff.totp_since is not None), row


def give_code(secret: str, code: str, ip: str = "", agent: str = "", device: str = "") -> str:
    """The second factor: a TOTP or a recovery code, each accepted once. Returns the session's new secret."""
    with across_partners() as session:
        found = _live(session, secret)
    if found is None:
        raise Invalid("Sign in again.")
    staff, recovery = found[1], is_recovery_code(code)
    key = staff.email_key
    claim = limits.for_recovery(key, ip) if recovery else limits.for_code(key, ip, device)
    with across_partners(write=True) as session:
        row = session.scalars(select(StaffSession).where(StaffSession.id == found[0].id).with_for_update()).one()
        staff = session.scalars(select(Staff).where(Staff.id == row.staff_id).with_for_update()).one()
        right = _accept_recovery(session, staff, code) if recovery else _accept_totp(staff, code)
        if right:
            # A secret that was known before the second factor must not be worth anything after it.
            fresh, row.token_hash = new_token()
            row.second_factor_at = row.confirmed_at = clock.now()
            claim.forgive(session)
            completed(session, staff, row, device)
            return fresh
    failed(staff, claim, "second_factor_failed", ip, agent)
    raise Invalid(WRONG_CODE)


def _accept_totp(staff: Staff, code: str) -> bool:
    step = totp_step(staff.totp_secret, code, after=staff.totp_last_step) if staff.totp_secret else None
    if step is not None:
        staff.totp_last_step = step
    return step is not None


def _accept_recovery(session: Session, staff: Staff, code: str) -> bool:
    unused = RecoveryCode.staff_id == staff.id, col(RecoveryCode.used_at).is_(None)
    given = recovery_digest(code)
    kept = session.scalars(select(RecoveryCode).where(*unused)).all()
    recovery = next((row for row in kept if decrypt(row.code_sealed, RECOVERY) == given), None)
    if recovery is None:
        return False
    recovery.used_at = clock.now()
    tx, left = acting(session, staff), len(kept) - 1
    note(tx, "recovery_code_used", detail=f"{left} left")
    tx.later("email", f"recovery:{recovery.id}", letters.recovery_code_used(staff, left).payload())
    return True


def resolve(secret: str) -> Who | None:
    """Who holds this cookie now, or None: expired, idle for too long, revoked, disabled, forged."""
    with across_partners() as session:
        found = _live(session, secret)
        if found is None:
            return None
        row, staff = found
        partner = session.scalars(select(Partner).where(Partner.id == staff.partner_id)).one()
    if is_idle(row, partner.idle_minutes):
        return None
    return Who(
        actor=Actor(staff.partner_id, Kind.STAFF, staff.id, staff.name, staff.role, row.id),
        email=staff.email,
        partner_name=partner.name,
        needs_code=staff.totp_since is not None and row.second_factor_at is None,
        confirmed_at=row.confirmed_at,
        times_out=partner.idle_minutes > 0,
        must_set_up=staff.totp_since is None and partner.requires_two_factor,
    )


def _live(session: Session, secret: str) -> tuple[StaffSession, Staff] | None:
    statement = (
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)  # type: ignore[arg-type]
        .where(
            StaffSession.token_hash == digest(secret),
            StaffSession.revoked_at.is_(None),  # type: ignore[union-attr]
            StaffSession.expires_at > clock.now(),
            _enabled(),
        )
    )
    row = session.execute(statement).first()
    return (row[0], row[1]) if row else None


def sign_out(secret: str) -> None:
    with across_partners(write=True) as session:
        row = session.scalars(select(StaffSession).where(StaffSession.token_hash == digest(secret))).one_or_none()
        if row and row.revoked_at is None:
            row.revoked_at = clock.now()
            staff = session.scalars(select(Staff).where(Staff.id == row.staff_id)).one()
            note(acting(session, staff, row.id), "sign_out")


def find_staff(email: str) -> Staff | None:
    """For "forgot my password": the caller answers the same whether or not there is one."""
    with across_partners() as session:
        return session.scalars(select(Staff).where(Staff.email_key == mailbox_key(email), _enabled())).one_or_none()


def open_link(token: str) -> Staff | None:
    """Whose invitation or reset this is, without using it: mail scanners open links too."""
    with across_partners() as session:
        found = _live_link(session, token)
        return found[1] if found else None


def use_link(token: str, password: str, ip: str = "", agent: str = "", device: str = "") -> Entry:
    """Sets the password, uses this and every older link up, ends every other session and signs in.

    A reset also makes every browser an unknown one again, and is told by mail.
    """
    with across_partners(write=True) as session:
        found = _live_link(session, token, lock=True)
        if found is None:
            raise Invalid("This link has been used or has expired. Ask for a new one.")
        link, staff = found
        if complaint := password_complaint(password, staff.name, staff.email):
            raise Invalid(password=complaint)
        at = clock.now()
        end_links(session, staff.id, at)
        staff.password_hash, staff.joined_at = hash_password(password), staff.joined_at or at
        forget_failures(staff.email_key, session)
        entry, row = _open_session(session, staff, ip, agent)
        tx = acting(session, staff, row.id)
        shut_out(tx, staff, but=row.id)
        note(tx, "staff_joined" if link.kind == "invite" else "reset_done", ip=ip, agent=agent)
        if link.kind != "invite":
            tx.later("email", f"reset_done:{link.id}", letters.password_changed(staff, ip).payload())
        if not entry.needs_code:
            completed(session, staff, row, device, told=True)
        return entry


def _live_link(session: Session, token: str, *, lock: bool = False) -> tuple[OneTimeLink, Staff] | None:
    statement = (
        select(OneTimeLink, Staff)
        .join(Staff, Staff.id == OneTimeLink.staff_id)  # type: ignore[arg-type]
        .where(
            OneTimeLink.token_hash == digest(token),
            OneTimeLink.used_at.is_(None),  # type: ignore[union-attr]
            OneTimeLink.expires_at > clock.now(),
            _enabled(),
        )
    )
    row = session.execute(statement.with_for_update() if lock else statement).first()
    return (row[0], row[1]) if row else None


def shut_out(tx: Tx, staff: Staff, *, but: str = "") -> None:
    """Ends every session of this person except `but`, and no browser of theirs is a known device any more."""
    end_sessions(tx, staff, but=but)
    forget_devices(tx.session, limits.staff_account(staff.email_key))


def end_sessions(tx: Tx, staff: Staff, *, but: str = "") -> None:
    """All of this person except `but`; the security log says how many of them could still be used."""
    at, open_ones = clock.now(), (StaffSession.staff_id == staff.id, col(StaffSession.revoked_at).is_(None))
    ended = [row for row in tx.session.scalars(select(StaffSession).where(*open_ones)) if row.id != but]
    for row in ended:
        row.revoked_at = at
    if usable := sum(row.expires_at > at for row in ended):
        note(tx, "session_ended", staff.id, "1 session" if usable == 1 else f"{usable} sessions")


def end_links(session: Session, staff_id: str, at: datetime) -> None:
    """A password that was just set must not be set again by a link that lies in some mailbox."""
    for row in session.scalars(
        select(OneTimeLink).where(OneTimeLink.staff_id == staff_id, OneTimeLink.used_at.is_(None))  # type: ignore[union-attr]
    ):
        row.used_at = at


def forget_failures(email: str, session: Session | None = None) -> int:
    """Wrong tries against this email count no more, on the dashboard and in the portal: how many counts that were."""
    key = mailbox_key(email)
    accounts = limits.staff_account(key), limits.portal_account(key)
    if session is not None:
        return forget(session, *accounts)
    with across_partners(write=True) as opened:
        return forget(opened, *accounts)


def limit_resets(email: str, ip: str, device: str = "") -> None:
    limits.for_reset(mailbox_key(email), ip, device)
