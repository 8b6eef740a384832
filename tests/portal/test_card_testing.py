"""Stolen cards are not tested on payment links: what fails is budgeted, and nobody is locked out of paying."""

from datetime import timedelta

import hypothesis.strategies as st
import pytest
import time_machine
from hypothesis import given

from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.history import events_of
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import read
from arbill_app.payments.charging import link_limits
from arbill_app.payments.charging.link_limits import (
    BY_CARD,
    BY_COMPANY,
    BY_LINK,
    BY_NETWORK,
    FIRST,
    Tried,
    least_part,
    used_up,
)
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.models import Attempt, PaymentMethod, Setup
from arbill_app.payments.views import alerts
from tests.portal.conftest import VISA, balance, charge, found, row, rows
from tests.portal.test_link import come_back, pay, type_card
from tests.world import make_invoice

DECLINED = ("4000000000000002", "4000000000009995", "4000000000009987", "4000000000009979", "4000000000000069")
PAUSED = "Too many payments were tried here without success."


def link_of(two, amount="100.00", by=None):
    invoice = make_invoice(by or two.nora, two.ada if by is None else two.clara, amount)
    return invoice, f"/pay/{row(by or two.nora, Invoice, invoice).link_token}"


def decline(person, link, number=DECLINED[0], **changed):
    """Types a card that is declined and pays with it; the last answer."""
    sheet = type_card(person, link, number=number)
    answer = pay(person, link, sheet, **changed)
    charge()
    return answer


def use_up(two, person, link):
    """As many declined cards as the link takes."""
    for number in DECLINED:
        assert decline(person, link, number).status_code == 303
    assert [attempt.state for attempt in rows(two.nora, Attempt)] == ["declined"] * BY_LINK


def test_after_so_many_declines_a_link_takes_no_card_for_an_hour(nobody, two):
    invoice, link = link_of(two)
    use_up(two, nobody, link)
    kept = len(rows(two.nora, Setup))
    refused = nobody.post(f"{link}/add")
    assert (refused.status_code, PAUSED in refused.text) == (429, True)
    assert len(rows(two.nora, Setup)) == kept
    assert "Pay $100.00" in nobody.get(link).text, "the invoice can still be read"
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        pay(nobody, link, type_card(nobody, link))
        charge()
    assert balance(two.nora, invoice) == 0


def test_a_sheet_that_is_open_already_pays_nothing_once_the_budget_is_used_up(nobody, another, two):
    _, link = link_of(two)
    late = type_card(another, link)
    use_up(two, nobody, link)
    assert pay(another, link, late).status_code == 429
    assert len(rows(two.nora, Attempt)) == BY_LINK


def test_the_customer_still_pays_in_the_portal(nobody, another, two):
    _, link = link_of(two)
    use_up(two, nobody, link)
    home = another.sign_in("ada@adainteriors.example").get(f"/portal/{two.ada}")
    assert home.status_code == 200
    assert "Pay $100.00" in home.text


def test_staff_see_why_once(nobody, two):
    invoice, link = link_of(two)
    use_up(two, nobody, link)
    for _ in range(3):
        nobody.post(f"{link}/add")
    events = [one for one in read(two.nora, events_of, invoice, "UTC") if "paused" in one.what.lower()]
    assert len(events) == 1
    shown = [one for one in read(two.nora, alerts.troubles) if "paused" in one.title]
    assert [(one.why, one.invoice_id) for one in shown] == [
        ("5 payments failed by its payment link within an hour.", invoice)
    ]


