"""What customers owe: invoices with their lines, credit notes, what was settled, numbers, attachments.

All amounts are minor units of the paper's own currency. Issued papers are frozen: names, addresses, tax ids and
language stand on the row as they were then.
"""

import hashlib
import secrets
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Computed,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
)
from sqlmodel import Field, col, select

from ..kernel.db.columns import changes_index, moment, only, sealed
from ..kernel.db.transactions import Changing, Owned
from ..kernel.encryption.values import decrypt, encrypt
from ..kernel.fields import Fields, line, lines
from .rules.lifecycle import Stage
from .rules.options import Option as Option

PAYMENT_LINK = "payment link"


def minor(**kwargs: Any) -> Any:
    """A column of money in minor units."""
    return Field(sa_type=BigInteger, **kwargs)


class PaperFields(Fields):
    """What a person types on an invoice beside its lines."""

    memo: str = lines("Memo", 1000)
    po_number: str = line("PO number", 60)
    note: str = lines("Internal note", 2000)


class Paper(PaperFields, Owned):
    """What invoices and credit notes share. `number` is "" until issued; `seller`, `buyer`, `ship_to` are parties."""

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    legal_entity_id: str = Field(foreign_key="legal_entity.id", max_length=32)
    number: str = Field(default="", max_length=60)
    currency: str = Field(max_length=3)
    language: str = Field(default="en", max_length=10)
    rounding: str = Field(default="line", max_length=10)
    itemised: bool = False
    issued_on: date | None = None
    subtotal: int = minor(default=0)
    discount: int = minor(default=0)
    tax: int = minor(default=0)
    total: int = minor(default=0)
    seller: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    buyer: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    ship_to: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    accent: str = Field(default="", max_length=7)
    logo_id: str | None = Field(default=None, max_length=32)
    created_at: datetime = moment()
    issued_at: datetime | None = moment(default=None, nullable=True)


# One column to find them by: SQLite chooses among indexes by how many columns are asked for, and not by what is rare.
STANDING = "CASE WHEN stage <> 'open' THEN stage WHEN balance > 0 THEN 'owed' ELSE 'paid' END"


class Invoice(Paper, Changing, table=True):
    """`balance` is what is still owed: total less allocations while open, else 0 (kept by commands/settling.py).

    `refunded` is what was paid and has gone back without being asked for again. `standing` is worked out by the
    database: draft, owed, paid or voided, to find them by.

    `draft_key` makes saving idempotent, `sent_at` is the first sending. The token of the payment link is
    looked up by its SHA-256 (`link_hash`) and kept encrypted; `with_link` makes both.
    """

    __table_args__ = (
        UniqueConstraint("partner_id", "draft_key"),
        UniqueConstraint("link_hash", name="uq_invoice_link_token"),  # the column's first name
        Index(None, "partner_id", "id"),
        changes_index(),
        Index(None, "partner_id", "due_on", "id"),
        Index(None, "partner_id", "total", "id"),
        Index(None, "partner_id", "customer_id", "id"),
        Index(None, "partner_id", "currency", "id"),
        Index(None, "partner_id", "option", "id"),
        Index(None, "partner_id", "standing", "id"),
        Index(None, "partner_id", "standing", "due_on", "id"),
        Index(None, "partner_id", "standing", "currency", "total", "balance"),
        Index(None, "partner_id", "customer_id", "standing", "currency", "balance"),
        Index("uq_invoice_number", "legal_entity_id", "number", unique=True, **only("number <> ''")),
    )
    prefix: ClassVar[str] = "inv"

    draft_key: str = Field(max_length=64)
    link_hash: str = Field(max_length=64)
    link_sealed: str = sealed(PAYMENT_LINK)
    stage: str = Field(default=Stage.DRAFT, max_length=10)
    due_on: date
    terms_days: int | None = None
    option: str = Field(default=Option.LATER, max_length=10)
    payment_method_id: str | None = Field(default=None, max_length=32)
    balance: int = minor(default=0)
    refunded: int = minor(default=0)
    standing: str | None = Field(default=None, sa_column=Column(String(10), Computed(STANDING, persisted=True)))
    void_reason: str = Field(default="", max_length=500)
    voided_at: datetime | None = moment(default=None, nullable=True)
    sent_at: datetime | None = moment(default=None, nullable=True)
    duplicate_of: str | None = Field(default=None, max_length=32)

    @property
    def link_token(self) -> str:
        return decrypt(self.link_sealed, PAYMENT_LINK)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return and_(col(cls.customer_id) == customer_id, col(cls.stage) != Stage.DRAFT)

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return and_(col(cls.id) == invoice_id, col(cls.customer_id) == customer_id, col(cls.stage) != Stage.DRAFT)


def shown_invoices(customer_id: str) -> Any:
    """Ids of the invoices that a customer sees in its portal."""
    return select(Invoice.id).where(Invoice.seen_by_customer(customer_id))


