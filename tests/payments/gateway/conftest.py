"""One bench for each gateway: the gateway itself, and what its customers, their banks and time do to it.

The contract runs on the sandbox with both databases, and on Stripe's SDK against localstripe.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from arbill_app.kernel import clock
from arbill_app.kernel.db import transactions
from arbill_app.payments.gateway.protocol import CARD, Charge, Gateway, Method
from arbill_app.payments.gateway.sandbox import bank
from arbill_app.payments.gateway.sandbox import page as sandbox_page
from arbill_app.payments.gateway.sandbox.addresses import id_in
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.sandbox.test_numbers import INSTITUTION, NUMBERS, ROUTING, TRANSIT
from arbill_app.payments.gateway.stripe.gateway import StripeGateway
from tests import world
from tests.payments.gateway import counterpart

BENCHES = [("sandbox", "sqlite"), ("sandbox", "postgresql"), ("stripe", "sqlite")]
on_every_bench = pytest.mark.parametrize(
    ("bench", "database"), BENCHES, indirect=True, ids=["-".join(b) for b in BENCHES]
)
BACK = "https://billing.example/back"
SECONDS = 6  # that localstripe may take to settle and to tell
_numbers = count(1)


@pytest.fixture(scope="session")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[counterpart.Stripe]:
    with counterpart.running(tmp_path_factory.mktemp("localstripe")) as running:
        yield running


@pytest.fixture
def sandbox(two: world.World) -> "SandboxBench":
    return SandboxBench(Sandbox(two.nora.partner_id))


@pytest.fixture
def bench(request: pytest.FixtureRequest, two: world.World) -> "Bench":
    if request.param == "sandbox":
        return SandboxBench(Sandbox(two.nora.partner_id))
    running = request.getfixturevalue("stripe")
    partner_id = transactions.new_id("par")
    gateway = StripeGateway(partner_id, counterpart.KEY, running.base, counterpart.WEBHOOK_SECRET)
    return StripeBench(gateway, running)


def number_of(outcome: str, kind: str = CARD) -> str:
    return next(entry.number for entry in NUMBERS if (entry.kind, entry.outcome) == (kind, outcome))


def key() -> str:
    return f"charge:inv_{next(_numbers)}:1"


@dataclass
class Bench(ABC):
    gateway: Any

    def customer(self, ref: str = "") -> str:
        return self.gateway.ensure_customer(ref or f"cus_{next(_numbers)}", "ada@adainteriors.example", "Ada Interiors")

    def begun(self, customer: str, *kinds: str) -> str:
        return self.gateway.begin_setup(customer, kinds or (CARD,), BACK, key()).token

    def method(self, outcome: str = "success", kind: str = CARD, customer: str = "") -> Method:
        """A test card or account that does what `outcome` says, saved through the gateway's own page."""
        token = self.begun(customer or self.customer(), kind)
        self.enter(token, kind, number_of(outcome, kind))
        return self.gateway.finish_setup(token)

    def charge(self, method: Method, amount: int = 12500, currency: str = "USD", **more: Any) -> Charge:
        wanted = {"key": key(), "ref": "ptt_1"} | more
        return self.gateway.charge(
            customer=method.customer, method=method.token, amount=amount, currency=currency, **wanted
        )

    def until(self, charge: Charge, status: str) -> Charge:
        """The charge once time has passed and the bank has made up its mind."""
        self.settle()
        deadline = time.monotonic() + SECONDS
        while (now := self.gateway.fetch(charge.id)).status != status and time.monotonic() < deadline:
            time.sleep(0.05)
        return now

    def heard_of(self, charge: Charge, kind: str) -> tuple[bytes, dict[str, str]]:
        """The webhook that tells this of the charge, as it came."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            for body, headers in self.heard():
                event = self.gateway.parse_webhook(body, headers)
                if (event.charge_id, event.kind) == (charge.id, kind):
                    return body, headers
            time.sleep(0.05)
        raise AssertionError(f"nothing was heard of {kind}")

    @abstractmethod
    def enter(self, token: str, kind: str, number: str) -> None:
        """Types a number on the gateway's page."""

    @abstractmethod
    def answer(self, charge: Charge, approve: bool) -> None:
        """What the customer says to a charge that asks."""

    @abstractmethod
    def settle(self) -> None:
        """Lets the time pass that banks take."""

    @abstractmethod
    def heard(self) -> list[tuple[bytes, dict[str, str]]]:
        """The webhooks that have come so far."""

    @abstractmethod
    def other_partner(self) -> Gateway:
        """The same gateway as somebody else sees it."""


class SandboxBench(Bench):
    def enter(self, token, kind, number):
        sandbox_page.enter(token, kind, typed(kind, number))

    def answer(self, charge, approve):
        assert id_in(charge.action_url) == charge.id
        sandbox_page.at(charge.id).authenticate(charge.id, approve)

    def settle(self):
        bank.settle_due(clock.now() + timedelta(hours=1))

    def heard(self):
        mine = [told for told in bank.deliveries() if told.partner_id == self.gateway.partner_id]
        return [(told.body, told.headers) for told in mine]

    def other_partner(self):
        return Sandbox(world.make_partner().partner_id)


def typed(kind: str, number: str, **changes: str) -> dict[str, str]:
    """What somebody types on the sandbox's page."""
    if kind == CARD:
        cvc = "1234" if number.startswith("37") else "123"
        return {"number": number, "exp_month": "12", "exp_year": "2034", "cvc": cvc} | changes
    where = {"routing": ROUTING, "institution": INSTITUTION, "transit": TRANSIT}
    return where | {"account": number, "agreed": "true"} | changes


@dataclass
class StripeBench(Bench):
    running: counterpart.Stripe

    def enter(self, token, kind, number):
        page = f"{self.running.base}/_page/{token}"
        httpx.post(page, data={"kind": kind, "number": number}).raise_for_status()

    def answer(self, charge, approve):
        httpx.post(charge.action_url, data={"approve": str(approve).lower()})

    def settle(self):
        pass

    def heard(self):
        return list(self.running.heard)

    def other_partner(self):
        return StripeGateway(transactions.new_id("par"), counterpart.KEY, self.running.base, counterpart.WEBHOOK_SECRET)
