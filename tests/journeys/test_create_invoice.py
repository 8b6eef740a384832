"""An invoice created in the dashboard: by keyboard, itemised, with a new customer on the spot, from a draft."""

import io
import re

import httpx
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.journeys.conftest import ADDRESS, Opens, fill, finish, modal
from tests.server import Server

NEW = "/invoices/new"
ISSUED = re.compile(r"/invoices/inv_\w+$")
HEADING = re.compile(r"Invoice INV-\d{4}")


def customer_box(page: Page) -> Locator:
    """Focused once the page is ready."""
    box = page.get_by_role("combobox", name="Customer", exact=True)
    expect(box).to_be_focused()
    return box


def choose(page: Page, words: str, company: str) -> None:
    box = customer_box(page)
    box.fill(words)
    page.get_by_role("option", name=company).click()
    expect(box).to_have_value(company)
    expect(preview(page)).to_contain_text(company)


def preview(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Preview")


def line(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=f"Line {number}", exact=True)


def fill_line(page: Page, number: int, *texts: str) -> None:
    labels = ("Description", "Quantity", "Unit price", "Discount", "Tax rate")
    for label, text in zip(labels, texts, strict=False):
        if text:
            line(page, number).get_by_label(label, exact=True).fill(text)


def create(page: Page) -> str:
    """Presses Create invoice; the number on the page that follows."""
    page.get_by_role("button", name="Create invoice", exact=True).click()
    expect(page).to_have_url(ISSUED)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(HEADING)
    return heading.inner_text().removeprefix("Invoice ")


def pdf_text(server: Server, cookie: str, page: Page) -> str:
    invoice_id = page.url.rpartition("/")[2]
    answer = httpx.get(f"{server.origin}/export/invoice/{invoice_id}.pdf", headers={"cookie": cookie})
    assert answer.status_code == 200, answer.text
    return " ".join(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.content)).pages).split())


def test_with_an_amount_only_by_keyboard_alone(opens: Opens, server: Server, owner_cookie: str) -> None:
    page = opens("/customers")
    expect(page.get_by_role("button", name="Add customer")).to_be_visible()
    page.locator("body").press("i")
    expect(page.get_by_role("combobox", name="Customer", exact=True)).to_be_focused()
    page.keyboard.type("bluebird")
    expect(page.get_by_role("option", name="Bluebird Dental")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Due date", exact=True)).to_be_focused()
    expect(preview(page)).to_contain_text("480 Juniper Street")
    page.get_by_label("Due date", exact=True).press("Tab")
    for _ in range(3):  # a date has a stop for month, day, year and calendar
        if page.get_by_label("Amount", exact=True).evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(page.get_by_label("Amount", exact=True)).to_be_focused()
    page.keyboard.type("1180")
    expect(preview(page)).to_contain_text("$1,180.00")
    page.keyboard.press("Tab")
    page.keyboard.type("December managed IT services")
    page.keyboard.press("Enter")
    expect(page).to_have_url(ISSUED)
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADING)
    text = pdf_text(server, owner_cookie, page)
    assert "Bluebird Dental" in text
    assert "December managed IT services" in text
    assert "$1,180.00" in text


def test_itemised_with_two_taxes_and_a_discount(opens: Opens, server: Server, owner_cookie: str) -> None:
    page = opens(NEW)
    choose(page, "bluebird", "Bluebird Dental")
    page.get_by_role("button", name="Itemise").click()
    fill_line(page, 1, "Server licences", "3", "19.99", "", "5")
    page.get_by_role("button", name="Add line").click()
    fill_line(page, 2, "On-site visit", "2.5", "95.00", "10%", "8.875")
    # 59.97 + 237.50 - 23.75, tax 5 % of 59.97 and 8.875 % of 213.75
    for words in ("$297.47", "-$23.75", "Tax 5.00%", "$3.00", "Tax 8.875%", "$18.97", "$295.69"):
        expect(preview(page)).to_contain_text(words)
    page.get_by_role("button", name="Move line 2", exact=True).press("ArrowUp")
    expect(line(page, 1).get_by_label("Description", exact=True)).to_have_value("On-site visit")
    create(page)
    expect(page.get_by_role("main")).to_contain_text("$295.69")
    text = pdf_text(server, owner_cookie, page)
    assert text.index("On-site visit") < text.index("Server licences")
    assert "$295.69" in text


