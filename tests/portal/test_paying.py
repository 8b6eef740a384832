"""Paying from the portal: amounts are the server's, one form is one payment, outcomes are told."""

from urllib.parse import urlencode

import pytest

from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.transactions import write
from arbill_app.payments.models import Attempt, Payment
from tests.portal.conftest import BRUNO, balance, charge, come_back, found, make_method, rows
from tests.world import in_days, make_contact, make_draft_invoice, make_invoice


@pytest.fixture
def owed(two):
    """(the older invoice of 100.00, one of 250.00, a card)"""
    one = make_invoice(two.nora, two.ada, "100.00", due_on=in_days(10))
    other = make_invoice(two.nora, two.ada, "250.00", due_on=in_days(20), memo="December services")
    return one, other, make_method(two.nora, two.ada)


def home(two):
    return f"/portal/{two.ada}"


def review(person, two, *invoices, **amounts):
    asked = [("invoice", id) for id in invoices] + [(f"amount.{id}", text) for id, text in amounts.items()]
    return person.get(f"{home(two)}/pay?{urlencode(asked)}")


def pay(person, two, parts, method, key="k" * 22):
    return person.post(f"{home(two)}/pay", {"part": parts, "method": method, "key": key})


def test_what_is_owed_is_ticked_and_paid_with_the_default_method(ada, two, owed):
    one, other, card = owed
    page = ada.get(home(two)).text
    for shown in (
        "Ada Interiors owes",
        "$350.00",
        "2 open invoices",
        "December services",
        "Visa ending 4242",
        "Pay $350.00",
    ):
        assert shown in page
    assert page.count(" checked") == 3, "two invoices and the card"
    sheet = review(ada, two, one, other)
    assert "Pay now" in sheet.text
    assert f'value="{one}=100.00"' in sheet.text
    key = found(r'name="key" value="([^"]+)"', sheet.text)
    to = pay(ada, two, [f"{one}=100.00", f"{other}=250.00"], card, key).headers["location"]
    assert "Paying $350.00" in ada.get(to).text
    assert ada.get(to + "/state").json() == {"state": "started"}
    charge()
    assert ada.get(to + "/state").json() == {"state": "succeeded"}
    done = ada.get(to).text
    assert "$350.00 paid" in done
    assert (balance(two.nora, one), balance(two.nora, other)) == (0, 0)
    receipt = ada.get(found(r'href="([^"]+/receipts/[^"]+)"', done))
    assert "Visa ending 4242" in receipt.text
    assert "Nothing is open" in ada.get(home(two)).text


def test_a_part_of_an_invoice_can_be_paid(ada, two, owed):
    one, other, card = owed
    sheet = review(ada, two, other, **{other: "99.50"})
    assert "$99.50" in sheet.text
    pay(ada, two, [f"{other}=99.50"], card)
    charge()
    assert (balance(two.nora, one), balance(two.nora, other)) == (10_000, 15_050)


def test_amounts_are_typed_as_the_reader_writes_them(ada, two, owed):
    other = owed[1]
    ada.post("/portal/language", {"language": "fr"})
    for typed in ("99,50", "99,50 $", "0 099,50"):
        assert f'value="{other}=99.50"' in review(ada, two, other, **{other: typed}).text
    wrong = review(ada, two, other, **{other: "1.2.3"})
    assert wrong.status_code == 422


@pytest.mark.parametrize("text", ["250.01", "0", "-5", "abc", "1e3", "9" * 40, "250.001", "£5", "\x00"])
def test_more_than_is_open_nothing_and_nonsense_are_refused(ada, two, owed, text):
    _, other, card = owed
    shown = review(ada, two, other, **{other: text})
    assert shown.status_code == 422
    assert f'id="amount.{other}-error"' in shown.text
    assert pay(ada, two, [f"{other}={text}"], card).status_code == 422
    assert rows(two.nora, Attempt) == []


@pytest.mark.parametrize("parts", [[], ["="], ["inv_x=5"], ["x" * 500], ["inv_\x00=1"]])
def test_made_up_invoices_are_not_there(ada, two, owed, parts):
    assert pay(ada, two, parts, owed[2]).status_code in (404, 422)
    assert rows(two.nora, Attempt) == []


def test_nobody_elses_invoice_draft_or_method_can_be_used(ada, two, owed):
    one, _, card = owed
    brunos, claras = make_invoice(two.nora, two.bruno), make_invoice(two.sol, two.clara)
    draft = make_draft_invoice(two.nora, two.ada)
    their_card, their_bank = make_method(two.nora, two.bruno), make_method(two.sol, two.clara, "us_bank_account")
    for invoice in (brunos, claras, draft):
        assert pay(ada, two, [f"{invoice}=1.00"], card).status_code == 404
        assert review(ada, two, invoice).status_code == 404
        assert pay(ada, two, [f"{one}=1.00", f"{invoice}=1.00"], card).status_code == 404
    for method in (their_card, their_bank, "", "pme_x"):
        assert pay(ada, two, [f"{one}=1.00"], method).status_code == 404
    assert rows(two.nora, Attempt) == rows(two.sol, Attempt) == []


def test_another_customers_address_is_not_there(ada, two, owed):
    one, _, card = owed
    for customer in (two.bruno, two.clara, "cus_x", "%00"):
        assert ada.get(f"/portal/{customer}").status_code == 404
        answer = ada.post(f"/portal/{customer}/pay", {"part": [f"{one}=1.00"], "method": card, "key": "k" * 22})
        assert answer.status_code == 404
    assert rows(two.nora, Attempt) == []