def test_one_network_is_budgeted_over_all_links(nobody, two):
    links = [link_of(two)[1] for _ in range(3)]
    for n in range(BY_NETWORK):
        answer = decline(nobody, links[n // 4], DECLINED[n % len(DECLINED)])
        assert answer.status_code == 303
    assert nobody.post(f"{links[2]}/add").status_code == 429
    other = nobody.post(f"{links[2]}/add", **{"x-forwarded-for": "203.0.113.9"})
    assert other.status_code == 303, "somebody else pays as before"


def test_a_network_that_is_used_up_stops_nobodys_first_tries_by_a_link_of_their_own(nobody, another, two):
    links = [link_of(two)[1] for _ in range(3)]
    for n in range(BY_NETWORK):
        assert decline(nobody, links[n // 4], DECLINED[n % len(DECLINED)]).status_code == 303
    invoice, own = link_of(two)
    assert decline(another, own, DECLINED[1], amount="20.00").status_code == 303
    assert pay(another, own, type_card(another, own)).status_code == 303
    charge()
    assert balance(two.nora, invoice) == 0


def test_after_its_first_tries_a_link_counts_with_the_others(nobody, two, monkeypatch):
    monkeypatch.setattr(link_limits, "BY_COMPANY", 4)
    _, used = link_of(two)
    for n in range(4):
        assert decline(nobody, used, DECLINED[n]).status_code == 303
    _, own = link_of(two)
    where = {"x-forwarded-for": "203.0.113.9"}
    for n in range(link_limits.FIRST):
        assert nobody.post(f"{own}/add", **where).status_code == 303
        assert decline(nobody, own, DECLINED[n]).status_code == 303
    assert nobody.post(f"{own}/add", **where).status_code == 429


def test_one_card_is_budgeted_over_all_links_and_networks(nobody, two):
    for _ in range(BY_CARD):
        assert decline(nobody, link_of(two)[1]).status_code == 303
    assert decline(nobody, link_of(two)[1]).status_code == 429
    assert decline(nobody, link_of(two)[1], DECLINED[1]).status_code == 303


def test_another_company_is_not_concerned(nobody, two):
    _, link = link_of(two)
    use_up(two, nobody, link)
    assert nobody.post(f"{link_of(two, by=two.sol)[1]}/add").status_code == 303


def test_a_link_opens_so_many_pages_of_the_gateway(nobody, two, monkeypatch):
    monkeypatch.setattr(link_limits, "MOST_SETUPS", 3)
    _, link = link_of(two)
    assert [nobody.post(f"{link}/add").status_code for _ in range(5)] == [303, 303, 303, 429, 429]


def test_many_at_once_do_not_slip_through(nobody, two):
    """What has not ended yet counts: partial payments side by side."""
    _, link = link_of(two, "1000.00")
    sheets = [type_card(nobody, link, number=DECLINED[n % 5]) for n in range(BY_LINK + 3)]
    answers = [pay(nobody, link, sheet, amount="20.00").status_code for sheet in sheets]
    assert answers == [303] * BY_LINK + [429] * 3


@pytest.mark.parametrize(
    ("total", "amount", "status"),
    [
        ("100.00", "0.50", 422),
        ("100.00", "9.99", 422),
        ("100.00", "10.00", 303),
        ("6.00", "5.99", 422),
        ("6.00", "6", 303),
    ],
)
def test_a_part_is_not_a_few_cents(nobody, two, total, amount, status):
    _, link = link_of(two, total)
    assert pay(nobody, link, type_card(nobody, link), amount=amount).status_code == status


def test_opening_addresses_asks_the_gateway_for_nothing(nobody, two, monkeypatch):
    _, link = link_of(two)
    page = nobody.post(f"{link}/add").headers.get("location", "").partition(":3000")[2]
    back = nobody.post(
        page, {"kind": "card", "number": "4000002500003155", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
    )
    address = back.headers["location"]
    to = pay(nobody, link, come_back(nobody, address)).headers["location"]
    charge()

    def never(self, *_, **__):
        raise AssertionError("the gateway was asked")

    for name in ("ensure_customer", "begin_setup", "finish_setup", "fetch", "fetch_method", "charge", "find"):
        monkeypatch.setattr(Sandbox, name, never)
    setup = rows(two.nora, Setup)[0]
    methods = len(rows(two.nora, PaymentMethod))
    for path in (
        link,
        address,
        f"{link}/method?key={'k' * 22}",
        to,
        f"{to}?back=1",
        f"{to}/state",
        f"{link}/method/{setup.id}",
    ):
        assert nobody.get(path).status_code < 500
    assert (len(rows(two.nora, Setup)), len(rows(two.nora, PaymentMethod))) == (1, methods)


def test_what_another_link_typed_is_not_finished_here(nobody, two):
    (_, link), (_, other) = link_of(two), link_of(two)
    page = nobody.post(f"{link}/add").headers["location"].partition(":3000")[2]
    address = nobody.post(page, {"kind": "card"} | VISA).headers["location"]
    key = found(r"key=([A-Za-z0-9_-]+)", address)
    assert nobody.get(f"{other}/method?key={key}").headers["location"] == other
    assert nobody.post(f"{other}/method", {"key": key}).headers["location"] == other


# ---------------------------------------------------------------- the rule


@given(st.lists(st.builds(Tried, st.sampled_from("ab"), st.sampled_from(["n", "m", ""]), st.sampled_from(["c", ""]))))
def test_a_budget_is_used_up_by_its_own_tries_only(tried):
    said = used_up(tried, "a", "n", "c")
    own = sum(one.invoice_id == "a" for one in tried)
    over = own >= BY_LINK or sum(one.card == "c" for one in tried) >= BY_CARD
    if own >= FIRST:
        over |= sum(one.network == "n" for one in tried) >= BY_NETWORK or len(tried) >= BY_COMPANY
    assert bool(said) == over
    assert used_up([Tried("x", "", "")] * BY_LINK, "a", "", "") == "", "what is not known counts against nobody"


@pytest.mark.parametrize(
    ("currency", "free", "least"),
    [("USD", 5_000, 1_000), ("USD", 300, 300), ("JPY", 5_000, 1_000), ("KWD", 50_000, 10_000), ("EUR", 1_000, 1_000)],
)
def test_the_least_part_is_about_ten_dollars_or_all_of_it(currency, free, least):
    assert least_part(currency, free) == least
