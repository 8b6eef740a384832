"""Passkeys as they are kept."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from ...kernel.db.columns import moment
from ...kernel.db.transactions import Record
from ...kernel.fields import Fields, line


class PasskeyFields(Fields):
    name: str = line("Name", 60, missing="passkey.name_missing")


class Passkey(PasskeyFields, Record, table=True):
    """A WebAuthn credential of a person. `sign_count` as its authenticator last said; many always say 0."""

    prefix: ClassVar[str] = "pky"

    person_id: str = Field(foreign_key="person.id", max_length=32, index=True)
    credential_id: str = Field(max_length=1400, unique=True)
    public_key: bytes = Field(sa_type=LargeBinary)
    sign_count: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = moment()
    last_used_at: datetime | None = moment(default=None, nullable=True)
