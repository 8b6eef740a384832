"""Payment methods and Auto Pay on the profile, charging on an invoice's page and from the create screen."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from arbill_app.customers.views.history import activity
from arbill_app.dashboard.screens.customer.methods import Methods
from arbill_app.dashboard.screens.customer.profile import Profile
from arbill_app.dashboard.screens.invoice.charging import Charging
from arbill_app.dashboard.screens.invoice.correcting import Correcting
from arbill_app.dashboard.screens.invoice.showing import InvoicePage
from arbill_app.dashboard.screens.invoice_editor.editor import InvoiceEditor
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import handlers
from arbill_app.payments.charging.charge_schedule import planned
from arbill_app.payments.gateway.sandbox import page as sandbox_page
from arbill_app.payments.gateway.sandbox.addresses import id_in
from arbill_app.payments.models import Attempt, AutoPayChange, PaymentMethod
from arbill_app.payments.views.payments import auto_pay_view, methods_view
from tests.world import card, in_days, make_customer, make_invoice, make_method, make_payment

GOOD, DECLINED, ASKS = "4242424242424242", "4000000000009995", "4000002500003155"
WRITING = {
    Methods.add: {},
    Methods.make_default: {"method_id": "x"},
    Methods.ask_remove: {"method_id": "x"},
    Methods.remove: {},
    Methods.ask_auto_pay: {},
    Methods.switch_auto_pay: {},
    Charging.begin: {},
    Charging.charge: {"form": {"method": "x"}},
    Charging.cancel_planned: {},
    Charging.apply_credit: {},
    Charging.call_off: {"attempt_id": "x"},
    Correcting.ask_renew: {},
    Correcting.renew: {},
}
READING: dict[Any, Any] = {Methods.close: {}, Charging.close: {}, Profile.look_again: {}, InvoicePage.look_again: {}}


@pytest.fixture
def mia(two, pipeline):
    """A member, on Ada's payment methods."""
    return pipeline.tab("mia@northwind.example", path=f"/customers/{two.ada}?tab=methods").do(Profile.load)


@pytest.fixture
def invoice(two):
    return make_invoice(two.nora, two.ada, "100", due_on=in_days(10))


@pytest.fixture
def page(two, pipeline, invoice):
    return pipeline.tab("mia@northwind.example", path=f"/invoices/{invoice}")


def at(tab, path):
    tab.router = tab.router | {"asPath": path, "pathname": path.partition("?")[0]}
    return tab


def labels(two, customer=""):
    return [method.label for method in read(two.nora, methods_view, customer or two.ada)]


def view(two, invoice_id):
    return read(two.nora, invoice_view, invoice_id)


def titles(tab):
    return [step.title for step in tab.state(InvoicePage).steps]


# ---------------------------------------------------------------- adding, on the gateway's page


def begun(tab):
    """(the gateway's page, the token of its visit)"""
    (address,) = tab.do(Methods.add).went_to
    return address, id_in(address)


def returned(two, tab):
    """The browser comes back to where the page leads."""
    address, token = begun(tab)
    assert address.startswith("/sandbox/add/")
    back = sandbox_page.at(token).return_url(token)
    return token, "/" + back.split("/", 3)[3]


def test_a_card_typed_on_the_gateways_page_is_kept_once(two, mia):
    token, back = returned(two, mia)
    sandbox_page.enter(token, "card", card(GOOD))
    at(mia, back).do(Profile.load)
    assert mia.notice == "Visa ending 4242 added."
    assert mia.went_to == [f"/customers/{two.ada}?tab=methods"]
    at(mia, back).do(Profile.load)
    assert labels(two) == ["Visa ending 4242"]
    state = at(mia, f"/customers/{two.ada}?tab=methods").do(Profile.load).state(Methods)
    assert [(method.is_default, "Mia Ford" in method.added) for method in state.methods] == [(True, True)]
    assert mia.state(Profile).tab == "methods"


