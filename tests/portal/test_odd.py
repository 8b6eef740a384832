"""Odd addresses, forms and moments: everybody gets a page, nobody an error of ours."""

import pytest

from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.models import Attempt
from tests.portal.conftest import charge, found, row, rows
from tests.world import make_invoice, make_method, make_payment

ODD = (
    *("/portal/日本/stop", "/portal?next=/portal/日本", "/portal/日本", "/portal/a%0d%0ab/stop", "/portal/a%00/stop"),
    *("/pay/日本", "/pay/%00", "/portal?next=//[", "/portal?next=http://[x", "/sandbox/add/日本"),
    "/sandbox/approve/%00",
)


@pytest.mark.parametrize("path", ODD)
def test_an_odd_address_is_answered(nobody, two, path):
    assert nobody.get(path).status_code < 500


@pytest.mark.parametrize("was", ["[" * 7900, '{"a":' * 1600, "NaN", '"x"', "9" * 5000, '{"legal_name": {"a": 1}}'])
def test_a_form_that_was_tampered_with_is_answered(ada, two, was):
    assert ada.post(f"/portal/{two.ada}/details/company", {"was": was, "country": "US"}).status_code < 500


def test_who_is_called_something_very_long_can_pay(ada, two):
    card, invoice = make_method(two.nora, two.ada), make_invoice(two.nora, two.ada)
    names = {"first_name": "A" * 100, "last_name": "B" * 100}
    assert ada.post(f"/portal/{two.ada}/details/me", names).status_code == 303
    paying = {"part": [f"{invoice}=100.00"], "method": card, "key": "k" * 22}
    assert ada.post(f"/portal/{two.ada}/pay", paying).status_code == 303


def test_what_is_under_way_beyond_what_is_open_makes_nothing_negative(ada, two):
    bank = make_method(two.nora, two.ada, "000123456789", kind="us_bank_account")
    one, _ = make_invoice(two.nora, two.ada, "100.00"), make_invoice(two.nora, two.ada, "50.00")
    ada.post(f"/portal/{two.ada}/pay", {"part": [f"{one}=100.00"], "method": bank, "key": "k" * 22})
    charge()
    make_payment(two.nora, two.ada, "60.00", parts={one: "60.00"})
    page = ada.get(f"/portal/{two.ada}").text
    assert found(r"data-pay-button>([^<]*)<", page) == "Pay $50.00"


def test_approving_what_was_approved_in_another_tab_shows_how_it_went(ada, two):
    card, invoice = make_method(two.nora, two.ada, "4000002500003155"), make_invoice(two.nora, two.ada)
    paying = {"part": [f"{invoice}=100.00"], "method": card, "key": "k" * 22}
    to = ada.post(f"/portal/{two.ada}/pay", paying).headers["location"]
    charge()
    (attempt,) = rows(two.nora, Attempt)
    Sandbox(two.nora.partner_id).authenticate(attempt.charge_id, True)
    assert ada.post(f"{to}/approve").headers["location"] == f"{to}?back=1"
    assert "/look" in ada.get(f"{to}?back=1").text
    ada.post(f"{to}/look")
    assert "paid" in ada.get(to).text
    assert row(two.nora, Attempt, attempt.id).state == "succeeded"
