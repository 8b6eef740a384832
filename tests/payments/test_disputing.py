"""A customer's bank takes a payment back: its invoices are owed again for as long as that is so."""

import pytest

from arbill_app.kernel.db import read, write
from arbill_app.kernel.errors import Conflict
from arbill_app.payments.disputing import dispute_told
from arbill_app.payments.gateway.protocol import Dispute as Told
from arbill_app.payments.models import Dispute, Payment
from arbill_app.payments.queries import payment_view
from arbill_app.payments.refunding import refund_payment
from tests.payments import till
from tests.world import make_invoice, make_method, make_payment

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


def refund(two, payment, amount):
    return write(two.nora, refund_payment, payment.id, {"amount": amount, "reason": "Other"}, "refund")


def test_the_webhook_of_a_disputed_card_opens_the_invoice_again(two):
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada, till.DISPUTED), (invoice, 10_000))
    till.work()
    assert till.balance(two.nora, invoice) == 0
    till.bank_day()
    assert till.balance(two.nora, invoice) == 10_000
    view = read(two.nora, payment_view, till.only(two.nora, Payment).id)
    assert (view.status_label, view.refundable) == ("Disputed", "")
    assert [row[:3] for row in view.disputes] == [["$100.00", "Open", "fraudulent"]]
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
