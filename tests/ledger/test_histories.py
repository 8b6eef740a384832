"""Whatever happens in whatever order, on whichever days: the ledger says what was owed at any day and moment.

Statements read from it what they showed before there was one, and the migration makes the same ledger of the documents.
"""

from collections import Counter
from copy import deepcopy
from datetime import date, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col, func, select

from arbill_app.customers.commands.merging import merge_customer
from arbill_app.customers.models import Customer
from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.invoices.commands.issuing import void_invoice
from arbill_app.invoices.commands.settling import apply_credit
from arbill_app.invoices.models import Allocation, CreditNote, Invoice
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import ArbillError
from arbill_app.kernel.money import plain
from arbill_app.ledger.models import LedgerEntry
from arbill_app.ledger.queries import balance_at, open_at
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute as ToldDispute
from arbill_app.payments.gateway.protocol import Refund as ToldRefund
from arbill_app.payments.models import Dispute, Payment, Refund
from arbill_app.payments.recording import apply_on_account, apply_payment, record_payment
from arbill_app.payments.refunding import refund_payment, settle_refund
from arbill_app.reports.statement import statement
from tests.ledger.filled import by_migration, by_verbs
from tests.payments import till
from tests.reports import from_documents
from tests.world import canadian, make_customer, make_invoice, make_partner, paid_by_check, today, typed

START = "2026-03-02T12:00:00-05:00"
amounts = st.integers(1, 30_000)
keys = count()


