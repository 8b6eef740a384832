"""The sandbox beyond the contract: what may be typed, what is kept, what time and crashes do to it."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from arbill_app.kernel import clock
from arbill_app.kernel.db import transactions
from arbill_app.kernel.errors import Invalid
from arbill_app.kernel.settings import settings
from arbill_app.migrate import ROOT
from arbill_app.payments.gateway import choose
from arbill_app.payments.gateway.protocol import CARD, PAD, US_BANK, BadSignature, GatewayDown, GatewayRefusal
from arbill_app.payments.gateway.sandbox import bank, page
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.sandbox.test_numbers import NUMBERS
from arbill_app.payments.gateway.stripe.gateway import StripeGateway
from arbill_app.tables import metadata
from tests.payments.gateway.conftest import key, number_of, typed

LISTED_BY_NOBODY = "4532015112830366"  # passes Luhn’s check, as a real one would
AT_ONCE = {"success": "succeeded", "dispute": "succeeded", "late": "succeeded", "action": "requires_action"}
AT_ONCE |= {"decline": "declined", "settle": "processing", "fail": "processing"}


def every_value():
    """All that the database holds, as text."""
    with transactions.engine().connect() as connection:
        for table in metadata.sorted_tables:
            if connection.dialect.has_table(connection, table.name):
                for row in connection.execute(text(f'SELECT * FROM "{table.name}"')):
                    yield from map(str, row)


def refused(token, kind, **changes):
    with pytest.raises(Invalid) as said:
        page.enter(token, kind, typed(kind, changes.pop("number", number_of("success")), **changes))
    return said.value.errors


# ---------------------------------------------------------------- what may be typed


@pytest.mark.parametrize("number", [LISTED_BY_NOBODY, "4532 0151 1283 0366", "4532-0151-1283-0366", "4242"])
def test_a_number_that_is_not_listed_is_refused_and_nowhere_kept(sandbox, number):
    token = sandbox.begun(sandbox.customer())
    errors = refused(token, CARD, number=number)
    assert list(errors) == ["number"]
    assert "test numbers" in errors["number"]
    assert number not in errors["number"]
    with pytest.raises(GatewayRefusal):
        sandbox.gateway.finish_setup(token)
    assert not [value for value in every_value() if LISTED_BY_NOBODY in value.replace(" ", "").replace("-", "")]


def test_no_number_is_kept_not_even_a_listed_one(sandbox):
    for entry in NUMBERS:
        token = sandbox.begun(sandbox.customer(), entry.kind)
        method = page.enter(token, entry.kind, typed(entry.kind, entry.grouped))
        assert (method.kind, method.last4) == (entry.kind, entry.number[-4:])
    kept = list(every_value())
    assert not [entry.number for entry in NUMBERS for value in kept if entry.number in value]


def test_a_real_bank_account_is_refused(sandbox):
    token = sandbox.begun(sandbox.customer(), US_BANK)
    assert "account" in refused(token, US_BANK, number="987654321012")
    assert "routing" in refused(token, US_BANK, number=number_of("settle", US_BANK), routing="021000021")


def test_a_debit_needs_the_holders_agreement(sandbox):
    token = sandbox.begun(sandbox.customer(), PAD)
    errors = refused(token, PAD, number=number_of("settle", PAD), agreed="", transit="12345")
    assert set(errors) == {"agreed", "transit"}


@time_machine.travel("2027-03-31T12:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("month", "year", "taken"),
    [("03", "2027", True), ("3", "27", True), ("02", "2027", False), ("12", "2026", False), ("13", "2030", False)],
)
def test_a_card_is_good_to_the_end_of_its_month(sandbox, month, year, taken):
    token = sandbox.begun(sandbox.customer())
    values = typed(CARD, number_of("success"), exp_month=month, exp_year=year)
    if taken:
        method = page.enter(token, CARD, values)
        assert (method.exp_month, method.exp_year) == (3, 2027)
    else:
        said = refused(token, CARD, exp_month=month, exp_year=year)
        assert set(said) == {"exp_year" if year == "2026" else "exp_month"}


def test_all_that_is_wrong_with_a_card_is_said_at_once(sandbox):
    token = sandbox.begun(sandbox.customer())
    errors = refused(token, CARD, number="", exp_month="13", exp_year="2020", cvc="")
    assert list(errors) == ["number", "exp_month", "exp_year", "cvc"]
    assert errors["number"] == "Enter a test number."


def test_an_amex_has_a_code_of_four_digits(sandbox):
    token = sandbox.begun(sandbox.customer())
    assert refused(token, CARD, number="378282246310005", cvc="123") == {"cvc": "Enter any 4 digits."}


def test_another_kind_than_was_asked_for_is_refused(sandbox):
    token = sandbox.begun(sandbox.customer(), CARD)
    with pytest.raises(GatewayRefusal):
        sandbox.enter(token, US_BANK, number_of("settle", US_BANK))


def test_a_page_is_filled_in_once(sandbox):
    token = sandbox.begun(sandbox.customer())
    sandbox.enter(token, CARD, number_of("success"))
    sandbox.enter(token, CARD, number_of("action"))
    assert sandbox.gateway.finish_setup(token).last4 == "4242"


def test_nobody_elses_page_exists(sandbox):
    with pytest.raises(GatewayRefusal):
        page.at("sbs_nobody")
    token = sandbox.begun(sandbox.customer())
    assert sandbox.gateway.return_url(token).startswith("https://billing.example")
    with pytest.raises(GatewayRefusal):
        sandbox.other_partner().finish_setup(token)


# ---------------------------------------------------------------- what becomes of a charge


def test_each_number_does_what_the_table_says(sandbox):
    sandbox.gateway.wait = lambda seconds: None
    for entry in NUMBERS:
        outcome, _, code = entry.outcome.partition(":")
        if outcome in AT_ONCE:
            method = sandbox.method(entry.outcome, entry.kind)
            made = sandbox.charge(method, currency="CAD" if entry.kind == PAD else "USD")
            sandbox.settle()
            ended = sandbox.gateway.fetch(made.id)
            assert (made.status, ended.decline and ended.decline.code) == (AT_ONCE[outcome], code or None)
    assert {entry.outcome.partition(":")[0] for entry in NUMBERS} - set(AT_ONCE) == {"timeout", "down"}


def test_a_late_answer_comes_late_the_first_time_only(sandbox):
    waited = []
    sandbox.gateway.wait = lambda seconds: waited.append((seconds, sandbox.gateway.find("late").status))
    method = sandbox.method("late")
    first, again = (sandbox.charge(method, key="late") for _ in range(2))
    assert first == again
    assert waited == [(5, "succeeded")]


DIES = """
import os, sys, arbill_app.partners.models
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
partner, customer, method = sys.argv[1:]
Sandbox(partner, wait=lambda seconds: os._exit(9)).charge(
    customer=customer, method=method, amount=12500, currency="USD", key="once", ref="ptt_1")
