"""The first screen and what leads back to it: what is charged by itself, what waits, what lies on account."""

import re

import pytest

from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views import preview
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.transactions import read, write
from arbill_app.payments.models import PaymentMethod
from arbill_app.payments.recording import apply_on_account
from tests.portal.conftest import BANK, balance, found, make_method, permit, row, rows
from tests.world import in_days, letters_to, make_customer, make_invoice, make_payment, user

CANADA = {"country": "CA", "region": "QC", "postal_code": "H2X 1Y4"}
TICKED = r'id="%s" name="invoice" value="[^"]*" data-minor="\d+" checked'


@pytest.fixture
def home(two):
    return f"/portal/{two.ada}"


def test_back_from_the_sheet_nothing_chosen_is_lost(ada, two, home):
    part, left, whole = (make_invoice(two.nora, two.ada, amount) for amount in ("100.00", "50.00", "25.00"))
    cards = [make_method(two.nora, two.ada), make_method(two.nora, two.ada, number="5555555555554444")]
    query = {"invoice": [part, whole], f"amount.{part}": "40", "method": cards[1]}
    sheet = ada.get(f"{home}/pay", params=query).text
    back = found(r'class="crumb" href="([^"]+)"', sheet).replace("&amp;", "&")
    page = ada.get(back).text
    ticked = [bool(re.search(TICKED % id, page)) for id in (part, left, whole)]
    assert ticked == [True, False, True]
    assert re.search(rf'name="amount.{part}" value="40"', page)
    assert re.search(rf'value="{cards[1]}" checked', page)


def test_what_is_chosen_is_what_is_said_of_it(ada, two, home):
    """The sheet has both sentences where both can be chosen; the style sheet shows the one."""
    make_invoice(two.nora, two.ada)
    make_method(two.nora, two.ada)
    invoice = rows(two.nora, Invoice)[0].id
    assert "by-bank" not in ada.get(f"{home}/pay?invoice={invoice}").text
    bank = make_method(two.nora, two.ada, "us_bank_account")
    sheet = ada.get(f"{home}/pay?invoice={invoice}&method={bank}").text
    assert 'by-card">Your card is charged once, now.' in sheet
    assert 'by-bank">A bank account is debited' in sheet
    assert re.search(rf'value="{bank}" checked data-bank', sheet)


def test_it_says_which_invoices_auto_pay_charges_and_when(ada, two, home):
    make_invoice(two.nora, two.ada, due_on=in_days(9))
    make_method(two.nora, two.ada)
    assert "Auto Pay charges it on" not in ada.get(home).text
    ada.post(f"{home}/methods/auto-pay", {"on": "1"})
    assert "Auto Pay charges it on" in ada.get(home).text
    ada.post("/portal/language", {"language": "fr"})
    assert "Le paiement automatique la prélève le" in ada.get(home).text


def test_a_charge_that_staff_planned_is_said_too(ada, two, home):
    make_method(two.nora, two.ada)
    make_invoice(two.nora, two.ada, due_on=in_days(9), option="on_due")
    assert "Charged by itself on" in ada.get(home).text


# ---------------------------------------------------------------- on account


def test_what_is_on_account_pays_an_invoice_with_one_button(ada, two, home):
    make_payment(two.nora, two.ada, "40.00")
    invoice = make_invoice(two.nora, two.ada, "100.00")
    assert "Open an invoice to use it there." in ada.get(home).text
    assert "Use $40.00 that is on account" in ada.get(f"{home}/invoices/{invoice}").text
    to = ada.post(f"{home}/invoices/{invoice}/on-account").headers["location"]
    assert "It was paid with what was on account." in ada.get(to).text
    assert balance(two.nora, invoice) == 6000
    assert "on account" not in ada.get(f"{home}/invoices/{invoice}").text
    assert ada.post(f"{home}/invoices/{invoice}/on-account").status_code == 409


def test_who_may_not_pay_uses_nothing_on_account(ada, two, home):
    make_payment(two.nora, two.ada, "40.00")
    invoice = make_invoice(two.nora, two.ada, "100.00")
    permit(two.nora, two.ada, "invoices")
    assert "on account" not in ada.get(f"{home}/invoices/{invoice}").text
    assert ada.post(f"{home}/invoices/{invoice}/on-account").status_code == 403
    assert balance(two.nora, invoice) == 10000


def test_nobody_elses_invoice_is_paid_from_here(ada, two, home):
    make_payment(two.nora, two.ada, "40.00")
    theirs = make_invoice(two.nora, two.bruno, "100.00")
    assert ada.post(f"{home}/invoices/{theirs}/on-account").status_code == 404
    assert balance(two.nora, theirs) == 10000
    with pytest.raises(Exception, match="nothing to apply"):
        write(two.nora, apply_on_account, theirs)


