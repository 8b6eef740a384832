"""Charging by itself: at issue, by the invoice's payment option, and when the day that was planned has come."""

from ..customers.models import Customer
from ..invoices.models import Invoice, Option
from ..kernel.db import Tx
from ..kernel.errors import ArbillError, Conflict, Invalid
from .charging import start_charge
from .holds import free_of, under_way
from .methods import default_method
from .models import Attempt
from .planning import COLLECT, cancel_planned, plan, plan_for_auto_pay, planned, unplan

__all__ = [
    "COLLECT",
    "busy",
    "cancel_planned",
    "collect",
    "collect_on_issue",
    "plan",
    "plan_for_auto_pay",
    "planned",
    "unplan",
]


def collect_on_issue(tx: Tx, invoice: Invoice) -> None:
    """Charge now and Charge method on file are charged at once, Charge on due date is planned."""
    if invoice.balance <= 0:
        return
    if invoice.option == Option.ON_DUE:
        plan(tx, invoice)
    elif invoice.option in (Option.NOW, Option.METHOD):
        _charge_now(tx, invoice)


def _charge_now(tx: Tx, invoice: Invoice) -> None:
    chosen = invoice.payment_method_id if invoice.option == Option.METHOD else None
    method_id = chosen or _default_id(tx, invoice.customer_id)
    if not method_id:
        raise Invalid(option="There is no default payment method on file.")
    parts, key = [(invoice.id, invoice.balance)], f"issue:{invoice.id}"
    try:
        start_charge(tx, invoice.customer_id, method_id, parts, key=key, source="staff", by_name=tx.actor.name)
    except Invalid as refused:
        raise Invalid(option=refused.message) from refused


def _default_id(tx: Tx, customer_id: str) -> str:
    method = default_method(tx, customer_id)
    return method.id if method else ""


def collect(tx: Tx, invoice_id: str, key: str) -> Attempt | None:
    """The day has come, or has gone by: charges what is still open and not under way, where that is still wanted.

    What cannot be charged is written down at the invoice; nothing is raised.
    """
    invoice = tx.get(Invoice, invoice_id, lock=True)
    open_ = free_of(tx, invoice)
    if open_ <= 0:
        return None
    try:
        method_id = _still_wanted(tx, invoice)
        return start_charge(tx, invoice.customer_id, method_id, [(invoice.id, open_)], key=key, source="auto")
    except ArbillError as refused:
        tx.record("invoice.not_charged", invoice, note=refused.message[:500])
        return None


def _still_wanted(tx: Tx, invoice: Invoice) -> str:
    """The method to charge."""
    if invoice.option != Option.ON_DUE and not tx.get(Customer, invoice.customer_id).auto_pay:
        raise Conflict("Auto Pay was turned off.")
    if method_id := _default_id(tx, invoice.customer_id):
        return method_id
    raise Conflict("There is no payment method on file.")


def busy(tx: Tx, invoice: Invoice) -> str:
    return "A payment for it is under way." if under_way(tx, [invoice.id]) else ""
