"""A payment's receipt: what stands on it, in the customer's language, and what it may say to whom."""

import io
from datetime import timedelta

import pytest
import time_machine
from pypdf import PdfReader

from arbill_app.customers.commands import contacts as people
from arbill_app.invoices.models import Invoice
from arbill_app.kernel import clock
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, NotFound
from arbill_app.messages.jobs import deliver_due
from arbill_app.partners import branding
from arbill_app.partners.entities import save_legal_entity
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute
from arbill_app.payments.receipts.document import Receipt, receipt_of, render
from arbill_app.payments.receipts.send import send_receipt
from arbill_app.payments.recording import apply_payment
from arbill_app.payments.refunding import refund_payment
from arbill_app.payments.views.payments import payment_view
from tests.partners.test_branding import svg
from tests.payments import till
from tests.world import contacts, in_days, make_customer, make_invoice, make_method, make_payment, user

NBSP = "\u00a0"
pytestmark = pytest.mark.usefixtures("quick")


def receipt(two, payment_id, **how) -> Receipt:
    return read(two.nora, lambda tx: receipt_of(tx, payment_id, **how))


def opened(made: Receipt) -> PdfReader:
    return PdfReader(io.BytesIO(render(made)))


def lines(made: Receipt) -> list[str]:
    return [line for page in opened(made).pages for line in page.extract_text().splitlines()]


# ---------------------------------------------------------------- what stands on it


def test_it_says_who_paid_whom_how_and_for_what(two):
    for amount, days in (("100.00", 10), ("50.00", 20)):
        make_invoice(two.nora, two.ada, amount, due_on=in_days(days))
    made = receipt(two, make_payment(two.nora, two.ada, "170.00"))
    day = dict(made.facts)["Date"]
    for fact in (
        *("Receipt", "$170.00", day, "Check", "1042", "Northwind", "Ada Interiors", "480 Juniper Street"),
        *("INV-0001 $100.00", "INV-0002 $50.00", "On account $20.00", "Amount paid $170.00"),
    ):
        assert fact in lines(made), fact
    assert made.name == f"Receipt {made.received_on}.pdf"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Receipt", "Paid with", "Wire", "Reference", "From", "To", "Invoice Amount", "Amount paid $100.00")),
        (
            "fr-CA",
            (
                *("Reçu", "Payé par", "Virement", "Référence", "De", "À", "Facture Montant"),
                f"Montant payé 100,00{NBSP}${NBSP}US",
            ),
        ),
        (
            "es",
            (
                *("Recibo", "Pagado con", "Transferencia", "Referencia", "De", "Para", "Factura Importe"),
                "Importe pagado $100.00",
            ),
        ),
    ],
)
def test_it_speaks_the_customers_language(two, language, said):
    clinic = make_customer(two.nora, "Clinique Beaulieu", language=language)
    make_invoice(two.nora, clinic, "100.00")
    made = receipt(two, make_payment(two.nora, clinic, "100.00", kind="wire"))
    found = lines(made)
    for words in said:
        assert words in found, words
    assert str(opened(made).trailer["/Root"]["/Lang"]).startswith(language[:2])
    assert made.name.startswith(said[0])


def test_a_reader_of_another_language_may_ask_for_theirs(two):
    payment = make_payment(two.nora, two.ada)
    assert receipt(two, payment, language="es").title == "Recibo"


def test_a_method_is_called_as_its_owner_knows_it_in_their_language(two):
    invoice, card = make_invoice(two.nora, two.ada), make_method(two.nora, two.ada)
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    till.work()
    payment = till.only(two.nora, till.Payment).id
    assert dict(receipt(two, payment).facts)["Paid with"] == "Visa ending 4242"
    assert dict(receipt(two, payment, language="fr").facts)["Payé par"] == "Visa se terminant par 4242"


