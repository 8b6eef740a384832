"""Charging by itself: at issue, by the invoice's payment option, and when the day that was planned has come."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import col

from ..customers.models import Customer
from ..invoices.emails import Charge
from ..invoices.models import Invoice, Option
from ..kernel.db.transactions import Tx
from ..kernel.errors import ArbillError, Conflict, Invalid
from ..kernel.problems import Problem
from ..kernel.text.i18n import speech
from ..partners.views import timezone
from .allocations.reservations import disputed, free_of, under_way
from .charging.attempts import start_charge
from .charging.charge_schedule import COLLECT, cancel_planned, plan, plan_for_auto_pay, planned, unplan
from .methods.method_labels import PORTAL, label_of
from .methods.methods import chargeable, default_method
from .models import Attempt, AttemptPart, AttemptState, PaymentMethod

__all__ = [
    "COLLECT",
    "busy",
    "cancel_planned",
    "collect",
    "collect_on_issue",
    "coming",
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
        raise Invalid(option=Problem("method.no_default"))
    parts, key = [(invoice.id, invoice.balance)], f"issue:{invoice.id}"
    try:
        start_charge(tx, invoice.customer_id, method_id, parts, key=key, source="staff", by_name=tx.actor.name)
    except Invalid as refused:
        raise Invalid(option=refused.problem) from refused


def _default_id(tx: Tx, customer_id: str) -> str:
    method = default_method(tx, customer_id)
    return method.id if method else ""


def collect(tx: Tx, invoice_id: str, key: str, *, auto: bool = False) -> Attempt | None:
    """Runs a planned charge that is due: charges what is open and not reserved, if the plan still applies.

    What cannot be charged is written down at the invoice; nothing is raised.
    """
    invoice = tx.get(Invoice, invoice_id, lock=True)
    open_ = free_of(tx, invoice)
    if open_ <= 0:
        return None
    try:
        method_id = _still_wanted(tx, invoice, auto)
        return start_charge(tx, invoice.customer_id, method_id, [(invoice.id, open_)], key=key, source="auto")
    except ArbillError as refused:
        tx.record("invoice.not_charged", invoice, note=refused.message[:500])
        return None


def _still_wanted(tx: Tx, invoice: Invoice, auto: bool) -> str:
    """The method to charge. `auto`: it was planned because of Auto Pay, not by staff."""
    customer = tx.get(Customer, invoice.customer_id)
    if customer.archived_at:
        raise Conflict(Problem("autopay.archived"))
    if (auto or invoice.option != Option.ON_DUE) and not customer.auto_pay:
        raise Conflict(Problem("autopay.off"))
    if disputed(tx, [invoice.id]):
        raise Conflict(Problem("autopay.disputed"))
    if method_id := _default_id(tx, invoice.customer_id):
        return method_id
    raise Conflict(Problem("autopay.no_method"))


def busy(tx: Tx, invoice: Invoice) -> Problem | None:
    return Problem("invoice.being_paid") if under_way(tx, [invoice.id]) else None


# ---------------------------------------------------------------- who is told of it


def coming(tx: Tx, invoice: Invoice) -> Charge | None:
    """The charge that will pay this invoice (under way or planned), so that its email does not ask for payment."""
    if invoice.balance <= 0:
        return None
    if free_of(tx, invoice) <= 0:
        return _being_charged(tx, invoice)
    effect, method = planned(tx, invoice.id), default_method(tx, invoice.customer_id)
    if effect is None or method is None or chargeable(method, invoice.currency):
        return None
    return _charge(tx, invoice, method, effect.due_at)


def _being_charged(tx: Tx, invoice: Invoice) -> Charge | None:
    live = tx.own(Attempt).join(AttemptPart, col(AttemptPart.attempt_id) == Attempt.id)
    mine = live.where(AttemptPart.invoice_id == invoice.id, col(Attempt.ended_at).is_(None))
    attempts = tx.all(mine.order_by(col(Attempt.id)))
    if not attempts or any(attempt.state == AttemptState.REQUIRES_ACTION for attempt in attempts):
        return None
    return _charge(tx, invoice, tx.get(PaymentMethod, attempts[0].method_id), attempts[0].created_at)


def _charge(tx: Tx, invoice: Invoice, method: PaymentMethod, at: datetime) -> Charge:
    return Charge(label_of(method, speech(invoice.language, PORTAL)), at.astimezone(ZoneInfo(timezone(tx))).date())
