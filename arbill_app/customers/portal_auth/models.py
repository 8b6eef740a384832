"""Who is signed in to the portal. A login is an email address, whichever customers it belongs to."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, false
from sqlmodel import Field

from ...kernel.db.columns import moment, sealed
from ...kernel.db.transactions import Record

PORTAL_CODE = "portal code"


class PortalLogin(Record, table=True):
    """Exists once a person chose a password or a language; without a row they sign in by codes."""

    __tablename__ = "portal_login"
    prefix: ClassVar[str] = "plo"

    email_key: str = Field(max_length=254, unique=True)
    password_hash: str = Field(default="", max_length=200)
    language: str = Field(default="", max_length=10)


class PortalCode(Record, table=True):
    """A one-time code: typed, never a link, so that no mail scanner can use it up. Its digest is kept,
    encrypted: six digits alone could be guessed from a digest.

    `long`: of sixteen digits, for whoever asked for the address after it was sent so many codes; without `code_sealed`
    a browser that may give any of these.
    """

    __tablename__ = "portal_code"
    __table_args__ = (Index(None, "email_key", "id"),)
    prefix: ClassVar[str] = "pco"

    email_key: str = Field(max_length=254)
    code_sealed: str = sealed(PORTAL_CODE)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    tries: int = 0
    long: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    used_at: datetime | None = moment(default=None, nullable=True)


class PortalSession(Record, table=True):
    """A signed-in browser of a customer's person; the cookie holds the secret, the row only its SHA-256."""

    __tablename__ = "portal_session"
    prefix: ClassVar[str] = "pss"

    email_key: str = Field(max_length=254, index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    revoked_at: datetime | None = moment(default=None, nullable=True)
    agent: str = Field(default="", max_length=200)
    ip: str = Field(default="", max_length=60)
