"""What customers and holders of links make arbill ask the gateway: nothing by opening an address, else by budget."""

from collections import Counter

import pytest

from arbill_app.payments.charging import gateway_limits
from arbill_app.payments.charging.gateway_limits import LOOKS, PAGES
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.models import Setup
from tests.portal.conftest import VISA, charge, come_back, found, make_method, rows
from tests.portal.test_card_testing import link_of, type_card
from tests.portal.test_card_testing import pay as pay_link
from tests.world import make_contact, make_invoice

ASKS = "4000002500003155"
CALLS = (
    *("ensure_customer", "begin_setup", "finish_setup", "fetch_method", "detach"),
    *("charge", "begin_action", "cancel", "fetch", "find", "refund", "refunds"),
)


@pytest.fixture
def calls(monkeypatch):
    """How often the gateway was asked what."""
    counted = Counter()

    def counting(name, real):
        def call(self, *args, **kwargs):
            counted[name] += 1
            return real(self, *args, **kwargs)

        return call

    for name in CALLS:
        monkeypatch.setattr(Sandbox, name, counting(name, getattr(Sandbox, name)))
    return counted


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(gateway_limits, "PAGES", PAGES.__class__(free=3, first=10, forgets=3600))


def asking_attempt(ada, two):
    """Where the progress of a charge is shown that the bank asks about."""
    card, invoice = make_method(two.nora, two.ada, number=ASKS), make_invoice(two.nora, two.ada)
    data = {"part": [f"{invoice}=100.00"], "method": card, "key": "k" * 22}
    to = ada.post(f"/portal/{two.ada}/pay", data).headers["location"]
    charge()
    return to


def add(person, two):
    return person.post(f"/portal/{two.ada}/methods/add", {})


def test_opening_an_address_of_the_portal_asks_the_gateway_for_nothing(ada, two, calls):
    back = ada.post(add(ada, two).headers["location"].partition(":3000")[2], {"kind": "card"} | VISA)
    to = asking_attempt(ada, two)
    setups = len(rows(two.nora, Setup))
    calls.clear()
    home = f"/portal/{two.ada}"
    for path in (
        back.headers["location"],
        f"{home}/methods/added?key={'k' * 22}",
        *(to, f"{to}?back=1", f"{to}/state", home, f"{home}/methods", f"{home}/history", f"{home}/pay"),
    ):
        assert ada.get(path).status_code < 500, path
    assert (calls, len(rows(two.nora, Setup))) == ({}, setups)


def test_a_key_that_began_no_page_asks_the_gateway_for_nothing(ada, two, calls):
    for key in ("k" * 22, "", "x" * 500, "%00" * 10):
        answer = ada.post(f"/portal/{two.ada}/methods/added", {"key": key})
        assert answer.headers["location"].endswith("?done=none")
    assert calls == {}


def test_a_form_from_another_site_brings_nothing_back(ada, two, calls):
    to = asking_attempt(ada, two)
    calls.clear()
    for path in (f"/portal/{two.ada}/methods/added", f"{to}/look", f"{to}/approve"):
        assert ada.post(path, {"key": "k" * 22}, origin="https://evil.example").status_code == 403
    assert calls == {}


def test_an_attempt_is_looked_up_so_often_and_then_by_the_sweep(ada, two, calls):
    to = asking_attempt(ada, two)
    for _ in range(LOOKS.free * 3):
        assert ada.post(f"{to}/look").headers["location"] == to
    assert calls["fetch"] == LOOKS.free


def test_a_link_looks_its_attempt_up_so_often(nobody, two, calls):
    _, link = link_of(two)
    to = pay_link(nobody, link, type_card(nobody, link, number=ASKS)).headers["location"]
    charge()
    for _ in range(LOOKS.free * 3):
        assert nobody.post(f"{to}/look").headers["location"] == to
    assert calls["fetch"] == LOOKS.free


def test_approving_has_a_limit_and_a_sentence(ada, two, few, calls):
    to = asking_attempt(ada, two)
    said = [ada.post(f"{to}/approve") for _ in range(5)]
    assert [answer.status_code for answer in said] == [303] * 3 + [429] * 2
    assert "Too many tries. Wait " in said[-1].text
    assert calls["begin_action"] == 3


def test_opening_pages_of_the_gateway_has_a_limit_of_ones_own(ada, another, two, few, calls):
    make_contact(two.nora, two.ada, "Ben Ochre", email="ben@adainteriors.example")
    assert [add(ada, two).status_code for _ in range(5)] == [303] * 3 + [429] * 2
    assert calls["begin_setup"] == 3
    assert add(another.sign_in("ben@adainteriors.example"), two).status_code == 303


def test_the_pages_of_one_link_use_up_nothing_of_another(nobody, two, few, calls):
    (_, link), (_, other) = link_of(two), link_of(two)
    begun = nobody.post(f"{link}/add").headers["location"].partition(":3000")[2]
    address = nobody.post(begun, {"kind": "card"} | VISA).headers["location"]
    said = [come_back(nobody, address).status_code for _ in range(5)]
    assert said == [303] * 3 + [429] * 2
    assert calls["finish_setup"] == 3
    assert type_card(nobody, other)


def test_a_finished_page_still_leads_on(ada, two):
    begun = add(ada, two).headers["location"].partition(":3000")[2]
    address = ada.post(begun, {"kind": "card"} | VISA).headers["location"]
    assert found(r"(done=\w+)", come_back(ada, address).headers["location"]) == "done=added"
