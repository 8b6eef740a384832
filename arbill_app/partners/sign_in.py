"""Signing in and out: the one place of this noun that looks across partners, because nobody is anybody yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func
from sqlalchemy.orm import Session
from sqlmodel import col, select

from ..kernel import clock
from ..kernel.actor import Actor
from ..kernel.db import across_partners, new_id
from ..kernel.encryption import decrypt
from ..kernel.errors import Invalid
from ..kernel.mailbox import mailbox_key
from .models import RECOVERY, OneTimeLink, Partner, RecoveryCode, SignInTry, Staff, StaffSession
from .secrets import digest, hash_password, new_token, password_complaint, password_matches, recovery_digest, totp_step

LASTS = timedelta(days=14)
WINDOW = timedelta(minutes=15)
# Tries in the window: one browser against one person, one address against everybody, everybody against one person.
LIMITS = {"pair": 8, "ip": 60, "email": 100}
IP = 40  # an IPv6 address has at most 39 characters; longer ones are made up
WRONG = "That email and password do not match."


@dataclass(frozen=True)
class Entry:
    """A browser let in: the cookie's secret, and whether a code must follow."""

    secret: str
    needs_code: bool


@dataclass(frozen=True)
class Who:
    """A signed-in person. While `needs_code`, nothing but giving the code is open."""

    actor: Actor
    email: str
    partner_name: str
    needs_code: bool


def sign_in(email: str, password: str, ip: str = "", agent: str = "") -> Entry:
    """Opens a session, or Invalid. Unknown person, wrong password and disabled account sound and last the same."""
    key, ip = mailbox_key(email), ip[:IP]
    _count_try(f"pair:{key}|{ip}", f"ip:{ip}", f"email:{key}")
    with across_partners() as session:
        staff = session.scalars(select(Staff).where(Staff.email_key == key)).one_or_none()
    right = password_matches(password, staff.password_hash if staff and not staff.disabled_at else "")
    if staff is None or not right:
        raise Invalid(WRONG)
    with across_partners(write=True) as session:
        # Comparing took a while: what was done to this person meanwhile counts.
        still = select(Staff).where(Staff.id == staff.id, Staff.password_hash == staff.password_hash, _enabled())
        here = session.scalars(still.with_for_update()).one_or_none()
        if here is None:
            raise Invalid(WRONG)
        _forget_tries(session, f"pair:{key}|{ip}", f"email:{key}")
        return _open_session(session, here, ip, agent)


def _enabled() -> ColumnElement[bool]:
    return col(Staff.disabled_at).is_(None)


def _open_session(session: Session, staff: Staff, ip: str, agent: str) -> Entry:
    secret, hashed = new_token()
    at = clock.now()
    staff.last_sign_in_at = at
    session.add(
        StaffSession(
            id=new_id(StaffSession.prefix),
            partner_id=staff.partner_id,
            staff_id=staff.id,
            token_hash=hashed,
            created_at=at,
            expires_at=at + LASTS,
            agent=agent[:200],
            ip=ip[:60],
        )
    )
    return Entry(secret, needs_code=staff.totp_since is not None)


def give_code(secret: str, code: str) -> str:
    """The second factor: a TOTP or a recovery code, each accepted once. Returns the session's new secret."""
    with across_partners() as session:
        found = _live(session, secret)
    if found is None:
        raise Invalid("Sign in again.")
    _count_try(f"pair:code|{found[1].id}")
    with across_partners(write=True) as session:
        row = session.scalars(select(StaffSession).where(StaffSession.id == found[0].id).with_for_update()).one()
        staff = session.scalars(select(Staff).where(Staff.id == row.staff_id).with_for_update()).one()
        if not _accept_code(session, staff, code):
            raise Invalid("That code is not right, or was used already.")
        # A secret that was known before the second factor must not be worth anything after it.
        fresh, row.token_hash = new_token()
        row.second_factor_at = clock.now()
        _forget_tries(session, f"pair:code|{staff.id}")
    return fresh


def _accept_code(session: Session, staff: Staff, code: str) -> bool:
    step = totp_step(staff.totp_secret, code, after=staff.totp_last_step) if staff.totp_secret else None
    if step is not None:
        staff.totp_last_step = step
        return True
    unused = RecoveryCode.staff_id == staff.id, col(RecoveryCode.used_at).is_(None)
    given = recovery_digest(code)
    kept = session.scalars(select(RecoveryCode).where(*unused)).all()
    recovery = next((row for row in kept if decrypt(row.code_sealed, RECOVERY) == given), None)
    if recovery:
        recovery.used_at = clock.now()
    return recovery is not None


