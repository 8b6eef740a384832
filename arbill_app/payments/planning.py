"""What is going to be charged by itself: an invoice on the morning of its due date, by its option or by Auto Pay.

A plan is an effect about the invoice, shown and cancelled as such; collecting.py does what it says.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import col, func, select

from ..customers.models import Customer
from ..invoices.models import Invoice, Option
from ..kernel import clock, effects
from ..kernel.db import Tx
from ..kernel.effects import Effect
from ..kernel.errors import Conflict
from ..partners.queries import timezone
from .models import AutoPayChange

COLLECT = "collect"
MORNING = time(9)  # of the partner's day: somebody is there when it fails


def plan(tx: Tx, invoice: Invoice) -> Effect:
    """Charges the default method on the due date; what is due today already is charged at once."""
    return _plan(tx, invoice, _morning(tx, invoice.due_on))


def _morning(tx: Tx, day: date) -> datetime:
    return datetime.combine(day, MORNING, ZoneInfo(timezone(tx)))


def _plan(tx: Tx, invoice: Invoice, when: datetime) -> Effect:
    """Once at a time; what was planned before and cancelled can be planned anew."""
    if known := planned(tx, invoice.id):
        return known
    key = f"{COLLECT}:{invoice.id}:{_times_planned(tx, invoice.id)}"
    facts = {"invoice_id": invoice.id, "number": invoice.number}
    return tx.later(COLLECT, key, facts, about=invoice.id, due_at=when)


def _times_planned(tx: Tx, invoice_id: str) -> int:
    plans = select(func.count()).where(Effect.owned_by(tx.actor), Effect.about == invoice_id, Effect.kind == COLLECT)
    return int(tx.scalar(plans))


def planned(tx: Tx, invoice_id: str) -> Effect | None:
    """The plan that waits for its day."""
    wanted = tx.own(Effect).where(Effect.about == invoice_id, Effect.kind == COLLECT, Effect.state == "due")
    found: Effect | None = tx.first(wanted.order_by(col(Effect.due_at)))
    return found


def cancel_planned(tx: Tx, invoice_id: str) -> Invoice:
    """The invoice stays open and is not charged by itself; Conflict when nothing is planned or it has begun."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    effect = planned(tx, invoice.id)
    if effect is None:
        raise Conflict("No charge is planned for this invoice.")
    effects.cancel(tx, effect.id)
    tx.record("invoice.plan_cancelled", invoice)
    return invoice


def forget_plans(tx: Tx, invoice: Invoice) -> None:
    """Nothing is owed any more."""
    _cancel(tx, [invoice.id])


def _cancel(tx: Tx, invoice_ids: Sequence[str]) -> None:
    due = update(Effect).where(Effect.owned_by(tx.actor), col(Effect.kind) == COLLECT, col(Effect.state) == "due")
    tx.session.execute(due.where(col(Effect.about).in_(invoice_ids)).values(state="cancelled"))


# ---------------------------------------------------------------- Auto Pay


def plan_for_auto_pay(tx: Tx, customer: Customer) -> int:
    """Auto Pay was turned on: what is open is charged on its due date, or tomorrow morning where that has passed."""
    tomorrow = _morning(tx, clock.today(timezone(tx)) + timedelta(days=1))
    open_ = _open_invoices(tx, customer)
    for invoice in open_:
        due = _morning(tx, invoice.due_on)
        _plan(tx, invoice, due if due > clock.now() else tomorrow)
    return len(open_)


def unplan(tx: Tx, customer: Customer) -> None:
    """Auto Pay was turned off: only what staff planned when it was off already is still charged on its due date."""
    changes = tx.own(AutoPayChange).where(AutoPayChange.customer_id == customer.id, col(AutoPayChange.on))
    since = tx.first(changes.order_by(col(AutoPayChange.id).desc()))
    _cancel(tx, [invoice.id for invoice in _open_invoices(tx, customer) if not _by_option(invoice, since)])


def _by_option(invoice: Invoice, since: AutoPayChange | None) -> bool:
    """While Auto Pay is on, every invoice is one to charge on its due date: that says nothing of what staff wanted."""
    before = since is None or invoice.issued_at is None or invoice.issued_at < since.at
    return invoice.option == Option.ON_DUE and before


def _open_invoices(tx: Tx, customer: Customer) -> Sequence[Invoice]:
    """Locked, in the order of their ids."""
    wanted = tx.own(Invoice).where(Invoice.customer_id == customer.id, col(Invoice.balance) > 0)
    locked = wanted.order_by(col(Invoice.id)).with_for_update().execution_options(populate_existing=True)
    return tx.all(locked)
