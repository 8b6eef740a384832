"""The only place where the balance of an open invoice changes: an allocation from a payment or credit note settles it.

Balances are kept for speed; the tests prove that they always equal what the allocations and the ledger add up to.
"""

from dataclasses import replace

from sqlmodel import col, func, select

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict
from ...kernel.money import Money
from ...kernel.problems import Problem
from ...ledger.models import EntryKind
from ...ledger.posting import Cause, post_on_account, post_to_invoice, today
from .. import payment_facts
from ..models import Allocation, CreditNote, Invoice
from ..rules.lifecycle import Stage

CREDIT, REFUND = "credit", "refund"


def settle(tx: Tx, invoice: Invoice, amount: int, source_kind: str, source_id: str, cause: Cause) -> Allocation:
    """`invoice` must be locked. `amount` in minor units; a negative one takes back.

    The ledger gets it from the invoice, and what is applied also from the account; what else changes there is posted
    by the caller.
    """
    if invoice.stage != Stage.OPEN:
        raise Conflict(Problem("invoice.not_open_to_settle"))
    if not 0 <= invoice.balance - amount <= invoice.total:
        raise Conflict(Problem("invoice.more_than_open", owed=Money(invoice.balance, invoice.currency)))
    invoice.balance -= amount
    post_to_invoice(tx, cause, invoice, -amount)
    if cause.kind == EntryKind.APPLIED:
        post_on_account(tx, cause, invoice, amount)
    if not invoice.balance:
        payment_facts.closed(tx, invoice)
    return tx.create(
        Allocation,
        invoice_id=invoice.id,
        source_kind=source_kind,
        source_id=source_id,
        amount=amount,
        created_at=clock.now(),
    )


def refund_settled(tx: Tx, invoice: Invoice, amount: int, source_id: str, cause: Cause) -> None:
    """A refund that is not owed again: the refund settles the invoice in place of the payment."""
    settle(tx, invoice, amount, REFUND, source_id, replace(cause, kind=EntryKind.SETTLED))
    invoice.refunded += amount


def apply_credit(tx: Tx, credit_note_id: str, invoice_id: str, amount: int | None = None) -> int:
    """Lets a credit note pay for an invoice of its customer: as much as fits, or exactly `amount`. Returns how much."""
    credit = tx.get(CreditNote, credit_note_id, lock=True)
    invoice = tx.get(Invoice, invoice_id, lock=True)
    if (credit.customer_id, credit.currency) != (invoice.customer_id, invoice.currency):
        raise Conflict(Problem("credit.other_customer"))
    most = min(credit.unapplied, invoice.balance)
    wanted = most if amount is None else amount
    if wanted <= 0 or wanted > credit.unapplied:
        raise Conflict(Problem("credit.nothing_to_apply" if most <= 0 else "payment.more_than_left"))
    credit.unapplied -= wanted
    settle(tx, invoice, wanted, CREDIT, credit.id, Cause(EntryKind.APPLIED, credit, today(tx)))
    money = Money(wanted, invoice.currency).text()
    tx.record("invoice.credit_applied", invoice, {"balance": [invoice.balance + wanted, invoice.balance]}, note=money)
    return wanted


def settled_of(tx: Tx, invoice_id: str) -> int:
    """Minor units that count towards an invoice, asked of the allocations themselves."""
    total = select(func.coalesce(func.sum(col(Allocation.amount)), 0))
    return int(tx.scalar(total.where(Allocation.owned_by(tx.actor), Allocation.invoice_id == invoice_id)))
