"""Amounts of a payment that are currently allocated to invoices."""

from sqlmodel import col

from ...invoices.models import Allocation, Invoice
from ...kernel.db.transactions import Tx

PAYMENT = "payment"  # as the source of an allocation


def allocated(tx: Tx, payment_id: str, *, gone: bool = False) -> list[tuple[str, int]]:
    """(invoice id, minor units) allocated from a payment, in the order of allocation.

    With `gone` also invoices whose allocation was undone.
    """
    mine = tx.own(Allocation).where(Allocation.source_id == payment_id, Allocation.source_kind == PAYMENT)
    found: dict[str, int] = {}
    for row in tx.all(mine.order_by(col(Allocation.id))):
        found[row.invoice_id] = found.get(row.invoice_id, 0) + row.amount
    return [(invoice_id, amount) for invoice_id, amount in found.items() if amount > 0 or gone]


def settled_by(tx: Tx, payment_id: str, *, gone: bool = False) -> list[tuple[Invoice, int]]:
    parts = allocated(tx, payment_id, gone=gone)
    invoices = {row.id: row for row in tx.all(tx.own(Invoice).where(col(Invoice.id).in_(dict(parts))))}
    return [(invoices[invoice_id], amount) for invoice_id, amount in parts]