def test_lines_are_dragged_into_order(opens: Opens) -> None:
    page = opens(NEW)
    choose(page, "bluebird", "Bluebird Dental")
    page.get_by_role("button", name="Itemise").click()
    for number, name in enumerate(("First", "Second", "Third"), 1):
        if number > 1:
            page.get_by_role("button", name="Add line").click()
        fill_line(page, number, name, "1", f"{number}.00")
    page.get_by_role("button", name="Move line 3", exact=True).drag_to(line(page, 1))
    for number, name in enumerate(("Third", "First", "Second"), 1):
        expect(line(page, number).get_by_label("Description", exact=True)).to_have_value(name)
    expect(preview(page).get_by_role("listitem").first).to_contain_text("Third")


def test_with_a_new_customer_on_the_spot(opens: Opens) -> None:
    page = opens(NEW)
    customer_box(page)
    page.get_by_label("Memo", exact=True).fill("Set-up")
    page.get_by_role("combobox", name="Customer", exact=True).fill("Juniper Labs")
    page.get_by_role("option", name="Add a new customer").click()
    dialog = modal(page)
    expect(dialog.get_by_label("Company", exact=True)).to_have_value("Juniper Labs")
    fill(dialog, **ADDRESS)
    dialog.get_by_role("button", name="Continue").click()
    finish(dialog, "june@juniperlabs.example")
    expect(page.get_by_role("combobox", name="Customer", exact=True)).to_have_value("Juniper Labs")
    expect(page.get_by_label("Memo", exact=True)).to_have_value("Set-up")
    page.get_by_label("Amount", exact=True).fill("50")
    create(page)
    expect(page.get_by_role("main")).to_contain_text("Juniper Labs")


def test_what_is_typed_survives_a_reload_and_a_draft_another_day(opens: Opens) -> None:
    page = opens(NEW)
    choose(page, "bluebird", "Bluebird Dental")
    page.get_by_role("button", name="Itemise").click()
    fill_line(page, 1, "Half a thought", "2", "12.50")
    expect(preview(page)).to_contain_text("$25.00")
    page.reload()
    expect(line(page, 1).get_by_label("Description", exact=True)).to_have_value("Half a thought")
    page.get_by_role("button", name="Save draft").click()
    expect(page).to_have_url(re.compile(r"/invoices/new\?draft=inv_\w+"))
    address = page.url
    elsewhere = opens(address)
    expect(elsewhere.get_by_role("combobox", name="Customer", exact=True)).to_have_value("Bluebird Dental")
    expect(line(elsewhere, 1).get_by_label("Unit price", exact=True)).to_have_value("12.50")
    create(elsewhere)
    page.goto(address)  # issued meanwhile: its page is the place to go
    expect(page).to_have_url(ISSUED)


def test_all_that_is_wrong_is_said_beside_its_field(opens: Opens) -> None:
    page = opens(NEW)
    page.get_by_role("button", name="Create invoice", exact=True).click()
    expect(page.get_by_text("Choose a customer.", exact=True)).to_be_visible()
    expect(page.get_by_role("combobox", name="Customer", exact=True)).to_be_focused()
    choose(page, "bluebird", "Bluebird Dental")
    page.get_by_label("Due date", exact=True).fill("2020-01-01")
    page.get_by_label("Amount", exact=True).fill("12.345")
    page.get_by_role("button", name="Create invoice", exact=True).click()
    for sentence in ("The due date must be today or later.", "USD has 2 decimals."):
        expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_label("Due date", exact=True)).to_be_focused()
    page.get_by_label("Amount", exact=True).fill("0")
    page.get_by_role("button", name="Create invoice", exact=True).click()
    expect(page.get_by_text("The amount must be greater than $0.00.")).to_be_visible()


def test_options_that_need_a_method_on_file_say_that_there_is_none(opens: Opens) -> None:
    page = opens(NEW)
    for name in ("Charge now", "Charge on due date", "Charge method on file"):
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_disabled()
    choose(page, "foxglove", "Foxglove Studio")
    expect(page.get_by_text("Foxglove Studio has no payment method on file.")).to_have_count(3)
    expect(page.get_by_role("radio", name="Charge later", exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name="Email payment link", exact=True)).to_be_enabled()
