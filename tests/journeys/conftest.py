"""A real Chromium against a real arbill with the demo company in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, expect, sync_playwright

from arbill_app.kernel.db import transactions
from arbill_app.kernel.settings import settings
from tests import world
from tests.browser import chromium_path
from tests.server import Server, running

OWNER = ("demo@arbill.example", "demo-arbill")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# What a browser says of a page that is not there, and of a server that was stopped on purpose.
EXPECTED = ("404", "WebSocket connection", "WebSocket is already in CLOSING", "ERR_CONNECTION_REFUSED", "422", "503")

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("journeys"), demo=True) as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        forget()
        yield started
        transactions.engine().dispose()
    forget()


def forget() -> None:
    settings.cache_clear()
    transactions.engine.cache_clear()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def owner_cookie(server: Server) -> str:
    return server.cookie(*OWNER)


Opens = Callable[..., Page]


@pytest.fixture
def opens(browser: Browser, server: Server, owner_cookie: str) -> Iterator[Opens]:
    """`opens("/customers")`: a browser of the owner's, with `cookie=` somebody else's. Its console must stay quiet."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(path: str = "/customers", cookie: str | None = None, **how: Any) -> Page:
        how = {"viewport": {"width": 1440, "height": 900}, "base_url": server.origin} | how
        context = browser.new_context(**how)
        contexts.append(context)
        name, _, value = (owner_cookie if cookie is None else cookie).partition("=")
        if value:
            context.add_cookies([{"name": name, "value": value, "url": server.origin, "httpOnly": True}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("dialog", _no_dialogs)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [said for said in complaints if not any(known in said for known in EXPECTED)] == []


def _no_dialogs(dialog: Dialog) -> None:
    raise AssertionError(f"a browser dialog: {dialog.message}")


@pytest.fixture
def page(opens: Opens) -> Page:
    return opens()


@pytest.fixture(scope="session")
def stranger_cookie(server: Server) -> str:
    """The owner of another partner."""
    world.make_partner("Southgate", "Sol South", "sol@southgate.example")
    return server.cookie("sol@southgate.example", world.PASSWORD)


# ---------------------------------------------------------------- steps that many journeys take

ADDRESS = {"Address": "480 Juniper Street", "City": "Columbus", "State/Province": "Ohio", "ZIP/Postal Code": "43215"}


def modal(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Add customer")


def fill(where: Locator, **values: str) -> None:
    for label, value in values.items():
        where.get_by_label(label, exact=True).fill(value)


def start(page: Page, company: str, **changes: str) -> Locator:
    """Step one, up to Continue."""
    page.get_by_role("button", name="Add customer", exact=True).click()
    dialog = modal(page)
    fill(dialog, Company=company, **(ADDRESS | changes))
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("button", name="Create Customer")).to_be_visible()
    return dialog


def finish(dialog: Locator, email: str, first: str = "Rowan", last: str = "Pike") -> None:
    fill(dialog, **{"First name": first, "Last name": last, "Email": email})
    dialog.get_by_role("button", name="Create Customer").click()


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def profile_of(server: Server, company: str) -> str:
    """The address of a demo customer's profile."""
    from sqlmodel import select

    from arbill_app.customers.models import Customer

    with transactions.across_partners() as session:
        return "/customers/" + session.scalars(select(Customer).where(Customer.company == company)).one().id
