"""Receipts in the portal: on the screen and as a PDF, for whoever may know of the payment, and nobody else."""

import io

import pytest
from pypdf import PdfReader

from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.transactions import write
from arbill_app.payments.models import Attempt, Payment
from arbill_app.payments.recording import apply_payment
from tests.portal.conftest import BRUNO, charge, found, make_method, permit, row, rows
from tests.portal.test_link import pay as pay_by_link
from tests.portal.test_link import type_card
from tests.world import make_customer, make_invoice, make_payment, user


def words(answer) -> str:
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; ")
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def test_a_receipt_is_seen_and_taken_along(ada, two):
    invoice = make_invoice(two.nora, two.ada, "100.00")
    payment = make_payment(two.nora, two.ada, "130.00")
    page = ada.get(f"/portal/{two.ada}/receipts/{payment}").text
    for shown in ("$130.00", "Check", "1042", "On account", "$30.00", f"/invoices/{invoice}", "INV-0001"):
        assert shown in page, shown
    paper = words(ada.get(found(r'href="([^"]+\.pdf)"', page)))
    for shown in ("Amount paid $130.00", "Ada Interiors", "INV-0001 $100.00", "On account $30.00"):
        assert shown in paper, shown


def test_the_page_speaks_the_readers_language_and_the_paper_the_customers(nobody, two):
    clinic = make_customer(two.nora, "Clinique", [user("Cléo Roy", "cleo@clinique.example")], language="fr-CA")
    invoice, card = make_invoice(two.nora, clinic, "100.00"), make_method(two.nora, clinic)
    nobody.sign_in("cleo@clinique.example")
    nobody.post(f"/portal/{clinic}/pay", {"part": [f"{invoice}=100,00"], "method": card, "key": "k" * 22})
    charge()
    receipt = f"/portal/{clinic}/receipts/{rows(two.nora, Payment)[0].id}"
    assert "Visa se terminant par 4242" in nobody.get(receipt).text
    assert "Visa se terminant par 4242" in nobody.get(f"/portal/{clinic}/history?tab=payments").text
    nobody.post("/portal/language", {"language": "es", "back": receipt})
    page = nobody.get(receipt).text
    assert "Pagado con" in page
    assert "Descargar PDF" in page
    assert "Payé par" in words(nobody.get(receipt + ".pdf"))


def test_what_was_paid_here_leads_to_its_receipt(ada, two):
    invoice, card = make_invoice(two.nora, two.ada, "100.00"), make_method(two.nora, two.ada)
    to = ada.post(f"/portal/{two.ada}/pay", {"part": [f"{invoice}=100.00"], "method": card, "key": "k" * 22})
    progress = to.headers["location"]
    assert ".pdf" not in ada.get(progress).text
    charge()
    paper = words(ada.get(found(r'href="([^"]+\.pdf)">Download receipt', ada.get(progress).text)))
    assert "Visa ending 4242" in paper
    assert "INV-0001 $100.00" in paper


def test_somebody_elses_receipt_is_not_there_by_any_address(ada, another, two):
    make_invoice(two.nora, two.bruno)
    theirs, foreign = make_payment(two.nora, two.bruno), make_payment(two.sol, two.clara)
    for payment in (theirs, foreign, "pay_unknown", "%00", "x" * 200):
        for customer in (two.ada, two.bruno, two.clara):
            for ending in ("", ".pdf"):
                answer = ada.get(f"/portal/{customer}/receipts/{payment}{ending}")
                assert answer.status_code == 404
                assert b"%PDF" not in answer.content
    assert another.get(f"/portal/{two.ada}/receipts/{theirs}.pdf").status_code == 303, "nobody signed in"
    assert another.sign_in(BRUNO).get(f"/portal/{two.bruno}/receipts/{theirs}.pdf").status_code == 200


def test_who_may_not_know_of_payments_gets_none(ada, two):
    payment = make_payment(two.nora, two.ada)
    permit(two.nora, two.ada, "invoices", "payment_methods", "statements")
    for ending in ("", ".pdf"):
        answer = ada.get(f"/portal/{two.ada}/receipts/{payment}{ending}")
        assert answer.status_code == 403
        assert "$100.00" not in answer.text


def test_staff_who_look_on_see_it_too(nobody, two):
    payment = make_payment(two.nora, two.ada)
    nobody.as_staff("mia@northwind.example").get(f"/portal/as/{two.ada}")
    assert "Amount paid" in words(nobody.get(f"/portal/{two.ada}/receipts/{payment}.pdf"))


# ---------------------------------------------------------------- payment links


@pytest.fixture
def linked(two):
    """(invoice, its link)"""
    invoice = make_invoice(two.nora, two.ada, "100.00")
    return invoice, f"/pay/{row(two.nora, Invoice, invoice).link_token}"


def paid_by_link(person, link, **typed) -> str:
    """The page that says what became of it."""
    return str(pay_by_link(person, link, type_card(person, link, **typed)).headers["location"])


def test_who_paid_by_a_link_takes_the_receipt_along(nobody, two, linked):
    _, link = linked
    progress = paid_by_link(nobody, link)
    assert nobody.get(progress + "/receipt.pdf").status_code == 404, "nothing was paid yet"
    assert "receipt.pdf" not in nobody.get(progress).text
    charge()
    paper = words(nobody.get(found(r'href="([^"]+\.pdf)"', nobody.get(progress).text)))
    for shown in ("Amount paid $100.00", "Visa ending 4242", "INV-0001 $100.00"):
        assert shown in paper, shown


def test_a_declined_card_has_no_receipt(nobody, two, linked):
    progress = paid_by_link(nobody, linked[1], number="4000000000000002")
    charge()
    assert "receipt.pdf" not in nobody.get(progress).text
    assert nobody.get(progress + "/receipt.pdf").status_code == 404


def test_a_link_gives_the_receipts_of_its_own_payments_alone(nobody, ada, two, linked):
    """Neither of another invoice's link, nor of what was paid otherwise, not even for the same invoice."""
    invoice, link = linked
    card = make_method(two.nora, two.ada)
    ada.post(f"/portal/{two.ada}/pay", {"part": [f"{invoice}=10.00"], "method": card, "key": "k" * 22})
    other = make_invoice(two.nora, two.ada, "30.00")
    other_link = f"/pay/{row(two.nora, Invoice, other).link_token}"
    paid_by_link(nobody, other_link)
    charge()
    for attempt in rows(two.nora, Attempt):
        assert attempt.state == "succeeded"
        assert nobody.get(f"{link}/payments/{attempt.id}/receipt.pdf").status_code == 404
    for payment in rows(two.nora, Payment):
        assert nobody.get(f"{link}/payments/{payment.id}/receipt.pdf").status_code == 404


def test_a_links_receipt_speaks_of_no_other_invoice(nobody, two, linked):
    """What the invoice did not need any more was used for another one later."""
    progress = paid_by_link(nobody, linked[1])
    make_payment(two.nora, two.ada, "40.00", parts={linked[0]: "40.00"})
    charge()
    later = make_invoice(two.nora, two.ada, "500.00")
    payment = next(one for one in rows(two.nora, Payment) if one.attempt_id)
    write(two.nora, apply_payment, payment.id, later)
    paper = words(nobody.get(progress + "/receipt.pdf"))
    for shown in ("INV-0001 $60.00", "On account $40.00", "Amount paid $100.00"):
        assert shown in paper, shown
    assert "INV-0002" not in paper