def test_coming_back_with_nothing_adds_nothing(two, mia):
    _, back = returned(two, mia)
    at(mia, back).do(Profile.load)
    assert (mia.notice, labels(two)) == ("No payment method was added.", [])


def test_what_was_typed_for_one_customer_is_not_kept_for_another(two, mia):
    token, back = returned(two, mia)
    sandbox_page.enter(token, "card", card(GOOD))
    at(mia, back.replace(two.ada, two.bruno)).do(Profile.load)
    assert labels(two, two.bruno) == []


def test_who_only_reads_brings_nothing_back(two, mia, pipeline):
    token, back = returned(two, mia)
    sandbox_page.enter(token, "card", card(GOOD))
    pipeline.tab("rhea@northwind.example", path=back).do(Profile.load)
    assert labels(two) == []


# ---------------------------------------------------------------- default, removal


def test_another_one_becomes_the_default(two, mia):
    make_method(two.nora, two.ada)
    second = make_method(two.nora, two.ada, "5555555555554444")
    mia.do(Profile.load).do(Methods.make_default, method_id=second)
    assert mia.notice == "Mastercard ending 4444 is the default now."
    assert next((one.label, one.is_default) for one in mia.state(Methods).methods) == ("Mastercard ending 4444", True)


def test_removal_says_what_would_stop_and_waits_for_yes(two, mia, invoice):
    method = make_method(two.nora, two.ada)
    mia.do(Profile.load).do(Methods.ask_auto_pay).do(Methods.switch_auto_pay)
    mia.do(Methods.ask_remove, method_id=method)
    state = mia.state(Methods)
    assert state.consequences == (
        "Auto Pay of Ada Interiors charges it. Without another payment method nothing is charged by itself."
    )
    assert [(row.number, row.amount) for row in state.charged] == [("INV-0001", "$100.00")]
    assert labels(two) == ["Visa ending 4242"]
    mia.do(Methods.close).do(Methods.remove)
    assert labels(two) == ["Visa ending 4242"], "it was closed without a yes"
    mia.do(Methods.ask_remove, method_id=method).do(Methods.remove)
    assert (labels(two), mia.notice) == ([], "Visa ending 4242 removed.")


def test_removal_says_which_method_takes_over(two, mia):
    first, second = make_method(two.nora, two.ada), make_method(two.nora, two.ada, "5555555555554444")
    mia.do(Profile.load).do(Methods.ask_remove, method_id=second)
    assert (mia.state(Methods).consequences, mia.state(Methods).charged) == ("", [])
    mia.do(Methods.ask_remove, method_id=first)
    assert mia.state(Methods).consequences == "Mastercard ending 4444 becomes the default."
    make_invoice(two.nora, two.ada, "80", option="on_due", due_on=in_days(3))
    mia.do(Methods.ask_remove, method_id=first)
    assert mia.state(Methods).consequences == "Mastercard ending 4444 becomes the default and is charged instead."
    assert [row.amount for row in mia.state(Methods).charged] == ["$80.00"]


# ---------------------------------------------------------------- Auto Pay


def test_auto_pay_keeps_who_agreed_to_what_and_plans_what_is_open(two, mia, invoice):
    make_method(two.nora, two.ada)
    mia.do(Profile.load).do(Methods.ask_auto_pay)
    words = mia.state(Methods).agreement
    assert "Ada Interiors lets Northwind charge" in words
    mia.do(Methods.switch_auto_pay).do(Methods.switch_auto_pay)
    found = read(two.nora, auto_pay_view, two.ada)
    assert (found.on, found.text, found.method) == (True, words, "Visa ending 4242")
    assert "Mia Ford" in found.since
    assert [(row.number, row.amount) for row in mia.state(Methods).planned] == [("INV-0001", "$100.00")]
    assert len(read(two.nora, lambda tx: tx.all(tx.own(AutoPayChange)))) == 1
    mia.do(Methods.ask_auto_pay).do(Methods.switch_auto_pay)
    assert (mia.notice, mia.state(Methods).planned) == ("Auto Pay is off.", [])
    done = [(event.what, event.changes) for event in read(two.nora, activity, two.ada)]
    assert done[:2] == [("Auto Pay turned off", []), ("Auto Pay turned on", [])]


