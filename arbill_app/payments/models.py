"""What came in: saved payment methods, attempts to charge them, payments, refunds, disputes, what gateways told us.

All amounts are minor units of the row's own currency. Which payment counts towards which invoice stands in
invoices.models.Allocation, with the payment as its source.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ColumnElement, Index, Integer, Text, UniqueConstraint, and_, literal
from sqlmodel import Field, col, select

from ..invoices.models import Invoice, minor
from ..kernel.db.columns import changes_index, moment, only
from ..kernel.db.transactions import Changing, OfCustomer, Owned
from ..kernel.fields import Fields, line, lines

LINK = "link"  # the source of what the holder of a payment link began
LINK_OF = "Payment link of "  # with the invoice's number, who began it


class PaymentMethod(Changing, OfCustomer, table=True):
    """A card or bank account that a gateway keeps for a customer; we hold its token and what people recognise it by.

    A Canadian pre-authorised debit can be charged once the customer approved it (`approved_at`), a bank account once
    the gateway has made sure of it (`verified`).
    """

    __tablename__ = "payment_method"
    __table_args__ = (
        UniqueConstraint("partner_id", "gateway", "token"),
        Index(None, "customer_id", "id"),
        changes_index(),
        Index("uq_payment_method_default", "customer_id", unique=True, **only("is_default")),
    )
    prefix: ClassVar[str] = "pme"

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    gateway: str = Field(max_length=20)
    account: str = Field(max_length=120)
    token: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    funding: str = Field(default="", max_length=10)
    brand: str = Field(default="", max_length=40)
    last4: str = Field(default="", max_length=4)
    exp_month: int | None = None
    exp_year: int | None = None
    bank_name: str = Field(default="", max_length=120)
    fingerprint: str = Field(default="", max_length=80)
    is_default: bool = False
    verified: bool = True
    added_by: str = Field(default="", max_length=200)
    added_at: datetime = moment()
    approved_at: datetime | None = moment(default=None, nullable=True)
    removed_at: datetime | None = moment(default=None, nullable=True)
    expiry_told_at: datetime | None = moment(default=None, nullable=True)

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return col(cls.id).in_(select(Setup.method_id).where(Setup.seen_by_link(customer_id, invoice_id)))


class AutoPayChange(OfCustomer, table=True):
    """Auto Pay turned on or off: by whom, when, and the words that were agreed to."""

    __tablename__ = "auto_pay_change"
    prefix: ClassVar[str] = "apc"

    customer_id: str = Field(foreign_key="customer.id", max_length=32, index=True)
    on: bool
    text: str = Field(default="", max_length=1000)
    by_kind: str = Field(max_length=10)
    by_name: str = Field(max_length=200)
    at: datetime = moment()


class Setup(OfCustomer, table=True):
    """A payment method being added: what the gateway's page is called, until it comes back.

    `source` says who types it there: staff, portal, link; `form_key` is what the page comes back with.
    """

    __tablename__ = "payment_setup"
    prefix: ClassVar[str] = "pst"

    customer_id: str = Field(foreign_key="customer.id", max_length=32, index=True)
    token: str = Field(max_length=200, index=True)
    made_default: bool = False
    source: str = Field(default="", max_length=10)
    by_name: str = Field(max_length=200)
    created_at: datetime = moment()
    finished_at: datetime | None = moment(default=None, nullable=True)
    method_id: str | None = Field(default=None, max_length=32)
    form_key: str = Field(default="", max_length=64, index=True)

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        number = select(Invoice.number).where(col(Invoice.id) == invoice_id).scalar_subquery()
        began = col(cls.by_name) == literal(LINK_OF) + number
        return and_(began, col(cls.customer_id) == customer_id, col(cls.source) == LINK)


class AttemptState(StrEnum):
    STARTED = "started"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELED = "canceled"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


# Those without an end yet.
LIVE = (AttemptState.STARTED, AttemptState.PROCESSING, AttemptState.REQUIRES_ACTION, AttemptState.UNKNOWN)


class Attempt(OfCustomer, table=True):
    """One try to charge a method, written before the gateway is called; `key` is the gateway's idempotency key.

    `source` says who wanted it: staff, portal, link, auto; `network` from where a link was used (/24, /64); `error` why
    nothing was charged, where no bank declined it. What it is for stands in AttemptPart.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("partner_id", "key"),
        Index(None, "customer_id", "id"),
        Index(None, "partner_id", "charge_id"),
        Index(None, "partner_id", "source", "created_at"),
        Index("ix_payment_attempt_live", "partner_id", "id", **only("ended_at IS NULL")),
    )
    prefix: ClassVar[str] = "ptt"

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    method_id: str = Field(foreign_key="payment_method.id", max_length=32)
    amount: int = minor()
    currency: str = Field(max_length=3)
    key: str = Field(max_length=200)
    state: str = Field(default=AttemptState.STARTED, max_length=20)
    source: str = Field(max_length=10)
    by_name: str = Field(default="", max_length=200)
    charge_id: str = Field(default="", max_length=120)
    decline_code: str = Field(default="", max_length=60)
    error: str = Field(default="", max_length=500)
    network: str = Field(default="", max_length=50)
    created_at: datetime = moment()
    ended_at: datetime | None = moment(default=None, nullable=True)

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        for_it = select(AttemptPart.attempt_id).where(AttemptPart.seen_by_link(customer_id, invoice_id))
        return and_(col(cls.id).in_(for_it), col(cls.customer_id) == customer_id, col(cls.source) == LINK)


