"""Charging by itself: at issue by the payment option, on the due date by plan, and by Auto Pay."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from babel.dates import format_date

from arbill_app.customers.models import Customer
from arbill_app.invoices.commands import credit_notes, drafts, issuing
from arbill_app.invoices.commands.sending import message_of
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel import clock
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid
from arbill_app.kernel.jobs import handlers
from arbill_app.messages.render import rendered
from arbill_app.payments import autopay
from arbill_app.payments.methods.methods import remove_method, set_auto_pay
from arbill_app.payments.models import Attempt, AutoPayChange, Payment
from arbill_app.payments.views.payments import invoice_money
from tests.payments import till
from tests.world import (
    contacts,
    in_days,
    make_customer,
    make_draft_invoice,
    make_invoice,
    make_method,
    make_payment,
    today,
    user,
)

pytestmark = pytest.mark.usefixtures("quick")
ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def card(two):
    return make_method(two.nora, two.ada)


def auto_pay(two, on=True, customer=""):
    write(two.nora, set_auto_pay, customer or two.ada, on, "Northwind")


def planned(two, invoice):
    return read(two.nora, autopay.planned, invoice)


def morning(days):
    return datetime.combine(today() + timedelta(days=days), time(9), ZONE)


def on_the_day(days):
    """The morning of a day to come, what is planned for it done."""
    with time_machine.travel(morning(days) + timedelta(minutes=1)):
        till.work()


# ---------------------------------------------------------------- at issue


@pytest.mark.parametrize("option", ["now", "method"])
def test_it_is_charged_at_once(two, card, option):
    other = make_method(two.nora, two.ada, "5555555555554444")
    invoice = make_invoice(two.nora, two.ada, option=option, payment_method_id=other if option == "method" else "")
    assert read(two.nora, invoice_money, invoice).attempts[0].state == "started"
    till.work()
    assert till.balance(two.nora, invoice) == 0
    assert till.only(two.nora, Payment).method_id == (other if option == "method" else card)
    till.check_books(two.nora)


def test_declined_at_once_the_invoice_stays_open_and_says_so(two):
    make_method(two.nora, two.ada, till.DECLINED)
    invoice = make_invoice(two.nora, two.ada, option="now")
    till.work()
    assert till.balance(two.nora, invoice) == 10_000
    assert read(two.nora, invoice_money, invoice).attempts[0].why == "The bank declined the card and did not say why."


def test_another_customers_method_is_not_charged_by_an_invoice(two, card):
    theirs = make_method(two.nora, two.bruno)
    with pytest.raises(Invalid):
        make_invoice(two.nora, two.ada, option="method", payment_method_id=theirs)


def test_a_draft_is_charged_when_it_is_issued_and_not_before(two, card):
    draft = make_draft_invoice(two.nora, two.ada, option="now")
    assert till.everything(two.nora, Attempt) == []
    write(two.nora, issuing.issue_invoice, draft)
    till.work()
    assert till.balance(two.nora, draft) == 0


def test_a_default_method_that_cannot_be_charged_refuses_the_option(two):
    make_method(two.nora, two.ada)
    clinic = make_customer(two.nora, "Clinique", [user()], currency="CAD")
    make_method(two.nora, clinic, till.SETTLES, kind="acss_debit", source="staff")
    with pytest.raises(Invalid) as refused:
        make_invoice(two.nora, clinic, option="now")
    assert set(refused.value.errors) == {"option"}


# ---------------------------------------------------------------- on the due date


def test_a_charge_is_planned_shown_and_made_on_the_morning_of_the_due_date(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    assert planned(two, invoice).due_at == morning(5)
    assert read(two.nora, invoice_money, invoice).planned.endswith("9:00 AM")
    assert handlers.called(planned(two, invoice)).startswith("Charge on due date: ")
    on_the_day(4)
    assert till.everything(two.nora, Attempt) == []
    on_the_day(5)
    assert till.balance(two.nora, invoice) == 0
    assert till.only(two.nora, Attempt).source == "auto"
    till.check_books(two.nora)


@pytest.mark.parametrize(("option", "days"), [("now", 0), ("method", 0), ("on_due", 5)])
def test_who_is_sent_the_invoice_is_told_of_the_charge_and_pays_nothing_twice(two, card, option, days):
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "flow", "automatic"))
    method = card if option == "method" else ""
    invoice = make_invoice(two.nora, two.ada, option=option, payment_method_id=method, due_on=in_days(5))
    (letter,) = till.letters(two.nora, "invoice_charged")
    assert till.letters(two.nora, "invoice") == []
    assert letter["values"]["method"] == "Visa ending 4242"
    assert letter["values"]["charge_date"] == format_date(date.fromisoformat(in_days(days)), "long", locale="en_US")
    text = read(two.nora, lambda tx: rendered(tx, letter)).text
    assert "charges Visa ending 4242 for it on" in text
    assert "There is nothing for you to do." in text
    assert read(two.nora, invoice_view, invoice).mails[0].what == "Invoice"


def test_who_is_sent_it_again_reads_what_is_so_by_then(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    ada = [contact.id for contact in contacts(two.nora, two.ada)]
    assert read(two.nora, message_of, invoice, ada).kind == "invoice_charged"
    till.charge(two.nora, two.ada, card, (invoice, 4_000))
    assert read(two.nora, message_of, invoice, ada).kind == "invoice_charged", "the rest is planned"
    write(two.nora, autopay.cancel_planned, invoice)
    assert read(two.nora, message_of, invoice, ada).kind == "invoice"
    till.work()
    assert read(two.nora, message_of, invoice, ada).kind == "invoice"
    assert read(two.nora, message_of, make_invoice(two.nora, two.ada), ada).kind == "invoice"


def test_it_catches_up_once_after_any_downtime(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    on_the_day(30)
    on_the_day(31)
    assert till.balance(two.nora, invoice) == 0
    assert len(till.everything(two.nora, Attempt)) == 1


def test_a_planned_charge_is_cancelled_and_the_invoice_stays_open(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    write(two.nora, autopay.cancel_planned, invoice)
    with pytest.raises(Conflict):
        write(two.nora, autopay.cancel_planned, invoice)
    on_the_day(5)
    assert till.balance(two.nora, invoice) == 10_000


def test_only_what_is_still_open_is_charged(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    make_payment(two.nora, two.ada, "35.00")
    on_the_day(5)
    assert till.only(two.nora, Attempt).amount == 6_500
    assert till.balance(two.nora, invoice) == 0


def void(two, invoice):
    write(two.nora, issuing.void_invoice, invoice)


def credit(two, invoice):
    write(two.nora, credit_notes.credit_invoice, invoice, "credit", {"amount": "", "reason": "Goodwill", "apply": True})


def pay(two, invoice):
    make_payment(two.nora, two.ada, "100.00")


@pytest.mark.parametrize("close", [void, credit, pay])
def test_nothing_stays_planned_for_what_is_owed_no_more(two, card, close):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    close(two, invoice)
    assert planned(two, invoice) is None
    on_the_day(5)
    assert till.everything(two.nora, Attempt) == []


def test_what_is_under_way_by_hand_is_not_charged_by_plan_as_well(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(0))
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    with time_machine.travel(clock.now() + timedelta(days=1)):
        till.work()
    assert len(till.everything(two.nora, Attempt)) == 1
    till.check_books(two.nora)


def test_without_a_method_on_the_day_the_invoice_says_so(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    write(two.nora, remove_method, card, confirmed=True)
    on_the_day(5)
    assert till.notes(two.nora, invoice, "invoice.not_charged") == ["There is no payment method on file."]
    assert till.balance(two.nora, invoice) == 10_000


def test_declined_on_the_day_it_is_tried_once_and_says_why(two):
    make_method(two.nora, two.ada, till.DECLINED)
    invoice = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    on_the_day(5)
    on_the_day(9)
    assert till.states(two.nora) == ["declined"]
    assert len(till.notes(two.nora, invoice, "invoice.declined")) == 1


# ---------------------------------------------------------------- Auto Pay


def test_turning_it_on_plans_what_is_open_and_off_takes_it_back(two, card):
    invoice = make_invoice(two.nora, two.ada, due_on=in_days(5))
    auto_pay(two)
    assert planned(two, invoice).due_at == morning(5)
    auto_pay(two, on=False)
    assert planned(two, invoice) is None
    on_the_day(5)
    assert till.everything(two.nora, Attempt) == []


def test_on_again_it_charges_again(two, card):
    invoice = make_invoice(two.nora, two.ada, due_on=in_days(5))
    for on in (True, False, True):
        auto_pay(two, on)
    on_the_day(5)
    assert till.balance(two.nora, invoice) == 0


def test_what_was_due_already_is_charged_tomorrow_morning_and_not_behind_their_back_at_once(two, card):
    invoice = make_invoice(two.nora, two.ada, due_on=in_days(0))
    with time_machine.travel(morning(3)):
        auto_pay(two)
        till.work()
        assert till.everything(two.nora, Attempt) == []
        assert planned(two, invoice).due_at == morning(1)
    on_the_day(4)
    assert till.balance(two.nora, invoice) == 0


def test_off_means_off_also_for_invoices_that_came_while_it_was_on(two, card):
    before = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    auto_pay(two)
    during = make_invoice(two.nora, two.ada, option="on_due", due_on=in_days(5))
    auto_pay(two, on=False)
    assert planned(two, before), "staff planned this one without it"
    assert planned(two, during) is None


def test_it_is_written_down_who_agreed_to_what(two, card):
    auto_pay(two)
    auto_pay(two)
    auto_pay(two, on=False)
    on, off = till.everything(two.nora, AutoPayChange)
    assert (on.by_name, on.by_kind, off.text) == ("Nora West", "staff", "")
    assert on.text.startswith("Ada Interiors lets Northwind charge its default payment method")


def test_it_needs_a_method_that_can_be_charged(two):
    with pytest.raises(Conflict):
        auto_pay(two)
    with time_machine.travel(clock.now() - timedelta(days=365 * 4)):
        make_method(two.nora, two.ada)
    with pytest.raises(Conflict):
        auto_pay(two)


def test_an_invoice_that_another_customer_took_over_is_charged_only_where_that_was_agreed(two, card):
    """The plan outlives a merge; the agreement does not."""
    invoice = make_invoice(two.nora, two.ada, due_on=in_days(5))
    auto_pay(two)
    make_method(two.nora, two.bruno)
    write(two.nora, lambda tx: setattr(tx.get(Invoice, invoice), "customer_id", two.bruno))
    on_the_day(5)
    assert till.everything(two.nora, Attempt) == []
    assert till.notes(two.nora, invoice, "invoice.not_charged") == ["Auto Pay was turned off."]


def test_a_collect_that_is_done_twice_charges_once(two, card):
    invoice = make_invoice(two.nora, two.ada, option="on_due")
    for _ in range(2):
        write(two.nora, autopay.collect, invoice, "collect:once")
    till.work()
    assert len(till.everything(two.nora, Attempt)) == 1
    assert [one for one in till.everything(two.nora, Effect) if one.kind == "charge" and one.state != "done"] == []


def test_drafts_are_not_planned(two, card):
    draft = make_draft_invoice(two.nora, two.ada)
    auto_pay(two)
    assert planned(two, draft) is None
    write(two.nora, drafts.discard_draft, draft)