def test_parts_and_the_rest_always_come_to_what_was_paid(two):
    invoice = make_invoice(two.nora, two.ada, "100.00")
    payment = make_payment(two.nora, two.ada, "150.00")
    write(two.nora, refund_payment, payment, {"amount": "70", "reason": "Goodwill"}, "once")
    made = receipt(two, payment)
    assert [(part.invoice_id, part.amount) for part in made.parts] == [(invoice, "$80.00")]
    assert made.rest == [("Refunded", "$70.00")]
    write(two.nora, refund_payment, payment, {"amount": "80", "reason": "Goodwill", "owed_again": True}, "twice")
    made = receipt(two, payment)
    assert (made.parts, made.rest) == ([], [("Refunded", "$150.00")])
    assert "INV-0001" not in " ".join(lines(made))
    till.check_books(two.nora)


def test_what_a_bank_took_back_stands_on_it(two):
    make_invoice(two.nora, two.ada, "100.00")
    payment = make_payment(two.nora, two.ada)
    write(job(two.nora.partner_id), lambda tx: setattr(tx.get(till.Payment, payment), "charge_id", "ch_1"))
    write(job(two.nora.partner_id), dispute_told, "ch_1", Dispute("dp_1", 10_000, "USD", "fraudulent", "open"))
    made = receipt(two, payment)
    assert (made.parts, made.rest) == ([], [("Disputed at the bank", "$100.00")])


def test_what_pays_no_invoice_has_a_receipt_too(two):
    made = receipt(two, make_payment(two.nora, two.ada, "60.00", reference=""))
    assert made.rest == [("On account", "$60.00")]
    assert [label for label, _ in made.facts] == ["Date", "Paid with"]
    assert "Invoice Amount" not in lines(made)


def test_names_stand_as_on_the_invoice_it_paid(two):
    """Whoever is renamed afterwards paid under the old name, and the legal entity that was paid stays the one."""
    make_invoice(two.nora, two.ada)
    paid, kept = make_payment(two.nora, two.ada), make_payment(two.nora, two.ada, "5.00")
    write(two.nora, save_legal_entity, _entity(two), {"name": "Northwind Two", "country": "US"})
    assert receipt(two, paid).head.seller.name == "Northwind"
    assert receipt(two, kept).head.seller.name == "Northwind Two"


def _entity(two) -> str:
    return till.row(two.nora, Invoice, till.only(two.nora, Invoice).id).legal_entity_id


def test_it_is_tagged_an_archive_and_wears_the_partners_colours_and_logo(two):
    write(two.nora, branding.change_branding, {"accent": "#1d4ed8"})
    logo = write(two.nora, branding.save_logo, svg())
    make_invoice(two.nora, two.ada)
    made = receipt(two, make_payment(two.nora, two.ada))
    assert (made.head.accent, made.head.logo) == ("#1d4ed8", logo.printed)
    about = opened(made)
    assert about.trailer["/Root"]["/MarkInfo"]["/Marked"]
    data = about.xmp_metadata.stream.get_data()
    assert b"<pdfuaid:part>1" in data
    assert b"<pdfaid:part>3" in data
    assert about.metadata.title == made.name.removesuffix(".pdf")


@pytest.mark.parametrize("typed", ['#read("/etc/passwd")', "]#", "$x$ *bold*", "Nice 😀 day", "\u202egnirts"])
def test_what_people_type_is_printed_literally(two, typed):
    company = make_customer(two.nora, f"Firm {typed}")
    make_invoice(two.nora, company)
    found = " ".join(lines(receipt(two, make_payment(two.nora, company, reference=typed))))
    assert found.count(typed.replace("😀", "").strip("\u202e").split()[0]) >= 2


def test_a_payment_of_many_invoices_goes_on_on_the_next_page(two):
    count = 45
    for _ in range(count):
        make_invoice(two.nora, two.ada, "1.00")
    made = receipt(two, make_payment(two.nora, two.ada, f"{count}.00"))
    pages = [page.extract_text() for page in opened(made).pages]
    assert len(pages) == 2
    assert all("Invoice Amount" in page for page in pages)
    assert "Amount paid $45.00" in pages[-1]
    assert "\n".join(pages).count("INV-") == count


