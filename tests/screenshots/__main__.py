"""`make screenshots`: the README's pictures, taken of the demo company in a real Chromium, beside this file."""

import contextlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import install_browser
from tests.browser import chromium_path
from tests.screenshots.small import small
from tests.server import Server, running

HERE = Path(__file__).resolve().parent
OWNER = ("demo@arbill.example", "demo-arbill")
CONTACT = "sam@evergreen.example"
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
STILL = {"device_scale_factor": 1, "color_scheme": "light", "reduced_motion": "reduce", "locale": "en-US"}
# A toast that is just fading is nobody's business, nor is what the pointer happens to rest on.
QUIET = "[data-sonner-toaster] { display: none } * { caret-color: transparent !important }"


def customers(page: Page) -> None:
    page.goto("/customers")
    page.get_by_role("link", name="Bluebird Dental").wait_for()


def customer(page: Page) -> None:
    customers(page)
    page.get_by_role("link", name="Bluebird Dental").click()
    page.get_by_role("heading", name="Bluebird Dental", level=1).wait_for()


def create_invoice(page: Page) -> None:
    """Two lines with a discount and a tax, and the paper that follows them."""
    page.goto("/invoices/new")
    page.get_by_role("combobox", name="Customer", exact=True).fill("bluebird")
    page.get_by_role("option", name="Bluebird Dental").click()
    page.get_by_role("button", name="Itemise").click()
    _line(page, 1, "Managed IT, per seat", "12", "38.50", "", "7.5")
    page.get_by_role("button", name="Add line").click()
    _line(page, 2, "Practice server, set up on site", "6", "145.00", "10%", "7.5")
    page.get_by_label("Memo", exact=True).fill("December managed IT services")
    page.get_by_role("complementary", name="Preview").get_by_text("$1,338.38").wait_for()


def _line(page: Page, number: int, *texts: str) -> None:
    line = page.get_by_role("group", name=f"Line {number}", exact=True)
    for label, text in zip(("Description", "Quantity", "Unit price", "Discount", "Tax rate"), texts, strict=True):
        line.get_by_label(label, exact=True).fill(text)


def payments(page: Page) -> None:
    page.goto("/payments")
    page.get_by_role("cell", name="Bluebird Dental").first.wait_for()


def portal(page: Page) -> None:
    """Signed in with the code from the outbox."""
    page.goto("/portal")
    page.get_by_label("Email").fill(CONTACT)
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code", exact=True).wait_for()
    outbox = page.context.new_page()
    outbox.goto("/outbox")
    letter = outbox.get_by_role("article").filter(has_text=f"<{CONTACT}>").first.inner_text()
    outbox.close()
    code = re.search(r"\b\d{6}\b", letter)
    assert code, letter
    page.get_by_label("Code", exact=True).fill(code[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=re.compile("^Pay ")).wait_for()


PICTURES: tuple[tuple[Callable[[Page], None], dict[str, Any]], ...] = (
    (customers, DESK),
    (customer, DESK),
    (create_invoice, DESK),
    (payments, DESK),
    (portal, PHONE),
)


def main() -> int:
    if not install_browser.ensure():
        return 1
    with tempfile.TemporaryDirectory() as home, running(Path(home), demo=True) as server, chromium() as browser:
        cookie = server.cookie(*OWNER)
        for show, how in PICTURES:
            file = HERE / f"{show.__name__.replace('_', '-')}.png"
            file.write_bytes(small(picture(browser, server, cookie, show, how)))
            print(f"{file.name:<20} {file.stat().st_size / 1024:4.0f} KB", flush=True)
    return 0


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


def picture(browser: Browser, server: Server, cookie: str, show: Callable[[Page], None], how: dict[str, Any]) -> bytes:
    context = browser.new_context(base_url=server.origin, **how, **STILL)
    if how is DESK:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": server.origin}])
    page = context.new_page()
    show(page)
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.add_style_tag(content=QUIET)
    page.evaluate("() => (document.activeElement.blur(), document.fonts.ready.then(() => true))")
    shot = page.screenshot(animations="disabled", caret="hide")
    context.close()
    return shot


if __name__ == "__main__":
    sys.exit(main())
