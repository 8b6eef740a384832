"""What living attempts hold of invoices, and what banks took back, so that nobody charges it twice."""

from collections.abc import Sequence

from sqlmodel import col, func, select

from ...invoices.models import Invoice
from ...kernel.db.transactions import Tx
from ...ledger.models import EntryKind, LedgerEntry
from ..models import Attempt, AttemptPart, Dispute
from .rules import Part


def under_way(tx: Tx, invoice_ids: Sequence[str]) -> dict[str, int]:
    """Minor units of each invoice that living attempts hold."""
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
    """Those of which a bank took a payment back that it has not given again: only staff charge them, never a plan."""
    tx.write_appended()
    taken = (
        select(LedgerEntry.invoice_id)
        .join(Dispute, col(Dispute.id) == LedgerEntry.cause_id)
        .where(LedgerEntry.owned_by(tx.actor), LedgerEntry.kind == EntryKind.DISPUTE)
        .where(col(LedgerEntry.invoice_id).in_(invoice_ids), Dispute.state != "won")
    )
    return set(tx.all(taken.distinct()))


def free_of(tx: Tx, invoice: Invoice) -> int:
    """Minor units that are open and not under way; what lies beyond was paid another way meanwhile."""
    return invoice.balance - under_way(tx, [invoice.id]).get(invoice.id, 0)


def parts_of(tx: Tx, attempt_id: str) -> list[Part]:
    """What an attempt is for, in the order it was asked."""
    rows = tx.all(tx.own(AttemptPart).where(AttemptPart.attempt_id == attempt_id).order_by(col(AttemptPart.id)))
    return [(row.invoice_id, row.amount) for row in rows]
