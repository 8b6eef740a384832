"""Money goes back: never more than came in, once, and the invoices that had it know."""

from datetime import timedelta

import pytest
import time_machine

from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.invoices.views.listing import Filter, list_invoices
from arbill_app.kernel import clock
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.kernel.jobs import effects
from arbill_app.payments import jobs
from arbill_app.payments.gateway.protocol import GatewayRefusal, GatewayTimeout
from arbill_app.payments.gateway.protocol import Refund as Told
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.sandbox.models import SandboxRefund
from arbill_app.payments.models import Payment, Refund
from arbill_app.payments.refunding import refund_payment, refundable, settle_refund, told_of_refund
from arbill_app.payments.views.payments import payment_view
from tests.payments import till
from tests.world import make_invoice, make_method, make_payment

pytestmark = pytest.mark.usefixtures("quick")


def refund(two, payment, amount="", key="refund", **more):
    return write(two.nora, refund_payment, payment, {"amount": amount, "reason": "Goodwill"} | more, key)


def charged(two, *amounts, number=till.CHECK, kind="card"):
    """A captured payment for new invoices of these amounts, and they."""
    invoices = [make_invoice(two.nora, two.ada, f"{amount}.00") for amount in amounts]
    method = make_method(two.nora, two.ada, number, kind=kind)
    parts = [(id, amount * 100) for id, amount in zip(invoices, amounts, strict=True)]
    till.charge(two.nora, two.ada, method, *parts)
    till.work()
    till.bank_day()
    return till.only(two.nora, Payment).id, *invoices


def invoice_of(two, id):
    row = till.row(two.nora, Invoice, id)
    return row.balance, row.refunded


# ---------------------------------------------------------------- full, in part, from the account


def test_a_full_refund_goes_through_the_gateway_and_is_not_asked_for_again(two):
    payment, invoice = charged(two, 100)
    assert refund(two, payment).state == "started"
    assert till.row(two.nora, Payment, payment).refunded == 0
    till.work()
    assert till.row(two.nora, Payment, payment).refunded == 10_000
    assert invoice_of(two, invoice) == (0, 10_000)
    (letter,) = till.letters(two.nora, "refund")
    assert (letter["values"]["amount"], letter["values"]["reason"]) == ("$100.00", "Goodwill")
    view = read(two.nora, payment_view, payment)
    assert view.status_label == "Refunded"
    assert view.invoices == [[invoice, "INV-0001", "Refunded"]]
    till.check_books(two.nora)


def test_a_reason_that_says_nothing_is_not_mailed(two):
    payment, _ = charged(two, 100)
    refund(two, payment, reason="Other")
    till.work()
    (letter,) = till.letters(two.nora, "refund")
    assert letter["values"]["reason"] == ""
    assert till.only(two.nora, Refund).reason == "Other"


def test_what_is_owed_again_is_open_again(two):
    payment, invoice = charged(two, 100)
    refund(two, payment, "40.00", owed_again=True)
    till.work()
    assert invoice_of(two, invoice) == (4_000, 0)
    till.check_books(two.nora)


def test_what_is_owed_again_after_a_refund_is_never_called_refunded(two):
    """Some of it went back for good, the rest is asked for again: it is to be paid, and becomes overdue."""
    payment, invoice = charged(two, 250)
    refund(two, payment, "50.00")
    till.work()
    refund(two, payment, "200.00", key="again", owed_again=True)
    till.work()
    assert invoice_of(two, invoice) == (20_000, 5_000)
    view = read(two.nora, invoice_view, invoice)
    assert (view.status_label, bool(view.link)) == ("Partly paid", True)
    assert "Nothing more to do" not in [step.title for step in view.next]
    due = till.row(two.nora, Invoice, invoice).due_on
    with time_machine.travel(clock.now() + timedelta(days=(due - clock.today()).days + 2)):
        (late,) = read(two.nora, list_invoices, Filter(tab="overdue")).rows
        assert (late.id, late.status_label) == (invoice, "Overdue")
    assert read(two.nora, list_invoices, Filter(tab="paid")).rows == []


def test_what_went_back_in_full_and_is_not_asked_for_is_refunded(two):
    payment, invoice = charged(two, 100)
    refund(two, payment)
    till.work()
    view = read(two.nora, invoice_view, invoice)
    assert (view.status_label, view.link) == ("Refunded", "")
    assert [(step.title, step.why) for step in view.next] == [
        ("Nothing more to do", "What was paid has gone back, and is not asked for again.")
    ]


def test_what_lies_on_account_goes_first_then_the_newest_invoice(two):
    first, second = make_invoice(two.nora, two.ada, "50.00"), make_invoice(two.nora, two.ada, "50.00")
    payment = make_payment(two.nora, two.ada, "120.00")
    refund(two, payment, "30.00", owed_again=True)
    assert (invoice_of(two, first), invoice_of(two, second)) == ((0, 0), (1_000, 0))
    assert till.row(two.nora, Payment, payment).unapplied == 0
    refund(two, payment, key="rest", owed_again=True)
    assert (invoice_of(two, first), invoice_of(two, second)) == ((5_000, 0), (5_000, 0))
    till.check_books(two.nora)


def test_what_was_recorded_by_hand_is_given_back_by_hand(two):
    payment = make_payment(two.nora, two.ada)
    assert refund(two, payment).state == "succeeded"
    assert [one for one in till.everything(two.nora, Effect) if one.kind == "refund"] == []


# ---------------------------------------------------------------- never more, never twice


