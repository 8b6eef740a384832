"""What was owed at the end of a day: balances from the ledger, for ageing reports and reconciliation."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, func, select

from ..kernel.db.transactions import Tx
from .models import EntryKind, LedgerEntry


@dataclass(frozen=True)
class OpenAt:
    """What was open on an invoice, or without `invoice_id` on account (negative), in minor units."""

    customer_id: str
    invoice_id: str | None
    currency: str
    amount: int


def open_at(tx: Tx, day: date, customer_id: str = "") -> list[OpenAt]:
    """All that was open at the end of a day, of one customer or of all: their sum is what was owed."""
    whose = (LedgerEntry.customer_id, LedgerEntry.invoice_id, LedgerEntry.currency)
    amount = func.sum(LedgerEntry.amount)
    columns: tuple[Any, ...] = (*whose, amount)
    found = select(*columns).where(LedgerEntry.owned_by(tx.actor), col(LedgerEntry.counts_on) <= day)
    if customer_id:
        found = found.where(LedgerEntry.customer_id == customer_id)
    rows = tx.rows(found.group_by(*whose).having(amount != 0))
    return [OpenAt(customer, invoice, currency, int(minor)) for customer, invoice, currency, minor in rows]


def balance_at(tx: Tx, customer_id: str, currency: str, day: date) -> int:
    """Minor units that a customer owed at the end of a day, less what it had on account."""
    total = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.owned_by(tx.actor),
        LedgerEntry.customer_id == customer_id,
        LedgerEntry.currency == currency,
        col(LedgerEntry.counts_on) <= day,
    )
    return int(tx.scalar(total))


def last_opened_again(tx: Tx, invoice_id: str) -> date | None:
    """The last day on which a refund or a dispute made this invoice owed again."""
    grown = LedgerEntry.owned_by(tx.actor), LedgerEntry.invoice_id == invoice_id, col(LedgerEntry.amount) > 0
    last = select(func.max(LedgerEntry.counts_on)).where(*grown, LedgerEntry.kind != EntryKind.INVOICE)
    found: date | None = tx.scalar(last)
    return found
