"""The database goes away while a page is loading: it says so, and is there by itself when the database is back."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from arbill_app.dashboard.shell.notices import notice
from arbill_app.kernel.db.outages import AWAY
from tests.journeys.conftest import Opens


class Outage:
    """What the browser hears while the database is away: a notice instead of rows, and that nothing is ready."""

    def __init__(self) -> None:
        self.over = False

    def lay(self, page: Page) -> None:
        page.route_web_socket(re.compile("/_event"), self._socket)
        page.route("**/readyz", self._readiness)

    def _socket(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def to_browser(message: Any) -> None:
            if not self.over and '"loading_rx_state_":false' in str(message).replace(" ", ""):
                update = {"delta": notice(str(AWAY)), "events": [], "final": True}
                message = "42/_event," + json.dumps(["event", update])
            browser.send(message)

        server.on_message(to_browser)

    def _readiness(self, route: Route) -> None:
        state = "ok" if self.over else "fail"
        route.fulfill(status=200 if self.over else 503, json={"checks": {"database": {"state": state}}})


@pytest.mark.parametrize("path", ["/customers", "/invoices", "/"])
def test_rows_that_could_not_be_loaded_come_when_the_database_is_back(opens: Opens, path: str) -> None:
    page, outage = opens("/healthz"), Outage()
    outage.lay(page)
    page.goto(path)
    expect(page.get_by_text(str(AWAY))).to_be_visible()
    expect(page.locator(".bone").first).to_be_visible()
    page.wait_for_timeout(3000)
    expect(page.locator(".bone").first).to_be_visible()
    outage.over = True
    expect(page.locator(".bone")).to_have_count(0, timeout=15_000)
    expect(page.get_by_text("No customers yet")).to_have_count(0)
