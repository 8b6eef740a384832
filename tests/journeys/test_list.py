"""The customers list: found, narrowed, sorted, paged, and the same again after a reload."""

import csv
import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Opens
from tests.server import Server


def rows(page: Page) -> list[str]:
    return page.get_by_role("row").locator("a.cover").all_inner_texts()


def test_searching_any_part_whatever_case_and_accents(page: Page) -> None:
    find = page.get_by_role("searchbox", name="Search customers")
    for words, company in (
        ("LUEBIR", "Bluebird Dental"),
        ("boreal", "Boréal Arpentage"),
        ("ada@blue", "Bluebird Dental"),
    ):
        find.fill(words)
        expect(page.get_by_role("row").filter(has_text=company)).to_be_visible()
        expect(page.get_by_role("link", name="Evergreen Property Group")).to_be_hidden()
    find.fill("no such customer anywhere")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_role("link", name="Evergreen Property Group")).to_be_visible()


def test_the_address_says_what_is_shown(page: Page) -> None:
    page.get_by_label("Filter by tag").select_option(label="VIP")
    expect(page).to_have_url(re.compile("tag=tag_"))
    page.get_by_label("Filter by country").select_option(label="United States")
    expect(page).to_have_url(re.compile("country=US"))
    expect(page.get_by_role("link", name="Bluebird Dental")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="CA$")).to_have_count(0)
    before = rows(page)
    page.reload()
    expect(page.get_by_role("link", name="Bluebird Dental")).to_be_visible()
    assert rows(page) == before
    page.get_by_role("link", name="Clear").click()
    expect(page).to_have_url(re.compile("/customers$"))


def test_sorting_and_paging_lose_no_row(page: Page) -> None:
    expect(page.get_by_role("link", name="Next")).to_be_visible()
    first = rows(page)
    assert first == sorted(first, key=str.casefold) or "Boréal Arpentage" in first
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("after="))
    expect(page.get_by_text("51–")).to_be_visible()
    second = rows(page)
    assert second
    assert not set(first) & set(second)
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("1–50 of")).to_be_visible()
    assert rows(page) == first
    page.get_by_role("link", name="Company").click()
    expect(page.get_by_role("columnheader", name="Company")).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile("sort=-company"))
    page.go_back()
    expect(page.get_by_role("columnheader", name="Company")).to_have_attribute("aria-sort", "ascending")


def test_a_row_is_a_link_as_a_whole(page: Page) -> None:
    page.get_by_role("row").filter(has_text="Foxglove Studio").get_by_text("Projects").click(force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Foxglove Studio")


def test_several_at_once(page: Page) -> None:
    for company in ("Cedar Point Logistics", "Capilano Ferns"):
        page.get_by_role("checkbox", name=f"Select {company}").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(page.get_by_text("Capilano Ferns, Cedar Point Logistics", exact=True)).to_be_visible()
    page.get_by_label("Add tag").select_option(label="Retainer")
    expect(page.get_by_text("Tag added to 2 customers: Capilano Ferns, Cedar Point Logistics.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Capilano Ferns")).to_contain_text("Retainer")
    page.get_by_label("Set group").select_option(label="Trades")
    expect(page.get_by_role("row").filter(has_text="Cedar Point Logistics")).to_contain_text("Trades")
    both = "Capilano Ferns, Cedar Point Logistics"
    page.get_by_role("button", name="Archive").click()
    confirm(page, "Archive", f"Archive 2 customers: {both}")
    expect(page.get_by_text("2 customers archived.")).to_be_visible()
    expect(page.get_by_role("link", name="Capilano Ferns")).to_be_hidden()
    page.get_by_role("tab", name="Archived").click()
    page.get_by_role("checkbox", name="Select Capilano Ferns").check()
    page.get_by_role("checkbox", name="Select Cedar Point Logistics").check()
    page.get_by_role("button", name="Restore").click()
    confirm(page, "Restore", f"Restore 2 customers: {both}")
    expect(page.get_by_text("2 customers restored.")).to_be_visible()


def confirm(page: Page, verb: str, sentence: str) -> None:
    asked = page.get_by_role("dialog", name=f"{verb} customers")
    expect(asked.get_by_text(sentence, exact=True)).to_be_visible()
    asked.get_by_role("button", name=verb, exact=True).click()
    expect(asked).to_be_hidden()


def test_the_export_is_what_is_shown(page: Page) -> None:
    page.get_by_label("Filter by tag").select_option(label="VIP")
    expect(page).to_have_url(re.compile("tag=tag_"))
    expect(page.get_by_role("link", name="Evergreen Property Group")).to_be_hidden()
    shown = rows(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export").click()
    with open(waiting.value.path(), encoding="utf-8-sig", newline="") as file:
        exported = [row["Company"] for row in csv.DictReader(file)]
    assert exported == shown


def test_the_command_palette_jumps_to_a_customer(opens: Opens) -> None:
    page = opens("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Command palette")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("granite")
    expect(palette.get_by_role("option", name="Granite Peak Builders").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Granite Peak Builders")
    page.keyboard.press("Control+k")
    page.keyboard.type("new cust")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Add customer")).to_be_visible()


def test_another_partner_sees_nothing_of_it(opens: Opens, server: Server, stranger_cookie: str) -> None:
    from tests.journeys.conftest import profile_of

    page = opens("/customers", cookie=stranger_cookie)
    expect(page.get_by_text("No customers yet")).to_be_visible()
    page.goto("/customers?q=bluebird")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.goto(profile_of(server, "Bluebird Dental"))
    expect(page.get_by_text("This customer does not exist")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("bluebird")
    expect(page.get_by_text("Nothing found for “bluebird”.")).to_be_visible()