class History(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.clock = time_machine.travel(START, tick=False)
        self.now = self.clock.start()
        self.nora = make_partner()
        companies = (typed("One"), typed("One again"), canadian("Deux"))
        self.customers = [make_customer(self.nora, **values) for values in companies]
        self.invoices: list[str] = []
        self.days: dict[date, tuple[Counter, Counter]] = {}  # (invoices, customers) at the end of each day
        self.moments: dict = {}

    def teardown(self):
        if hasattr(self, "clock"):
            try:
                self.the_past_is_what_it_was()
                self.documents_say_the_same()
            finally:
                self.clock.stop()

    def attempt(self, verb, *args, **more):
        """Each some minutes after the other. What is refused changes nothing."""
        self.now.shift(timedelta(minutes=3))
        try:
            return write(self.nora, verb, *args, **more)
        except ArbillError:
            return None

    def one(self, data, model):
        return data.draw(st.sampled_from(till.everything(self.nora, model)))

    some_invoices = precondition(lambda self: bool(self.invoices))
    some_payments = precondition(lambda self: bool(till.everything(self.nora, Payment)))

    # ------------------------------------------------------------ invoices and credits

    @rule(data=st.data(), amount=amounts)
    def issue(self, data, amount):
        self.now.shift(timedelta(minutes=3))
        self.invoices.append(make_invoice(self.nora, data.draw(st.sampled_from(self.customers)), plain(amount, "USD")))

    @some_invoices
    @rule(data=st.data())
    def void(self, data):
        self.attempt(void_invoice, data.draw(st.sampled_from(self.invoices)))

    @some_invoices
    @rule(data=st.data(), amount=amounts, apply=st.booleans())
    def credit(self, data, amount, apply):
        values = {"amount": plain(amount, "USD"), "reason": "Goodwill", "apply": apply}
        self.attempt(credit_invoice, data.draw(st.sampled_from(self.invoices)), f"credit{next(keys)}", values)

    @precondition(lambda self: bool(till.everything(self.nora, CreditNote)))
    @rule(data=st.data())
    def apply_credit(self, data):
        self.attempt(apply_credit, self.one(data, CreditNote).id, data.draw(st.sampled_from(self.invoices)))

    # ------------------------------------------------------------ payments

    @rule(data=st.data(), amount=amounts, ago=st.sampled_from([0, 0, 1, 4]))
    def pay(self, data, amount, ago):
        received = (today() - timedelta(days=ago)).isoformat()
        values = paid_by_check(plain(amount, "USD"), received_on=received)
        with Backdated(self):
            payment = self.attempt(record_payment, data.draw(st.sampled_from(self.customers)), values, f"p{next(keys)}")
            charged = lambda tx: setattr(tx.get(Payment, payment.id), "charge_id", payment.id)  # noqa: E731
            write(self.nora, charged)

    @some_payments
    @some_invoices
    @rule(data=st.data(), amount=st.none() | amounts)
    def apply(self, data, amount):
        invoice = data.draw(st.sampled_from(self.invoices))
        with Backdated(self):
            self.attempt(apply_payment, self.one(data, Payment).id, invoice, amount)

    @some_invoices
    @rule(data=st.data())
    def apply_on_account(self, data):
        with Backdated(self):
            self.attempt(apply_on_account, data.draw(st.sampled_from(self.invoices)))

    @some_payments
    @rule(data=st.data(), amount=amounts, whole=st.booleans(), again=st.booleans())
    def refund(self, data, amount, whole, again):
        values = {"amount": "" if whole else plain(amount, "USD"), "reason": "Other", "owed_again": again}
        refund = self.attempt(refund_payment, self.one(data, Payment).id, values, f"refund{next(keys)}")
        if refund:
            told = data.draw(st.sampled_from(["succeeded", "succeeded", "processing"]))
            self.attempt(settle_refund, refund.id, ToldRefund(refund.id, told, refund.amount))

    @precondition(lambda self: bool(till.everything(self.nora, Refund)))
    @rule(data=st.data(), status=st.sampled_from(["succeeded", "failed"]))
    def told_of_refund(self, data, status):
        refund = self.one(data, Refund)
        self.attempt(settle_refund, refund.id, ToldRefund(refund.id, status, refund.amount))

    @some_payments
    @rule(data=st.data(), amount=amounts, state=st.sampled_from(["open", "open", "won", "lost"]))
    def dispute(self, data, amount, state):
        payment = self.one(data, Payment)
        told = ToldDispute(f"dp_{payment.id}", amount, payment.currency, "fraudulent", state)
        self.attempt(dispute_told, payment.charge_id, told)

    # ------------------------------------------------------------ time, and customers that are one

    @rule(days=st.integers(1, 5))
    def days_pass(self, days):
        self.now.shift(timedelta(days=days))

    @precondition(lambda self: len(self.customers) > 2 and len(self.invoices) > 2)
    @rule(data=st.data())
    def merge(self, data):
        """The first two, which pay in one currency."""
        duplicate, into = data.draw(st.permutations(self.customers[:2]))
        if self.attempt(merge_customer, duplicate, into):
            self.customers.remove(duplicate)
            for _, owed in [*self.days.values(), *self.moments.values()]:
                for customer, currency in list(owed):
                    if customer == duplicate:
                        owed[into, currency] += owed.pop((customer, currency))

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_books_are_right(self):
        if not hasattr(self, "nora"):
            return
        till.check_books(self.nora)
        as_of_now = read(self.nora, owed_now)
        assert read(self.nora, open_by, today()) == as_of_now
        self.days[today()], self.moments[clock.now()] = as_of_now, deepcopy(as_of_now)

    def the_past_is_what_it_was(self):
        for day, (invoices, customers) in self.days.items():
            assert read(self.nora, open_by, day) == (without_zeros(invoices), without_zeros(customers)), day
            for (customer, currency), owed in customers.items():
                assert read(self.nora, balance_at, customer, currency, day) == owed
        for moment, (invoices, customers) in self.moments.items():
            assert read(self.nora, written_by, moment) == (invoices, without_zeros(customers))

    def documents_say_the_same(self):
        refunds, disputes = till.everything(self.nora, Refund), till.everything(self.nora, Dispute)
        failed = {one.id for one in refunds if one.state == "failed"}
        # What came from account only and back to it is not known to have happened.
        unseen = {id for id in failed if not self.took_from_invoices(id)}
        if self.grown(disputes):
            assert totals(by_migration(self.nora)) == totals(by_verbs(self.nora))
        else:
            assert by_migration(self.nora, moments=True) == by_verbs(self.nora, moments=True, without=unseen)
        odd = failed | {one.id for one in disputes}
        for customer in till.everything(self.nora, Customer):
            for currency in ("USD", "CAD"):
                for first in [date(2020, 1, 1), *list(self.days)[1:4]]:
                    self.same_statement(customer.id, currency, first, odd)

    def grown(self, disputes):
        """Documents do not know when a dispute took more than at first."""
        opened = {one.id: one.opened_at for one in disputes}
        entries = [one for one in till.everything(self.nora, LedgerEntry) if one.kind == "dispute"]
        return any(one.created_at != opened[one.cause_id] for one in entries)

    def took_from_invoices(self, refund_id):
        mine = (LedgerEntry.cause_id == refund_id, col(LedgerEntry.invoice_id).is_not(None))
        return read(self.nora, lambda tx: tx.scalar(select(func.count()).where(*mine)))

    def same_statement(self, customer, currency, first, odd):
        period = (customer, currency, first, today() + timedelta(days=1))
        new = read(self.nora, statement, *period)
        old = read(self.nora, from_documents.statement, *period)
        assert new.closing == old.closing
        if not odd:
            assert new.opening == old.opening
            assert [said(one) for one in new.entries] == [said(one) for one in old.entries]
        elif first.year == 2020:
            assert without(new, odd) == without(old, odd)
            assert by_cause(new, odd) == by_cause(old, odd)


class Backdated:
    """What is recorded today but was received before counts in the days between, as far as it was applied by now."""

    def __init__(self, history):
        self.history = history

    def __enter__(self):
        self.before = self._look()

    def __exit__(self, *_):
        paid, applied = self._look()
        was_paid, was_applied = self.before
        for id in paid.keys() - was_paid.keys():
            self._change(1, paid[id].received_on, (paid[id].customer_id, paid[id].currency), paid[id].amount)
        for id in applied.keys() - was_applied.keys():
            part = applied[id]
            payment, invoice = paid.get(part.source_id), till.row(self.history.nora, Invoice, part.invoice_id)
            if payment and payment.created_at.astimezone(ZoneInfo("America/New_York")).date() == today():
                self._change(0, max(payment.received_on, invoice.issued_on), invoice.id, part.amount)

    def _look(self):
        by = self.history.nora
        return [{row.id: row for row in till.everything(by, model)} for model in (Payment, Allocation)]

    def _change(self, which, since, key, amount):
        for day, found in self.history.days.items():
            if since <= day < today():
                found[which][key] -= amount


def owed_now(tx):
    """By the documents: ({invoice: balance}, {(customer, currency): open less on account})."""
    invoices, customers = Counter(), Counter()
    for one in tx.all(tx.own(Invoice)):
        invoices[one.id] += one.balance
        customers[one.customer_id, one.currency] += one.balance
    for model in (Payment, CreditNote):
        for one in tx.all(tx.own(model)):
            customers[one.customer_id, one.currency] -= one.unapplied
    return without_zeros(invoices), without_zeros(customers)


def open_by(tx, day):
    """The same by the ledger."""
    invoices, customers = Counter(), Counter()
    for one in open_at(tx, day):
        customers[one.customer_id, one.currency] += one.amount
        if one.invoice_id:
            invoices[one.invoice_id] += one.amount
    return without_zeros(invoices), without_zeros(customers)


def written_by(tx, moment):
    """What the entries add up to that were written until then."""
    invoices, customers = Counter(), Counter()
    for one in tx.all(tx.own(LedgerEntry).where(LedgerEntry.created_at <= moment)):
        customers[one.customer_id, one.currency] += one.amount
        if one.invoice_id:
            invoices[one.invoice_id] += one.amount
    return without_zeros(invoices), without_zeros(customers)


def totals(entries):
    found = Counter()
    for one in entries:
        found[one["customer_id"], one["invoice_id"], one["currency"]] += one["amount"]
    return without_zeros(found)


def without_zeros(found):
    return Counter({key: amount for key, amount in found.items() if amount})


def said(entry):
    id = "" if entry.kind == "settled" else entry.id  # once the allocation, now the entry
    return entry.day, str(entry.kind), entry.number, entry.text, entry.amount, entry.balance, id


def without(found, odd):
    """Entries of other causes, in order, without the running balance."""
    return [said(one)[:5] for one in found.entries if one.id not in odd]


def by_cause(found, odd):
    totals = Counter()
    for one in found.entries:
        if one.id in odd:
            totals[one.id] += one.amount
    return without_zeros(totals)


def test_the_ledger_remembers_every_day(database):
    few = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(History, settings=few)
