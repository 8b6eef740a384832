"""Signing in to the portal by an emailed code or a password. No partner is known yet, so it queries across partners.

A code belongs to the browser that asked for it, by its `challenge`: the guesses of others do not use it up. Once an
address was sent so many codes, they have sixteen digits, which nobody guesses, and are good for every browser that
asks: so strangers who ask for codes neither keep the person out nor fill the mailbox.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from sqlmodel import col, select

from ...kernel import clock
from ...kernel.actor import Actor, job, portal_contact
from ...kernel.db.transactions import Tx, across_partners, new_id
from ...kernel.encryption.values import decrypt, encrypt
from ...kernel.errors import Invalid
from ...kernel.problems import Problem
from ...kernel.text.mailbox import mailbox_key
from ...kernel.text.search_keys import printable
from ...partners.auth import limits
from ...partners.auth.devices import remember
from ...partners.auth.secrets import digest, hash_password, new_token, password_complaint, password_matches
from ...partners.auth.sessions import IP
from ...partners.models import Partner
from .. import emails
from ..models import Contact, Customer
from .models import PORTAL_CODE, PortalCode, PortalLogin, PortalSession

LASTS = timedelta(days=14)
CODE_LASTS = timedelta(minutes=10)
LONG_CODE_LASTS = timedelta(minutes=20)
SHORT, LONG = 6, 16  # digits
TRIES = 5
KEPT = timedelta(days=1)  # a code that is over, until its row goes
FRESH = timedelta(minutes=15)  # so long after signing in the password may be changed
WRONG_CODE = Problem("portal.wrong_code")
DEAD_CODE = Problem("portal.dead_code")
WRONG_PASSWORD = Problem("portal.wrong_password")
STALE = Problem("portal.sign_in_again")


@dataclass(frozen=True)
class Seat:
    """One customer that a login may act for, as one of its contacts."""

    partner_id: str
    partner: str
    customer_id: str
    company: str
    contact_id: str
    email_key: str
    name: str

    @property
    def actor(self) -> Actor:
        return portal_contact(self.partner_id, self.customer_id, self.contact_id, self.name)


@dataclass(frozen=True)
class Login:
    """A signed-in person, with at least one seat."""

    email_key: str
    session_id: str
    since: datetime
    language: str = ""
    has_password: bool = False
    seats: list[Seat] = field(default_factory=list)


# ---------------------------------------------------------------- codes


def send_code(email: str, ip: str = "", language: str = "", device: str = "") -> str:
    """Sends a code to whoever has portal access with this address; to nobody else. Returns the challenge either way.

    TooMany for a browser or network that asks too often; what was sent before stays good. `language`: what the page is
    in.
    """
    key = mailbox_key(email)
    short = limits.for_portal_code(key, ip, device)
    again = not short and not limits.for_long_portal_code(key)
    with across_partners(write=True) as session:
        session.execute(delete(PortalCode).where(col(PortalCode.created_at) < clock.now() - KEPT))
        enough = again and _long_codes(session, key, CODE_LASTS / 2)
        row, code = (_without_own(key), "") if enough else _made(key, long=not short)
        session.add(row)
        found = _seats(session, key)
        if code and found:
            newest = max(found, key=lambda seat: seat.contact_id)
            _write(session, newest, row, code, language or _language_of(session, key))
        return row.id


def _made(email_key: str, *, long: bool) -> tuple[PortalCode, str]:
    """(what is kept, the code)"""
    digits = LONG if long else SHORT
    code = f"{secrets.randbelow(10**digits):0{digits}}"
    at, id = clock.now(), new_id(PortalCode.prefix)
    kept = encrypt(_hash(email_key if long else id, code), PORTAL_CODE)
    ends = at + (LONG_CODE_LASTS if long else CODE_LASTS)
    return PortalCode(id=id, email_key=email_key, code_sealed=kept, long=long, created_at=at, expires_at=ends), code


def _long_codes(session: Session, email_key: str, lasts: timedelta) -> Sequence[PortalCode]:
    """Long codes of this address that were sent, are valid and unused."""
    sent = PortalCode.email_key == email_key, col(PortalCode.long), PortalCode.code_sealed != ""
    usable = col(PortalCode.used_at).is_(None), col(PortalCode.expires_at) > clock.now() + lasts
    return session.scalars(select(PortalCode).where(*sent, *usable)).all()


def _without_own(email_key: str) -> PortalCode:
    """For a browser that may give any long code which was sent already: no mail."""
    at = clock.now()
    return PortalCode(
        id=new_id(PortalCode.prefix),
        email_key=email_key,
        code_sealed="",
        long=True,
        created_at=at,
        expires_at=at + CODE_LASTS,
    )


def _hash(of: str, code: str) -> str:
    """`of`: the challenge, or for a long code the address that it was sent to."""
    return digest(f"{of}:{code}")


def _write(session: Session, seat: Seat, row: PortalCode, code: str, language: str) -> None:
    tx = Tx(session, job(seat.partner_id))
    customer, contact = tx.get(Customer, seat.customer_id), tx.get(Contact, seat.contact_id)
    minutes = str(int((row.expires_at - row.created_at).total_seconds()) // 60)
    code = " ".join(code[at : at + 4] for at in range(0, len(code), 4)) if row.long else code
    language = language or emails.language_of(tx, customer)
    message = emails.code(contact, customer, seat.partner, language, code, minutes)
    tx.later("email", f"code:{row.id}", message.payload(), about=customer.id)


def enter_code(challenge: str, code: str, ip: str = "", agent: str = "", device: str = "") -> str:
    """Opens a session: its secret for the cookie. Five tries, ten minutes, once; Invalid(code=…)."""
    with across_partners(write=True) as session:
        refused, secret = _enter(session, printable(challenge)[:32], "".join(code.split()), ip, agent, device)
    if refused:
        raise Invalid(code=refused)
    return secret


def _enter(session: Session, challenge: str, code: str, ip: str, agent: str, device: str) -> tuple[Problem | None, str]:
    row = session.scalars(select(PortalCode).where(PortalCode.id == challenge).with_for_update()).one_or_none()
    if row is None or row.used_at or row.expires_at <= clock.now() or row.tries >= TRIES:
        return DEAD_CODE, ""
    row.tries += 1
    long = row.long or len(code) == LONG
    if not _is_right(session, row, code, long=long):
        return (DEAD_CODE if row.tries >= TRIES else WRONG_CODE), ""
    if not _seats(session, row.email_key):
        return DEAD_CODE, ""
    row.used_at = clock.now()
    if long:  # used once, in whichever browser
        alike = update(PortalCode).where(col(PortalCode.email_key) == row.email_key, col(PortalCode.long))
        session.execute(alike.where(col(PortalCode.used_at).is_(None)).values(used_at=clock.now()))
    return None, _open_session(session, row.email_key, ip, agent, device)


def _is_right(session: Session, row: PortalCode, code: str, *, long: bool) -> bool:
    """A long code is good for every browser that asked for the address."""
    sent = _long_codes(session, row.email_key, timedelta()) if long else [row]
    given = _hash(row.email_key if long else row.id, code)
    return any(secrets.compare_digest(given, decrypt(one.code_sealed, PORTAL_CODE)) for one in sent)


# ---------------------------------------------------------------- passwords


def sign_in(email: str, password: str, ip: str = "", agent: str = "", device: str = "") -> str:
    """Sign-in with a password. An unknown address, none chosen and a wrong password give the same answer after the same
    time."""
    key = mailbox_key(email)
    claim = limits.for_portal_password(key, ip, device)
    with across_partners() as session:
        login, seats = _login(session, key), _seats(session, key)
    right = password_matches(password, login.password_hash if login and seats else "")
    if not right:
        raise Invalid(WRONG_PASSWORD)
    with across_partners(write=True) as session:
        claim.forgive(session)
        return _open_session(session, key, ip, agent, device)


def set_password(secret: str, password: str) -> None:
    """`password` "" goes back to codes alone. Only soon after signing in; every other browser is signed out."""
    with across_partners(write=True) as session:
        here = _live(session, secret)
        if here is None or here.created_at < clock.now() - FRESH:
            raise Invalid(password=STALE)
        if password and (complaint := password_complaint(password, here.email_key)):
            raise Invalid(password=complaint)
        _login_to_change(session, here.email_key).password_hash = hash_password(password) if password else ""
        others = PortalSession.email_key == here.email_key, PortalSession.id != here.id
        for row in session.scalars(select(PortalSession).where(*others, col(PortalSession.revoked_at).is_(None))):
            row.revoked_at = clock.now()


def set_language(email_key: str, language: str) -> None:
    with across_partners(write=True) as session:
        _login_to_change(session, email_key).language = language


def _login_to_change(session: Session, email_key: str) -> PortalLogin:
    login = _login(session, email_key)
    if login is None:
        login = PortalLogin(id=new_id(PortalLogin.prefix), email_key=email_key)
        session.add(login)
    return login


def _login(session: Session, email_key: str) -> PortalLogin | None:
    return session.scalars(select(PortalLogin).where(PortalLogin.email_key == email_key)).one_or_none()


def _language_of(session: Session, email_key: str) -> str:
    login = _login(session, email_key)
    return login.language if login else ""


# ---------------------------------------------------------------- sessions


def _open_session(session: Session, email_key: str, ip: str, agent: str, device: str) -> str:
    secret, hashed = new_token()
    at = clock.now()
    row = PortalSession(id=new_id(PortalSession.prefix), email_key=email_key, token_hash=hashed, created_at=at)
    row.expires_at, row.agent, row.ip = at + LASTS, printable(agent)[:200], ip[:IP]
    session.add(row)
    remember(session, limits.portal_account(email_key), device, ip, agent)
    for seat in _seats(session, email_key):
        session.scalars(select(Contact).where(Contact.id == seat.contact_id)).one().last_sign_in_at = at
    return secret


def resolve(secret: str) -> Login | None:
    """Who holds this cookie now; None also for somebody who may act for no customer any more."""
    with across_partners() as session:
        row = _live(session, secret)
        seats = _seats(session, row.email_key) if row else []
        if row is None or not seats:
            return None
        login = _login(session, row.email_key)
    language, password = (login.language, bool(login.password_hash)) if login else ("", False)
    return Login(row.email_key, row.id, row.created_at, language, password, seats)


def _live(session: Session, secret: str) -> PortalSession | None:
    live = col(PortalSession.revoked_at).is_(None), PortalSession.expires_at > clock.now()
    return session.scalars(select(PortalSession).where(PortalSession.token_hash == digest(secret), *live)).one_or_none()


def sign_out(secret: str) -> None:
    with across_partners(write=True) as session:
        if row := _live(session, secret):
            row.revoked_at = clock.now()


def _seats(session: Session, email_key: str) -> list[Seat]:
    """Every customer that this address may act for, of whatever partner, by name."""
    columns = (
        *(Contact.partner_id, Partner.name, Contact.customer_id, Customer.company),
        *(Contact.id, Contact.email_key, Contact.first_name, Contact.last_name),
    )
    statement = (
        select(*columns)  # type: ignore[call-overload]
        .join(Customer, col(Customer.id) == Contact.customer_id)
        .join(Partner, col(Partner.id) == Contact.partner_id)
        .where(Contact.email_key == email_key, *may_enter())
        .order_by(col(Customer.sort_key), col(Contact.id))
    )
    rows = session.execute(statement).all()
    return [Seat(*[*row[:6], f"{row[6]} {row[7]}".strip()[:200]]) for row in rows]


def may_enter() -> tuple[Any, ...]:
    """Over Contact joined with Customer: who has access at this moment."""
    open_ = col(Customer.ready_at).is_not(None), col(Customer.archived_at).is_(None)
    return col(Contact.portal_access), *open_
