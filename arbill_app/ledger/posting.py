"""Writing to the ledger: the only place where entries are made.

Whoever changes a balance or what lies on account posts it here, in the same transaction. The entries of a transaction
are written by one INSERT at its end.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import update
from sqlmodel import col

from ..kernel import clock
from ..kernel.db.transactions import Record, Tx
from ..partners.views import timezone
from .models import EntryKind, LedgerEntry


class OfACustomer(Protocol):
    """An invoice, credit note or payment."""

    customer_id: str
    currency: str


class AnInvoice(OfACustomer, Protocol):
    id: str


@dataclass(frozen=True)
class Cause:
    """Why what is owed changes: what happened, the row that made it happen, and the day it counts on."""

    kind: EntryKind
    row: Record
    on: date


def post_to_invoice(tx: Tx, cause: Cause, invoice: AnInvoice, amount: int) -> None:
    """`amount` in minor units; positive means that more is owed on it."""
    _post(tx, cause, invoice, amount, invoice.id)


def post_on_account(tx: Tx, cause: Cause, whose: OfACustomer, amount: int) -> None:
    """`amount` in minor units; money that comes on account is negative, as it is owed to the customer."""
    _post(tx, cause, whose, amount, None)


def _post(tx: Tx, cause: Cause, whose: OfACustomer, amount: int, invoice_id: str | None) -> None:
    if not amount:
        return
    tx.append(
        LedgerEntry,
        customer_id=whose.customer_id,
        invoice_id=invoice_id,
        kind=cause.kind.value,
        cause_kind=cause.row.__tablename__,
        cause_id=cause.row.id,
        amount=amount,
        currency=whose.currency,
        counts_on=cause.on,
        created_at=clock.now(),
        actor_kind=tx.actor.kind.value,
        actor_id=tx.actor.id,
        actor_name=tx.actor.name,
    )


def today(tx: Tx) -> date:
    """The day on which what happens now counts."""
    return clock.today(timezone(tx))


def move_entries(tx: Tx, from_id: str, to_id: str) -> None:
    """The entries of a customer that is merged into another follow its invoices there.

    The only change that the database allows, and only to the customer that `merged_into` names: see the triggers of
    the migration. Called after invoices and payments have moved: their locks make sure that no transaction still has
    entries to write.
    """
    theirs = update(LedgerEntry).where(LedgerEntry.owned_by(tx.actor), col(LedgerEntry.customer_id) == from_id)
    tx.session.execute(theirs.values(customer_id=to_id))
