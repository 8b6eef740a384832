"""Browsers that an account has signed in from completely. A browser keeps a random token in a cookie for a year.

A known device has a budget of its own for wrong passwords and codes, so that the wrong tries of others do not slow it
down; and a sign-in from any other device is told to the person by mail. It replaces no password and no second factor.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import ColumnElement, UniqueConstraint, delete
from sqlalchemy.orm import Session
from sqlmodel import Field, col, select

from ...kernel import clock
from ...kernel.db.columns import moment
from ...kernel.db.transactions import Record, new_id
from ...kernel.text.search_keys import printable
from ..rules.throttle import network_of
from .secrets import digest

LASTS = timedelta(days=365)
NETWORK_KNOWN = timedelta(days=30)
MOST = 20  # of one account; the one that was not used for longest goes first


class KnownDevice(Record, table=True):
    """`account` is "staff:" or "portal:" and the email's key; `token_hash` the SHA-256 of what the cookie holds."""

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("account", "token_hash"),)
    prefix: ClassVar[str] = "dev"

    account: str = Field(max_length=270)
    token_hash: str = Field(max_length=64, index=True)
    network: str = Field(default="", max_length=60)
    agent: str = Field(default="", max_length=200)
    created_at: datetime = moment()
    last_used_at: datetime = moment()


def is_known(session: Session, account: str, token: str) -> bool:
    return bool(token) and _device(session, account, token) is not None


def _device(session: Session, account: str, token: str) -> KnownDevice | None:
    this = KnownDevice.account == account, KnownDevice.token_hash == digest(token)
    return session.scalars(select(KnownDevice).where(*this, _alive())).one_or_none()


def _alive() -> ColumnElement[bool]:
    return col(KnownDevice.last_used_at) > clock.now() - LASTS


def network_is_known(session: Session, account: str, ip: str) -> bool:
    """Whether a known device of the account was in this network during the last 30 days."""
    recent = col(KnownDevice.last_used_at) > clock.now() - NETWORK_KNOWN
    here = KnownDevice.account == account, KnownDevice.network == network_of(ip), recent
    return session.scalars(select(KnownDevice.id).where(*here).limit(1)).first() is not None


def remember(session: Session, account: str, token: str, ip: str, agent: str) -> bool:
    """After a complete sign-in. Says whether the device was known already; without a token nothing is kept."""
    if not token:
        return False
    now, row = clock.now(), _device(session, account, token)
    known = row is not None
    if row is None:
        row = KnownDevice(id=new_id(KnownDevice.prefix), account=account, token_hash=digest(token), created_at=now)
        session.add(row)
    row.network, row.agent, row.last_used_at = network_of(ip), printable(agent)[:200], now
    session.flush()
    newest = select(KnownDevice.id).where(KnownDevice.account == account)
    kept = session.scalars(
        newest.order_by(col(KnownDevice.last_used_at).desc(), col(KnownDevice.id).desc()).limit(MOST)
    )
    others = delete(KnownDevice).where(col(KnownDevice.account) == account, col(KnownDevice.id).not_in(kept.all()))
    session.execute(others)
    return known


def forget_devices(session: Session, account: str) -> None:
    """After a reset or "Sign out everywhere": no browser has anything ahead of others."""
    session.execute(delete(KnownDevice).where(col(KnownDevice.account) == account))
