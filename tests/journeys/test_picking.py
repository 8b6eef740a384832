"""Downloads leave a tab alone, and what is ticked is what a verb is done to, whatever happens to the connection."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.journeys.conftest import Opens
from tests.server import Server

BLUEBIRD, CAPILANO, CEDAR = "Bluebird Dental", "Capilano Ferns", "Cedar Point Logistics"


def box(page: Page, company: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {company}")


def tick(page: Page, *companies: str) -> None:
    for company in companies:
        box(page, company).check()
    expect(page.get_by_text(f"{len(companies)} selected")).to_be_visible()


def ticked(page: Page) -> list[str]:
    return [row.get_attribute("aria-label") or "" for row in page.locator("td input:checked").all()]


def watched(page: Page) -> list[str]:
    """Reloads; the list gets the address of each websocket that is closed afterwards."""
    closed: list[str] = []
    page.on("websocket", lambda socket: socket.on("close", lambda _: closed.append(socket.url)))
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return closed


def saves(page: Page, link: Locator, name: str) -> None:
    with page.expect_download() as waiting:
        link.click()
    assert re.fullmatch(name, waiting.value.suggested_filename)
    assert waiting.value.path().stat().st_size > 0


def drop_connection(page: Page) -> None:
    """As when a link is followed: Reflex closes the websocket and waits for the next page."""
    with page.expect_console_message(lambda said: "Disconnect websocket" in said.text):
        page.evaluate("dispatchEvent(new Event('beforeunload'))")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/customers", r"customers-[\d-]+\.csv"),
        ("/invoices", r"invoices-[\d-]+\.csv"),
        ("/payments", r"payments-[\d-]+\.csv"),
        ("/settings/security", r"security-[\d-]+\.csv"),
    ],
)
def test_an_export_leaves_the_tab_alone(opens: Opens, path: str, name: str) -> None:
    page = opens(path)
    expect(page.locator("tbody tr:not([aria-hidden])").first).to_be_visible()
    closed = watched(page)
    expect(page.locator("tbody tr:not([aria-hidden])").first).to_be_visible()
    closed.clear()
    for _ in range(2):
        saves(page, page.get_by_role("link", name="Export"), name)
    expect(page).to_have_url(re.compile(f"{path}$"))
    assert closed == []


def test_invoices_as_paper_leave_the_tab_alone(opens: Opens) -> None:
    page = opens("/invoices?tab=open")
    expect(page.locator("tbody a.cover").first).to_be_visible()
    closed = watched(page)
    page.locator("tbody input[name=pick]").first.check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    closed.clear()
    saves(page, page.get_by_role("link", name="Download"), r"invoices-[\d-]+\.zip")
    page.locator("tbody a.cover").first.click()
    saves(page, page.get_by_role("link", name="Download PDF"), r"Invoice .+\.pdf")
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible()
    assert closed == []


def test_what_is_selected_outlives_an_export(opens: Opens) -> None:
    page = opens("/customers")
    tick(page, BLUEBIRD, CAPILANO)
    saves(page, page.get_by_role("link", name="Export"), r"customers-[\d-]+\.csv")
    box(page, CEDAR).check()
    expect(page.get_by_text(f"{BLUEBIRD}, {CAPILANO}, {CEDAR}", exact=True)).to_be_visible()
    assert ticked(page) == [f"Select {company}" for company in (BLUEBIRD, CAPILANO, CEDAR)]


def test_a_download_that_fails_says_why(opens: Opens) -> None:
    page = opens("/customers")
    tick(page, BLUEBIRD)

    def nowhere(route: Route) -> None:
        route.continue_(url=route.request.url.replace("customers.csv", "invoice/inv_nowhere.pdf"))

    page.route("**/export/customers.csv*", nowhere)
    page.get_by_role("link", name="Export").click()
    said = page.get_by_role("alert").filter(has_text="There is no such page.")
    expect(said).to_be_visible()
    said.get_by_role("button", name="Dismiss").click()
    expect(said).to_be_hidden()
    expect(page.get_by_text("1 selected")).to_be_visible()
    assert ticked(page) == [f"Select {BLUEBIRD}"]


def test_ticks_follow_the_server_after_a_lost_connection(opens: Opens) -> None:
    page = opens("/customers")
    tick(page, BLUEBIRD, CAPILANO)
    drop_connection(page)
    box(page, CAPILANO).uncheck()
    box(page, CEDAR).check()
    expect(page.get_by_text(f"{BLUEBIRD}, {CEDAR}", exact=True)).to_be_visible()
    expect(box(page, CAPILANO)).not_to_be_checked()
    assert ticked(page) == [f"Select {BLUEBIRD}", f"Select {CEDAR}"]
    page.get_by_role("button", name="Archive").click()
    asked = page.get_by_role("dialog", name="Archive customers")
    expect(asked.get_by_text(f"Archive 2 customers: {BLUEBIRD}, {CEDAR}", exact=True)).to_be_visible()
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_be_hidden()
    expect(page.get_by_role("link", name=BLUEBIRD)).to_be_visible()


def test_a_server_that_begins_anew_shows_no_tick_of_before(opens: Opens, server: Server) -> None:
    """Its tabs are gone with it: nothing is selected, and nothing looks selected."""
    page = opens("/customers")
    tick(page, BLUEBIRD, CAPILANO)
    server.shoot()
    server.start()
    expect(page.get_by_text("2 selected")).to_be_hidden(timeout=30_000)
    expect(page.locator("td input:checked")).to_have_count(0)
    tick(page, CEDAR)
    page.get_by_role("button", name="Archive").click()
    asked = page.get_by_role("dialog", name="Archive customers")
    expect(asked.get_by_text(f"Archive 1 customer: {CEDAR}", exact=True)).to_be_visible()


def test_more_than_five_are_counted(opens: Opens) -> None:
    page = opens("/customers?status=active")
    expect(page.get_by_role("link", name=BLUEBIRD)).to_be_visible()
    page.get_by_role("checkbox", name="Select all on this page").check()
    expect(page.get_by_text(" selected")).to_be_visible()
    names = page.locator("tbody a.cover").all_inner_texts()
    page.get_by_role("button", name="Archive").click()
    asked = page.get_by_role("dialog", name="Archive customers")
    said = f"Archive {len(names)} customers: {', '.join(names[:5])} … and {len(names) - 5} more"
    expect(asked.get_by_text(said, exact=True)).to_be_visible()
    asked.get_by_role("button", name="Cancel").click()
    page.get_by_role("checkbox", name="Select all on this page").uncheck()
    expect(page.locator("td input:checked")).to_have_count(0)