def test_auto_pay_needs_a_method(two, mia):
    mia.do(Methods.ask_auto_pay).do(Methods.switch_auto_pay)
    assert mia.notice == "Add a payment method that can be charged first."
    assert not read(two.nora, auto_pay_view, two.ada).on


# ---------------------------------------------------------------- charging on an invoice's page


def test_charged_with_progress_and_result(two, page, invoice):
    method = make_method(two.nora, two.ada)
    page.do(InvoicePage.load).do(Charging.begin)
    state = page.state(Charging)
    assert (state.amount, state.methods) == ("100.00", [[method, "Visa ending 4242"]])
    page.do(Charging.charge, form={"method": method, "amount": "100.00"})
    page.do(Charging.charge, form={"method": method, "amount": "100.00"})
    assert (page.state(InvoicePage).charging, titles(page)[0]) == (2, "Charging $100.00")
    assert page.state(InvoicePage).money.free == ""
    handlers.work("charge")
    page.do(InvoicePage.look_again)
    assert page.notice == "$100.00 charged to Visa ending 4242."
    assert (page.state(InvoicePage).charging, page.state(InvoicePage).view.status) == (0, "paid")


def test_declined_says_why_stays_open_and_another_card_pays(two, page, invoice):
    bad, good = make_method(two.nora, two.ada, DECLINED), make_method(two.nora, two.ada)
    page.do(InvoicePage.load).do(Charging.begin).do(Charging.charge, form={"method": bad, "amount": ""})
    handlers.work("charge")
    page.do(InvoicePage.look_again)
    why = "There was not enough money available for this payment."
    assert page.notice == f"Visa ending 9995 was declined. {why}"
    assert view(two, invoice).balance == "$100.00"
    step = page.state(InvoicePage).steps[0]
    assert (step.title, why in step.why, step.kind) == ("Declined: Visa ending 9995", True, "warn")
    page.do(Charging.begin).do(Charging.charge, form={"method": good, "amount": "60"})
    handlers.work("charge")
    page.do(InvoicePage.look_again)
    assert view(two, invoice).balance == "$40.00"
    assert titles(page)[0] != "Declined: Visa ending 9995"


def test_what_is_wrong_with_a_charge_is_said_in_the_dialog(two, page):
    method, theirs = make_method(two.nora, two.ada), make_method(two.nora, two.bruno)
    page.do(InvoicePage.load).do(Charging.begin)
    for form, errors in (
        ({"method": "", "amount": "10"}, {"method": "Choose a payment method."}),
        ({"method": method, "amount": "1.234"}, {"amount": "USD has 2 decimals."}),
        ({"method": method, "amount": "0"}, {"amount": "The amount must be greater than $0.00."}),
        ({"method": theirs, "amount": "10"}, {"method": "Choose a payment method of this customer."}),
    ):
        page.do(Charging.charge, form=form)
        assert (page.state(Charging).errors, page.state(Charging).open) == (errors, True)
    assert read(two.nora, lambda tx: tx.all(tx.own(Attempt))) == []


def test_more_than_is_open_is_said_beside_the_amount_and_nothing_typed_is_lost(two, page, invoice):
    method = make_method(two.nora, two.ada)
    page.do(InvoicePage.load).do(Charging.begin)
    page.do(Charging.charge, form={"method": method, "amount": "100.01"})
    state = page.state(Charging)
    assert state.errors == {"amount": "At most $100.00 can be paid on INV-0001."}
    assert (state.open, state.focus) == (True, "charge-amount")
    make_payment(two.nora, two.ada, "40", parts={invoice: "40"})
    page.do(Charging.charge, form={"method": method, "amount": "100"})
    assert page.state(Charging).errors == {"amount": "At most $60.00 can be paid on INV-0001."}
    page.do(Charging.charge, form={"method": method, "amount": "60"})
    assert (page.state(Charging).open, titles(page)[0]) == (False, "Charging $60.00")


