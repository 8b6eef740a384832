"""Registers invoices with the hooks of customers: dependents, merging, balances.

Imported by tables.py, so that every process knows.
"""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col, func, select

from ..customers.balances import OWED
from ..customers.commands.merging import MOVERS
from ..customers.dependents import TIES
from ..customers.models import Customer
from ..kernel.db.transactions import Tx
from ..kernel.paging import among, unindexed
from ..kernel.problems import Problem
from .models import CreditNote, Invoice


def count_invoices(tx: Tx, customer_id: str) -> Problem | None:
    count = tx.scalar(select(func.count()).where(Invoice.owned_by(tx.actor), Invoice.customer_id == customer_id))
    return Problem("ties.invoices", count=int(count)) if count else None


def move_invoices(tx: Tx, from_id: str, to_id: str) -> None:
    """Their papers keep the names they were issued with."""
    for paper in (Invoice, CreditNote):
        moved = update(paper).where(paper.owned_by(tx.actor), col(paper.customer_id) == from_id)
        tx.session.execute(moved.values(customer_id=to_id))


def owed(tx: Tx, customer_ids: Sequence[str]) -> dict[str, int]:
    """Open balances less credits on account, in the customer's currency."""
    found: dict[str, int] = {}
    owing, kept = col(Invoice.standing) == "owed", col(CreditNote.unapplied) > 0
    # The index of invoices begins with the partner, that of credit notes with the customer.
    invoices, credits = Invoice.owned_by(tx.actor), unindexed(CreditNote.owned_by(tx.actor))
    for paper, amount, left, own, sign in (
        (Invoice, Invoice.balance, owing, invoices, 1),
        (CreditNote, CreditNote.unapplied, kept, credits, -1),
    ):
        statement = (
            select(paper.customer_id, func.sum(amount))
            .join(Customer, col(Customer.id) == paper.customer_id)
            .where(among(tx, col(paper.customer_id), customer_ids), own, left)
            .where(paper.currency == Customer.currency)
            .group_by(paper.customer_id)
        )
        for customer_id, minor in tx.rows(statement):
            found[customer_id] = found.get(customer_id, 0) + sign * int(minor)
    return found


TIES.append(count_invoices)
MOVERS.append(move_invoices)
OWED.append(owed)
