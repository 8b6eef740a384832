"""An invoice sent, called back, voided, credited and duplicated in the dashboard; French for a French customer."""

import io
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import Opens, section
from tests.journeys.test_create_invoice import NEW, choose, create, pdf_text
from tests.server import Server

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]}


def invoiced(opens: Opens, company: str = "Bluebird Dental", amount: str = "120.00", memo: str = "Call-out") -> Page:
    """The page of a new invoice."""
    page = opens(NEW)
    choose(page, company.split()[0].lower(), company)
    page.get_by_label("Amount", exact=True).fill(amount)
    page.get_by_label("Memo", exact=True).fill(memo)
    create(page)
    return page


def press(page: Page, verb: str) -> None:
    page.get_by_role("main").get_by_role("button", name=verb, exact=True).click()


def test_sent_to_two_people_and_called_back(opens: Opens) -> None:
    page = invoiced(opens, "Alder & Finch Law")
    press(page, "Send")
    dialog = page.get_by_role("dialog", name=re.compile("Send INV-"))
    for name in ("Ines Moreau", "Hal Finch"):
        expect(dialog.get_by_role("checkbox", name=name)).to_be_checked()
    dialog.get_by_label("CC", exact=True).fill("not an address")
    dialog.get_by_role("button", name="Send invoice").click()
    expect(dialog.get_by_text("not an address is not an email address.")).to_be_visible()
    dialog.get_by_label("CC", exact=True).fill("books@accountant.example")
    dialog.get_by_role("button", name="Send invoice").click()
    expect(page.get_by_text(re.compile(r"INV-\d+ sent to 3? ?2? ?people|INV-\d+ sent to"))).to_be_visible()
    messages = section(page, "Messages")
    expect(messages).to_contain_text("Ines Moreau, Hal Finch")
    expect(messages).to_contain_text("books@accountant.example")
    messages.get_by_role("button", name="Undo").click()
    expect(messages).to_contain_text("Taken back")
    expect(section(page, "What happens next")).to_contain_text("Not sent yet")


def test_what_is_sent_arrives_once_with_its_paper(opens: Opens, server: Server) -> None:
    page = invoiced(opens, memo="Arrives once")
    number = page.get_by_role("heading", level=1).inner_text().removeprefix("Invoice ")
    # Bluebird Dental has its invoices sent by themselves: this one is on its way already.
    expect(section(page, "Messages")).to_contain_text("Ada Quill")
    outbox = opens("/outbox")
    letters = outbox.get_by_role("article").filter(has_text=f"Invoice {number} from")
    expect(letters).to_have_count(1)
    paper = letters.get_by_role("link", name=re.compile(r"\.pdf")).get_attribute("href")
    assert paper
    text = PdfReader(io.BytesIO(httpx.get(server.origin + paper).content)).pages[0].extract_text()
    assert number in text
    assert "Arrives once" in text


def test_a_void_invoice_is_owed_no_more_and_keeps_its_number(opens: Opens) -> None:
    page = invoiced(opens, "Foxglove Studio")
    heading = page.get_by_role("heading", level=1).inner_text()
    press(page, "Void")
    dialog = page.get_by_role("dialog", name=re.compile("Void"))
    dialog.get_by_label("Reason").fill("Ordered twice")
    dialog.get_by_role("button", name="Void invoice").click()
    expect(page.get_by_role("main")).to_contain_text("Voided")
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(section(page, "What happens next")).to_contain_text("Ordered twice")
    for verb in ("Send", "Void", "Credit", "Charge", "Record payment", "Copy payment link"):
        expect(page.get_by_role("main").get_by_role("button", name=verb, exact=True)).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("button", name="Duplicate", exact=True)).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Download PDF", exact=True)).to_be_visible()


def test_a_credit_note_settles_part_of_it(opens: Opens) -> None:
    page = invoiced(opens, "Old Canal Books")
    press(page, "Credit")
    dialog = page.get_by_role("dialog", name=re.compile("Credit"))
    dialog.get_by_label("Amount", exact=True).fill("999")
    dialog.get_by_label("Reason", exact=True).select_option("Goodwill")
    dialog.get_by_role("button", name="Create credit note").click()
    expect(dialog.get_by_text("Enter at most $120.00")).to_be_visible()
    dialog.get_by_label("Amount", exact=True).fill("20")
    dialog.get_by_role("button", name="Create credit note").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"CN-\d{4}"))
    expect(page.get_by_role("main")).to_contain_text("$100.00")
    expect(page.get_by_role("main")).to_contain_text("Partly paid")


def test_a_duplicate_is_a_draft_of_its_own(opens: Opens) -> None:
    page = invoiced(opens, "Foxglove Studio", memo="Website care")
    first = page.url
    press(page, "Duplicate")
    expect(page).to_have_url(re.compile(r"/invoices/new\?draft=inv_\w+"))
    expect(page.get_by_label("Memo", exact=True)).to_have_value("Website care")
    expect(page.get_by_label("Amount", exact=True)).to_be_focused()
    page.get_by_label("Amount", exact=True).fill("130")
    create(page)
    assert page.url != first
    expect(page.get_by_role("main")).to_contain_text("$130.00")


def test_a_french_customer_gets_french(opens: Opens, server: Server, owner_cookie: str) -> None:
    page = invoiced(opens, "Clinique Beaulieu", memo="Téléphonie")
    press(page, "Send")
    dialog = page.get_by_role("dialog", name=re.compile("Send"))
    expect(dialog.get_by_text("In French")).to_be_visible()
    expect(dialog.get_by_text(re.compile(r"Facture .* de Northgate IT"))).to_be_visible()
    frame = dialog.frame_locator("iframe")
    expect(frame.locator("body")).to_contain_text("Bonjour")
    text = pdf_text(server, owner_cookie, page)
    for words in ("Facture", "Date d’échéance", "Téléphonie", "TVH 14,975", "120,00"):
        assert words in text, text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_assistive_technology(opens: Opens, scheme: str) -> None:
    page = opens("/invoices", color_scheme=scheme)
    expect(page.get_by_role("link", name=re.compile("INV-")).first).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.get_by_role("link", name=re.compile("INV-")).first.click()
    expect(page.get_by_role("region", name="What happens next")).to_be_visible()
    assert Axe().run(page, options=RULES).response["violations"] == []
    page.goto(NEW)
    choose(page, "bluebird", "Bluebird Dental")
    page.get_by_role("button", name="Itemise").click()
    assert Axe().run(page, options=RULES).response["violations"] == []
