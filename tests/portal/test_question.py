"""A question goes where answers to the partner's messages go, and says what it is about."""

import pytest

from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.settings import settings
from arbill_app.partners.models import Partner
from tests.portal.conftest import found, permit
from tests.world import make_invoice


@pytest.fixture
def answered(two):
    """Answers to Northwind's messages are read."""
    write(two.nora, lambda tx: setattr(tx.get(Partner, two.nora.partner_id), "reply_to", "billing@northwind.example"))


def test_a_question_names_the_customer_and_what_is_open(ada, two, answered):
    first, second = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)
    home = f"/portal/{two.ada}"
    assert found('href="(mailto:[^"]*)"', ada.get(home).text) == (
        "mailto:billing@northwind.example?subject=Ada%20Interiors%3A%20question%20about%20INV-0001%2C%20INV-0002"
    )
    for invoice, number in ((first, "INV-0001"), (second, "INV-0002")):
        link = found('href="(mailto:[^"]*)"', ada.get(f"{home}/invoices/{invoice}").text)
        assert link.endswith(f"?subject=Ada%20Interiors%3A%20question%20about%20{number}")


def test_who_may_not_pay_may_ask(ada, two, answered):
    make_invoice(two.nora, two.ada)
    permit(two.nora, two.ada, "invoices")
    page = ada.get(f"/portal/{two.ada}").text
    assert "mailto:" in page
    assert "Another amount" not in page


def test_of_very_many_invoices_a_question_names_a_few(ada, two, answered):
    for _ in range(6):
        make_invoice(two.nora, two.ada)
    link = found('href="(mailto:[^"]*)"', ada.get(f"/portal/{two.ada}").text)
    assert "INV-0005%20%E2%80%A6" in link
    assert "INV-0006" not in link


def test_who_holds_a_payment_link_may_ask_and_names_nobody(nobody, two, answered):
    invoice = make_invoice(two.nora, two.ada)
    page = nobody.get(read(two.nora, invoice_view, invoice).link.removeprefix(settings().origin)).text
    link = found('href="(mailto:[^"]*)"', page)
    assert link == "mailto:billing@northwind.example?subject=Question%20about%20invoice%20INV-0001"


def test_where_nobody_reads_answers_nobody_is_asked(ada, two):
    invoice = make_invoice(two.nora, two.ada)
    for path in ("", f"/invoices/{invoice}"):
        assert "mailto:" not in ada.get(f"/portal/{two.ada}{path}").text
