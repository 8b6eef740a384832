"""The ledger: every change of what a customer owes, written once and never changed.

An entry is written in the transaction of the change (see posting.py) and says what happened, by which row, on which
day of the partner it counts, when it was written and by whom. Entries are kept for good. Sums of entries are the
balances:

* of an invoice: its balance;
* of a customer and currency: its open invoices less what it has on account, which is what a statement closes with;
* either of them up to a day or a moment: what it was then.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, Index, event
from sqlmodel import Field

from ..kernel.db.columns import moment
from ..kernel.db.transactions import OfCustomer


class EntryKind(StrEnum):
    """What happened. The row that made it happen (the entry's cause) stands behind each."""

    INVOICE = "invoice"  # an invoice was issued: the invoice
    VOID = "void"  # it was voided: the invoice
    CREDIT_NOTE = "credit_note"  # a credit note was issued; it lies on account: the credit note
    PAYMENT = "payment"  # money came in; it lies on account: the payment
    APPLIED = "applied"  # from account to an invoice, always two entries that add up to 0: the payment or credit note
    REFUND = "refund"  # money went back, from account and from what invoices had got: the refund
    SETTLED = "settled"  # what went back is not asked for again, the refund stands for it: the refund
    REFUND_FAILED = "refund_failed"  # a refund that had succeeded came back; it lies on account: the refund
    DISPUTE = "dispute"  # a bank took money back, from account and from what invoices had got: the dispute
    DISPUTE_WON = "dispute_won"  # the bank gave it back; it lies on account: the dispute


class LedgerEntry(OfCustomer, table=True):
    """`amount` in minor units of `currency`; positive means more owed. Without `invoice_id` it is money on account,
    which is owed to the customer and therefore negative.

    `cause_kind` is the table and `cause_id` the id of the row that made it happen. `counts_on` is a day of the
    partner's; `created_at` is when the entry was written.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        # A customer's statement in order, and its opening balance from the index alone.
        Index("ix_ledger_entry_statement", "partner_id", "customer_id", "currency", "counts_on", "amount"),
        # Ageing: what was open on each invoice of each customer on a day, in this order and from the index alone.
        Index("ix_ledger_entry_ageing", "partner_id", "customer_id", "invoice_id", "currency", "counts_on", "amount"),
        Index(None, "invoice_id", "id"),
    )
    prefix: ClassVar[str] = "led"

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    invoice_id: str | None = Field(default=None, foreign_key="invoice.id", max_length=32)
    kind: str = Field(max_length=20)
    cause_kind: str = Field(max_length=20)
    cause_id: str = Field(max_length=32)
    amount: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    counts_on: date
    created_at: datetime = moment()
    actor_kind: str = Field(max_length=10)
    actor_id: str = Field(max_length=32)
    actor_name: str = Field(max_length=200)


@event.listens_for(LedgerEntry, "before_update")
@event.listens_for(LedgerEntry, "before_delete")
def _refuse_change(_mapper: object, _connection: object, _entry: LedgerEntry) -> None:
    raise TypeError("The ledger is only ever added to.")
