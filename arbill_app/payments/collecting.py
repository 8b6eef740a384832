"""Charging by itself: what an invoice's payment option and Auto Pay plan, and what happens when the day comes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col

from ..customers.models import Customer
from ..invoices.models import Invoice, Option
from ..kernel import clock
from ..kernel.db import Tx
from ..kernel.effects import Effect
from ..kernel.errors import ArbillError
from ..partners.queries import timezone
from .charging import start_charge, under_way
from .methods import default_method
from .models import Attempt

COLLECT = "collect"
MORNING = time(9)  # of the partner's day: somebody is there when it fails


def collect_on_issue(tx: Tx, invoice: Invoice) -> None:
    """Charge now and Charge method on file are charged at once, Charge on due date is planned."""
    if invoice.option == Option.ON_DUE:
        plan(tx, invoice)
    elif invoice.option in (Option.NOW, Option.METHOD):
        chosen = invoice.payment_method_id if invoice.option == Option.METHOD else None
        method_id = chosen or _default_id(tx, invoice.customer_id)
        parts = [(invoice.id, invoice.balance)]
        key = f"issue:{invoice.id}"
        start_charge(tx, invoice.customer_id, method_id, parts, key=key, source="staff", by_name=tx.actor.name)


def _default_id(tx: Tx, customer_id: str) -> str:
    method = default_method(tx, customer_id)
    return method.id if method else ""


def plan(tx: Tx, invoice: Invoice, *, earliest: datetime | None = None) -> Effect:
    """Charges the default method on the due date; shown as what happens next, and cancelled with effects.cancel."""
    when = datetime.combine(invoice.due_on, MORNING, ZoneInfo(timezone(tx)))
    when = max(when, earliest) if earliest else when
    key = f"{COLLECT}:{invoice.id}:{invoice.due_on}"
    effect = tx.later(COLLECT, key, {"invoice_id": invoice.id}, about=invoice.id, due_at=when)
    if effect.state == "cancelled":
        effect.state, effect.due_at = "due", when
    return effect


def planned(tx: Tx, invoice_id: str) -> Effect | None:
    wanted = tx.own(Effect).where(Effect.about == invoice_id, Effect.kind == COLLECT, Effect.state == "due")
    found: Effect | None = tx.first(wanted.order_by(col(Effect.due_at)))
    return found


def plan_for_auto_pay(tx: Tx, customer: Customer) -> int:
    """Auto Pay was turned on: what is open is charged on its due date, or tomorrow morning where that has passed."""
    wanted = tx.own(Invoice).where(Invoice.customer_id == customer.id, col(Invoice.balance) > 0)
    invoices = [invoice for invoice in tx.all(wanted) if planned(tx, invoice.id) is None]
    for invoice in invoices:
        plan(tx, invoice, earliest=tomorrow(tx))
    return len(invoices)


def tomorrow(tx: Tx) -> datetime:
    """Auto Pay never charges on the day it is turned on: there is a night to think better of it."""
    zone = timezone(tx)
    return datetime.combine(clock.today(zone) + timedelta(days=1), MORNING, ZoneInfo(zone))


def unplan(tx: Tx, customer: Customer) -> None:
    """Auto Pay was turned off: only what was asked to be charged on its due date still is."""
    wanted = tx.own(Invoice).where(Invoice.customer_id == customer.id, col(Invoice.balance) > 0)
    for invoice in tx.all(wanted.where(Invoice.option != Option.ON_DUE)):
        if effect := planned(tx, invoice.id):
            effect.state = "cancelled"


def collect(tx: Tx, invoice_id: str, key: str) -> Attempt | None:
    """The day has come: charges what is still open and not under way. What cannot be charged is written down."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    open_ = invoice.balance - under_way(tx, [invoice.id]).get(invoice.id, 0)
    if open_ <= 0:
        return None
    try:
        method_id = _default_id(tx, invoice.customer_id)
        return start_charge(tx, invoice.customer_id, method_id, [(invoice.id, open_)], key=key, source="auto")
    except ArbillError as refused:
        why = refused.message if method_id else "There is no payment method on file."
        tx.record("invoice.not_charged", invoice, note=why[:500])
        return None


def busy(tx: Tx, invoice: Invoice) -> str:
    return "A payment for it is under way." if under_way(tx, [invoice.id]) else ""
