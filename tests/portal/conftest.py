"""The portal over ASGI against the real core, with the sandbox gateway; effects run when a test says so."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from arbill_app.customers.commands import contacts
from arbill_app.dashboard.shell.session import cookie_name, forget, let_in
from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.jobs.handlers import work
from arbill_app.kernel.message import opened
from arbill_app.kernel.settings import settings
from arbill_app.partners.auth.sign_in import sign_in
from arbill_app.payments import jobs
from arbill_app.payments.gateway.choose import gateway_for
from arbill_app.payments.gateway.sandbox.page import enter
from arbill_app.payments.methods.methods import keep_method, note_setup
from arbill_app.portal import app
from tests import world

assert jobs
ADA, BRUNO, CLARA = "ada@adainteriors.example", "bruno@brunomotors.example", "clara@clarabooks.example"
VISA = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
BANK = {"routing": "110000000", "account": "000123456789", "agreed": "1"}


class Person:
    """Somebody's browser. Nothing is followed by itself."""

    def __init__(self, api: FastAPI, loop: asyncio.Runner) -> None:
        self.loop = loop
        transport = httpx.ASGITransport(app=api)
        self.client = httpx.AsyncClient(transport=transport, base_url=settings().origin, follow_redirects=False)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.loop.run(self.client.get(path, **how))

    def post(self, path: str, data: Any = None, **headers: str) -> httpx.Response:
        return self.send(path, data, {"origin": settings().origin} | headers)

    def send(self, path: str, data: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """With these headers alone."""
        return self.loop.run(self.client.post(path, data=data, headers=headers))

    def sign_in(self, email: str) -> "Person":
        assert self.post("/portal/sign-in", {"email": email}).headers["location"] == "/portal/code"
        assert self.post("/portal/code", {"code": newest_code(email)}).status_code == 303
        return self

    def as_staff(self, email: str) -> "Person":
        forget()
        self.client.cookies.set(cookie_name(), sign_in(email, world.PASSWORD).secret)
        return self

    def key(self, path: str) -> str:
        """The token that a form of this page carries."""
        return found(r'name="key" value="([^"]+)"', self.get(path).text)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def newest_code(email: str) -> str:
    with across_partners() as session:
        rows = session.scalars(select(Effect).where(Effect.key.like("code:%")).order_by(Effect.id.desc()))  # type: ignore[attr-defined]
        return next(opened(row.payload)["values"]["code"] for row in rows if email in str(row.payload["to"]).casefold())


@pytest.fixture
def api(database: str) -> FastAPI:
    made = FastAPI()
    app.open_on(made, staff=let_in)
    return made


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def nobody(api: FastAPI, loop: asyncio.Runner, two: world.World) -> Person:
    forget()
    return Person(api, loop)


@pytest.fixture
def ada(nobody: Person) -> Person:
    return nobody.sign_in(ADA)


@pytest.fixture
def another(api: FastAPI, loop: asyncio.Runner, two: world.World) -> Person:
    return Person(api, loop)


# ---------------------------------------------------------------- what tests stand on


def make_method(by: Any, customer_id: str, kind: str = "card", **typed: str) -> str:
    """A saved test card or account."""
    gateway = gateway_for(by.partner_id)
    account = gateway.ensure_customer(customer_id, "", "")
    setup = gateway.begin_setup(account, [kind], "", world.unused_email())
    given = (VISA if kind == "card" else BANK) | typed
    method = enter(setup.token, kind, given)
    actor = people_actor(by, customer_id)
    noted = write(actor, note_setup, customer_id, setup.token, default=False)
    return write(actor, keep_method, noted.id, gateway.name, account, method).id


def come_back(person: Person, address: str) -> Any:
    """What a browser does by itself: it opens the page that the gateway leads back to, and sends its form."""
    page = person.get(address).text
    action, key = found(r'action="([^"]*)" data-once data-go', page), found(r'name="key" value="([^"]*)"', page)
    return person.post(action, {"key": key})


def people_actor(by: Any, customer_id: str) -> Any:
    return world.seat_of(world.contacts(by, customer_id)[0].email, customer_id).actor.for_partner()


def permit(by: Any, customer_id: str, *permissions: str, at: int = 0, **values: Any) -> None:
    """Only these, from now on."""
    contact = world.contacts(by, customer_id)[at]
    changed = contacts.contact_of(contact) | {"permissions": list(permissions)} | values
    write(by, contacts.change_contact, contact.id, changed, confirmed=True)


def row(by: Any, model: Any, id: str) -> Any:
    return read(by, lambda tx: tx.get(model, id))


def rows(by: Any, model: Any) -> list[Any]:
    return read(by, lambda tx: list(tx.all(tx.own(model))))


def balance(by: Any, invoice_id: str) -> int:
    return int(row(by, Invoice, invoice_id).balance)


def charge() -> None:
    work("charge")
