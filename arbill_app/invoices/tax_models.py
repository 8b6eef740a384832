"""The taxes of lines as rows."""

from typing import ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, Index, or_
from sqlmodel import Field, col, select

from ..kernel.db.columns import only
from ..kernel.db.transactions import Owned
from .models import CreditLine, InvoiceLine, minor
from .rules.taxes import Kind, Reason

OF_INVOICE_LINE, OF_CREDIT_LINE = "invoice_line_id", "credit_line_id"


class LineTax(Owned, table=True):
    """One tax of a line of an invoice or of a credit note: see taxes.Component. Frozen with its line."""

    __tablename__ = "line_tax"
    __table_args__ = (
        CheckConstraint("(invoice_line_id IS NULL) <> (credit_line_id IS NULL)", name="ck_line_tax_of_one_line"),
        Index(
            "uq_line_tax_invoice_line",
            OF_INVOICE_LINE,
            "position",
            unique=True,
            **only("invoice_line_id IS NOT NULL"),
        ),
        Index("uq_line_tax_credit_line", OF_CREDIT_LINE, "position", unique=True, **only("credit_line_id IS NOT NULL")),
    )
    prefix: ClassVar[str] = "ltx"

    invoice_line_id: str | None = Field(default=None, foreign_key="invoice_line.id", max_length=32)
    credit_line_id: str | None = Field(default=None, foreign_key="credit_line.id", max_length=32)
    position: int
    name: str = Field(max_length=60)
    jurisdiction: str = Field(default="", max_length=20)
    kind: str = Field(default=Kind.OTHER, max_length=10)
    reason: str = Field(default=Reason.UNSTATED, max_length=20)
    rate: int = 0
    base: int = minor(default=0)
    amount: int = minor(default=0)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        lines = select(InvoiceLine.id).where(InvoiceLine.seen_by_customer(customer_id))
        credits = select(CreditLine.id).where(CreditLine.seen_by_customer(customer_id))
        return or_(col(cls.invoice_line_id).in_(lines), col(cls.credit_line_id).in_(credits))

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        lines = select(InvoiceLine.id).where(InvoiceLine.seen_by_link(customer_id, invoice_id))
        return col(cls.invoice_line_id).in_(lines)
