"""One person, two companies: invited to the second one, switching between them, tabs that follow."""

import pytest
from playwright.sync_api import Page, expect

from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import write
from arbill_app.partners import commands as partners
from tests import world
from tests.journeys.conftest import Opens
from tests.server import Server


@pytest.fixture
def two_jobs(server: Server) -> str:
    """The address of somebody who works for Alder Books and is invited to Birch Tools."""
    email = world.unused_email("iris")
    alder = world.make_partner("Alder Books", "Iris Alder", email)
    world.make_customer(alder, "Reader One")
    birch = world.make_partner("Birch Tools", "Bo Birch")
    world.make_customer(birch, "Carpenter Two")
    write(birch, partners.invite_staff, {"name": "Iris B.", "email": email}, Role.MEMBER)
    return email


def company(page: Page, name: str) -> None:
    expect(page.locator(".org")).to_have_text(name)


def switch(page: Page, to: str) -> None:
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitemradio", name=to).click()
    company(page, to)


def test_joining_a_second_company_and_switching(opens: Opens, two_jobs: str) -> None:
    page = opens(f"/join?token={world.token_to(two_jobs)}", cookie="")
    expect(page.get_by_role("heading")).to_have_text("Join Birch Tools")
    page.get_by_label("Password").fill("not mine at all")
    page.get_by_role("button", name="Sign in and join").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not your password.")
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in and join").click()
    company(page, "Birch Tools")
    expect(page.get_by_role("link", name="Settings", exact=True)).to_be_hidden()

    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_role("menuitemradio", checked=True)).to_have_text("Birch Tools")
    page.keyboard.press("Escape")
    other = page.context.new_page()
    other.goto("/customers")
    expect(other.get_by_role("link", name="Carpenter Two")).to_be_visible()

    switch(page, "Alder Books")
    company(other, "Alder Books")  # by itself
    expect(other.get_by_role("link", name="Reader One")).to_be_visible()
    expect(other.get_by_text("Carpenter Two")).to_be_hidden()
    expect(page.get_by_role("link", name="Settings", exact=True)).to_be_visible()

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_label("Email").fill(two_jobs)
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    company(page, "Alder Books")


def test_who_works_for_one_company_is_offered_no_switch(opens: Opens) -> None:
    page = opens("/customers")
    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    expect(page.get_by_text("Switch company")).to_be_hidden()
