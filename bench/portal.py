"""The portal from outside: what a customer's first screen downloads, and how long until it says what they owe."""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlmodel import select

from arbill_app.customers.models import Contact, Permission
from arbill_app.customers.portal_auth.sign_in import enter_code, send_code
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import Tx, across_partners, read, write
from arbill_app.kernel.message import opened
from arbill_app.kernel.money import Money
from arbill_app.portal.session import cookie_name
from tests.browser import chromium_path
from tests.server import Server

from .core import TIMES, percentiles, timed
from .paying import give_cards, owed_by, prepare_payments

LOADS = 11
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
KINDS = {"Document": "HTML", "Stylesheet": "CSS", "Script": "JavaScript", "Font": "fonts"}
# When what is looked for has been drawn, in ms since the browser set out for the page.
LOOK = """
window.drawnAt = new Promise(drawn => {
  const then = () => requestAnimationFrame(() => setTimeout(() => drawn(performance.now())));
  const look = () => document.querySelector(%s)?.getClientRects().length ? then() : requestAnimationFrame(look);
  look();
});
"""
Took = tuple[float, float]


@dataclass(frozen=True)
class Seat:
    """Somebody who is signed in: where their first screen is, and what it must say at its top."""

    path: str
    secret: str
    owes: str

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie_name(): self.secret}


def prepare_portal() -> Seat:
    """A customer with a card and six open invoices."""
    owner = prepare_payments(50)
    give_cards(owner)
    customer, currency, amounts = read(owner, owed_by)[0]
    owes = Money(sum(amounts.values()), currency).text()
    return Seat(f"/portal/{customer}", take_seat(owner, customer), owes)


def take_seat(owner: Actor, customer_id: str) -> str:
    """Lets the customer's contact do everything, and signs them in with the code of their letter: the secret."""
    email = write(owner, _allow_everything, customer_id)
    challenge = send_code(email)
    with across_partners() as session:
        letter = session.scalars(select(Effect).where(Effect.key == f"code:{challenge}")).one()
    return enter_code(challenge, opened(letter.payload)["values"]["code"])


def _allow_everything(tx: Tx, customer_id: str) -> str:
    contact = tx.first(tx.own(Contact).where(Contact.customer_id == customer_id))
    contact.permissions = [permission.value for permission in Permission]
    return str(contact.email)


# ---------------------------------------------------------------- by HTTP


def answers(server: Server, seat: Seat, path: str, times: int = TIMES) -> dict[str, Took]:
    """(p50, p95) ms of a page of this seat, and of the reference: a word from the same server."""
    with httpx.Client(base_url=server.origin, cookies=seat.cookies) as client:

        def ask(path: str) -> None:
            assert client.get(path).status_code == 200, path

        return {"screen": timed(lambda: ask(path), times), "reference: /healthz": timed(lambda: ask("/healthz"), times)}


# ---------------------------------------------------------------- in a browser


@dataclass(frozen=True)
class Looked:
    """`weight` is (bytes over the wire with their headers, how they are packed) by kind; `drawn` ms, cold and warm."""

    weight: dict[str, tuple[float, str]]
    cold: Took
    warm: Took
    reference: Took


def looked_at(server: Server, seat: Seat) -> Looked:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            _drawn(_fresh(browser, server, seat), seat.path, seat.owes)  # what the server and browser do only once
            cold = [_drawn(_fresh(browser, server, seat), seat.path, seat.owes) for _ in range(LOADS)]
            same = _fresh(browser, server, seat)
            _drawn(same, seat.path, seat.owes)
            warm = [_drawn(same, seat.path, seat.owes) for _ in range(LOADS)]
            plain = [_drawn(same, "/healthz", "", "body") for _ in range(LOADS)]
            return Looked(
                _weigh(_fresh(browser, server, seat), seat.path),
                *(percentiles(each) for each in (cold, warm, plain)),
            )
        finally:
            browser.close()


def _fresh(browser: Browser, server: Server, seat: Seat) -> BrowserContext:
    """Signed in, with nothing in its cache."""
    context = browser.new_context(**PHONE, base_url=server.origin)
    context.add_cookies([{"name": name, "value": value, "url": server.origin} for name, value in seat.cookies.items()])
    return context


def _drawn(context: BrowserContext, path: str, said: str, where: str = ".owe .v") -> float:
    """ms from setting out for the page until what stands there has been drawn."""
    page = context.new_page()
    page.wait_for_timeout(300)  # a tab that is there already
    page.add_init_script(LOOK % json.dumps(where))
    page.goto(path)
    took = float(page.evaluate("window.drawnAt"))
    assert said in page.locator(where).first.inner_text()
    page.close()
    return took


def _weigh(context: BrowserContext, path: str) -> dict[str, tuple[float, str]]:
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    kinds: dict[str, str] = {}
    packed: dict[str, set[str]] = defaultdict(set)
    weight: dict[str, float] = defaultdict(float)

    def answered(event: Any) -> None:
        kind = kinds[event["requestId"]] = KINDS.get(event["type"], "other")
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        packed[kind].add(headers.get("content-encoding", "as it is"))

    def loaded(event: Any) -> None:
        if kind := kinds.get(event["requestId"]):
            weight[kind] += event["encodedDataLength"]

    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", loaded)
    page.goto(path, wait_until="networkidle")
    page.close()
    return {kind: (bytes_, ", ".join(sorted(packed[kind]))) for kind, bytes_ in weight.items()}
