"""Registers payments with the hooks of customers and invoices; imported by tables.py."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col, func, select

from ..customers.balances import OWED
from ..customers.commands.merging import MOVERS
from ..customers.dependents import HOLDS, TIES
from ..customers.models import Customer
from ..invoices import emails
from ..invoices import payment_facts as invoices
from ..invoices.views import history
from ..kernel.db.transactions import Tx
from ..kernel.paging import among, unindexed
from ..kernel.problems import Problem
from ..ledger.posting import move_entries
from .autopay import busy, collect_on_issue, coming
from .charging.charge_schedule import forget_plans
from .gateway.choose import takes_payments
from .gateway.none import NOT_SET_UP
from .methods.methods import chargeable, choices, methods_of
from .models import Attempt, AutoPayChange, Payment, PaymentMethod, Setup

HAPPENED = {
    "invoice.paid": "Paid",
    "invoice.declined": "Payment declined",
    "invoice.not_charged": "Not charged",
    "invoice.plan_cancelled": "Planned charge cancelled",
    "invoice.refunded": "Refunded",
    "invoice.owed_again": "Owed again",
}


def count_payments(tx: Tx, customer_id: str) -> Problem | None:
    count = tx.scalar(select(func.count()).where(Payment.owned_by(tx.actor), Payment.customer_id == customer_id))
    return Problem("ties.payments", count=int(count)) if count else None


def count_methods(tx: Tx, customer_id: str) -> Problem | None:
    """Removed ones too, pages where one was to be typed, and what was agreed to: it is kept."""
    agreed = select(func.count()).where(AutoPayChange.owned_by(tx.actor), AutoPayChange.customer_id == customer_id)
    asked = select(func.count()).where(Setup.owned_by(tx.actor), Setup.customer_id == customer_id)
    kept = select(func.count()).where(PaymentMethod.owned_by(tx.actor), PaymentMethod.customer_id == customer_id)
    return Problem("ties.payment_methods") if any(tx.scalar(count) for count in (kept, asked, agreed)) else None


def move_payments(tx: Tx, from_id: str, to_id: str) -> None:
    """Methods move without being the default: the other customer keeps its own, and what it agreed to.

    The ledger follows last: whoever held an invoice or payment until now has written its entries.
    """
    gone = col(PaymentMethod.customer_id) == from_id
    tx.session.execute(update(PaymentMethod).where(PaymentMethod.owned_by(tx.actor), gone).values(is_default=False))
    for model in (PaymentMethod, Payment, Attempt, Setup):
        moved = update(model).where(model.owned_by(tx.actor), col(model.customer_id) == from_id)
        tx.session.execute(moved.values(customer_id=to_id))
    move_entries(tx, from_id, to_id)


def on_account(tx: Tx, customer_ids: Sequence[str]) -> dict[str, int]:
    """What lies on account is owed to the customer: negative, in its own currency."""
    statement = (
        select(Payment.customer_id, func.sum(Payment.unapplied))
        .join(Customer, col(Customer.id) == Payment.customer_id)
        .where(among(tx, col(Payment.customer_id), customer_ids), unindexed(Payment.owned_by(tx.actor)))
        .where(col(Payment.unapplied) > 0)
        .where(Payment.currency == Customer.currency)
        .group_by(Payment.customer_id)
    )
    return {customer_id: -int(minor) for customer_id, minor in tx.rows(statement)}


def why_none(tx: Tx, customer_id: str) -> Problem | None:
    """Why what is on file cannot be charged, such as that it waits for the customer's approval."""
    if not takes_payments():
        return NOT_SET_UP
    currency = tx.get(Customer, customer_id).currency
    return next((why for method in methods_of(tx, customer_id) if (why := chargeable(method, currency))), None)


TIES.append(count_payments)
HOLDS.append(count_methods)
MOVERS.append(move_payments)
OWED.append(on_account)
invoices.KNOWN.append(choices)
invoices.WAITING.append(why_none)
invoices.ISSUED.append(collect_on_issue)
invoices.BUSY.append(busy)
invoices.CLOSED.append(forget_plans)
emails.CHARGES.append(coming)
history.WHAT.update(HAPPENED)
