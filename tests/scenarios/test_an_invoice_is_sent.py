"""An invoice is sent: half a minute to call it back, then one message to all with the paper, by a real mail server."""

import io
from datetime import timedelta

import pytest
import time_machine
from pypdf import PdfReader

from arbill_app import jobs
from arbill_app.invoices.commands import issuing, sending
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import read, write
from arbill_app.messages.jobs import deliver_due
from tests.messages.conftest import Mailbox, mailbox
from tests.world import World, contacts, make_contact

__all__ = ["jobs", "mailbox"]


def typed(customer_id: str, **changes: object) -> dict[str, object]:
    due = (clock.today("America/New_York") + timedelta(days=30)).isoformat()
    return {"customer_id": customer_id, "due_on": due, "amount": "1180", "memo": "December services"} | changes


@pytest.fixture
def invoice_id(two: World, mailbox: Mailbox) -> str:
    """Of a customer with two people; the letters of setting all that up have gone already."""
    make_contact(two.nora, two.ada, "Rowan Pike", email="rowan@adainteriors.example")
    deliver_due()
    mailbox.messages.clear()
    mailbox.recipients.clear()
    return write(two.nora, issuing.create_invoice, "once", typed(two.ada)).id


def send(two: World, invoice_id: str) -> str:
    to = [contact.id for contact in contacts(two.nora, two.ada)]
    return write(two.nora, sending.send_invoice, invoice_id, to, ["books@accountant.example"], nth=0).id


def test_one_message_to_all_with_the_paper_after_half_a_minute(two: World, mailbox: Mailbox, invoice_id: str) -> None:
    send(two, invoice_id)
    send(two, invoice_id)  # an impatient second click
    assert deliver_due() == 0
    assert mailbox.messages == []
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=False):
        assert deliver_due() == 1
        assert deliver_due() == 0
    [message] = mailbox.messages
    assert mailbox.recipients == [
        "ada@adainteriors.example",
        "rowan@adainteriors.example",
        "books@accountant.example",
    ]
    assert message["Subject"] == "Invoice INV-0001 from Northwind"
    assert message["Cc"] == "books@accountant.example"
    [paper] = message.iter_attachments()
    assert paper.get_filename() == "Invoice INV-0001.pdf"
    text = PdfReader(io.BytesIO(paper.get_content())).pages[0].extract_text()
    for words in ("INV-0001", "Ada Interiors", "December services", "$1,180.00"):
        assert words in text
    view = read(two.nora, lambda tx: sending.times_sent(tx, invoice_id))
    assert view == 1


def test_called_back_in_time_it_never_leaves(two: World, mailbox: Mailbox, invoice_id: str) -> None:
    write(two.nora, sending.take_back, send(two, invoice_id))
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        assert deliver_due() == 0
    assert mailbox.messages == []


def test_the_second_message_about_it_answers_the_first(two: World, mailbox: Mailbox, invoice_id: str) -> None:
    to = [contact.id for contact in contacts(two.nora, two.ada)]
    for nth in range(2):
        write(two.nora, sending.send_invoice, invoice_id, to, nth=nth)
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=False):
        assert deliver_due() == 2
    first, second = mailbox.messages
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"]
    assert first["References"] == second["References"]