class AttemptPart(Owned, table=True):
    """So much of an attempt is for this invoice; while the attempt lives nobody else can charge that."""

    __tablename__ = "attempt_part"
    __table_args__ = (Index(None, "invoice_id"), Index(None, "attempt_id"))
    prefix: ClassVar[str] = "atp"

    attempt_id: str = Field(foreign_key="payment_attempt.id", max_length=32)
    invoice_id: str = Field(foreign_key="invoice.id", max_length=32)
    amount: int = minor()

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.attempt_id).in_(select(Attempt.id).where(Attempt.seen_by_customer(customer_id)))

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return col(cls.invoice_id) == invoice_id


class PaymentFields(Fields):
    reference: str = line("Reference", 100)
    note: str = lines("Note", 500)


class Payment(PaymentFields, Changing, OfCustomer, table=True):
    """Money that came in. `unapplied` is on account: amount less allocations less `refunded` less `disputed`.

    `kind` is card, us_bank_account or acss_debit, or for what staff record check, wire, cash, other.
    """

    __table_args__ = (
        UniqueConstraint("partner_id", "key"),
        UniqueConstraint("attempt_id"),
        Index(None, "partner_id", "id"),
        Index(None, "partner_id", "received_on", "id"),
        Index(None, "partner_id", "amount", "id"),
        changes_index(),
        Index(None, "customer_id", "id"),
        Index("ix_payment_unapplied", "customer_id", "currency", "unapplied", **only("unapplied > 0")),
    )
    prefix: ClassVar[str] = "pay"

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    attempt_id: str | None = Field(default=None, foreign_key="payment_attempt.id", max_length=32)
    method_id: str | None = Field(default=None, foreign_key="payment_method.id", max_length=32)
    key: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    label: str = Field(default="", max_length=120)
    amount: int = minor()
    currency: str = Field(max_length=3)
    unapplied: int = minor(default=0)
    refunded: int = minor(default=0)
    disputed: int = minor(default=0)
    charge_id: str = Field(default="", max_length=120)
    received_on: date
    created_at: datetime = moment()

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return col(cls.attempt_id).in_(select(Attempt.id).where(Attempt.seen_by_link(customer_id, invoice_id)))


class Refund(Owned, table=True):
    """Money given back. `state` is started, processing, succeeded or failed; one under way holds its amount."""

    __table_args__ = (UniqueConstraint("partner_id", "key"), Index(None, "payment_id"))
    prefix: ClassVar[str] = "rfd"

    payment_id: str = Field(foreign_key="payment.id", max_length=32)
    amount: int = minor()
    reason: str = Field(max_length=200)
    key: str = Field(max_length=200)
    state: str = Field(default="started", max_length=10)
    owed_again: bool = False
    gateway_id: str = Field(default="", max_length=120)
    error: str = Field(default="", max_length=500)
    by_name: str = Field(max_length=200)
    created_at: datetime = moment()
    ended_at: datetime | None = moment(default=None, nullable=True)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.payment_id).in_(select(Payment.id).where(Payment.seen_by_customer(customer_id)))


class Dispute(Owned, table=True):
    """A customer's bank took a payment back for now (`open`), for good (`lost`), or gave it back (`won`)."""

    __table_args__ = (UniqueConstraint("partner_id", "gateway_id"), Index(None, "payment_id"))
    prefix: ClassVar[str] = "dsp"

    payment_id: str = Field(foreign_key="payment.id", max_length=32)
    gateway_id: str = Field(max_length=120)
    amount: int = minor()
    reason: str = Field(default="", max_length=200)
    state: str = Field(default="open", max_length=10)
    opened_at: datetime = moment()
    ended_at: datetime | None = moment(default=None, nullable=True)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.payment_id).in_(select(Payment.id).where(Payment.seen_by_customer(customer_id)))


class GatewayEvent(Owned, table=True):
    """What a gateway told us, once for each of its event ids, however often it tells."""

    __tablename__ = "gateway_event"
    __table_args__ = (UniqueConstraint("gateway", "event_id"),)
    prefix: ClassVar[str] = "gev"

    gateway: str = Field(max_length=20)
    event_id: str = Field(max_length=120)
    kind: str = Field(max_length=60)
    charge_id: str = Field(default="", max_length=120)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    received_at: datetime = moment()


class PaymentSearch(Owned, table=True):
    """The folded text a payment is found by: see kernel/db/trigrams.py."""

    __tablename__ = "payment_search"
    prefix: ClassVar[str] = "pse"

    id: str = Field(max_length=32, foreign_key="payment.id", unique=True)
    number: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    found_by: str = Field(sa_type=Text)
