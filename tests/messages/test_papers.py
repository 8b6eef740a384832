"""What goes along with a message, as it arrives."""

import io

import pytest
from pypdf import PdfReader

from arbill_app.messages import document_attachments
from arbill_app.messages.jobs import deliver_due
from arbill_app.payments.receipts import document
from tests.world import letters_to, make_customer, make_invoice, make_payment, user


@pytest.fixture(autouse=True)
def nothing_waits(mailbox):
    """Invitations of the world are sent before each test begins."""
    deliver_due()
    mailbox.messages.clear()


def arrived(mailbox):
    deliver_due()
    (email,) = mailbox.messages
    return email, list(email.iter_attachments())


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [("en", "Receipt", "Amount paid $80.00"), ("fr", "Reçu", "Montant payé 80,00"), ("es", "Recibo", "Importe pagado")],
)
def test_the_receipt_comes_with_its_pdf_in_the_customers_language(two, mailbox, language, name, said):
    clinic = make_customer(two.nora, "Clinique", [user("Cléo Roy", "cleo@clinique.example")], language=language)
    deliver_due()
    mailbox.messages.clear()
    make_payment(two.nora, clinic, "80.00")
    email, (paper,) = arrived(mailbox)
    assert email["To"] == "Cléo Roy <cleo@clinique.example>"
    assert paper.get_content_type() == "application/pdf"
    assert paper.get_filename().startswith(f"{name} ")
    assert said in PdfReader(io.BytesIO(paper.get_content())).pages[0].extract_text()


def test_a_receipt_that_cannot_be_printed_leaves_without_its_paper(two, mailbox, monkeypatch, caplog):
    payment = make_payment(two.nora, two.ada, "80.00")

    def broken(_receipt, _whose):
        raise RuntimeError("the printer is on fire")

    monkeypatch.setattr(document, "render", broken)
    email, files = arrived(mailbox)
    assert (email["Subject"], files) == ("Payment received: $80.00", [])
    assert f"goes without {payment}: the printer is on fire" in caplog.text
    assert letters_to("ada@adainteriors.example")[0].state == "Sent"


def test_an_invoice_never_leaves_without_its_paper(two, mailbox, monkeypatch):
    def broken(_document, _whose):
        raise RuntimeError("the printer is on fire")

    monkeypatch.setattr(document_attachments, "render", broken)
    make_invoice(two.nora, two.ada, option="link")
    deliver_due()
    assert mailbox.messages == []
    assert letters_to("ada@adainteriors.example")[0].state == "Waiting"


def test_the_outbox_calls_it_a_receipt_and_shows_it(two):
    make_payment(two.nora, two.ada)
    letter = letters_to("ada@adainteriors.example")[0]
    assert letter.attached == [(0, "Receipt.pdf")]