# ---------------------------------------------------------------- pre-authorised debits


@pytest.fixture
def clinic(two):
    """(customer with a PAD account that staff added, the method)"""
    customer = make_customer(two.nora, "Clinique", [user("Luc Roy", "luc@clinique.example")], **CANADA)
    method = make_method(two.nora, customer, "acss_debit", institution="000", transit="11000")
    write(job(two.nora.partner_id), lambda tx: setattr(tx.get(PaymentMethod, method), "approved_at", None))
    return customer, method


def test_what_waits_for_approval_is_not_offered_but_asked_for(another, two, clinic):
    customer, method = clinic
    make_invoice(two.nora, customer)
    page = another.sign_in("luc@clinique.example").get(f"/portal/{customer}").text
    assert "Sandbox Credit Union ending 6789 waits for your approval." in page
    assert f'href="/portal/{customer}/methods" aria-label="Approve Sandbox' in page
    assert f'value="{method}"' not in page
    another.post(f"/portal/{customer}/methods/{method}/approve", {"agreed": "1"})
    page = another.get(f"/portal/{customer}").text
    assert "waits for your approval" not in page
    assert f'value="{method}" checked' in page


def test_staff_are_told_that_it_waits_for_the_customer(two, clinic):
    chosen = read(two.nora, preview.choose, clinic[0])
    said = {view.why for view in preview.options(chosen, in_days(9)) if view.why}
    assert said == {"Sandbox Credit Union ending 6789 waits for the customer’s approval of the pre-authorised debit."}


def test_staff_agree_to_nothing_in_the_customers_name(nobody, two):
    from arbill_app.payments.methods.setup import begin_adding, finish_adding

    customer = make_customer(two.nora, "Clinique", [user("Luc Roy", "luc@clinique.example")], **CANADA)
    back = f"http://localhost:3000/customers/{customer}/methods?key=k"
    page = begin_adding(two.nora, customer, "k", back).partition(":3000")[2]
    shown = nobody.get(f"{page}?kind=acss_debit").text
    assert 'name="agreed"' not in shown
    assert "asks them to approve" in shown
    typed = {"kind": "acss_debit", "institution": "000", "transit": "11000", "account": BANK["account"]}
    assert nobody.post(page, typed).status_code == 303
    kept = finish_adding(two.nora, customer, "k")
    assert kept.approved_at is None
    letter = letters_to("luc@clinique.example")[0]
    assert letter.subject == "Please approve Sandbox Credit Union ending 6789"
    assert letter.action_url.endswith(f"/portal/{customer}/methods")


# ---------------------------------------------------------------- languages, looking on


def test_the_lines_of_an_invoice_speak_the_readers_language(ada, two, home):
    invoice = make_invoice(two.nora, two.ada)
    make_method(two.nora, two.ada, "us_bank_account")
    ada.post("/portal/language", {"language": "es"})
    page = ada.get(f"{home}/invoices/{invoice}").text
    assert "Descripción" in page
    for english in ("Description", "Amount", "Tax 0", "Total due"):
        assert english not in page, english
    assert ">BANCO<" in ada.get(home).text


def test_who_looks_on_is_told_so_wherever_they_go(nobody, two, home):
    make_invoice(two.nora, two.ada)
    make_method(two.nora, two.ada)
    staff = nobody.as_staff("rhea@northwind.example")
    staff.get(f"/portal/as/{two.ada}")
    for path in ("", "/details/company", "/nowhere", "/invoices/inv_x"):
        page = staff.get(home + path).text
        assert "You see what Ada Interiors sees." in page, path
        assert "data-pay-button" not in page, path
    invoice = rows(two.nora, Invoice)[0].id
    sheet = staff.get(f"{home}/pay?invoice={invoice}").text
    assert "Your card is charged once, now." not in sheet
    assert re.search(r"<button[^>]* disabled>Pay now", sheet)


@pytest.mark.parametrize("section", ["history", "methods", "statement", "details"])
def test_every_section_leads_back_to_the_first_screen(ada, home, section):
    assert f'href="{home}">Back</a>' in ada.get(f"{home}/{section}").text


def test_a_strangers_refusal_names_nobody(nobody, two, home):
    page = nobody.get(f"{home}/nowhere").text
    assert "Ada Interiors" not in page
    assert row(two.nora, Invoice, make_invoice(two.nora, two.ada)).number not in page