def test_never_more_than_came_in(two):
    payment, _ = charged(two, 100)
    refund(two, payment, "60.00")
    with pytest.raises(Invalid, match=r"at most \$40.00"):
        refund(two, payment, "40.01", key="more")
    refund(two, payment, "", key="rest")
    with pytest.raises(Conflict, match="gone back already"):
        refund(two, payment, "0.01", key="again")
    till.work()
    assert sum(one.amount for one in till.everything(two.nora, SandboxRefund)) == 10_000
    till.check_books(two.nora)


def test_an_amount_that_cannot_be(two):
    payment = make_payment(two.nora, two.ada)
    for amount in ("0", "-1", "100.01", "much", "1.005"):
        with pytest.raises(Invalid) as refused:
            refund(two, payment, amount)
        assert set(refused.value.errors) == {"amount"}


def test_a_reason_is_needed(two):
    with pytest.raises(Invalid, match="why"):
        refund(two, make_payment(two.nora, two.ada), reason=" ")


def test_the_same_key_is_the_same_refund(two):
    payment, _ = charged(two, 100)
    assert refund(two, payment, "10").id == refund(two, payment, "10").id
    with pytest.raises(Conflict):
        refund(two, make_payment(two.nora, two.ada), "10")
    till.work()
    assert len(till.everything(two.nora, SandboxRefund)) == 1


def test_another_partners_payment_does_not_exist(two):
    with pytest.raises(NotFound):
        refund(two, make_payment(two.sol, two.clara))


# ---------------------------------------------------------------- what the gateway says


def test_a_refund_to_a_bank_account_is_processing_until_it_is_there(two):
    payment, invoice = charged(two, 100, number=till.SETTLES, kind=till.BANK)
    refund(two, payment, "30.00")
    till.work()
    assert till.only(two.nora, Refund).state == "processing"
    assert till.row(two.nora, Payment, payment).refunded == 0
    assert read(two.nora, lambda tx: refundable(tx, tx.get(Payment, payment))) == 7_000
    assert till.letters(two.nora, "refund") == []
    till.bank_day()
    assert till.only(two.nora, Refund).state == "succeeded"
    assert invoice_of(two, invoice) == (0, 3_000)
    till.check_books(two.nora)


def test_a_refund_that_nobody_tells_of_is_asked_for(two):
    payment, _ = charged(two, 100, number=till.SETTLES, kind=till.BANK)
    made = refund(two, payment)
    till.work()
    jobs.look_after_refunds(made.created_at)
    assert till.only(two.nora, Refund).state == "processing"
    till.webhooks.bank.settle_due(made.created_at.replace(year=made.created_at.year + 1))
    jobs.look_after_refunds(made.created_at.replace(year=made.created_at.year + 1))
    assert till.only(two.nora, Refund).state == "succeeded"
    till.check_books(two.nora)


def test_a_refund_without_an_answer_is_looked_up(two, monkeypatch):
    payment, _ = charged(two, 100)
    refund(two, payment, "25.00")
    with monkeypatch.context() as patch:
        real = Sandbox.refund

        def silent(self, *args):
            real(self, *args)
            raise GatewayTimeout("late", "timeout")

        patch.setattr(Sandbox, "refund", silent)
        till.work()
    till.later()
    till.work()
    assert len(till.everything(two.nora, SandboxRefund)) == 1
    assert till.row(two.nora, Payment, payment).refunded == 2_500
    till.check_books(two.nora)


def test_a_refused_refund_frees_its_amount_and_is_not_tried_again_behind_our_back(two, monkeypatch):
    payment, invoice = charged(two, 100)
    refund(two, payment)
    with monkeypatch.context() as patch:

        def refuse(*_):
            raise GatewayRefusal("No.", "no")

        patch.setattr(Sandbox, "refund", refuse)
        till.work()
    row = till.only(two.nora, Refund)
    assert (row.state, row.error) == ("failed", "No.")
    assert invoice_of(two, invoice) == (0, 0)
    refund(two, payment, key="second")
    (effect,) = [one for one in till.everything(two.nora, Effect) if one.kind == "refund" and one.state == "failed"]
    write(two.nora, effects.retry, effect.id)
    till.work()
    assert sum(one.amount for one in till.everything(two.nora, SandboxRefund)) == 10_000
    till.check_books(two.nora)


def test_a_refund_that_comes_back_lies_on_account(two):
    payment, invoice = charged(two, 100)
    made = refund(two, payment, "40.00")
    till.work()
    told = Told(till.only(two.nora, Refund).gateway_id, "failed", 4_000)
    for _ in range(2):
        write(two.nora, settle_refund, made.id, told)
    row = till.row(two.nora, Payment, payment)
    assert (row.refunded, row.unapplied) == (0, 4_000)
    assert invoice_of(two, invoice) == (0, 4_000)
    till.check_books(two.nora)


def test_a_refund_made_at_the_gateway_itself_is_written_down_once(two):
    payment, invoice = charged(two, 100)
    charge_id = till.row(two.nora, Payment, payment).charge_id
    for _ in range(2):
        write(two.nora, told_of_refund, charge_id, Told("re_elsewhere", "succeeded", 2_000, charge_id))
    assert till.only(two.nora, Refund).reason == "Refunded at the gateway"
    assert invoice_of(two, invoice) == (0, 2_000)
    till.check_books(two.nora)


@pytest.mark.parametrize("states", [("succeeded", "processing"), ("failed", "succeeded"), ("succeeded", "succeeded")])
def test_told_twice_or_out_of_order_it_happened_once(two, states):
    payment, _ = charged(two, 100)
    made = refund(two, payment, "40.00")
    for state in states:
        write(two.nora, settle_refund, made.id, Told("re_1", state, 4_000))
    assert till.only(two.nora, Refund).state == states[0]
    till.check_books(two.nora)
