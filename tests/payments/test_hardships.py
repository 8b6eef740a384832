"""What goes wrong at the same time, or late: nobody is charged without wanting it, and nothing is stuck for ever."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from arbill_app.customers.commands import merging
from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.invoices.models import Invoice
from arbill_app.kernel import clock
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, transaction, write
from arbill_app.kernel.errors import Conflict
from arbill_app.kernel.jobs import effects
from arbill_app.payments import autopay, jobs
from arbill_app.payments.charging import attempts, webhooks
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute, Event, GatewayDown, GatewayRefusal, GatewayTimeout
from arbill_app.payments.gateway.protocol import Refund as Told
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.methods.methods import default_method, remove_method, set_auto_pay
from arbill_app.payments.models import Attempt, Payment, Refund
from arbill_app.payments.refunding import fail_refund, refund_payment, told_of_refund
from tests.payments import till
from tests.together import begin
from tests.world import in_days, make_invoice, make_method, make_payment, today

pytestmark = pytest.mark.usefixtures("quick")
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def card(two):
    return make_method(two.nora, two.ada)


def auto_pay(two, on=True, customer=""):
    write(two.nora, set_auto_pay, customer or two.ada, on, "Northwind")


def to_charge(two, days=5, customer=""):
    return make_invoice(two.nora, customer or two.ada, option="on_due", due_on=in_days(days))


def morning(days):
    return datetime.combine(today() + timedelta(days=days), time(9, 1), ZONE)


def on_the_day(days=5):
    with time_machine.travel(morning(days)):
        till.work()


def paid(two, card):
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    till.work()
    return till.everything(two.nora, Payment)[-1], invoice


def raising(error):
    def fail(*_args, **_more):
        raise error

    return fail


def hours_go_by(two, kind):
    """Until nothing is tried any more; then somebody says "Try again", more than once."""
    for hours in range(8):
        with time_machine.travel(clock.now() + timedelta(hours=hours)):
            till.later()
            till.work()
    effect = next(one for one in till.everything(two.nora, Effect) if one.kind == kind)
    for _ in range(3):
        if till.row(two.nora, Effect, effect.id).state in ("review", "failed"):
            write(two.nora, effects.retry, effect.id)
            till.work()


# ---------------------------------------------------------------- who agreed to be charged


def test_a_cancelled_plan_does_not_outlive_auto_pay(two, card):
    invoice = to_charge(two)
    write(two.nora, autopay.cancel_planned, invoice)
    auto_pay(two)
    auto_pay(two, False)
    assert read(two.nora, autopay.planned, invoice) is None
    on_the_day()
    assert till.everything(two.nora, Attempt) == []


def test_staffs_own_plan_outlives_auto_pay(two, card):
    invoice = to_charge(two)
    auto_pay(two)
    auto_pay(two, False)
    on_the_day()
    assert till.balance(two.nora, invoice) == 0


def test_auto_pay_of_a_duplicate_is_no_agreement_of_the_customer_that_is_kept(two, card):
    auto_pay(two)
    to_charge(two)
    make_method(two.nora, two.bruno)
    write(two.nora, merging.merge_customer, two.ada, two.bruno)
    on_the_day()
    assert till.everything(two.nora, Attempt) == []


def test_after_a_merge_auto_pay_can_be_turned_off(two, card):
    make_method(two.nora, two.bruno)
    auto_pay(two, customer=two.bruno)
    invoice = to_charge(two, customer=two.bruno)
    auto_pay(two)
    write(two.nora, merging.merge_customer, two.ada, two.bruno)
    auto_pay(two, False, two.bruno)
    assert read(two.nora, autopay.planned, invoice) is None
    on_the_day()
    assert till.everything(two.nora, Attempt) == []


def test_auto_pay_turned_off_while_a_worker_died_charges_nothing(two, card):
    auto_pay(two)
    to_charge(two)
    with time_machine.travel(morning(5)):
        effects.begin("collect", 1)
        auto_pay(two, False)
    with time_machine.travel(morning(5) + timedelta(minutes=30)):
        effects.reconcile(clock.now())
        till.work()
    assert till.everything(two.nora, Attempt) == []


def test_who_is_archived_is_not_charged_by_itself(two, card):
    """The portal is closed to them: they could not turn it off."""
    auto_pay(two)
    invoice = to_charge(two)
    write(two.nora, archive_customer, two.ada)
    on_the_day()
    assert till.everything(two.nora, Attempt) == []
    assert till.notes(two.nora, invoice, "invoice.not_charged") == ["This customer is archived."]


def test_the_next_default_pays_in_the_customers_currency(two, card):
    make_method(two.nora, two.ada, till.SETTLES, kind="acss_debit")
    other = make_method(two.nora, two.ada, "5555555555554444")
    write(two.nora, remove_method, card, confirmed=True)
    assert read(two.nora, default_method, two.ada).id == other


# ---------------------------------------------------------------- disputes and refunds at once


def test_what_the_bank_took_while_a_refund_was_under_way_is_booked_once_that_failed(two, card):
    payment, invoice = paid(two, card)
    refund = write(two.nora, refund_payment, payment.id, {"amount": "", "reason": "Goodwill"}, "r1")
    told = Dispute("dp_1", 10_000, "USD", "fraudulent", "open")
    write(two.nora, dispute_told, payment.charge_id, told)
    till.check_books(two.nora)
    write(two.nora, fail_refund, refund.id, "The charge is disputed.")
    write(two.nora, dispute_told, payment.charge_id, Dispute("dp_1", 10_000, "USD", "fraudulent", "lost"))
    till.check_books(two.nora)
    assert till.row(two.nora, Payment, payment.id).disputed == 10_000
    assert till.balance(two.nora, invoice) == 10_000


def test_a_dispute_of_no_charge_is_nobodys(two):
    make_payment(two.nora, two.ada)
    assert write(two.nora, dispute_told, "", Dispute("d", 10_000, "USD", "", "open")) is None
    assert till.only(two.nora, Payment).disputed == 0


def test_a_refund_made_at_the_gateway_that_failed_is_not_booked_by_older_news(two, card):
    payment, _ = paid(two, card)
    for state in ("failed", "succeeded"):
        write(two.nora, told_of_refund, payment.charge_id, Told("re_x", state, 2_000, payment.charge_id))
    assert till.row(two.nora, Payment, payment.id).refunded == 0
    till.check_books(two.nora)


def test_a_dispute_is_booked_though_its_charge_can_not_be_looked_up(two, card, monkeypatch):
    payment, invoice = paid(two, card)
    told = Dispute("d", 10_000, "USD", "", "open")
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "fetch", raising(GatewayDown("Nobody is there.", "down")))
        event = Event("e1", "charge.disputed", two.nora.partner_id, payment.charge_id, dispute=told)
        webhooks.take("sandbox", event)
        for _ in range(len(jobs.WAITS) + 2):
            till.work()
            till.later()
    assert till.balance(two.nora, invoice) == 10_000


# ---------------------------------------------------------------- an end for everything


def test_an_approval_is_cancelled_though_the_first_try_failed_for_good(two, monkeypatch):
    invoice = make_invoice(two.nora, two.ada)
    attempt = till.charge(two.nora, two.ada, make_method(two.nora, two.ada, till.ACTION), (invoice, 10_000))
    till.work()
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "cancel", raising(GatewayDown("Nobody is there.", "down")))
        write(two.nora, attempts.cancel_attempt, attempt.id)
        for _ in range(len(jobs.WAITS) + 2):
            till.work()
            till.later()
    assert till.states(two.nora) == ["requires_action"]
    write(two.nora, attempts.cancel_attempt, attempt.id)
    till.work()
    assert till.states(two.nora) == ["canceled"]


def test_a_charge_that_nobody_can_have_made_sets_its_invoice_free(two, card, monkeypatch):
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "charge", raising(GatewayTimeout("No answer.", "timeout")))
        till.work()
    assert till.states(two.nora) == ["unknown"]
    Sandbox(two.nora.partner_id).detach(till.method(two.nora, card).token)
    hours_go_by(two, "charge")
    assert till.states(two.nora) == ["canceled"]
    make_payment(two.nora, two.ada, "100.00", parts={invoice: "100.00"})
    assert till.balance(two.nora, invoice) == 0


def test_a_refund_that_nobody_can_have_made_frees_its_amount(two, card, monkeypatch):
    payment, _ = paid(two, card)
    write(two.nora, refund_payment, payment.id, {"amount": "", "reason": "Goodwill"}, "r1")
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", raising(GatewayTimeout("No answer.", "timeout")))
        till.work()
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", raising(GatewayRefusal("This charge is disputed.", "charge_disputed")))
        hours_go_by(two, "refund")
    assert till.only(two.nora, Refund).state == "failed"


# ---------------------------------------------------------------- two at once


def test_nothing_is_recorded_for_a_customer_that_was_merged_away(two):
    write(two.nora, merging.merge_customer, two.ada, two.bruno)
    with pytest.raises(Conflict):
        make_payment(two.nora, two.ada, "30.00")


def test_auto_pay_and_a_charge_do_not_wait_for_each_other(two, card):
    """One holds the customer and wants its invoices, the other an invoice and only names the customer."""
    invoice = make_invoice(two.nora, two.ada, due_on=in_days(5))
    with transaction(two.nora) as tx:
        tx.get(Invoice, invoice, lock=True)
        other = begin(lambda: write(two.nora, set_auto_pay, two.ada, True, "Northwind"), 0.3)
        attempts.start_charge(tx, two.ada, card, [(invoice, 1_000)], key="k1", source="staff")
        tx.flush()
    assert other().auto_pay