"""


def test_what_was_captured_outlives_the_process_that_asked(sandbox):
    method = sandbox.method("late")
    asking = [sys.executable, "-c", DIES, sandbox.gateway.partner_id, method.customer, method.token]
    assert subprocess.run(asking, cwd=ROOT).returncode == 9
    found = sandbox.gateway.find("once")
    assert found.status == "succeeded"
    assert sandbox.charge(method, key="once") == found


def test_where_nobody_is_nothing_happens(sandbox):
    with pytest.raises(GatewayDown):
        sandbox.charge(sandbox.method("down"), key="down")
    assert sandbox.gateway.find("down") is None


@pytest.mark.parametrize(("kind", "currency"), [(US_BANK, "CAD"), (PAD, "USD")])
def test_a_bank_pays_in_its_own_currencies(sandbox, kind, currency):
    with pytest.raises(GatewayRefusal):
        sandbox.charge(sandbox.method("settle", kind), currency=currency)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_charge_is_more_than_nothing(sandbox, amount):
    with pytest.raises(GatewayRefusal):
        sandbox.charge(sandbox.method(), amount)


def test_two_at_once_with_one_key_are_one_charge(sandbox):
    method, made = sandbox.method(), []
    threads = [threading.Thread(target=lambda: made.append(sandbox.charge(method, key="once").id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1


def test_a_bank_payment_settles_not_before_its_time(sandbox):
    made = sandbox.charge(sandbox.method("settle", US_BANK))
    assert bank.settle_due(clock.now()) == 0
    assert sandbox.gateway.fetch(made.id).status == "processing"
    assert bank.settle_due(clock.now() + timedelta(minutes=3)) == 1
    assert bank.settle_due(clock.now() + timedelta(minutes=3)) == 0


def test_a_refund_to_a_bank_account_takes_its_time(sandbox):
    made = sandbox.charge(sandbox.method("settle", US_BANK))
    sandbox.until(made, "succeeded")
    assert sandbox.gateway.refund(made.id, 100, "refund:1", "").status == "processing"
    sandbox.settle()
    assert sandbox.gateway.find_refund(made.id, "refund:1").status == "succeeded"


# ---------------------------------------------------------------- webhooks


def kinds(sandbox):
    return [sandbox.gateway.parse_webhook(*told).kind for told in sandbox.heard()]


def test_events_come_in_their_order_until_they_were_delivered(sandbox):
    made = sandbox.charge(sandbox.method("settle", US_BANK))
    sandbox.until(made, "succeeded")
    sandbox.gateway.refund(made.id, 100, "refund:1", "")
    assert kinds(sandbox) == ["setup.finished", "charge.processing", "charge.succeeded", "refund.updated"]
    assert [told.id for told in bank.deliveries()] == [told.id for told in bank.deliveries()]
    for told in bank.deliveries()[:3]:
        bank.delivered(told)
    event = sandbox.gateway.parse_webhook(*sandbox.heard()[0])
    assert (event.kind, event.refund.amount, event.refund.key) == ("refund.updated", 100, "refund:1")


def test_a_dispute_tells_how_much_is_at_stake(sandbox):
    made = sandbox.charge(sandbox.method("dispute"), 8800)
    event = sandbox.gateway.parse_webhook(*sandbox.heard_of(made, "charge.disputed"))
    assert (event.dispute.amount, event.dispute.currency, event.dispute.state) == (8800, "USD", "open")


def test_an_old_signature_is_refused(sandbox):
    made = sandbox.charge(sandbox.method())
    body, headers = sandbox.heard_of(made, "charge.succeeded")
    later = clock.now() + timedelta(minutes=6)
    with time_machine.travel(later, tick=False), pytest.raises(BadSignature):
        sandbox.gateway.parse_webhook(body, headers)


# ---------------------------------------------------------------- which gateway


def test_without_a_key_the_sandbox_is_used_and_its_webhooks_are_heard(sandbox, monkeypatch):
    made = sandbox.charge(sandbox.method())
    body, headers = sandbox.heard_of(made, "charge.succeeded")
    assert isinstance(choose.gateway_for("par_1"), Sandbox)
    assert choose.parse_webhook("sandbox", body, headers).charge_id == made.id
    with pytest.raises(BadSignature):
        choose.parse_webhook("stripe", body, headers)


def test_with_a_key_stripe_is_used_and_the_sandbox_is_not_believed(sandbox, monkeypatch):
    body, headers = sandbox.heard_of(sandbox.charge(sandbox.method()), "charge.succeeded")
    monkeypatch.setenv("ARBILL_STRIPE_SECRET_KEY", "sk_test_x")
    settings.cache_clear()
    assert isinstance(choose.gateway_for("par_1"), StripeGateway)
    with pytest.raises(BadSignature):
        choose.parse_webhook("sandbox", body, headers)


def test_the_same_number_has_another_fingerprint_at_another_partner(sandbox):
    mine, theirs = sandbox.method(), type(sandbox)(sandbox.other_partner()).method()
    assert mine.last4 == theirs.last4
    assert mine.fingerprint != theirs.fingerprint


def test_the_sandbox_keeps_one_charge_for_each_key(sandbox):
    method, once = sandbox.method(), key()
    sandbox.charge(method, key=once)
    with pytest.raises(GatewayRefusal):
        sandbox.charge(method, key=once, ref="ptt_2")