def test_a_charge_that_waits_for_the_customer_is_called_off(two, page, invoice):
    method = make_method(two.nora, two.ada, ASKS)
    page.do(InvoicePage.load).do(Charging.begin).do(Charging.charge, form={"method": method, "amount": ""})
    handlers.work("charge")
    page.do(InvoicePage.look_again)
    assert titles(page)[0] == "$100.00 waits for approval"
    (attempt,) = page.state(InvoicePage).money.attempts
    page.do(Charging.call_off, attempt_id=attempt.id)
    handlers.work("cancel_charge")
    page.do(InvoicePage.look_again)
    assert (page.state(InvoicePage).charging, page.state(InvoicePage).money.free) == (0, "$100.00")


def test_a_planned_charge_is_shown_and_cancelled(two, page, pipeline):
    make_method(two.nora, two.ada)
    planned_one = make_invoice(two.nora, two.ada, "80", option="on_due")
    at(page, f"/invoices/{planned_one}").do(InvoicePage.load)
    assert titles(page)[0] == "Charge $80.00 to Visa ending 4242"
    page.do(Charging.cancel_planned)
    assert page.notice == "The planned charge of INV-0002 is cancelled."
    assert read(two.nora, lambda tx: planned(tx, planned_one)) is None
    assert "Charge $80.00 to Visa ending 4242" not in titles(page)
    page.do(Charging.cancel_planned)
    assert page.notice == "No charge is planned for this invoice."


def test_a_plan_without_a_method_to_charge_is_a_warning(two, page):
    method = make_method(two.nora, two.ada)
    planned_one = make_invoice(two.nora, two.ada, "80", option="on_due")
    write(
        two.nora,
        lambda tx: setattr(tx.get(PaymentMethod, method), "removed_at", tx.get(PaymentMethod, method).added_at),
    )
    at(page, f"/invoices/{planned_one}").do(InvoicePage.load)
    step = page.state(InvoicePage).steps[0]
    assert (step.kind, step.title.startswith("Charge planned for")) == ("warn", True)


def test_what_lies_on_account_pays_the_invoice(two, page, invoice):
    late = make_payment(two.nora, two.bruno, "500")
    assert late
    page.do(InvoicePage.load)
    assert page.state(InvoicePage).money.on_account == "", "somebody else's money"
    other = make_invoice(two.nora, two.ada, "30")
    make_payment(two.nora, two.ada, "90", parts={other: "30", invoice: "0"})
    page.do(InvoicePage.load)
    assert page.state(InvoicePage).money.on_account == "$60.00"
    page.do(Charging.apply_credit)
    assert page.notice == "$60.00 applied to INV-0001."
    assert view(two, invoice).balance == "$40.00"
    page.do(Charging.apply_credit)
    assert page.notice == "There is nothing to apply here."


def test_a_new_payment_link_ends_the_old_one(two, page, invoice):
    old = view(two, invoice).link
    page.do(InvoicePage.load).do(Correcting.ask_renew).do(Correcting.renew)
    assert page.state(InvoicePage).view.link not in ("", old)
    assert "new payment link" in page.notice


# ---------------------------------------------------------------- the create screen's options


def created(tab, two, **typed):
    tab.do(InvoiceEditor.load).do(InvoiceEditor.choose_customer, customer_id=two.ada)
    for name, value in typed.items():
        tab.do(InvoiceEditor.type, name=name, value=value)
    tab.do(InvoiceEditor.submit, form={"amount": "100"})
    (path,) = [path for path in tab.went_to if path.startswith("/invoices/inv_")]
    return at(tab, path).do(InvoicePage.load)


@pytest.fixture
def editor(two, pipeline):
    return pipeline.tab("mia@northwind.example", path="/invoices/new")


def test_charge_now_ends_on_the_invoice_with_progress_and_result(two, editor):
    make_method(two.nora, two.ada, DECLINED)
    tab = created(editor, two, option="now")
    assert (tab.state(InvoicePage).charging, titles(tab)[0]) == (2, "Charging $100.00")
    handlers.work("charge")
    tab.do(InvoicePage.look_again)
    assert "was declined" in tab.notice
    assert tab.state(InvoicePage).view.balance == "$100.00"


