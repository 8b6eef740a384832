"""Whatever people, the gateway and its webhooks do, in whatever order: the books are right after every step.

See till.check_books for what that means. At the end everything is waited for: nothing that was captured is missing.
"""

from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from arbill_app.invoices.commands import credit_notes, issuing, settling
from arbill_app.invoices.models import CreditNote
from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.errors import ArbillError
from arbill_app.kernel.money import plain
from arbill_app.payments import autopay, jobs, recording, refunding
from arbill_app.payments.charging import attempts, webhooks
from arbill_app.payments.gateway.protocol import Dispute, Event
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.methods import methods
from arbill_app.payments.models import Attempt, Payment
from tests.payments import till
from tests.world import (
    canadian,
    make_customer,
    make_draft_invoice,
    make_invoice,
    make_method,
    make_partner,
    paid_by_check,
    typed,
)

CARDS = [till.CHECK, till.SLOW, till.TIMEOUT, till.DOWN, till.DECLINED, till.ACTION, till.DISPUTED]
BANKS = [till.SETTLES, till.FAILS_LATER, "000111111113"]
amounts = st.integers(1, 40_000)
numbers = st.sampled_from(CARDS + BANKS)
keys = count()


class Shop(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.nora = make_partner()
        self.customers = [make_customer(self.nora, **values) for values in (typed("One"), canadian("Deux"))]
        self.currencies, self.banks = ("USD", "CAD"), ("us_bank_account", "acss_debit")
        self.invoices: list[list[str]] = [[], []]
        self.credits: list[str] = []
        self.methods: dict[tuple[int, str], str] = {}

    def attempt(self, verb, *args, **more):
        """What is refused changes nothing."""
        try:
            return write(self.nora, verb, *args, **more)
        except ArbillError:
            return None

    def method(self, which, number):
        if (which, number) not in self.methods:
            kind = "card" if number in CARDS else self.banks[which]
            self.methods[which, number] = make_method(self.nora, self.customers[which], number, kind=kind)
        return self.methods[which, number]

    def one(self, data, model):
        return data.draw(st.sampled_from(till.everything(self.nora, model)))

    def any_invoice(self, data):
        return data.draw(st.sampled_from([*self.invoices[0], *self.invoices[1]] or ["inv_nobody"]))

    some_invoices = precondition(lambda self: any(self.invoices))
    some_payments = precondition(lambda self: bool(till.everything(self.nora, Payment)))
    some_attempts = precondition(lambda self: bool(till.everything(self.nora, Attempt)))

    # ------------------------------------------------------------ invoices and credits

    @rule(which=st.integers(0, 1), amount=amounts, option=st.sampled_from(["later", "later", "now", "on_due"]))
    def create(self, which, amount, option):
        if option != "later" and not self.methods.get((which, till.CHECK)):
            return
        amount = plain(amount, self.currencies[which])
        self.invoices[which].append(make_invoice(self.nora, self.customers[which], amount, option=option))

    @rule(which=st.integers(0, 1), amount=amounts)
    def draft_and_issue(self, which, amount):
        draft = make_draft_invoice(self.nora, self.customers[which], plain(amount, self.currencies[which]))
        mine = (self.customers[which], self.method(which, till.CHECK), [(draft, amount)])
        assert self.attempt(attempts.start_charge, *mine, key=f"draft{next(keys)}", source="staff") is None
        self.attempt(issuing.issue_invoice, draft)
        self.invoices[which].append(draft)

    @some_invoices
    @rule(data=st.data())
    def void(self, data):
        self.attempt(issuing.void_invoice, self.any_invoice(data))

    @some_invoices
    @rule(data=st.data(), amount=amounts, apply=st.booleans())
    def credit(self, data, amount, apply):
        values = {"amount": plain(amount, "USD"), "reason": "Goodwill", "apply": apply}
        self.attempt(credit_notes.credit_invoice, self.any_invoice(data), f"credit{next(keys)}", values)

    @precondition(lambda self: bool(till.everything(self.nora, CreditNote)))
    @rule(data=st.data(), amount=st.none() | amounts)
    def apply_credit(self, data, amount):
        self.attempt(settling.apply_credit, self.one(data, CreditNote).id, self.any_invoice(data), amount)

    # ------------------------------------------------------------ money comes in

    @rule(which=st.integers(0, 1), amount=amounts)
    def record(self, which, amount):
        values = paid_by_check(plain(amount, self.currencies[which]))
        assert self.attempt(recording.record_payment, self.customers[which], values, f"check{next(keys)}")

    @some_invoices
    @rule(data=st.data(), which=st.integers(0, 1), share=amounts, number=numbers, many=st.booleans())
    def charge(self, data, which, share, number, many):
        if self.invoices[which]:
            chosen = st.lists(st.sampled_from(self.invoices[which]), min_size=1, max_size=3 if many else 1)
            parts = [(id, min(share, till.balance(self.nora, id) or share)) for id in data.draw(chosen)]
            self.attempt(
                attempts.start_charge,
                self.customers[which],
                self.method(which, number),
                parts,
                key=f"charge{next(keys)}",
                source=data.draw(st.sampled_from(["staff", "portal", "link"])),
            )

    @some_invoices
    @rule(data=st.data())
    def collect(self, data):
        self.attempt(autopay.collect, self.any_invoice(data), f"collect{next(keys)}")

    @some_payments
    @rule(data=st.data(), amount=st.none() | amounts)
    def apply(self, data, amount):
        self.attempt(recording.apply_payment, self.one(data, Payment).id, self.any_invoice(data), amount)

    @some_invoices
    @rule(data=st.data())
    def apply_on_account(self, data):
        self.attempt(recording.apply_on_account, self.any_invoice(data))

    @rule(which=st.integers(0, 1), on=st.booleans())
    def auto_pay(self, which, on):
        self.attempt(methods.set_auto_pay, self.customers[which], on, "Northwind")

    # ------------------------------------------------------------ money goes back

    @some_payments
    @rule(data=st.data(), amount=amounts, whole=st.booleans(), again=st.booleans())
    def refund(self, data, amount, whole, again):
        values = {"amount": "" if whole else plain(amount, "USD"), "reason": "Other", "owed_again": again}
        self.attempt(refunding.refund_payment, self.one(data, Payment).id, values, f"refund{next(keys)}")

    @some_payments
    @rule(data=st.data(), amount=amounts, state=st.sampled_from(["open", "won", "lost"]))
    def dispute(self, data, amount, state):
        payment = self.one(data, Payment)
        if payment.charge_id:
            told = Dispute(f"dp_{payment.id}", amount, payment.currency, "fraudulent", state)
            self.tell("charge.disputed", payment.charge_id, dispute=told)

    # ------------------------------------------------------------ the gateway, its webhooks and time

    def tell(self, kind, charge_id, **more):
        webhooks.take("sandbox", Event(f"evt{next(keys)}", kind, self.nora.partner_id, charge_id, **more))

    @rule()
    def work(self):
        till.work()

    @rule()
    def wait(self):
        till.later()
        till.work()

    @rule()
    def bank_day(self):
        till.bank_day()

    @some_attempts
    @rule(data=st.data(), approve=st.booleans())
    def approve(self, data, approve):
        attempt = self.one(data, Attempt)
        if attempt.state == "requires_action":
            Sandbox(self.nora.partner_id).authenticate(attempt.charge_id, approve)

    @some_attempts
    @rule(data=st.data())
    def cancel(self, data):
        self.attempt(attempts.cancel_attempt, self.one(data, Attempt).id)

    @some_attempts
    @rule(data=st.data())
    def replay(self, data):
        """An old event once more, and an old answer of the gateway after newer ones."""
        attempt = self.one(data, Attempt)
        if attempt.charge_id:
            self.tell(data.draw(st.sampled_from(["charge.succeeded", "charge.failed"])), attempt.charge_id)
            old = jobs.plain(Sandbox(self.nora.partner_id).fetch(attempt.charge_id))
            status = data.draw(st.sampled_from(["processing", "requires_action", old["status"]]))
            if attempt.ended_at:
                self.attempt(attempts.settle_attempt, attempt.id, jobs.as_charge(old | {"status": status}))

    # ------------------------------------------------------------ what always holds

    @invariant()
    def the_books_are_right(self):
        till.check_books(self.nora)

    def teardown(self):
        for _ in range(len(jobs.WAITS) + 2):
            till.later()
            till.work()
        while till.bank_day():
            pass
        till.check_books(self.nora)
        open_ = {one.state for one in till.everything(self.nora, Attempt) if one.ended_at is None}
        assert open_ <= {"requires_action"}, "everything else has come to its end"


@pytest.mark.usefixtures("quick")
def test_money_always_adds_up(database):
    few = settings(max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Shop, settings=few)
