"""Without a gateway nothing is charged, by nobody, and every page says so; the sandbox is there only when asked for."""

import pytest

from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import ArbillError, Invalid
from arbill_app.kernel.settings import Settings, settings
from arbill_app.payments import forms
from arbill_app.payments.gateway.choose import gateway_name, parse_webhook, takes_payments
from arbill_app.payments.gateway.protocol import BadSignature
from arbill_app.payments.methods.setup import begin_adding
from arbill_app.payments.models import Attempt, Setup
from tests.portal.conftest import balance, make_method, row, rows
from tests.world import in_days, make_invoice

ELSEWHERE = {"ORIGIN": "https://billing.example"}
NOTICE = "does not take payments online"


def environment(monkeypatch, **values):
    for name in ("ORIGIN", "DEMO", "GATEWAY", "STRIPE_SECRET_KEY"):
        monkeypatch.delenv(f"ARBILL_{name}", raising=False)
    for name, value in values.items():
        monkeypatch.setenv(f"ARBILL_{name}", value)
    settings.cache_clear()


@pytest.mark.parametrize(
    ("values", "gateway"),
    [
        ({}, "sandbox"),  # the demo on this machine
        (ELSEWHERE, "none"),
        ({"DEMO": "0"}, "none"),
        (ELSEWHERE | {"GATEWAY": "sandbox"}, "sandbox"),
        (ELSEWHERE | {"DEMO": "1"}, "sandbox"),
        (ELSEWHERE | {"STRIPE_SECRET_KEY": "sk_test_x"}, "stripe"),
        ({"STRIPE_SECRET_KEY": "sk_test_x"}, "stripe"),
        ({"STRIPE_SECRET_KEY": "sk_test_x", "GATEWAY": "none"}, "none"),
        ({"GATEWAY": "none"}, "none"),
    ],
)
def test_the_sandbox_is_never_what_is_left_over(monkeypatch, values, gateway):
    environment(monkeypatch, **values)
    assert Settings().gateway == gateway
    settings.cache_clear()


@pytest.fixture
def owed(two):
    """(invoice of 100.00, its payment link, a method that was saved while there was a gateway)"""
    invoice = make_invoice(two.nora, two.ada, "100.00", due_on=in_days(10))
    return invoice, f"/pay/{row(two.nora, Invoice, invoice).link_token}", make_method(two.nora, two.ada)


@pytest.fixture
def closed(owed, monkeypatch):
    monkeypatch.setenv("ARBILL_GATEWAY", "none")
    settings.cache_clear()
    return owed


def test_a_payment_link_shows_the_invoice_and_takes_nothing(nobody, two, closed):
    invoice, link, _ = closed
    page = nobody.get(link)
    assert NOTICE in page.text
    assert "Pay $" not in page.text
    assert "Download PDF" in page.text
    refused = nobody.post(f"{link}/add")
    assert refused.status_code in (409, 422)
    assert "not set up" in refused.text
    assert len(rows(two.nora, Setup)) == 1  # the one of the saved method
    assert balance(two.nora, invoice) == 10_000


def test_the_portal_offers_no_payment_and_says_so(ada, two, closed):
    invoice, _, method = closed
    home = ada.get(f"/portal/{two.ada}").text
    assert NOTICE in home
    assert "Pay $" not in home
    methods = ada.get(f"/portal/{two.ada}/methods").text
    assert "Add payment method" not in methods
    assert NOTICE in methods
    sheet = ada.get(f"/portal/{two.ada}/pay?invoice={invoice}").text
    assert "Pay now" not in sheet
    form = {"part": f"{invoice}=100.00", "method": method, "key": "k" * 20}
    assert ada.post(f"/portal/{two.ada}/pay", form).status_code == 422
    assert ada.post(f"/portal/{two.ada}/methods/add", {}).status_code in (409, 422)
    assert rows(two.nora, Attempt) == []


def test_staff_cannot_charge_either(two, closed):
    invoice, _, method = closed
    assert read(two.nora, forms.chargeable, invoice).methods == []
    with pytest.raises(Invalid, match="not set up"):
        write(two.nora, forms.charge_invoice, invoice, method, "", "once")
    with pytest.raises(ArbillError, match="not set up"):
        begin_adding(two.nora, two.ada, "key", "https://x.example/back")
    for option in ("now", "on_due", "method"):
        with pytest.raises(Invalid, match="not set up"):
            make_invoice(two.nora, two.ada, option=option, payment_method_id=method)
    assert rows(two.nora, Attempt) == []


def test_nobody_is_listened_to(database, monkeypatch):
    monkeypatch.setenv("ARBILL_GATEWAY", "none")
    settings.cache_clear()
    assert (gateway_name(), takes_payments()) == ("none", False)
    for name in ("none", "sandbox", "stripe", ""):
        with pytest.raises(BadSignature):
            parse_webhook(name, b"{}", {})


def test_the_sandbox_page_is_gone(nobody, two, owed, monkeypatch):
    page = nobody.post(f"{owed[1]}/add").headers["location"].partition(":3000")[2]
    assert nobody.get(page).status_code == 200
    monkeypatch.setenv("ARBILL_GATEWAY", "none")
    settings.cache_clear()
    assert nobody.get(page).status_code == 404


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_test_mode_is_said_on_every_page_of_money(nobody, ada, two, owed, monkeypatch, language):
    said = {"en": "no real money moves", "fr": "aucun argent réel", "es": "no se mueve dinero real"}[language]
    for person in (nobody, ada):
        person.post("/portal/language", {"language": language, "back": "/portal"})
    for person, path in ((nobody, owed[1]), (ada, f"/portal/{two.ada}"), (ada, f"/portal/{two.ada}/methods")):
        assert said in person.get(path).text
    monkeypatch.setenv("ARBILL_STRIPE_SECRET_KEY", "sk_test_x")
    settings.cache_clear()
    for person, path in ((nobody, owed[1]), (ada, f"/portal/{two.ada}"), (ada, f"/portal/{two.ada}/methods")):
        assert said not in person.get(path).text