def link_hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def with_link(token: str = "") -> dict[str, Any]:
    """The columns of a payment link, of a new one without `token`."""
    token = token or secrets.token_urlsafe(24)
    return {"link_hash": link_hash(token), "link_sealed": encrypt(token, PAYMENT_LINK)}


class CreditNote(Paper, Changing, table=True):
    """Corrects an invoice. `unapplied` is what is still kept on account: total less allocations."""

    __tablename__ = "credit_note"
    __table_args__ = (
        UniqueConstraint("partner_id", "draft_key"),
        Index(None, "partner_id", "id"),
        changes_index(),
        Index(None, "customer_id", "id"),
        Index("uq_credit_note_number", "legal_entity_id", "number", unique=True, **only("number <> ''")),
        Index("ix_credit_note_unapplied", "customer_id", "currency", "unapplied", **only("unapplied > 0")),
    )
    prefix: ClassVar[str] = "crn"

    draft_key: str = Field(max_length=64)
    invoice_id: str = Field(foreign_key="invoice.id", max_length=32, index=True)
    reason: str = Field(max_length=200)
    unapplied: int = minor(default=0)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return and_(col(cls.customer_id) == customer_id, col(cls.number) != "")


class LineFields(Fields):
    """`quantity` counts millionths, `tax_rate` ten-thousandths of a percent.

    `discount` is the amount taken off; `discount_rate` says by which rate where it was a percentage. `net` is before
    tax; with rounding per invoice, `tax` is this line's share of the whole.
    """

    description: str = lines("Description", 500)
    quantity: int = minor(default=1_000_000)
    unit_price: int = minor(default=0)
    discount_rate: int = 0
    discount: int = minor(default=0)
    tax_rate: int = 0
    net: int = minor(default=0)
    tax: int = minor(default=0)


class InvoiceLine(LineFields, Owned, table=True):
    __tablename__ = "invoice_line"
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)
    prefix: ClassVar[str] = "inl"

    invoice_id: str = Field(foreign_key="invoice.id", max_length=32)
    position: int

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.invoice_id).in_(shown_invoices(customer_id))

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return col(cls.invoice_id) == invoice_id


class CreditLine(LineFields, Owned, table=True):
    __tablename__ = "credit_line"
    __table_args__ = (UniqueConstraint("credit_note_id", "position"),)
    prefix: ClassVar[str] = "crl"

    credit_note_id: str = Field(foreign_key="credit_note.id", max_length=32)
    position: int

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        numbered = col(CreditNote.customer_id) == customer_id, col(CreditNote.number) != ""
        return col(cls.credit_note_id).in_(select(CreditNote.id).where(*numbered))


class Allocation(Owned, table=True):
    """An amount of a credit note or payment that settles this invoice. Undoing it adds a negative row."""

    __table_args__ = (Index(None, "source_id"), Index(None, "invoice_id"))
    prefix: ClassVar[str] = "alo"

    invoice_id: str = Field(foreign_key="invoice.id", max_length=32)
    source_kind: str = Field(max_length=10)
    source_id: str = Field(max_length=32)
    amount: int = minor()
    created_at: datetime = moment()

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.invoice_id).in_(shown_invoices(customer_id))

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return col(cls.invoice_id) == invoice_id


class NumberCounter(Owned, table=True):
    """The last number given by a legal entity for a kind of paper within a period: see numbering.py."""

    __tablename__ = "number_counter"
    __table_args__ = (UniqueConstraint("legal_entity_id", "kind", "period"),)
    prefix: ClassVar[str] = "num"

    legal_entity_id: str = Field(foreign_key="legal_entity.id", max_length=32)
    kind: str = Field(max_length=12)
    period: str = Field(default="", max_length=4)
    last: int = 0


class Attachment(Owned, table=True):
    """A file that goes with an invoice. The bytes stand in a row of their own, so that lists don't load them."""

    __table_args__ = (Index(None, "invoice_id", "id"),)
    prefix: ClassVar[str] = "att"

    invoice_id: str = Field(foreign_key="invoice.id", max_length=32)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=100)
    size: int
    created_at: datetime = moment()

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.invoice_id).in_(shown_invoices(customer_id))


class AttachmentContent(Owned, table=True):
    __tablename__ = "attachment_content"
    prefix: ClassVar[str] = "atc"

    attachment_id: str = Field(foreign_key="attachment.id", max_length=32, unique=True)
    content: bytes = Field(sa_type=LargeBinary)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.attachment_id).in_(select(Attachment.id).where(Attachment.seen_by_customer(customer_id)))


class InvoiceSearch(Owned, table=True):
    """The folded text an invoice is found by: see kernel/db/trigrams.py."""

    __tablename__ = "invoice_search"
    prefix: ClassVar[str] = "ise"

    id: str = Field(max_length=32, foreign_key="invoice.id", unique=True)
    number: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    found_by: str = Field(sa_type=Text)
