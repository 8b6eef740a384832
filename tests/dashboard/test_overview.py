"""The screen "Overview"."""

from datetime import UTC, datetime

import pytest

from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.dashboard.screens import overview
from arbill_app.dashboard.screens.overview import Overview
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.jobs import handlers
from arbill_app.payments.charging import webhooks
from arbill_app.payments.forms import charge_invoice
from arbill_app.payments.refunding import refund_payment
from tests import world

CANADIAN = {"city": "Montréal", "region": "QC", "postal_code": "H2Y 1C6", "country": "CA"}


@pytest.mark.parametrize("who", ["nora", "adam", "mia", "rhea"])
def test_everybody_sees_how_it_stands(two, pipeline, who):
    draft = world.make_draft(two.mia, "Dockside Coffee")
    write(two.mia, archive_customer, two.bruno)
    tab = pipeline.tab(f"{who}@northwind.example").do(Overview.load).state(Overview)
    assert tab.totals == {"": "2", "setup": "1", "archived": "1"}
    assert [(row.company, row.href) for row in tab.waiting] == [("Dockside Coffee", f"/customers?finish={draft}")]
    assert [(row.company, row.what, row.who) for row in tab.feed[:2]] == [
        ("Bruno Motors", "Archived", "Mia Ford"),
        ("Dockside Coffee", "Setup started", "Mia Ford"),
    ]


def test_what_is_owed_and_the_newest_invoices_are_there(two, pipeline):
    first, draft = world.make_invoice(two.nora, two.ada, "100"), world.make_draft_invoice(two.nora, two.bruno)
    world.make_invoice(two.sol, two.clara)
    tab = pipeline.tab("rhea@northwind.example").do(Overview.load).state(Overview)
    assert tab.owed == {"open": "1", "overdue": "0"}
    assert [(row.id, row.company) for row in tab.recent] == [(draft, "Bruno Motors"), (first, "Ada Interiors")]


def test_what_came_in_lately_and_was_not_given_back(two, pipeline):
    canadian = world.make_customer(two.nora, "Clinique Beaulieu", **CANADIAN)
    world.make_payment(two.nora, two.ada, "100")
    world.make_payment(two.nora, canadian, "50")
    world.make_payment(two.nora, two.ada, "900", received_on=world.in_days(-31))
    back = world.make_payment(two.nora, two.bruno, "30")
    write(two.nora, refund_payment, back, {"amount": "10", "reason": "Goodwill"}, "refund")
    world.make_payment(two.sol, two.clara, "7")
    seen = pipeline.tab("rhea@northwind.example").do(Overview.load).state(Overview)
    assert seen.received == ["$120.00", "CA$50.00"]


def test_what_was_declined_and_what_is_disputed_need_somebody(two, pipeline):
    invoice, paid = (world.make_invoice(two.nora, two.ada, amount) for amount in ("100", "50"))
    disputed = world.make_method(two.nora, two.ada, "4000000000000259")
    declined = world.make_method(two.nora, two.ada, "4000000000009995")
    for method, which in ((disputed, paid), (declined, invoice)):
        write(two.nora, charge_invoice, which, method, "", which)
    handlers.work("charge")
    webhooks.run_sandbox_bank(clock.now())
    handlers.work("gateway_event")
    tab = pipeline.tab("rhea@northwind.example").do(Overview.load)
    assert [(row.title, row.kind) for row in tab.state(Overview).troubles] == [
        ("Payment disputed", "bad"),
        ("INV-0001 was declined", "warn"),
    ]
    world.make_payment(two.nora, two.ada, "150", parts={invoice: "100"})
    assert [row.title for row in tab.do(Overview.load).state(Overview).troubles] == ["Payment disputed"]
    other = pipeline.tab("sol@southgate.example").do(Overview.load).state(Overview)
    assert (other.troubles, other.received) == ([], ["$0.00"])


def test_nothing_of_another_partner_is_counted_or_told(two, pipeline):
    seen = pipeline.tab("sol@southgate.example").do(Overview.load).state(Overview)
    assert seen.totals == {"": "1", "setup": "0", "archived": "0"}
    assert {row.company for row in seen.feed} == {"Clara Books"}


def test_a_company_without_customers_is_told_what_to_do(database, pipeline):
    world.make_partner(email="new@partner.example")
    tab = pipeline.tab("new@partner.example")
    assert tab.do(Overview.load).state(Overview).nobody


@pytest.mark.parametrize(
    ("hour", "hello"),
    [(14, "Good morning, Nora. It is Saturday, November 21."), (3, "Good evening, Nora. It is Friday, November 20.")],
)
def test_the_greeting_keeps_the_companys_time(two, pipeline, monkeypatch, hour, hello):
    tab = pipeline.tab("nora@northwind.example")
    monkeypatch.setattr(overview.clock, "now", lambda: datetime(2026, 11, 21, hour, tzinfo=UTC))
    assert tab.do(Overview.load).state(Overview).greeting == hello


def test_a_name_with_braces_is_only_a_name(two, pipeline):
    world.make_staff(two.nora, Role.MEMBER, "{name} Ford", "braces@northwind.example")
    tab = pipeline.tab("braces@northwind.example").do(Overview.load)
    assert tab.state(Overview).greeting.startswith("Good ")
    assert "{name}." in tab.state(Overview).greeting


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab().do(Overview.load)
    assert stranger.went_to == ["/login"]
    assert (stranger.state(Overview).feed, stranger.state(Overview).totals) == ([], {})


def test_what_is_no_argument_is_refused(two, pipeline):
    tab = pipeline.tab("nora@northwind.example").do(Overview.load, unknown={"$gt": 1})
    assert tab.state(Overview).loading
