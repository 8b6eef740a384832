"""An invoice's money as its page lists it: each payment once, with this invoice's part, and what went back."""

import pytest

from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.kernel.db.transactions import read, write
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute as Told
from arbill_app.payments.models import Payment
from arbill_app.payments.recording import apply_payment
from arbill_app.payments.refunding import refund_payment
from arbill_app.payments.views.payments import invoice_money
from tests.payments import till
from tests.world import in_days, make_invoice, make_method, make_payment

pytestmark = pytest.mark.usefixtures("quick")


def money(two, invoice):
    return read(two.nora, invoice_money, invoice)


def rows(two, invoice):
    """[what, amount, badge], the newest first."""
    return [[row.what, row.amount, row.badge] for row in money(two, invoice).rows]


def refund(two, amount, *, again=False):
    values = {"amount": amount, "reason": "Goodwill", "owed_again": again}
    write(two.nora, refund_payment, till.only(two.nora, Payment).id, values, f"refund-{amount}")
    till.work()


def dispute(two, state, invoice_amount=10_000):
    payment = till.only(two.nora, Payment)
    write(two.nora, dispute_told, payment.charge_id, Told("dp_1", invoice_amount, "USD", "fraudulent", state))


@pytest.fixture
def charged(two):
    """An invoice of $100, charged."""
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 10_000))
    till.work()
    return invoice


def test_a_charge_that_went_well_is_one_row_without_a_badge(two, charged):
    (row,) = money(two, charged).rows
    assert (row.what, row.amount, row.badge, row.look) == ("Visa ending 4242", "$100.00", "", "")
    assert row.payment_id == till.only(two.nora, Payment).id
    assert row.attempt_id == ""


def test_each_invoice_shows_its_part_of_a_charge_of_several(two):
    first, second = make_invoice(two.nora, two.ada, "100"), make_invoice(two.nora, two.ada, "25.50")
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (first, 10_000), (second, 2_550))
    assert rows(two, second) == [["Charge to Visa ending 4242", "$25.50", "Started"]]
    assert money(two, second).attempts[0].amount == "$25.50"
    till.work()
    assert rows(two, first) == [["Visa ending 4242", "$100.00", ""]]
    assert rows(two, second) == [["Visa ending 4242", "$25.50", ""]]


def test_what_is_under_way_or_was_declined_says_so_with_this_invoices_part(two):
    invoice, other = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada, "30")
    declined = make_method(two.nora, two.ada, till.DECLINED)
    till.charge(two.nora, two.ada, declined, (invoice, 4_000), (other, 3_000))
    till.work()
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada, till.SETTLES, kind=till.BANK), (invoice, 6_000))
    till.work()
    assert [row[1:] for row in rows(two, invoice)] == [["$60.00", "Processing"], ["$40.00", "Declined"]]
    assert money(two, invoice).rows[1].why != ""


def test_refunds_are_rows_of_their_own(two, charged):
    refund(two, "50")
    refund(two, "20", again=True)
    assert rows(two, charged) == [
        ["Refunded", "-$20.00", ""],
        ["Refunded", "-$50.00", ""],
        ["Visa ending 4242", "$100.00", "Partly refunded"],
    ]
    assert [row.why for row in money(two, charged).rows] == ["It is owed again.", "", ""]
    refund(two, "30")
    assert rows(two, charged)[-1] == ["Visa ending 4242", "$100.00", "Refunded"]


@pytest.mark.parametrize("ends", ["open", "lost"])
def test_a_dispute_is_a_row_while_the_money_is_away(two, charged, ends):
    dispute(two, "open")
    dispute(two, ends)
    assert rows(two, charged) == [["Disputed", "-$100.00", ""], ["Visa ending 4242", "$100.00", "Disputed"]]


def test_a_dispute_that_was_won_leaves_the_payment_as_it_was(two, charged):
    refund(two, "10", again=True)
    dispute(two, "open", 9_000)
    dispute(two, "won", 9_000)
    assert rows(two, charged) == [["Refunded", "-$10.00", ""], ["Visa ending 4242", "$100.00", "Partly refunded"]]


def test_one_payment_applied_twice_is_one_row_and_a_credit_note_another(two):
    invoice, other = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada, "10")
    payment = make_payment(two.nora, two.ada, "70", parts={invoice: "30"})
    write(two.nora, apply_payment, payment, invoice, 2_000)
    write(two.nora, credit_invoice, invoice, "key", {"amount": "15", "reason": "Goodwill"})
    assert rows(two, invoice) == [["Credit note CN-0001", "$15.00", ""], ["Check", "$50.00", ""]]
    assert rows(two, other) == []


def test_what_came_too_late_for_the_invoice_is_still_shown(two):
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 10_000))
    make_payment(two.nora, two.ada, "100", parts={invoice: "100"})
    till.work()
    assert ["Charge to Visa ending 4242", "$100.00", "Succeeded"] in rows(two, invoice)


def test_a_planned_charge_says_how_much_to_what_and_when(two):
    make_method(two.nora, two.ada)
    invoice = make_invoice(two.nora, two.ada, "80", option="on_due", due_on=in_days(9))
    found = money(two, invoice)
    assert (found.planned_amount, found.planned_method) == ("$80.00", "Visa ending 4242")
    assert found.planned.endswith("9:00 AM")
    assert money(two, make_invoice(two.nora, two.ada)).planned_amount == ""