def test_who_may_know_of_one_invoice_reads_of_no_other(two):
    mine, other = (make_invoice(two.nora, two.ada, "100.00", due_on=in_days(days)) for days in (5, 9))
    payment = make_payment(two.nora, two.ada, "150.00", parts={mine: "100.00", other: "0"})
    write(two.nora, apply_payment, payment, other)
    assert [part.invoice_id for part in receipt(two, payment).parts] == [mine, other]
    narrow = receipt(two, payment, only=mine)
    assert [part.invoice_id for part in narrow.parts] == [mine]
    assert narrow.rest == [("On account", "$50.00")]
    assert "INV-0002" not in " ".join(lines(narrow))


def test_another_partners_payment_has_none(two):
    payment = make_payment(two.nora, two.ada)
    for verb in (receipt_of, send_receipt):
        with pytest.raises(NotFound):
            write(two.sol, verb, payment)


# ---------------------------------------------------------------- sending it once more


def receipts(two) -> list[dict]:
    return till.letters(two.nora, "receipt")


def test_the_letter_brings_the_receipt_along(two):
    payment = make_payment(two.nora, two.ada)
    assert [letter["attach"] for letter in receipts(two)] == [[payment]]


def test_a_receipt_that_nobody_got_yet_is_sent_when_asked(two):
    payment = make_payment(two.nora, two.ada, receipt=False)
    assert read(two.nora, payment_view, payment).receipt == ""
    assert write(two.mia, send_receipt, payment) == "Ada Quill"
    assert read(two.nora, payment_view, payment).receipt == "On its way to Ada Quill"
    assert till.notes(two.nora, payment, "payment.receipt_sent") == ["Ada Quill"]


def test_a_second_click_sends_nothing_more_and_later_on_it_goes_out_again(two):
    payment = make_payment(two.nora, two.ada)
    for _ in range(2):
        assert write(two.nora, send_receipt, payment) == "Ada Quill"
    assert len(receipts(two)) == 1, "the first is on its way still"
    assert deliver_due() > 0
    write(two.nora, send_receipt, payment)
    assert len(receipts(two)) == 1, "it left a moment ago"
    with time_machine.travel(clock.now() + timedelta(seconds=20)):
        for _ in range(2):
            write(two.nora, send_receipt, payment)
    assert len(receipts(two)) == 2
    assert receipts(two)[1]["attach"] == [payment]


def test_it_goes_to_whoever_gets_billing_emails_now(two):
    payment = make_payment(two.nora, two.ada)
    assert deliver_due() > 0
    write(two.nora, people.add_contact, two.ada, user("Ben Ochre", mail_billing=True))
    with time_machine.travel(clock.now() + timedelta(seconds=20)):
        assert write(two.nora, send_receipt, payment) == "Ada Quill, Ben Ochre"
    assert [name for name, _ in receipts(two)[1]["to"]] == ["Ada Quill", "Ben Ochre"]


def test_where_nobody_gets_billing_emails_that_is_said(two):
    ada = contacts(two.nora, two.ada)[0]
    write(two.nora, people.change_contact, ada.id, people.contact_of(ada) | {"mail_billing": False}, confirmed=True)
    payment = make_payment(two.nora, two.ada)
    with pytest.raises(Conflict, match="Nobody at Ada Interiors gets billing emails"):
        write(two.nora, send_receipt, payment)
    assert receipts(two) == []


def test_a_receipt_sent_by_hand_passes_those_that_go_out_by_themselves(two):
    by_itself, by_hand = make_payment(two.nora, two.ada), make_payment(two.nora, two.ada, receipt=False)
    write(two.nora, send_receipt, by_hand)
    mails = [row for row in till.everything(two.nora, Effect) if row.kind == "email"]
    assert {row.about: row.lane for row in mails if row.about in (by_itself, by_hand)} == {
        by_itself: "bulk",
        by_hand: "now",
    }
