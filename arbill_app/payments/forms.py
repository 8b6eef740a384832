"""Turns what staff enter in the dialogs about payments into calls of the commands."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..customers.models import Customer
from ..invoices.models import Invoice
from ..kernel import money
from ..kernel.db.transactions import Tx
from ..kernel.errors import Conflict, Invalid
from ..kernel.money import Money
from ..kernel.problems import BadValue, Problem
from ..kernel.text.formatting import date_text, day_and_time
from ..partners.views import company, timezone
from .allocations.reservations import free_of, under_way
from .charging.attempts import attempt_by_key, start_charge
from .charging.charge_schedule import planned_of
from .methods.methods import agreement, choices, set_auto_pay
from .models import Attempt, Payment
from .receipts.send import receipt_to
from .recording import apply_payment, owed_invoices

# ---------------------------------------------------------------- Auto Pay


def words_of_auto_pay(tx: Tx, customer_id: str) -> str:
    """What turning Auto Pay on for this customer agrees to."""
    return agreement(tx.get(Customer, customer_id).company, company(tx).name)


def turn_auto_pay(tx: Tx, customer_id: str, on: bool) -> None:
    set_auto_pay(tx, customer_id, on, company(tx).name)


@dataclass(frozen=True)
class Planned:
    """A charge to come."""

    invoice_id: str
    number: str
    amount: str
    at: str


def planned_for(tx: Tx, customer_id: str) -> list[Planned]:
    """What is charged next to a customer, the first first."""
    customer = tx.get(Customer, customer_id)
    return planned_among(tx, owed_invoices(tx, customer.id, customer.currency))


def planned_among(tx: Tx, owed: Sequence[Invoice]) -> list[Planned]:
    zone, plans = timezone(tx), planned_of(tx, [invoice.id for invoice in owed])
    coming = sorted((one for one in owed if one.id in plans), key=lambda one: plans[one.id].due_at)
    return [Planned(one.id, one.number, _balance(one), day_and_time(plans[one.id].due_at, zone)) for one in coming]


def _balance(invoice: Invoice) -> str:
    return Money(invoice.balance, invoice.currency).text()


# ---------------------------------------------------------------- charging


@dataclass(frozen=True)
class Chargeable:
    """What staff choose from: `free` minor units can be charged now; `methods` are [id, label]."""

    free: int
    currency: str
    methods: list[list[str]]


def chargeable(tx: Tx, invoice_id: str) -> Chargeable:
    invoice = tx.get(Invoice, invoice_id)
    free = free_of(tx, invoice)
    if free <= 0:
        raise Conflict(Problem("payment.nothing_free"))
    found = choices(tx, invoice.customer_id)
    return Chargeable(free, invoice.currency, [[method.id, method.label] for method in found])


def charge_invoice(tx: Tx, invoice_id: str, method_id: str, typed: str, key: str) -> Attempt:
    """Now, all that is free where no amount is typed. Once for a `key`."""
    invoice = tx.get(Invoice, invoice_id)
    if not method_id:
        raise Invalid(method=Problem("method.missing"))
    key, part = f"staff:{key}", _amount("amount", typed, invoice.currency)
    if part is None:
        known = attempt_by_key(tx, key)
        part = known.amount if known else chargeable(tx, invoice_id).free
    if part <= 0:
        raise Invalid(amount=Problem("amount.not_positive", zero=Money(0, invoice.currency)))
    parts = [(invoice.id, part)]
    return start_charge(tx, invoice.customer_id, method_id, parts, key=key, source="staff", by_name=tx.actor.name)


def _amount(field: str, typed: str, currency: str) -> int | None:
    """None where nothing is typed."""
    try:
        return money.parse(typed, currency) if typed.strip() else None
    except BadValue as wrong:
        raise Invalid.of({field: wrong.problem}) from wrong


# ---------------------------------------------------------------- applying


def apply_typed(tx: Tx, payment_id: str, invoice_id: str, typed: str) -> str:
    """What lies on account of a payment pays an invoice: the amount typed, or as much as fits. How much, as text."""
    if not invoice_id:
        raise Invalid(invoice=Problem("invoice.missing"))
    payment, invoice = tx.get(Payment, payment_id), tx.get(Invoice, invoice_id)
    part, most = _amount("part", typed, payment.currency), min(free_of(tx, invoice), payment.unapplied)
    if part is not None and not 0 < part <= most:
        raise Invalid(part=Problem("payment.more_than_fits", most=Money(max(most, 0), payment.currency)))
    return Money(apply_payment(tx, payment_id, invoice_id, part), payment.currency).text()


# ---------------------------------------------------------------- recording


@dataclass(frozen=True)
class Owed:
    """An open invoice as the dialog shows it; `minor` is what is open on it and not `coming`, on its way already."""

    id: str
    number: str
    due: str
    balance: str
    minor: int
    coming: str = ""


@dataclass(frozen=True)
class Payer:
    """A customer whose payment is recorded; `told` are the people a receipt goes to."""

    id: str
    company: str
    currency: str
    owed: list[Owed]
    told: str


def payer(tx: Tx, customer_id: str, invoice_id: str = "") -> Payer:
    """With `invoice_id` that invoice comes first, before what is older."""
    if invoice_id:
        customer_id = tx.get(Invoice, invoice_id).customer_id
    customer = tx.get(Customer, customer_id)
    rows = sorted(owed_invoices(tx, customer.id, customer.currency), key=lambda row: row.id != invoice_id)
    held = under_way(tx, [row.id for row in rows])
    owed = [_owed(row, min(held.get(row.id, 0), row.balance)) for row in rows]
    return Payer(customer.id, customer.company, customer.currency, owed, receipt_to(tx, customer.id))


def _owed(row: Invoice, held: int) -> Owed:
    coming = Money(held, row.currency).text() if held else ""
    return Owed(row.id, row.number, date_text(row.due_on), _balance(row), row.balance - held, coming)
