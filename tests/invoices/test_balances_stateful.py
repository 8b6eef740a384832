"""Whatever order the verbs come in: what is kept for speed equals what the allocations add up to, and the customers
list shows it.

The expected figures come from a model of four numbers an invoice, not from the database.
"""

from dataclasses import dataclass
from datetime import date

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.invoices.commands import issuing
from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.invoices.commands.settling import apply_credit, settled_of
from arbill_app.invoices.models import Allocation, CreditNote, Invoice
from arbill_app.invoices.views.listing import Filter as InvoiceFilter
from arbill_app.invoices.views.listing import sums
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict
from arbill_app.kernel.money import Money, plain
from arbill_app.ledger.queries import open_at
from tests.world import canadian, make_customer, make_draft_invoice, make_invoice, make_partner, typed

amounts = st.integers(1, 40_000)


@dataclass
class Owed:
    id: str
    customer: int
    total: int
    settled: int = 0
    credited: int = 0
    stage: str = "open"

    @property
    def balance(self):
        return self.total - self.settled if self.stage == "open" else 0


@dataclass
class Credit:
    id: str
    customer: int
    total: int
    used: int = 0


class Ledger(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.nora = make_partner()
        values = (typed("One", tax_rate="8.875"), canadian("Deux"))
        self.customers = [make_customer(self.nora, **value) for value in values]
        self.currencies = ("USD", "CAD")
        self.invoices: list[Owed] = []
        self.credits: list[Credit] = []

    def attempt(self, verb, *args):
        try:
            return write(self.nora, verb, *args)
        except Conflict:
            return None

    @rule(which=st.integers(0, 1), amount=amounts, issued=st.booleans())
    def create(self, which, amount, issued):
        make = make_invoice if issued else make_draft_invoice
        id = make(self.nora, self.customers[which], plain(amount, self.currencies[which]))
        total = read(self.nora, lambda tx: tx.get(Invoice, id).total)
        self.invoices.append(Owed(id, which, total, stage="open" if issued else "draft"))

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def issue(self, data):
        one = data.draw(st.sampled_from(self.invoices))
        done = self.attempt(issuing.issue_invoice, one.id)
        assert bool(done) == (one.stage == "draft")
        one.stage = "open" if done else one.stage

    @precondition(lambda self: self.invoices)
    @rule(data=st.data())
    def void(self, data):
        one = data.draw(st.sampled_from(self.invoices))
        done = self.attempt(issuing.void_invoice, one.id)
        assert bool(done) == (one.stage == "open" and one.settled == one.credited == 0)
        one.stage = "voided" if done else one.stage

    @precondition(lambda self: self.invoices)
    @rule(data=st.data(), amount=amounts, applied=st.booleans(), all_of_it=st.booleans())
    def credit(self, data, amount, applied, all_of_it):
        one = data.draw(st.sampled_from(self.invoices))
        rest = one.total - one.credited
        amount = rest if all_of_it else min(amount, rest)
        values = {"amount": plain(amount, self.currencies[one.customer]), "reason": "Goodwill", "apply": applied}
        done = self.attempt(credit_invoice, one.id, f"credit-{len(self.credits)}", values)
        assert bool(done) == (one.stage == "open" and rest > 0)
        if done:
            used = min(amount, one.balance) if applied else 0
            one.credited, one.settled = one.credited + amount, one.settled + used
            self.credits.append(Credit(done.id, one.customer, amount, used))

    @precondition(lambda self: self.credits)
    @rule(data=st.data(), amount=st.none() | amounts)
    def apply(self, data, amount):
        credit, one = data.draw(st.sampled_from(self.credits)), data.draw(st.sampled_from(self.invoices))
        most = min(credit.total - credit.used, one.balance)
        wanted = most if amount is None else amount
        done = self.attempt(apply_credit, credit.id, one.id, amount)
        assert bool(done) == (credit.customer == one.customer and 0 < wanted <= most)
        if done:
            assert done == wanted
            credit.used, one.settled = credit.used + wanted, one.settled + wanted

    @invariant()
    def every_figure_is_what_the_allocations_add_up_to(self):
        def look(tx):
            for one in self.invoices:
                row = tx.get(Invoice, one.id)
                assert (row.stage, row.total, row.balance) == (one.stage, one.total, one.balance)
                assert row.standing == (one.stage if one.stage != "open" else "owed" if one.balance else "paid")
                assert settled_of(tx, one.id) == one.settled
            for credit in self.credits:
                used = tx.all(tx.own(Allocation).where(Allocation.source_id == credit.id))
                assert sum(allocation.amount for allocation in used) == credit.used
                assert tx.get(CreditNote, credit.id).unapplied == credit.total - credit.used

        read(self.nora, look)

    @invariant()
    def so_do_the_entries_of_the_ledger(self):
        open_ = {(one.customer_id, one.invoice_id): one.amount for one in read(self.nora, open_at, date.max)}
        expected = {(self.customers[one.customer], one.id): one.balance for one in self.invoices if one.balance}
        for which, id in enumerate(self.customers):
            kept = sum(credit.total - credit.used for credit in self.credits if credit.customer == which)
            expected |= {(id, None): -kept} if kept else {}
        assert open_ == expected

    @invariant()
    def the_customers_list_shows_it(self):
        shown = {row.id: row.balance for row in read(self.nora, list_customers, Filter()).rows}
        for which, (id, currency) in enumerate(zip(self.customers, self.currencies, strict=True)):
            owed = sum(one.balance for one in self.invoices if one.customer == which)
            kept = sum(credit.total - credit.used for credit in self.credits if credit.customer == which)
            assert shown[id] == Money(owed - kept, currency).text()

    @invariant()
    def the_invoices_list_adds_it_up_a_currency_each(self):
        found = {one.currency: (one.count, one.total, one.balance) for one in read(self.nora, sums, InvoiceFilter())}
        for which, currency in enumerate(self.currencies):
            its = [one for one in self.invoices if one.customer == which and one.stage != "voided"]
            total, balance = sum(one.total for one in its), sum(one.balance for one in its)
            texts = (str(len(its)), Money(total, currency).text(), Money(balance, currency).text())
            assert found.get(currency) == (texts if its else None)


def test_balances_always_add_up(database):
    few = settings(max_examples=8, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger, settings=few)