def resolve(secret: str) -> Who | None:
    """Who holds this cookie now, or None: expired, revoked, disabled, forged."""
    with across_partners() as session:
        found = _live(session, secret)
        if found is None:
            return None
        row, staff = found
        partner = session.scalars(select(Partner).where(Partner.id == staff.partner_id)).one()
    return Who(
        actor=Actor(staff.partner_id, "staff", staff.id, staff.name, staff.role, row.id),
        email=staff.email,
        partner_name=partner.name,
        needs_code=staff.totp_since is not None and row.second_factor_at is None,
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


def find_staff(email: str) -> Staff | None:
    """For "forgot my password": the caller answers the same whether or not there is one."""
    with across_partners() as session:
        return session.scalars(select(Staff).where(Staff.email_key == mailbox_key(email), _enabled())).one_or_none()


def open_link(token: str) -> Staff | None:
    """Whose invitation or reset this is, without using it: mail scanners open links too."""
    with across_partners() as session:
        found = _live_link(session, token)
        return found[1] if found else None


def use_link(token: str, password: str, ip: str = "", agent: str = "") -> Entry:
    """Sets the password, uses this and every older link up, ends every other session and signs in."""
    with across_partners(write=True) as session:
        found = _live_link(session, token, lock=True)
        if found is None:
            raise Invalid("This link has been used or has expired. Ask for a new one.")
        staff = found[1]
        if complaint := password_complaint(password, staff.name, staff.email):
            raise Invalid(password=complaint)
        at = clock.now()
        end_links(session, staff.id, at)
        staff.password_hash, staff.joined_at = hash_password(password), staff.joined_at or at
        end_sessions(session, staff.id, at)
        return _open_session(session, staff, ip, agent)


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


def end_sessions(session: Session, staff_id: str, at: datetime, but: str = "") -> None:
    for row in session.scalars(
        select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))  # type: ignore[union-attr]
    ):
        if row.id != but:
            row.revoked_at = at


def end_links(session: Session, staff_id: str, at: datetime) -> None:
    """A password that was just set must not be set again by a link that lies in some mailbox."""
    for row in session.scalars(
        select(OneTimeLink).where(OneTimeLink.staff_id == staff_id, OneTimeLink.used_at.is_(None))  # type: ignore[union-attr]
    ):
        row.used_at = at


# ---------------------------------------------------------------- how often one may try


def _count_try(*keys: str) -> None:
    """Writes this try down under every key, and only then counts: of parallel guesses none can slip through."""
    since = clock.now() - WINDOW
    with across_partners(write=True) as session:
        session.execute(delete(SignInTry).where(SignInTry.at < since))  # type: ignore[arg-type]
        for key in keys:
            session.add(SignInTry(id=new_id(SignInTry.prefix), key=key, at=clock.now()))
    with across_partners() as session:
        over = [key for key in keys if _tries(session, key, since) > LIMITS[key.split(":")[0]]]
    if over:
        raise Invalid("Too many tries. Wait 15 minutes and try again.")


def _tries(session: Session, key: str, since: datetime) -> int:
    counted = select(func.count()).where(SignInTry.key == key, SignInTry.at >= since)
    return session.scalar(counted) or 0


def _forget_tries(session: Session, *keys: str) -> None:
    session.execute(delete(SignInTry).where(SignInTry.key.in_(keys)))  # type: ignore[attr-defined]


def limit_guesses(staff_id: str) -> None:
    """A browser left open must not become a place to guess its owner's password."""
    _count_try(f"pair:password|{staff_id}")


def limit_resets(email: str, ip: str) -> None:
    """Asking for reset links is counted like trying passwords: nobody floods somebody's mailbox."""
    _count_try(f"pair:reset|{mailbox_key(email)}", f"ip:reset|{ip[:IP]}")


def limit_portal(what: str, email_key: str, ip: str) -> None:
    """Asking for codes, guessing passwords, inviting: counted apart from the staff's tries."""
    ip, key = ip[:IP], email_key[:200]
    _count_try(f"pair:{what}|{key}|{ip}", f"ip:{what}|{ip}", f"email:{what}|{key}")
