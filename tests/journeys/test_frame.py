"""The frame: signing in and out, lost pages and connections, theme, keys; and that everybody can use every screen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OWNER, Opens, fill, modal, profile_of
from tests.server import Server

SCREENS = ("/", "/customers", "/customers/labels", "/settings", "/account", "/nothing/here", "PROFILE")
DOORS = ("/login", "/forgot", "/join", "/outbox", "/portal")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_signing_in_and_out(opens: Opens) -> None:
    page = opens("/customers?status=setup", cookie="")
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("Email").fill(OWNER[0])
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("That email and password do not match.")
    expect(page.get_by_label("Email")).to_have_value(OWNER[0])
    page.get_by_label("Password").fill(OWNER[1])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/customers\?status=setup"))
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login"))
    page.goto("/customers")
    expect(page).to_have_url(re.compile("/login"))


def test_a_forgotten_password_is_set_anew_by_the_mail(opens: Opens, server: Server) -> None:
    from tests import world

    world.make_partner("Forgetful", "Flo Fern", "flo@forgetful.example")
    page = opens("/login", cookie="")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill("flo@forgetful.example")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_text("Check your email")).to_be_visible()
    page.goto("/outbox")
    page.get_by_role("link", name="Set a new password").first.click()
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 10 characters")
    page.get_by_label("Password").fill("seven brass kettles")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(server.origin + "/")


def test_a_lost_connection_is_said_and_mended(opens: Opens, server: Server) -> None:
    page = opens("/customers")
    expect(page.get_by_role("link", name="Bluebird Dental")).to_be_visible()
    server.stop()
    expect(page.get_by_text(re.compile("Cannot connect to server|Connection"))).to_be_visible(timeout=30_000)
    server.start()
    page.get_by_role("tab", name="Archived").click()
    expect(page).to_have_url(re.compile("status=archived"))
    expect(page.get_by_role("row").filter(has_text="Archived").first).to_be_visible(timeout=30_000)


def test_a_page_that_does_not_exist(opens: Opens) -> None:
    page = opens("/nothing/here")
    expect(page.get_by_text("This page does not exist")).to_be_visible()
    page.get_by_role("link", name="Go to Customers").click()
    expect(page.get_by_role("heading", name="Customers", exact=True)).to_be_visible()


def test_the_theme_is_chosen_and_stays(page: Page) -> None:
    for theme, dark in (("Dark theme", True), ("Light theme", False)):
        page.get_by_role("button", name="Your account").click()
        page.get_by_role("menuitem", name=theme).click()
        expect(page.locator("html")).to_have_class(re.compile("dark" if dark else "light"))
        page.reload()
        expect(page.get_by_role("link", name="Bluebird Dental")).to_be_visible()
        expect(page.locator("html")).to_have_class(re.compile("dark" if dark else "light"))


def test_the_shortcuts_are_listed(page: Page) -> None:
    expect(page.get_by_role("link", name="Bluebird Dental")).to_be_visible()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Search or jump to")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_menus_work_by_keyboard_and_give_the_focus_back(page: Page) -> None:
    button = page.get_by_role("button", name="Your account")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Your profile")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Light theme")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def settled(page: Page, path: str) -> None:
    if path in DOORS:
        expect(page.locator("h1")).to_be_visible()
        return
    expect(page.locator(".org span")).not_to_be_empty()
    expect(page.locator(".bone")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*SCREENS, *DOORS])
def test_axe_finds_nothing(opens: Opens, server: Server, path: str, scheme: str) -> None:
    at = profile_of(server, "Bluebird Dental") if path == "PROFILE" else path
    page = opens(at, cookie="" if path in DOORS else None, color_scheme=scheme)
    settled(page, path)
    complain_not(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_modal(opens: Opens, scheme: str) -> None:
    page = opens("/customers?add=1", color_scheme=scheme)
    modal(page).get_by_role("button", name="Continue").click()
    expect(modal(page).get_by_text("Enter the company name.")).to_be_visible()
    modal(page).get_by_text("More details").click()
    expect(modal(page).get_by_label("Tax ID")).to_be_visible()
    complain_not(page)
    fill(
        modal(page),
        Company=f"Axe {scheme}",
        Address="1 A",
        City="Columbus",
        **{"State/Province": "OH", "ZIP/Postal Code": "43215"},
    )
    modal(page).get_by_role("button", name="Continue").click()
    modal(page).get_by_role("button", name="Create Customer").click()
    expect(modal(page).get_by_text("Enter the first name.")).to_be_visible()
    complain_not(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_while_editing(opens: Opens, server: Server, scheme: str) -> None:
    page = opens(profile_of(server, "Bluebird Dental"), color_scheme=scheme)
    for name in ("business information", "shipping address", "tax settings", "tags and group"):
        page.get_by_role("button", name=f"Edit {name}").click()
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
        complain_not(page)
    page.get_by_role("button", name="+ New Contact").click()
    expect(page.get_by_role("dialog", name="New contact")).to_be_visible()
    complain_not(page)


def complain_not(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": LEVELS}})
    said = [f"{v['id']}: {[node['html'][:160] for node in v['nodes'][:3]]}" for v in found.response["violations"]]
    assert said == []


@pytest.mark.parametrize("width", [768, 390])
@pytest.mark.parametrize("path", [*SCREENS, *DOORS])
def test_nothing_runs_out_of_a_narrow_window(opens: Opens, server: Server, path: str, width: int) -> None:
    at = profile_of(server, "Bluebird Dental") if path == "PROFILE" else path
    page = opens(at, cookie="" if path in DOORS else None, viewport={"width": width, "height": 844})
    settled(page, path)
    box = page.locator("body").bounding_box()
    assert box
    assert box["width"] <= width
    assert page.locator("html").evaluate("html => html.scrollWidth") <= width