@pytest.mark.parametrize(
    ("number", "said"),
    [(GOOD, "$100.00 charged to Visa ending 4242."), (DECLINED, "Visa ending 9995 was declined.")],
)
def test_an_answer_that_came_before_the_page_is_said_once(two, editor, number, said):
    make_method(two.nora, two.ada, number)
    editor.do(InvoiceEditor.load).do(InvoiceEditor.choose_customer, customer_id=two.ada)
    editor.do(InvoiceEditor.type, name="option", value="now").do(InvoiceEditor.submit, form={"amount": "100"})
    (path,) = [path for path in editor.went_to if path.startswith("/invoices/inv_")]
    handlers.work("charge")
    page = at(editor, path).do(InvoicePage.load)
    assert page.notice.startswith(said)
    told = page.state(InvoicePage).notice_count
    page.do(InvoicePage.load).do(InvoicePage.look_again)
    assert page.state(InvoicePage).notice_count == told


def test_an_old_charge_is_no_news(two, page, invoice):
    method = make_method(two.nora, two.ada)
    page.do(InvoicePage.load).do(Charging.begin).do(Charging.charge, form={"method": method, "amount": ""})
    handlers.work("charge")
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        other = page.pipeline.tab("nora@northwind.example", path=f"/invoices/{invoice}").do(InvoicePage.load)
    assert other.notice == ""


def test_charge_method_on_file_charges_the_chosen_one(two, editor):
    make_method(two.nora, two.ada)
    second = make_method(two.nora, two.ada, "5555555555554444")
    tab = created(editor, two, option="method", payment_method_id=second)
    assert [attempt.method for attempt in tab.state(InvoicePage).money.attempts] == ["Mastercard ending 4444"]


def test_with_auto_pay_charge_on_due_date_is_the_default(two, editor, mia):
    make_method(two.nora, two.ada)
    mia.do(Profile.load).do(Methods.ask_auto_pay).do(Methods.switch_auto_pay)
    editor.do(InvoiceEditor.load).do(InvoiceEditor.choose_customer, customer_id=two.ada)
    assert editor.state(InvoiceEditor).typed["option"] == "on_due"


# ---------------------------------------------------------------- who may not


def test_who_only_reads_changes_nothing(two, pipeline, invoice):
    make_method(two.nora, two.ada)
    rhea = pipeline.tab("rhea@northwind.example", path=f"/customers/{two.ada}?tab=methods").do(Profile.load)
    at(rhea, f"/invoices/{invoice}").do(InvoicePage.load)
    for handler, payload in WRITING.items():
        assert rhea.denies(handler, **payload), handler
    for handler, payload in READING.items():
        assert not rhea.denies(handler, **payload), handler
    assert [method.label for method in rhea.state(Methods).methods] == ["Visa ending 4242"]


def test_another_partner_neither_sees_nor_charges(two, pipeline, invoice):
    method = make_method(two.nora, two.ada)
    mine = make_customer(two.sol, "Sol's own")
    sol = pipeline.tab("sol@southgate.example", path=f"/customers/{two.ada}?tab=methods").do(Profile.load)
    assert (sol.state(Profile).missing, sol.state(Methods).methods) == (True, [])
    at(sol, f"/customers/{mine}?tab=methods").do(Profile.load)
    sol.do(Methods.make_default, method_id=method)
    sol.do(Methods.ask_remove, method_id=method).do(Methods.remove)
    at(sol, f"/invoices/{make_invoice(two.sol, mine, '10')}").do(InvoicePage.load)
    sol.do(Charging.begin).do(Charging.charge, form={"method": method, "amount": "10"})
    assert labels(two) == ["Visa ending 4242"]
    for actor in (two.nora, two.sol):
        assert read(actor, lambda tx: tx.all(tx.own(Attempt))) == []
