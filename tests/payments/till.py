"""What payments are tried with: the sandbox without its waits, the work done at once, and the books gone through."""

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from arbill_app.customers.balances import balances
from arbill_app.customers.models import Customer
from arbill_app.invoices.models import Allocation, CreditNote, Invoice
from arbill_app.invoices.rules.lifecycle import Stage
from arbill_app.kernel import clock
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.jobs import effects, handlers
from arbill_app.kernel.message import opened
from arbill_app.ledger.models import LedgerEntry
from arbill_app.payments.charging import attempts as charging
from arbill_app.payments.charging import webhooks
from arbill_app.payments.gateway.sandbox.models import SandboxCharge, SandboxRefund
from arbill_app.payments.models import Attempt, Dispute, Payment, PaymentMethod, Refund

KINDS = ("charge", "cancel_charge", "collect", "refund", "detach", "gateway_event")
CHECK, SLOW, TIMEOUT, DOWN = "4242424242424242", "4000000000008104", "4000000000008203", "4000000000008302"
DECLINED, ACTION, DISPUTED = "4000000000000002", "4000002500003155", "4000000000000259"
SETTLES, FAILS_LATER = "000123456789", "000111111116"
BANK = "us_bank_account"
Totals = Counter[Any]


def work() -> int:
    """All that is due at the gateway, until nothing is."""
    done = 0
    while count := sum(handlers.work(kind) for kind in KINDS):
        done += count
    return done


def later(days: float = 1) -> None:
    """What gave no answer or could not be reached is due again, as if its wait were over."""
    far = clock.now() + timedelta(days=days)
    effects.reconcile(far)
    with across_partners(write=True) as session:
        waiting = select(Effect).where(Effect.state == "due", col(Effect.kind).in_(KINDS), Effect.tries > 0)
        for effect in session.scalars(waiting):
            effect.due_at = clock.now()


def bank_day() -> int:
    """The sandbox's bank settles what is its turn and tells us, and we look it up."""
    settled = webhooks.run_sandbox_bank(clock.now() + timedelta(days=1))
    work()
    return settled


def charge(by, customer_id, method_id, *parts, key="", source="staff"):
    """The attempt, wanted but not tried: `parts` are (invoice id, minor units)."""
    key = key or f"charge-{len(everything(by, Attempt))}"
    return write(by, charging.start_charge, customer_id, method_id, parts, key=key, source=source, by_name="Nora West")


def everything(by, model) -> list:
    return list(read(by, lambda tx: tx.all(tx.own(model).order_by(model.id))))


def row(by, model, id):
    return read(by, lambda tx: tx.get(model, id))


def only(by, model):
    (found,) = everything(by, model)
    return found


def only_kind(by, kind) -> Effect:
    """The one effect of a kind."""
    (found,) = [effect for effect in everything(by, Effect) if effect.kind == kind]
    return found


def balance(by, invoice_id) -> int:
    return row(by, Invoice, invoice_id).balance


def method(by, method_id) -> PaymentMethod:
    return row(by, PaymentMethod, method_id)


def states(by) -> list[str]:
    return [attempt.state for attempt in everything(by, Attempt)]


def letters(by, kind="") -> list[dict]:
    """What customers were written about payments, the oldest first."""
    rows = [opened(effect.payload) for effect in everything(by, Effect) if effect.kind == "email"]
    return [letter for letter in rows if letter.get("kind") == kind or not kind]


def notes(by, subject_id, action) -> list[str]:
    rows = everything(by, Activity)
    return [row.note for row in rows if (row.subject_id, row.action) == (subject_id, action)]


# ---------------------------------------------------------------- the books


def check_books(by) -> None:
    """Whatever happened: every figure is what its rows add up to, and nothing was charged that is not in the books."""
    read(job(by.partner_id), _check_books)


def _check_books(tx) -> None:
    def rows(model):
        return tx.all(tx.own(model))

    allocated, settled, stands = Totals(), Totals(), Totals()
    for one in rows(Allocation):
        settled[one.invoice_id] += one.amount
        if one.source_kind == "refund":
            stands[one.invoice_id] += one.amount
        else:
            allocated[one.source_id] += one.amount
    invoices, payments, credits = rows(Invoice), rows(Payment), rows(CreditNote)
    for one in invoices:
        assert one.balance == (one.total - settled[one.id] if one.stage == Stage.OPEN else 0)
        assert 0 <= one.balance <= one.total
        assert one.refunded == stands[one.id]
    for one in payments:
        parts = (allocated[one.id], one.unapplied, one.refunded, one.disputed)
        assert one.amount == sum(parts)
        assert min(parts) >= 0
    for one in credits:
        assert one.total == allocated[one.id] + one.unapplied
    _check_attempts(tx, payments)
    _check_refunds(tx, payments)
    _check_customers(tx, invoices, [*payments, *credits])
    _check_ledger(tx, invoices, [*payments, *credits])


def _check_attempts(tx, payments) -> None:
    attempts = {one.id: one for one in tx.all(tx.own(Attempt))}
    succeeded = {id for id, one in attempts.items() if one.state == "succeeded"}
    assert sorted(one.attempt_id for one in payments if one.attempt_id) == sorted(succeeded)
    assert {one.id for one in attempts.values() if one.ended_at is None} == {
        one.id for one in attempts.values() if one.state in ("started", "processing", "requires_action", "unknown")
    }
    captured = {one.key: one.amount for one in tx.all(tx.own(SandboxCharge)) if one.status == "succeeded"}
    booked = {attempts[one.attempt_id].key: one.amount for one in payments if one.attempt_id}
    assert booked.items() <= captured.items(), "in the books, but never captured"
    # What was captured and is not in the books yet is held, so that nobody charges it once more.
    for key in captured.keys() - booked.keys():
        assert next(one for one in attempts.values() if one.key == key).ended_at is None


def _check_refunds(tx, payments) -> None:
    refunds, gone = tx.all(tx.own(Refund)), Totals()
    for one in refunds:
        gone[one.payment_id] += one.amount if one.state == "succeeded" else 0
    open_ = Totals()
    for one in tx.all(tx.own(Dispute)):
        open_[one.payment_id] += one.amount if one.state in ("open", "lost") else 0
    for one in payments:
        assert (one.refunded, one.disputed) == (gone[one.id], open_[one.id])
    keys = {one.key for one in refunds}
    assert {one.key for one in tx.all(tx.own(SandboxRefund))} <= keys


def _check_customers(tx, invoices, sources) -> None:
    today = clock.today()
    for customer in tx.all(tx.own(Customer)):
        mine = [one for one in invoices if one.customer_id == customer.id]
        by_age = Totals()
        for one in mine:
            by_age[max(0, (today - one.due_on).days) // 30] += one.balance
        kept = sum(one.unapplied for one in sources if one.customer_id == customer.id)
        assert balances(tx, [customer.id]).get(customer.id, 0) == sum(by_age.values()) - kept


def _check_ledger(tx, invoices, sources) -> None:
    """An invoice's entries add up to its balance, a customer's others to what it has on account."""
    open_, kept = Totals(), Totals()
    customers = {one.id: (one.customer_id, one.currency) for one in invoices}
    for entry in tx.all(tx.own(LedgerEntry)):
        whose = (entry.customer_id, entry.currency)
        if entry.invoice_id:
            assert whose == customers[entry.invoice_id]
            open_[entry.invoice_id] += entry.amount
        else:
            kept[whose] -= entry.amount
    assert {id: open_[id] for id in customers} == {one.id: one.balance for one in invoices}
    for one in sources:
        kept[one.customer_id, one.currency] -= one.unapplied
    assert not any(kept.values())
