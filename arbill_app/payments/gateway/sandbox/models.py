"""What the sandbox remembers: it plays the bank, so what it captured must outlive our crash and be seen everywhere.

Its rows are written in transactions of their own, never in ours, as a bank's would be. They belong to a partner like
every row, but no noun points here: what arbill knows, it asks the gateway. No row ever holds the number of a card or
account, only its last four digits, a keyed fingerprint and what becomes of its charges.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from ....kernel.db.columns import moment, sealed
from ....kernel.db.transactions import Owned
from ....kernel.encryption.values import decrypt

SANDBOX = "sandbox"


class SandboxBank(Owned, table=True):
    """One for each partner: `secret` keys fingerprints and signs webhooks."""

    __tablename__ = "sandbox_bank"
    __table_args__ = (UniqueConstraint("partner_id"),)
    prefix: ClassVar[str] = "sbk"

    secret_sealed: str = sealed(SANDBOX)

    @property
    def secret(self) -> str:
        return decrypt(self.secret_sealed, SANDBOX)


class SandboxMethod(Owned, table=True):
    """A saved test card or account. `outcome` as in test_numbers.py."""

    __tablename__ = "sandbox_method"
    prefix: ClassVar[str] = "sbm"

    customer: str = Field(max_length=64)
    kind: str = Field(max_length=20)
    outcome: str = Field(max_length=60)
    last4: str = Field(max_length=4)
    brand: str = Field(default="", max_length=40)
    funding: str = Field(default="", max_length=10)
    bank_name: str = Field(default="", max_length=120)
    exp_month: int | None = None
    exp_year: int | None = None
    fingerprint: str = Field(max_length=64)
    mandate: str = Field(default="", max_length=32)
    created_at: datetime = moment()
    detached_at: datetime | None = moment(default=None, nullable=True)


class SandboxSetup(Owned, table=True):
    """A visit to the sandbox's page where a method is typed. `kinds` are separated by spaces.

    Where the browser goes back to may hold a payment link.
    """

    __tablename__ = "sandbox_setup"
    __table_args__ = (UniqueConstraint("partner_id", "key"),)
    prefix: ClassVar[str] = "sbs"

    key: str = Field(max_length=200)
    customer: str = Field(max_length=64)
    kinds: str = Field(max_length=80)
    return_sealed: str = sealed(SANDBOX, length=1000)
    method_id: str | None = Field(default=None, max_length=32, foreign_key="sandbox_method.id")
    created_at: datetime = moment()

    @property
    def return_url(self) -> str:
        return decrypt(self.return_sealed, SANDBOX) if self.return_sealed else ""


class SandboxCharge(Owned, table=True):
    """`status` as in protocol.Charge; `settles_at` is when a bank payment ends, `decline_code` how when not well."""

    __tablename__ = "sandbox_charge"
    __table_args__ = (UniqueConstraint("partner_id", "key"), Index(None, "settles_at"))
    prefix: ClassVar[str] = "sbc"

    key: str = Field(max_length=200)
    ref: str = Field(default="", max_length=200)
    customer: str = Field(max_length=64)
    method_id: str = Field(max_length=32, foreign_key="sandbox_method.id")
    amount: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    status: str = Field(max_length=20)
    decline_code: str = Field(default="", max_length=60)
    return_sealed: str = sealed(SANDBOX, length=1000)
    refunded: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = moment()
    settles_at: datetime | None = moment(default=None, nullable=True)

    @property
    def return_url(self) -> str:
        return decrypt(self.return_sealed, SANDBOX) if self.return_sealed else ""


class SandboxRefund(Owned, table=True):
    """`status` as in protocol.Refund; one to a bank account takes until `settles_at`."""

    __tablename__ = "sandbox_refund"
    __table_args__ = (UniqueConstraint("partner_id", "key"), Index(None, "settles_at"))
    prefix: ClassVar[str] = "sbr"

    key: str = Field(max_length=200)
    charge_id: str = Field(max_length=32, foreign_key="sandbox_charge.id", index=True)
    amount: int = Field(sa_type=BigInteger)
    status: str = Field(max_length=20)
    reason: str = Field(default="", max_length=200)
    created_at: datetime = moment()
    settles_at: datetime | None = moment(default=None, nullable=True)


class SandboxEvent(Owned, table=True):
    """A webhook to send, until `delivered_at`. `payload` is its body, but for id and kind."""

    __tablename__ = "sandbox_event"
    __table_args__ = (Index(None, "delivered_at", "id"),)
    prefix: ClassVar[str] = "sbe"

    kind: str = Field(max_length=40)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    delivered_at: datetime | None = moment(default=None, nullable=True)
