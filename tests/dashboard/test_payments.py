"""The payments list, Record payment and one payment's page, handler by handler."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine

from arbill_app.customers.commands.contacts import change_contact, contact_of
from arbill_app.dashboard.files.export import PAYMENTS, _payment_cells, lines
from arbill_app.dashboard.screens.customer.profile import Profile
from arbill_app.dashboard.screens.invoice.showing import InvoicePage
from arbill_app.dashboard.screens.payment.showing import PaymentPage
from arbill_app.dashboard.screens.payments.listing import Payments
from arbill_app.dashboard.shared import invoice_rows as invoice_rows
from arbill_app.dashboard.shared import payment_rows as payment_rows
from arbill_app.dashboard.shared.record_payment.recording import Recording
from arbill_app.dashboard.shell.base import Base
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.invoices.views.listing import InvoiceRow
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import read, write
from arbill_app.messages.jobs import deliver_due
from arbill_app.payments.models import Payment, Refund
from arbill_app.payments.views.listing import Filter, PaymentRow, every_payment
from arbill_app.payments.views.payments import PaymentView
from tests.payments import till
from tests.world import contacts, in_days, make_customer, make_invoice, make_method, make_payment

TYPED = {"received_on": in_days(0), "kind": "check", "reference": "1042", "note": ""}
REFUND = {"amount": "40", "reason": "Goodwill"}
WRITING = {
    Recording.begin: {"customer_id": "", "invoice_id": ""},
    Recording.find_customer: {"words": "ada"},
    Recording.choose_customer: {"customer_id": "x"},
    Recording.type: {"name": "amount", "value": "1"},
    Recording.type_part: {"invoice_id": "x", "value": "1"},
    Recording.oldest_first: {},
    Recording.toggle_receipt: {},
    Recording.record: {"form": TYPED},
    PaymentPage.send_receipt: {},
    PaymentPage.ask_refund: {},
    PaymentPage.type_amount: {"value": "1"},
    PaymentPage.toggle: {},
    PaymentPage.refund: {"form": REFUND},
    PaymentPage.ask_apply: {},
    PaymentPage.apply: {"form": {"invoice": "x"}},
}
READING = {
    Payments.load: {},
    Payments.search: {"words": "x"},
    Payments.narrow: {"name": "kind", "value": "check"},
    Recording.close: {},
    PaymentPage.load: {},
    PaymentPage.look_again: {},
    PaymentPage.close: {},
}


@pytest.fixture
def mia(two, pipeline):
    """A member: everybody who writes may record and refund."""
    return pipeline.tab("mia@northwind.example", path="/payments").do(Payments.load)


def at(tab, path):
    tab.router = tab.router | {"asPath": path, "pathname": path.partition("?")[0]}
    return tab


def shown(tab):
    return [row.id for row in tab.state(Payments).rows]


def payments(two):
    return read(two.nora, lambda tx: tx.all(tx.own(Payment).order_by(Payment.id)))


def balance(two, invoice_id):
    return read(two.nora, invoice_view, invoice_id).balance


def typing(tab, **fields):
    for name, value in fields.items():
        tab.do(Recording.type, name=name, value=value)
    return tab.state(Recording)


def record(tab, **form):
    state = tab.state(Recording)
    parts = {f"part_{id}": text for id, text in state.parts.items()}
    return tab.do(Recording.record, form=state.typed | parts | form)


# ---------------------------------------------------------------- the list


def test_the_latest_received_comes_first(two, mia):
    old = make_payment(two.nora, two.ada, "250", received_on=in_days(-3))
    new = make_payment(two.nora, two.bruno, "100")
    state = mia.do(Payments.load).state(Payments)
    assert shown(mia) == [new, old]
    assert (state.total, state.first, state.last) == ("2", 1, 2)
    assert shown(at(mia, "/payments?sort=-amount").do(Payments.load)) == [old, new]


def test_a_rows_link_is_called_by_what_it_is():
    """What is seen in it, the day or the number, stands in its name as well."""
    payment = str(payment_rows.opens(PaymentRow(*(name.upper() for name in PaymentRow.__annotations__))))
    assert "Payment of AMOUNT from COMPANY, RECEIVED" in payment
    for status, name in (("draft", "NUMBER of TOTAL for COMPANY"), ("open", '"NUMBER"')):
        values = {field: field.upper() for field in InvoiceRow.__annotations__} | {"status": status}
        assert name in str(invoice_rows.opens(InvoiceRow(**values)))


def test_search_filters_and_tabs_narrow_it(two, mia):
    make_invoice(two.nora, two.ada, "100")
    check = make_payment(two.nora, two.ada, "100", reference="1042")
    cash = make_payment(two.nora, two.bruno, "80", kind="cash", reference="")
    for query, found in (
        ("q=1042", [check]),
        ("q=bruno", [cash]),
        ("kind=cash", [cash]),
        ("tab=on_account", [cash]),
        (f"customer={two.ada}", [check]),
        ("currency=CAD", []),
        ("tab=disputed", []),
        ("sort=%00&after=x&kind=%27", []),
    ):
        assert shown(at(mia, f"/payments?{query}").do(Payments.load)) == found, query


def test_the_export_holds_the_filter_and_no_formula_runs(two, mia):
    make_payment(two.nora, make_customer(two.nora, "=SUM(1)"), "80", reference="-1+1")
    make_payment(two.nora, two.bruno, "70", kind="cash", reference="")
    whole = "".join(
        lines(two.nora, PAYMENTS, lambda tx: map(_payment_cells, every_payment(tx, Filter(kind="check"))))
    ).removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(whole))
    assert (row["Customer"], row["Reference"], row["Amount"], row["On account"]) == (
        "'=SUM(1)",
        "'-1+1",
        "80.00",
        "80.00",
    )


# ---------------------------------------------------------------- recording


def test_an_amount_is_shared_out_as_it_is_typed_the_oldest_first(two, mia):
    old = make_invoice(two.nora, two.ada, "100", due_on=in_days(5))
    new = make_invoice(two.nora, two.ada, "100", due_on=in_days(20))
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    state = typing(mia, amount="150")
    assert state.parts == {old: "100.00", new: "50.00"}
    assert state.outcome == "All of it pays these invoices: nothing stays on account."
    assert typing(mia, amount="230").outcome == "$30.00 stays on account for Ada Interiors."
    assert typing(mia, amount="2x").outcome == ""
    record(mia, amount="150", **{f"part_{old}": "100.00", f"part_{new}": "50.00"})
    assert (balance(two, old), balance(two, new)) == ("$0.00", "$50.00")
    assert mia.notice == "$150.00 from Ada Interiors recorded. Receipt sent to Ada Quill."


def test_who_chooses_is_not_overruled(two, mia):
    old, new = (make_invoice(two.nora, two.ada, "100", due_on=in_days(day)) for day in (5, 20))
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    typing(mia, amount="60")
    mia.do(Recording.type_part, invoice_id=old, value="").do(Recording.type_part, invoice_id=new, value="40")
    state = typing(mia, amount="70")
    assert (state.parts, state.by_hand) == ({old: "", new: "40"}, True)
    assert state.outcome == "$30.00 stays on account for Ada Interiors."
    record(mia)
    assert (balance(two, old), balance(two, new)) == ("$100.00", "$60.00")
    assert [payment.unapplied for payment in payments(two)] == [3_000]


def test_the_button_may_be_faster_than_the_shares(two, mia):
    """The parts in the form still belong to the amount before."""
    invoice = make_invoice(two.nora, two.ada, "100")
    mia.do(Recording.begin, customer_id="", invoice_id=invoice)
    record(mia, amount="30.005")
    assert mia.state(Recording).errors == {"amount": "USD has 2 decimals."}
    record(mia, amount="30", **{f"part_{invoice}": "100.00"})
    assert balance(two, invoice) == "$70.00"


def test_a_part_typed_at_the_last_moment_counts(two, mia):
    old, new = (make_invoice(two.nora, two.ada, "100", due_on=in_days(day)) for day in (5, 20))
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    typing(mia, amount="60")
    record(mia, **{f"part_{old}": "10", f"part_{new}": "50"})
    assert (balance(two, old), balance(two, new)) == ("$90.00", "$50.00")


def test_what_pays_no_invoice_stays_on_account_though_some_are_open(two, mia):
    invoice = make_invoice(two.nora, two.ada, "100")
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    typing(mia, amount="60")
    mia.do(Recording.type_part, invoice_id=invoice, value="")
    record(mia)
    assert balance(two, invoice) == "$100.00"
    assert [payment.unapplied for payment in payments(two)] == [6_000]


def test_from_an_invoice_it_comes_first_with_what_is_open_on_it(two, pipeline):
    make_invoice(two.nora, two.ada, "30", due_on=in_days(1))
    invoice = make_invoice(two.nora, two.ada, "100", due_on=in_days(20))
    tab = pipeline.tab("mia@northwind.example", path=f"/invoices/{invoice}").do(InvoicePage.load)
    tab.do(Recording.begin, customer_id="", invoice_id=invoice)
    state = tab.state(Recording)
    assert (state.typed["amount"], state.parts) == ("100.00", {invoice: "100.00"})
    assert state.open == f"/invoices/{invoice}"
    record(tab)
    assert tab.state(InvoicePage).view.status == "paid"
    assert tab.state(Recording).open == ""


def test_what_is_on_its_way_is_not_asked_for_a_second_time(two, mia):
    invoice = make_invoice(two.nora, two.ada, "100")
    bank = make_method(two.nora, two.ada, till.SETTLES, kind=till.BANK)
    till.charge(two.nora, two.ada, bank, (invoice, 6_000))
    till.work()
    mia.do(Recording.begin, customer_id="", invoice_id=invoice)
    state = mia.state(Recording)
    assert (state.typed["amount"], state.parts) == ("40.00", {invoice: "40.00"})
    assert [(one.balance, one.coming) for one in state.owed] == [("$100.00", "$60.00")]
    assert typing(mia, amount="90").outcome == "$50.00 stays on account for Ada Interiors."
    mia.do(Recording.type_part, invoice_id=invoice, value="90")
    record(mia)
    assert balance(two, invoice) == "$10.00"


def test_a_receipt_goes_out_unless_its_tick_is_off(two, mia):
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    state = typing(mia, amount="60")
    assert (state.receipt, state.customer["told"]) == (True, "Ada Quill")
    mia.do(Recording.toggle_receipt)
    record(mia)
    assert mia.notice == "$60.00 from Ada Interiors recorded."
    assert till.letters(two.nora, "receipt") == []
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    assert mia.state(Recording).receipt, "each payment begins with it"
    typing(mia, amount="70")
    record(mia)
    assert [letter["values"]["amount"] for letter in till.letters(two.nora, "receipt")] == ["$70.00"]


def test_a_receipt_to_nobody_is_not_said_to_be_sent(two, mia):
    bruno = contacts(two.nora, two.bruno)[0]
    write(two.nora, change_contact, bruno.id, contact_of(bruno) | {"mail_billing": False}, confirmed=True)
    mia.do(Recording.begin, customer_id=two.bruno, invoice_id="")
    assert mia.state(Recording).customer["told"] == ""
    typing(mia, amount="60")
    record(mia)
    assert mia.notice == "$60.00 from Bruno Motors recorded."


def test_a_second_click_records_nothing_more(two, mia):
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    typing(mia, amount="60")
    record(mia)
    mia.do(Recording.record, form=TYPED | {"amount": "60"})
    assert len(payments(two)) == 1


def test_all_that_is_wrong_is_said_and_what_was_typed_stays(two, mia):
    invoice = make_invoice(two.nora, two.ada, "100")
    mia.do(Recording.begin, customer_id="", invoice_id="")
    record(mia)
    assert mia.state(Recording).errors == {"customer": "Choose a customer."}
    mia.do(Recording.choose_customer, customer_id=two.ada)
    wrong = {"amount": "1.005", "received_on": in_days(1), "kind": "bitcoin", f"part_{invoice}": "500"}
    state = record(mia, **wrong).state(Recording)
    assert state.errors == {
        "amount": "USD has 2 decimals.",
        "received_on": "A payment cannot be received in the future.",
        "kind": "Choose how it was paid.",
        f"part_{invoice}": "This is more than is open on this invoice.",
    }
    assert state.open == "/payments"
    assert payments(two) == []


def test_closing_loses_nothing_and_another_customer_begins_anew(two, mia):
    mia.do(Recording.begin, customer_id=two.ada, invoice_id="")
    typing(mia, amount="60", note="Half now")
    mia.do(Recording.close).do(Recording.begin, customer_id="", invoice_id="")
    assert mia.state(Recording).typed["note"] == "Half now"
    mia.do(Recording.close).do(Recording.begin, customer_id=two.bruno, invoice_id="")
    assert mia.state(Recording).typed["note"] == ""
    assert mia.state(Recording).customer["company"] == "Bruno Motors"


def test_the_lists_address_opens_the_dialog_and_closing_it_forgets_that(two, mia):
    at(mia, f"/payments?record=1&customer={two.ada}").do(Payments.load)
    assert mia.state(Recording).customer["company"] == "Ada Interiors"
    assert mia.do(Recording.close).went_to == ["/payments"]
    at(mia, "/payments").do(Payments.load)
    assert mia.state(Recording).open == ""


def test_the_profile_shows_what_was_recorded_there(two, pipeline):
    tab = pipeline.tab("mia@northwind.example", path=f"/customers/{two.ada}").do(Profile.load)
    tab.do(Recording.begin, customer_id=two.ada, invoice_id="")
    typing(tab, amount="60")
    record(tab)
    assert [row.amount for row in tab.state(Profile).payments] == ["$60.00"]
    assert tab.state(Profile).view.balance == "-$60.00"


# ---------------------------------------------------------------- one payment


@pytest.fixture
def paid(two):
    """(an invoice of 100, the payment of 150 that settles it)"""
    invoice = make_invoice(two.nora, two.ada, "100")
    return invoice, make_payment(two.nora, two.ada, "150")


@pytest.fixture
def page(two, pipeline, paid):
    return pipeline.tab("mia@northwind.example", path=f"/payments/{paid[1]}").do(PaymentPage.load)


def test_the_page_says_where_the_money_is(page):
    view = page.state(PaymentPage).view
    assert (view.amount, view.on_account, view.refundable) == ("$150.00", "$50.00", "$150.00")
    assert [(number, amount) for _, number, amount in view.invoices] == [("INV-0001", "$100.00")]
    assert (view.company, view.label, view.reference) == ("Ada Interiors", "Check", "1042")


def test_a_refund_says_first_what_it_does(page):
    state = page.do(PaymentPage.ask_refund).state(PaymentPage)
    assert state.amount == "150.00"
    assert state.outcome == (
        "$150.00 goes back to Ada Interiors: give it back yourself, arbill writes it down. "
        "$50.00 of it lies on account. Its invoices stay settled."
    )
    state = page.do(PaymentPage.toggle).state(PaymentPage)
    assert state.outcome.endswith("$100.00 is owed again on its invoices.")
    state = page.do(PaymentPage.type_amount, value="20").state(PaymentPage)
    assert state.outcome.endswith("It lies on account: no invoice changes.")


def test_part_is_refunded_once_and_the_invoice_owed_again_where_that_is_ticked(two, page, paid):
    page.do(PaymentPage.ask_refund).do(PaymentPage.toggle)
    page.do(PaymentPage.refund, form={"amount": "90", "reason": ""})
    assert page.state(PaymentPage).errors == {"reason": "Say why."}
    page.do(PaymentPage.refund, form={"amount": "90", "reason": "Goodwill"})
    page.do(PaymentPage.refund, form={"amount": "90", "reason": "Goodwill"})
    assert page.notice == "$90.00 refunded."
    assert balance(two, paid[0]) == "$40.00"
    assert len(read(two.nora, lambda tx: tx.all(tx.own(Refund)))) == 1
    assert page.state(PaymentPage).view.refundable == "$60.00"


def test_no_more_goes_back_than_came(page):
    page.do(PaymentPage.ask_refund).do(PaymentPage.refund, form={"amount": "151", "reason": "Goodwill"})
    assert page.state(PaymentPage).errors == {"amount": "Enter at most $150.00, what is left of it."}
    assert page.state(PaymentPage).dialog == "refund"


def test_what_is_on_account_is_applied_to_an_open_invoice(two, page):
    other = make_invoice(two.nora, two.ada, "80")
    page.do(PaymentPage.load).do(PaymentPage.ask_apply)
    assert page.state(PaymentPage).choices == [[other, "INV-0002 · $80.00 open"]]
    page.do(PaymentPage.apply, form={"invoice": other, "part": "60"})
    assert page.state(PaymentPage).errors == {"part": "At most $50.00 can be applied to it."}
    page.do(PaymentPage.apply, form={"invoice": other, "part": ""})
    assert page.notice == "$50.00 applied."
    assert balance(two, other) == "$30.00"


def test_the_receipt_is_sent_once_however_often_the_button_is_pressed_and_later_again(two, page):
    view = page.state(PaymentPage).view
    assert (view.receipt, view.waiting) == ("On its way to Ada Quill", True)
    deliver_due()
    view = page.do(PaymentPage.look_again).state(PaymentPage).view
    assert (view.receipt, view.waiting) == ("Sent to Ada Quill", False)
    with time_machine.travel(clock.now() + timedelta(seconds=30)):
        for _ in range(2):
            page.do(PaymentPage.send_receipt)
            assert page.notice == "Receipt sent to Ada Quill"
    assert len(till.letters(two.nora, "receipt")) == 2
    assert page.state(PaymentPage).view.events[0].what == "Receipt sent: Ada Quill"


def test_nobody_to_send_a_receipt_to_is_said(two, page):
    ada = contacts(two.nora, two.ada)[0]
    write(two.nora, change_contact, ada.id, contact_of(ada) | {"mail_billing": False}, confirmed=True)
    deliver_due()
    with time_machine.travel(clock.now() + timedelta(seconds=30)):
        page.do(PaymentPage.send_receipt)
    assert page.notice == "Nobody at Ada Interiors gets billing emails."
    assert len(till.letters(two.nora, "receipt")) == 1


def test_nothing_is_applied_to_another_customers_invoice(two, page):
    make_invoice(two.nora, two.ada, "80")
    theirs = make_invoice(two.nora, two.bruno, "80")
    page.do(PaymentPage.load).do(PaymentPage.ask_apply).do(PaymentPage.apply, form={"invoice": theirs, "part": ""})
    assert balance(two, theirs) == "$80.00"
    assert page.notice == "A payment is applied to invoices of its own customer and currency."


# ---------------------------------------------------------------- who may not


def test_who_only_reads_changes_nothing(two, pipeline, paid):
    rhea = pipeline.tab("rhea@northwind.example", path=f"/payments/{paid[1]}").do(PaymentPage.load)
    for handler, payload in WRITING.items():
        assert rhea.denies(handler, **payload), handler
    for handler, payload in READING.items():
        assert not rhea.denies(handler, **payload), handler
    at(rhea, "/payments?record=1").do(Payments.load)
    assert rhea.state(Recording).open == ""
    assert len(payments(two)) == 1


@pytest.mark.parametrize("wanted", ["pay_unknown", "", "%00", "x" * 500])
def test_what_does_not_exist_is_said(two, pipeline, wanted):
    tab = pipeline.tab("mia@northwind.example", path=f"/payments/{wanted}").do(PaymentPage.load)
    assert tab.state(PaymentPage).missing


def test_another_partner_sees_and_moves_nothing(two, pipeline, paid):
    invoice, payment = paid
    sol = pipeline.tab("sol@southgate.example", path=f"/payments/{payment}").do(PaymentPage.load)
    assert (sol.state(PaymentPage).missing, sol.state(PaymentPage).view.company) == (True, "")
    sol.do(PaymentPage.send_receipt)
    sol.state(PaymentPage).view = PaymentView(id=payment)
    sol.do(PaymentPage.send_receipt)
    assert sol.notice == "That does not exist, or is no longer here."
    assert len(till.letters(two.nora, "receipt")) == 1
    at(sol, "/payments").do(Payments.load)
    assert shown(sol) == []
    sol.do(Recording.begin, customer_id=two.ada, invoice_id="")
    assert sol.state(Recording).customer == {}
    sol.do(Recording.begin, customer_id="", invoice_id=invoice)
    assert sol.state(Recording).owed == []
    sol.do(Recording.choose_customer, customer_id=two.ada)
    sol.do(Recording.record, form=TYPED | {"amount": "10"})
    assert len(payments(two)) == 1
    assert sol.state(Base).notice != ""
