"""At the same moment: two tabs, staff and customer, webhook and poll, two refunds. Never more than the balance."""

import pytest

from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.errors import Conflict
from arbill_app.payments import autopay, jobs, recording, refunding
from arbill_app.payments.charging import attempts, webhooks
from arbill_app.payments.gateway.choose import parse_webhook
from arbill_app.payments.gateway.sandbox import bank
from arbill_app.payments.gateway.sandbox.models import SandboxCharge, SandboxRefund
from arbill_app.payments.methods import methods
from arbill_app.payments.models import Attempt, GatewayEvent, Payment
from tests.payments import till
from tests.together import together
from tests.world import make_invoice, make_method, make_payment, paid_by_check

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def invoice(two):
    return make_invoice(two.nora, two.ada)


@pytest.fixture
def card(two):
    return make_method(two.nora, two.ada)


def paying(two, card, *parts, key, source="portal"):
    return lambda: till.charge(two.nora, two.ada, card, *parts, key=key, source=source)


def refused(outcomes):
    assert all(isinstance(one, (Conflict, till.Attempt, refunding.Refund, int)) for one in outcomes), outcomes
    return sum(isinstance(one, Conflict) for one in outcomes)


def captured(two):
    return sum(one.amount for one in till.everything(two.nora, SandboxCharge) if one.status == "succeeded")


@pytest.mark.parametrize("keys", [("one", "one"), ("one", "two")])
def test_a_link_that_is_paid_from_two_tabs_is_one_charge(two, card, invoice, keys):
    made = together(*[paying(two, card, (invoice, 10_000), key=key, source="link") for key in keys])
    assert refused(made) == len(set(keys)) - 1
    together(till.work, till.work)
    assert captured(two) == 10_000
    assert len(till.everything(two.nora, Payment)) == 1
    till.check_books(two.nora)


def test_staff_and_customer_together_never_charge_more_than_the_balance(two, card, invoice):
    other = make_invoice(two.nora, two.ada, "50.00")
    jobs_ = [
        paying(two, card, (invoice, 7_000), (other, 5_000), key="staff", source="staff"),
        paying(two, card, (other, 2_000), (invoice, 6_000), key="portal"),
        paying(two, card, (invoice, 3_000), key="more"),
        lambda: write(two.nora, autopay.collect, invoice, "collect"),
    ]
    together(*jobs_)
    together(till.work, till.work, till.work)
    assert captured(two) <= 15_000
    assert all(one.unapplied == 0 for one in till.everything(two.nora, Payment))
    till.check_books(two.nora)


def test_the_same_check_recorded_by_two_clicks_is_one_payment(two, invoice):
    def record():
        return write(two.nora, recording.record_payment, two.ada, paid_by_check(), "check")

    first, second = together(record, record)
    assert first.id == second.id
    assert till.balance(two.nora, invoice) == 0
    till.check_books(two.nora)


def test_a_check_that_is_recorded_while_the_charge_comes_in_is_all_in_the_books(two, card, invoice):
    till.charge(two.nora, two.ada, card, (invoice, 10_000))

    def record():
        return write(two.nora, recording.record_payment, two.ada, paid_by_check(), "check")

    together(till.work, record)
    till.work()
    assert sum(one.unapplied for one in till.everything(two.nora, Payment)) == 10_000
    assert till.balance(two.nora, invoice) == 0
    till.check_books(two.nora)


def test_webhook_and_poll_and_answer_together_are_one_payment(two, invoice):
    attempt = till.charge(
        two.nora, two.ada, make_method(two.nora, two.ada, till.SETTLES, kind=till.BANK), (invoice, 10_000)
    )
    till.work()
    bank.settle_due(attempt.created_at.replace(year=attempt.created_at.year + 1))
    charge_id = till.row(two.nora, Attempt, attempt.id).charge_id
    told = [parse_webhook("sandbox", one.body, one.headers) for one in bank.deliveries()]

    def hear():
        for event in told:
            webhooks.take("sandbox", event)
        till.work()

    together(hear, hear, *[lambda: jobs.refresh(two.nora.partner_id, attempt.id, charge_id)] * 3)
    till.work()
    assert len(till.everything(two.nora, GatewayEvent)) == len(told)
    assert len(till.everything(two.nora, Payment)) == len(till.letters(two.nora, "receipt")) == 1
    till.check_books(two.nora)


def test_two_refunds_together_are_no_more_than_the_payment(two, card, invoice):
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    till.work()
    payment = till.only(two.nora, Payment).id

    def refund(key):
        values = {"amount": "60.00", "reason": "Other"}
        return lambda: write(two.nora, refunding.refund_payment, payment, values, key)

    outcomes = together(*[refund(key) for key in ("one", "two", "three")])
    assert sum(isinstance(one, refunding.Refund) for one in outcomes) == 1
    together(till.work, till.work)
    assert sum(one.amount for one in till.everything(two.nora, SandboxRefund)) == 6_000
    till.check_books(two.nora)


def test_money_on_account_is_used_once(two):
    payment = make_payment(two.nora, two.ada, "100.00")
    first, second = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)

    def apply(invoice):
        return lambda: write(two.nora, recording.apply_payment, payment, invoice)

    def all_of_it(invoice):
        return lambda: write(two.nora, recording.apply_on_account, invoice)

    assert refused(together(apply(first), apply(second), all_of_it(first), all_of_it(second))) == 3
    till.check_books(two.nora)


def test_what_is_applied_and_refunded_at_once_adds_up(two):
    payment = make_payment(two.nora, two.ada, "100.00")
    invoices = [make_invoice(two.nora, two.ada, "60.00") for _ in range(2)]
    values = {"amount": "50.00", "reason": "Other", "owed_again": True}
    together(
        *[lambda id=id: write(two.nora, recording.apply_payment, payment, id) for id in invoices],
        *[lambda key=key: write(two.nora, refunding.refund_payment, payment, values, key) for key in "ab"],
    )
    till.check_books(two.nora)


def test_who_removes_the_method_and_who_charges_it_meet(two, card, invoice):
    outcomes = together(
        paying(two, card, (invoice, 10_000), key="one"),
        lambda: write(two.nora, methods.remove_method, card, confirmed=True),
    )
    assert sum(isinstance(one, Exception) for one in outcomes) == 1
    till.work()
    assert till.states(two.nora) in ([], ["succeeded"])
    till.check_books(two.nora)


def test_a_default_is_made_twice_at_once(two, card):
    others = [make_method(two.nora, two.ada) for _ in range(3)]
    together(*[lambda id=id: write(two.nora, methods.make_default, id) for id in others])
    assert sum(till.method(two.nora, id).is_default for id in (card, *others)) == 1


def test_a_cancelled_charge_and_its_worker_meet(two, card, invoice):
    attempt = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    together(till.work, lambda: write(two.nora, attempts.cancel_attempt, attempt.id))
    till.work()
    assert till.states(two.nora) in (["succeeded"], ["canceled"])
    assert captured(two) == (10_000 if till.states(two.nora) == ["succeeded"] else 0)
    till.check_books(two.nora)
