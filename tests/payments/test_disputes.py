"""A customer's bank takes a payment back: its invoices are owed again for as long as that is so."""

import pytest

from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict
from arbill_app.payments import autopay
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.forms import planned_for
from arbill_app.payments.gateway.protocol import Dispute as Told
from arbill_app.payments.methods.methods import set_auto_pay
from arbill_app.payments.models import Dispute, Payment
from arbill_app.payments.refunding import refund_payment
from arbill_app.payments.views.next_steps import money_steps
from arbill_app.payments.views.payments import invoice_money, payment_view
from tests.payments import till
from tests.world import in_days, make_invoice, make_method, make_payment

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def paid(two):
    """(payment, invoice) of $100."""
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 10_000))
    till.work()
    return till.only(two.nora, Payment), invoice


def tell(two, payment, *states, amount=10_000):
    for state in states:
        write(two.nora, dispute_told, payment.charge_id, Told("dp_1", amount, "USD", "fraudulent", state))
    till.check_books(two.nora)
    return till.row(two.nora, Payment, payment.id)


def refund(two, payment, amount, **more):
    return write(two.nora, refund_payment, payment.id, {"amount": amount, "reason": "Goodwill"} | more, "refund")


def test_the_webhook_of_a_disputed_card_opens_the_invoice_again(two):
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada, till.DISPUTED), (invoice, 10_000))
    till.work()
    assert till.balance(two.nora, invoice) == 0
    till.bank_day()
    assert till.balance(two.nora, invoice) == 10_000
    view = read(two.nora, payment_view, till.only(two.nora, Payment).id)
    assert (view.status_label, view.refundable) == ("Disputed", "")
    assert [row[:3] for row in view.disputes] == [
        ["$100.00", "Open", "The customer says they did not make this payment"]
    ]
    assert "answer at your payment gateway" in view.disputes[0][4]
    till.check_books(two.nora)


def test_a_won_dispute_pays_the_invoice_again(two, paid):
    payment, invoice = paid
    assert tell(two, payment, "open", "won").disputed == 0
    assert till.balance(two.nora, invoice) == 0
    assert till.only(two.nora, Dispute).state == "won"


def test_what_was_paid_another_way_meanwhile_leaves_a_won_dispute_on_account(two, paid):
    payment, _ = paid
    tell(two, payment, "open")
    make_payment(two.nora, two.ada, "100.00")
    assert tell(two, payment, "won").unapplied == 10_000


def test_a_lost_dispute_stays_owed(two, paid):
    payment, invoice = paid
    assert tell(two, payment, "open", "lost").disputed == 10_000
    assert till.balance(two.nora, invoice) == 10_000


@pytest.mark.parametrize(
    ("states", "ends"),
    [(("open", "open"), "open"), (("won", "open"), "won"), (("lost", "open"), "lost"), (("won", "won"), "won")],
)
def test_told_twice_or_out_of_order_it_is_one_dispute(two, paid, states, ends):
    payment, invoice = paid
    tell(two, payment, *states)
    assert till.only(two.nora, Dispute).state == ends
    assert till.balance(two.nora, invoice) == (0 if ends == "won" else 10_000)


def test_a_part_is_disputed(two, paid):
    payment, invoice = paid
    assert tell(two, payment, "open", amount=2_500).disputed == 2_500
    assert till.balance(two.nora, invoice) == 2_500


def steps(two, invoice):
    found = read(two.nora, invoice_money, invoice)
    return [step.title for step in read(two.nora, money_steps, invoice, found)]


@pytest.mark.parametrize("states", [("open",), ("open", "lost")])
def test_what_is_disputed_is_charged_by_staff_only(two, paid, states):
    """Neither by Auto Pay that is turned on now, nor by a plan that was made before."""
    payment, invoice = paid
    tell(two, payment, *states)
    other = make_invoice(two.nora, two.ada, "30.00")
    write(two.nora, set_auto_pay, two.ada, True, "Northwind")
    assert read(two.nora, autopay.planned, invoice) is None
    assert read(two.nora, autopay.planned, other)
    assert steps(two, invoice) == ["Disputed at the bank"]
    assert [row.number for row in read(two.nora, planned_for, two.ada)] == ["INV-0002"]
    assert write(two.nora, autopay.collect, invoice, "collect:late", auto=True) is None
    assert till.notes(two.nora, invoice, "invoice.not_charged")[0].startswith("Disputed at the bank")
    till.charge(two.nora, two.ada, payment.method_id, (invoice, 10_000))
    till.work()
    assert till.balance(two.nora, invoice) == 0


def test_a_won_dispute_holds_nothing_any_more(two, paid):
    payment, invoice = paid
    tell(two, payment, "open", "won", amount=4_000)
    refund(two, payment, "25.00", owed_again=True)
    till.work()
    assert till.balance(two.nora, invoice) == 2_500
    write(two.nora, set_auto_pay, two.ada, True, "Northwind")
    assert read(two.nora, autopay.planned, invoice)
    assert steps(two, invoice) == ["Charge $25.00 to Visa ending 4242"]


def test_a_dispute_takes_back_what_was_planned_for_the_rest(two):
    card = make_method(two.nora, two.ada)
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    till.charge(two.nora, two.ada, card, (invoice, 4_000))
    till.work()
    assert read(two.nora, autopay.planned, invoice)
    tell(two, till.only(two.nora, Payment), "open", amount=4_000)
    assert read(two.nora, autopay.planned, invoice) is None
    assert till.balance(two.nora, invoice) == 10_000


def test_what_a_bank_holds_is_not_refunded(two, paid):
    payment, _ = paid
    tell(two, payment, "open")
    with pytest.raises(Conflict):
        refund(two, payment, "")


def test_what_is_on_its_way_back_is_not_disputed_as_well(two, paid):
    payment, _ = paid
    refund(two, payment, "40.00")
    assert tell(two, payment, "open").disputed == 6_000
    till.work()
    till.check_books(two.nora)


def test_a_charge_of_nobody_is_nobodys_dispute(two):
    told = Told("dp_1", 100, "USD", "fraudulent", "open")
    assert write(two.nora, dispute_told, "ch_nobody", told) is None
    assert write(two.sol, dispute_told, "ch_nobody", told) is None