def test_a_double_click_is_one_payment(ada, two, owed):
    one, _, card = owed
    first = pay(ada, two, [f"{one}=100.00"], card)
    again = pay(ada, two, [f"{one}=100.00"], card)
    assert first.headers["location"] == again.headers["location"]
    charge()
    assert pay(ada, two, [f"{one}=100.00"], card).headers["location"] == first.headers["location"]
    charge()
    assert [payment.amount for payment in rows(two.nora, Payment)] == [10_000]


def test_a_second_tab_finds_it_under_way(ada, two, owed):
    one, _, card = owed
    pay(ada, two, [f"{one}=100.00"], card, "a" * 22)
    second = pay(ada, two, [f"{one}=100.00"], card, "b" * 22)
    assert second.status_code == 422
    assert "under way already" in second.text
    assert "is on its way" in ada.get(home(two)).text
    charge()
    third = pay(ada, two, [f"{one}=100.00"], card, "c" * 22)
    assert third.status_code == 422
    assert "paid already" in third.text
    assert len(rows(two.nora, Payment)) == 1


@pytest.mark.parametrize("key", ["", "short", "ü" * 22])
def test_a_form_without_its_own_token_is_refused(ada, two, owed, key):
    assert pay(ada, two, [f"{owed[0]}=1.00"], owed[2], key).status_code == 422


def test_the_token_of_somebody_elses_form_shows_nothing_of_theirs(ada, another, two, owed):
    brunos = make_invoice(two.nora, two.bruno)
    bruno_card = make_method(two.nora, two.bruno)
    another.sign_in(BRUNO)
    another.post(f"/portal/{two.bruno}/pay", {"part": [f"{brunos}=100.00"], "method": bruno_card, "key": "s" * 22})
    mine = pay(ada, two, [f"{owed[0]}=100.00"], owed[2], "s" * 22)
    assert mine.status_code == 303
    assert len(rows(two.nora, Attempt)) == 2


def test_invoices_of_two_currencies_are_paid_apart(ada, two, owed):
    """As after two customers were merged."""
    one, _, card = owed
    cad = make_invoice(two.nora, two.ada, "40.00")
    write(two.nora, lambda tx: setattr(tx.get(Invoice, cad), "currency", "CAD"))
    assert ada.get(home(two)).text.count("data-sum") == 2
    assert review(ada, two, one, cad).status_code == 422
    assert pay(ada, two, [f"{one}=1.00", f"{cad}=1.00"], card).status_code == 422
    assert "CA$40.00" in review(ada, two, cad).text


# ---------------------------------------------------------------- outcomes


def outcome(person, two, invoice, method):
    to = pay(person, two, [f"{invoice}=100.00"], method).headers["location"]
    charge()
    return to, person.get(to).text


def test_a_decline_says_why_and_offers_another_method(ada, two, owed):
    card = make_method(two.nora, two.ada, number="4000000000009995")
    _, page = outcome(ada, two, owed[0], card)
    assert "$100.00 was not paid" in page
    assert "There was not enough money available" in page
    again = found(r'href="([^"]+)">Try another method', page).replace("&amp;", "&")
    assert "Pay now" in ada.get(again).text
    assert balance(two.nora, owed[0]) == 10_000


def test_a_bank_payment_is_on_its_way_for_days(ada, two, owed):
    bank = make_method(two.nora, two.ada, "us_bank_account")
    to, page = outcome(ada, two, owed[0], bank)
    assert "Your bank is moving the money" in page
    assert "data-ask" not in page, "nobody waits at the screen for that"
    assert ada.get(to + "/state").json() == {"state": "processing"}


def test_no_answer_is_said_and_never_charged_twice(ada, two, owed):
    card = make_method(two.nora, two.ada, number="4000000000008203")
    _, page = outcome(ada, two, owed[0], card)
    assert "You will not be charged twice" in page
    assert pay(ada, two, [f"{owed[0]}=100.00"], owed[2], "z" * 22).status_code == 422


def test_a_card_that_asks_is_approved_on_its_banks_page(ada, two, owed):
    card = make_method(two.nora, two.ada, number="4000002500003155")
    to, page = outcome(ada, two, owed[0], card)
    assert "Approve the payment" in page
    bank = ada.post(f"{to}/approve").headers["location"].partition(":3000")[2]
    assert "This is a test page" in ada.get(bank).text
    back = ada.post(bank, {"answer": "approve"}).headers["location"]
    assert "$100.00 paid" in ada.get(come_back(ada, back).headers["location"]).text
    assert balance(two.nora, owed[0]) == 0


def test_somebody_elses_payment_is_not_shown_nor_approved(ada, another, two, owed):
    card = make_method(two.nora, two.ada, number="4000002500003155")
    to, _ = outcome(ada, two, owed[0], card)
    attempt = to.rpartition("/")[2]
    another.sign_in(BRUNO)
    for path in (f"/portal/{two.bruno}/payments/{attempt}", f"/portal/{two.ada}/payments/{attempt}"):
        assert another.get(path).status_code == 404
        assert another.get(path + "/state").status_code == 404
        assert another.post(path + "/approve").status_code == 404


def test_colleagues_see_each_others_payments(ada, another, two, owed):
    make_contact(two.nora, two.ada, "Ben Ochre", email="ben@adainteriors.example")
    to = pay(ada, two, [f"{owed[0]}=100.00"], owed[2]).headers["location"]
    assert another.sign_in("ben@adainteriors.example").get(to).status_code == 200


def test_without_script_the_page_asks_by_itself(ada, two, owed):
    to = pay(ada, two, [f"{owed[0]}=100.00"], owed[2]).headers["location"]
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in ada.get(to).text
