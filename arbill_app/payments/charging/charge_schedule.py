"""What is going to be charged by itself: an invoice on the morning of its due date, by its option or by Auto Pay.

A plan is an effect about the invoice, shown and cancelled as such; autopay.py does what it says.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import col, func, select

from ...customers.models import Customer
from ...invoices.models import Invoice
from ...kernel import clock
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict
from ...kernel.jobs import effects
from ...kernel.problems import Problem
from ...partners.views import timezone
from ..allocations.reservations import disputed

COLLECT = "collect"
MORNING = time(9)  # of the partner's day: somebody is there when it fails


def plan(tx: Tx, invoice: Invoice) -> Effect:
    """Charges the default method on the due date; what is due today already is charged at once."""
    auto = tx.get(Customer, invoice.customer_id).auto_pay
    return _plan(tx, invoice, _morning(tx, invoice.due_on), auto=auto)


def _morning(tx: Tx, day: date) -> datetime:
    return datetime.combine(day, MORNING, ZoneInfo(timezone(tx)))


def _plan(tx: Tx, invoice: Invoice, when: datetime, *, auto: bool) -> Effect:
    """Once at a time; what was planned before and cancelled can be planned anew. `auto`: because Auto Pay is on."""
    if known := planned(tx, invoice.id):
        return known
    key = f"{COLLECT}:{invoice.id}:{_times_planned(tx, invoice.id)}"
    facts = {"invoice_id": invoice.id, "number": invoice.number, "auto": auto}
    return tx.later(COLLECT, key, facts, about=invoice.id, due_at=when)


def _times_planned(tx: Tx, invoice_id: str) -> int:
    plans = select(func.count()).where(Effect.owned_by(tx.actor), Effect.about == invoice_id, Effect.kind == COLLECT)
    return int(tx.scalar(plans))


def planned(tx: Tx, invoice_id: str) -> Effect | None:
    """The plan that waits for its day."""
    return planned_of(tx, [invoice_id]).get(invoice_id)


def planned_of(tx: Tx, invoice_ids: Sequence[str]) -> dict[str, Effect]:
    """The same of many, by invoice."""
    due = tx.own(Effect).where(Effect.kind == COLLECT, Effect.state == "due", col(Effect.about).in_(invoice_ids))
    # Descending, so that the dict keeps the first plan of each invoice.
    return {effect.about: effect for effect in tx.all(due.order_by(col(Effect.due_at).desc()))}


def cancel_planned(tx: Tx, invoice_id: str) -> Invoice:
    """The invoice stays open and is not charged by itself; Conflict when nothing is planned or it has begun."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    effect = planned(tx, invoice.id)
    if effect is None:
        raise Conflict(Problem("payment.nothing_planned"))
    effects.cancel(tx, effect.id)
    tx.record("invoice.plan_cancelled", invoice)
    return invoice


def forget_plans(tx: Tx, invoice: Invoice) -> None:
    """Cancels the plans of an invoice that is no longer owed."""
    _cancel(tx, [invoice.id])


def _cancel(tx: Tx, invoice_ids: Sequence[str]) -> None:
    due = update(Effect).where(Effect.owned_by(tx.actor), col(Effect.kind) == COLLECT, col(Effect.state) == "due")
    tx.session.execute(due.where(col(Effect.about).in_(invoice_ids)).values(state="cancelled"))


# ---------------------------------------------------------------- Auto Pay


def plan_for_auto_pay(tx: Tx, customer: Customer) -> int:
    """Auto Pay was turned on: what is open is charged on its due date, or tomorrow morning where that has passed.

    Nothing whose payment a bank took back.
    """
    tomorrow = _morning(tx, clock.today(timezone(tx)) + timedelta(days=1))
    found = _open_invoices(tx, customer)
    held = disputed(tx, [invoice.id for invoice in found])
    open_ = [invoice for invoice in found if invoice.id not in held]
    for invoice in open_:
        due = _morning(tx, invoice.due_on)
        _plan(tx, invoice, due if due > clock.now() else tomorrow, auto=True)
    return len(open_)


def unplan(tx: Tx, customer: Customer) -> None:
    """Auto Pay was turned off: only what staff planned when it was off already is still charged on its due date."""
    plans = planned_of(tx, [invoice.id for invoice in _open_invoices(tx, customer)])
    _cancel(tx, [invoice_id for invoice_id, effect in plans.items() if effect.payload.get("auto", True)])


def _open_invoices(tx: Tx, customer: Customer) -> Sequence[Invoice]:
    return tx.held(Invoice, Invoice.customer_id == customer.id, col(Invoice.balance) > 0)
