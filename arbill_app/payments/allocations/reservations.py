"""Amounts of invoices reserved by pending attempts or in dispute, so that nothing is charged twice."""

from collections.abc import Sequence

from sqlmodel import col, func, select

from ...invoices.models import Invoice
from ...kernel.db.transactions import Tx
from ...ledger.models import EntryKind, LedgerEntry
from ..models import Attempt, AttemptPart, Dispute
from .rules import Part


def under_way(tx: Tx, invoice_ids: Sequence[str]) -> dict[str, int]:
    """Minor units of each invoice reserved by pending attempts."""
    statement = (
        select(AttemptPart.invoice_id, func.sum(AttemptPart.amount))
        .join(Attempt, col(Attempt.id) == AttemptPart.attempt_id)
        .where(
            AttemptPart.owned_by(tx.actor),
            col(AttemptPart.invoice_id).in_(invoice_ids),
            col(Attempt.ended_at).is_(None),
        )
        .group_by(AttemptPart.invoice_id)
    )
    return {invoice_id: int(amount) for invoice_id, amount in tx.rows(statement)}


def disputed(tx: Tx, invoice_ids: Sequence[str]) -> set[str]:
    """Invoices with an open or lost dispute: only staff charge them, never the schedule."""
    tx.write_appended()
    taken = (
        select(LedgerEntry.invoice_id)
        .join(Dispute, col(Dispute.id) == LedgerEntry.cause_id)
        .where(LedgerEntry.owned_by(tx.actor), LedgerEntry.kind == EntryKind.DISPUTE)
        .where(col(LedgerEntry.invoice_id).in_(invoice_ids), Dispute.state != "won")
    )
    return set(tx.all(taken.distinct()))


def free_of(tx: Tx, invoice: Invoice) -> int:
    """Open balance less what pending attempts reserve; negative when a reserved invoice was paid another way
    meanwhile."""
    return invoice.balance - under_way(tx, [invoice.id]).get(invoice.id, 0)


def parts_of(tx: Tx, attempt_id: str) -> list[Part]:
    """What an attempt is for, in the order it was asked."""
    rows = tx.all(tx.own(AttemptPart).where(AttemptPart.attempt_id == attempt_id).order_by(col(AttemptPart.id)))
    return [(row.invoice_id, row.amount) for row in rows]
