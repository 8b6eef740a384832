"""Recording payments: they settle invoices, and the rest stays on account.

A payment is locked before its invoices, and invoices in the order of their ids: by everybody, here and in refunding.py.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col

from ..customers.commands.changing import customer_to_change
from ..customers.models import Customer
from ..invoices.commands.settling import apply_credit, settle
from ..invoices.models import CreditNote, Invoice
from ..kernel import clock, money
from ..kernel.db.transactions import Tx
from ..kernel.errors import Conflict, Invalid
from ..kernel.fields import check
from ..kernel.money import Money
from ..kernel.problems import BadValue, Problem
from ..kernel.text.search_keys import printable
from ..ledger.models import EntryKind
from ..ledger.posting import Cause, post_on_account, today
from ..ledger.queries import last_opened_again
from ..partners.views import timezone
from ..sentences.marks import N_
from .allocations.queries import PAYMENT
from .allocations.reservations import free_of, under_way
from .allocations.rules import Part, complaint, oldest_first
from .emails import tell_first_receipt
from .models import Attempt, Payment, PaymentFields, PaymentMethod
from .views import search

MANUAL = {"check": N_("Check"), "wire": N_("Wire"), "cash": N_("Cash"), "other": N_("Other")}
OLDEST = 5  # years that a payment may lie back


def owed_invoices(tx: Tx, customer_id: str, currency: str, *, lock: bool = False) -> list[Invoice]:
    """What a customer owes in a currency, the oldest due date first."""
    owed = (Invoice.customer_id == customer_id, Invoice.currency == currency, col(Invoice.balance) > 0)
    found = tx.held(Invoice, *owed) if lock else tx.all(tx.own(Invoice).where(*owed))
    return sorted(found, key=lambda invoice: (invoice.due_on, invoice.id))


# ---------------------------------------------------------------- by hand


def record_payment(tx: Tx, customer_id: str, values: Mapping[str, Any], key: str) -> Payment:
    """A payment by check, wire, cash or other. `values`: amount (text), kind (check, wire, cash, other), received_on
    (ISO), reference, note, `receipt` (False writes to nobody) and `parts` ({invoice id: text}) or none for oldest
    first, which leaves out what is being charged. Once for a `key`. What invoices do not need stays on account."""
    key = f"manual:{printable(key)}"
    known = tx.first(tx.own(Payment).where(Payment.key == key))
    if known:
        return _same(known, customer_id)
    customer = customer_to_change(tx, customer_id)
    currency = str(values.get("currency") or customer.currency)
    if not money.is_currency(currency):
        raise Invalid(currency=Problem("currency.missing"))
    owed = owed_invoices(tx, customer.id, currency, lock=True)
    amount, parts = _checked(tx, values, currency, owed)
    fields = check(PaymentFields, {name: values.get(name, "") for name in PaymentFields.model_fields})
    kind = str(values["kind"])
    payment = write_payment(
        tx,
        customer,
        fields,
        key=key,
        kind=kind,
        label=MANUAL[kind],
        amount=amount,
        currency=currency,
        received_on=date.fromisoformat(str(values["received_on"])),
    )
    paid = _allocate(tx, payment, parts, owed)
    tx.record("payment.recorded", payment, note=f"{MANUAL[kind]}, {Money(amount, currency).text()}")
    if values.get("receipt", True):
        tell_first_receipt(tx, payment, customer, paid)
    return payment


def _same(known: Payment, customer_id: str) -> Payment:
    if known.customer_id != customer_id:
        raise Conflict(Problem("payment.recorded_for_another"))
    return known


def _checked(tx: Tx, values: Mapping[str, Any], currency: str, owed: Sequence[Invoice]) -> tuple[int, list[Part]]:
    problems: dict[str, Problem] = {}
    amount = 0
    try:
        amount = money.parse(str(values.get("amount") or ""), currency)
        if amount <= 0:
            problems["amount"] = Problem("amount.not_positive", zero=Money(0, currency))
    except BadValue as wrong:
        typed = str(values.get("amount") or "").strip()
        problems["amount"] = wrong.problem if typed else Problem("amount.missing")
    if str(values.get("kind")) not in MANUAL:
        problems["kind"] = Problem("payment.kind_missing")
    if wrong_day := _day_complaint(str(values.get("received_on") or ""), today(tx)):
        problems["received_on"] = wrong_day
    parts, more = _parts(tx, values.get("parts") or {}, currency, owed, amount)
    if problems | more:
        raise Invalid.of(more | problems)
    return amount, parts


def _day_complaint(text: str, today: date) -> Problem | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Problem("payment.day_missing")
    if day > today:
        return Problem("payment.day_future")
    return Problem("payment.day_too_old") if day.year < today.year - OLDEST else None


def _parts(
    tx: Tx, typed: Mapping[str, str], currency: str, owed: Sequence[Invoice], amount: int
) -> tuple[list[Part], dict[str, Problem]]:
    """What was chosen, or oldest first; complaints are keyed `part_<invoice id>`."""
    chosen = {id: text for id, text in typed.items() if str(text).strip()}
    if not chosen:
        held = under_way(tx, [invoice.id for invoice in owed])
        free = [(invoice.id, invoice.balance - held.get(invoice.id, 0)) for invoice in owed]
        return oldest_first(free, amount)[0], {}
    parts: list[Part] = []
    problems: dict[str, Problem] = {}
    for id, text in chosen.items():
        try:
            part = money.parse(str(text), currency)
        except BadValue as wrong:
            problems[f"part_{id}"] = wrong.problem
            continue
        if part:
            parts.append((id, part))
    balances = {invoice.id: invoice.balance for invoice in owed}
    problems |= {f"part_{id}": problem for id, problem in complaint(parts, balances).items()}
    if not problems and sum(part for _, part in parts) > amount:
        problems["amount"] = Problem("payment.parts_exceed_amount")
    return parts, problems


# ---------------------------------------------------------------- by a gateway


def record_charge(tx: Tx, attempt: Attempt, method: PaymentMethod, label: str, parts: Sequence[Part]) -> Payment:
    """Records the captured amount of an attempt, once; what its invoices no longer need stays on account."""
    known = tx.first(tx.own(Payment).where(Payment.attempt_id == attempt.id))
    if known:
        return known
    customer = tx.get(Customer, attempt.customer_id)
    payment = write_payment(
        tx,
        customer,
        PaymentFields(),
        key=f"attempt:{attempt.id}",
        kind=method.kind,
        label=label,
        amount=attempt.amount,
        currency=attempt.currency,
        received_on=today(tx),
        attempt_id=attempt.id,
        method_id=method.id,
        charge_id=attempt.charge_id,
    )
    paid = _allocate(tx, payment, parts, _held(tx, parts))
    tx.record("payment.received", payment, note=f"{label}, {Money(attempt.amount, attempt.currency).text()}")
    tell_first_receipt(tx, payment, customer, paid)
    return payment


def write_payment(tx: Tx, customer: Customer, fields: PaymentFields, *, amount: int, **columns: Any) -> Payment:
    payment = tx.create(
        Payment, fields, customer_id=customer.id, amount=amount, unapplied=amount, created_at=clock.now(), **columns
    )
    post_on_account(tx, Cause(EntryKind.PAYMENT, payment, payment.received_on), payment, -amount)
    search.index(tx, payment, customer.company)
    return payment


# ---------------------------------------------------------------- what counts for which invoice


def allocate(tx: Tx, payment: Payment, parts: Sequence[Part]) -> int:
    """Lets the payment settle these invoices, each as far as it is open; returns how much that was."""
    before = payment.unapplied
    _allocate(tx, payment, parts, _held(tx, parts))
    return before - payment.unapplied


def _held(tx: Tx, parts: Sequence[Part]) -> Sequence[Invoice]:
    return tx.held(Invoice, col(Invoice.id).in_(dict(parts)))


def _allocate(tx: Tx, payment: Payment, parts: Sequence[Part], held: Sequence[Invoice]) -> list[Invoice]:
    """As `allocate`, with invoices that are held already; returns those it paid for, in the order of their ids."""
    wanted, paid = dict(parts), []
    for invoice in sorted(held, key=lambda invoice: invoice.id):
        fits = min(wanted.get(invoice.id, 0), invoice.balance, payment.unapplied)
        if fits > 0:
            payment.unapplied -= fits
            paid.append((invoice, fits))
    for invoice, fits in paid:
        left, said = invoice.balance - fits, Money(fits, payment.currency).text()
        # Before the balance is written, so that the invoice is updated once.
        tx.record("invoice.paid", invoice, {"balance": [invoice.balance, left]}, note=said)
        cause = Cause(EntryKind.APPLIED, payment, _applied_on(tx, payment, invoice))
        settle(tx, invoice, fits, PAYMENT, payment.id, cause)
    return [invoice for invoice, _ in paid]


def _applied_on(tx: Tx, payment: Payment, invoice: Invoice) -> date:
    """What is applied on the day a payment is recorded counts from when it was received, yet not before the invoice
    was issued or last opened again: on no day was an invoice paid beyond what it asked for then.

    What is applied on a later day counts on that day: until then it was money on account.
    """
    now, recorded = today(tx), payment.created_at.astimezone(ZoneInfo(timezone(tx))).date()
    if recorded != now:
        return now
    again = last_opened_again(tx, invoice.id) if payment.received_on < now else None
    return max(payment.received_on, invoice.issued_on or now, again or date.min)


def apply_payment(tx: Tx, payment_id: str, invoice_id: str, amount: int | None = None) -> int:
    """Money on account pays an invoice of the same customer: as much as fits, or exactly `amount`. Returns how much."""
    payment = tx.get(Payment, payment_id, lock=True)
    invoice = tx.get(Invoice, invoice_id, lock=True)
    if (payment.customer_id, payment.currency) != (invoice.customer_id, invoice.currency):
        raise Conflict(Problem("payment.other_customer"))
    most = min(payment.unapplied, free_of(tx, invoice))
    wanted = most if amount is None else amount
    if not 0 < wanted <= most:
        raise Conflict(Problem("payment.nothing_to_apply" if most <= 0 else "payment.more_than_left"))
    return allocate(tx, payment, [(invoice.id, wanted)])


def apply_on_account(tx: Tx, invoice_id: str) -> int:
    """What the customer has on account pays this invoice: credit notes first, then payments, the oldest first.

    As much as is open and not being charged at this moment; returns how much, in minor units.
    """
    invoice = tx.get(Invoice, invoice_id)
    credits, payments = (_on_account(tx, model, invoice) for model in (CreditNote, Payment))
    invoice = tx.get(Invoice, invoice_id, lock=True)
    left = free = free_of(tx, invoice)
    for credit in credits:
        left -= apply_credit(tx, credit.id, invoice.id, min(credit.unapplied, left)) if left > 0 else 0
    for payment in payments:
        left -= allocate(tx, payment, [(invoice.id, left)]) if left > 0 else 0
    if left == free:
        raise Conflict(Problem("payment.nothing_to_apply"))
    return free - left


def _on_account(tx: Tx, model: Any, invoice: Invoice) -> Sequence[Any]:
    theirs = (model.customer_id == invoice.customer_id, model.currency == invoice.currency)
    return tx.held(model, *theirs, col(model.unapplied) > 0)
