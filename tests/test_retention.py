"""What is old and needed no more is deleted, on both databases; what history and keys need stays."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from arbill_app import retention
from arbill_app.customers.portal_auth import sign_in as portal_sign_in
from arbill_app.customers.portal_auth.models import PortalCode, PortalSession
from arbill_app.kernel.actor import Role, job
from arbill_app.kernel.clock import now
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import across_partners, born_at, first_id, new_id, read, write
from arbill_app.kernel.jobs import effects
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.partners import commands as partners
from arbill_app.partners.auth import sign_in
from arbill_app.partners.auth.links import open_link
from arbill_app.partners.auth.tries import TryCount
from arbill_app.partners.models import OneTimeLink, StaffSession
from arbill_app.payments.charging import charge_schedule, webhooks
from arbill_app.payments.gateway.protocol import Event
from arbill_app.payments.models import GatewayEvent
from arbill_app.retention import DAY, MONTH, RULES, YEAR, forget
from tests.payments import till
from tests.world import PASSWORD, make_invoice, make_method, token_to

START = "2027-01-01T00:00:00Z"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


def count(model, *wanted):
    with across_partners() as session:
        return session.scalar(select(func.count()).select_from(model).where(*wanted))


def effect(actor, kind, key, state="done", **more):
    """As if it had been worked on."""

    def verb(tx):
        row = tx.later(kind, key, {}, **more)
        row.state, row.done_at, row.tries = state, now(), 1
        tx.flush()
        tx.create(EffectTry, effect_id=row.id, at=now(), outcome="done")
        return row.id

    return write(actor, verb)


def keys(actor):
    return set(read(actor, lambda tx: tx.all(select(Effect.key).where(Effect.owned_by(tx.actor)))))


# ---------------------------------------------------------------- ids know their age


def test_ids_made_before_a_moment_sort_below_it(clock):
    before = new_id("eff")
    clock.shift(1)
    assert before < first_id("eff", now()) <= new_id("eff")
    assert born_at(before) == now() - timedelta(seconds=1)


# ---------------------------------------------------------------- effects


def test_what_is_done_goes_with_its_tries_and_what_is_young_stays(two, clock):
    effect(two.nora, "charge", "charge:old")
    clock.shift(YEAR - DAY)
    effect(two.nora, "charge", "charge:young")
    clock.shift(2 * DAY)
    tries = count(EffectTry)
    assert forget(now()) >= 1
    assert "charge:old" not in keys(two.nora)
    assert "charge:young" in keys(two.nora)
    assert count(EffectTry) == tries - 1


@pytest.mark.parametrize("state", ["due", "running", "unknown", "review"])
def test_what_is_not_finished_or_waits_for_a_person_is_never_deleted(two, clock, state):
    for kind in ("charge", "refund", webhooks.EVENT, "email"):
        effect(two.nora, kind, f"code:{kind}", state)
    clock.shift(10 * YEAR)
    forget(now())
    assert {f"code:{kind}" for kind in ("charge", "refund", webhooks.EVENT, "email")} <= keys(two.nora)


def test_what_failed_stays_longer_than_what_is_done(two, clock):
    effect(two.nora, "refund", "refund:done")
    effect(two.nora, "refund", "refund:failed", "failed")
    clock.shift(YEAR + DAY)
    forget(now())
    assert {"refund:done", "refund:failed"} & keys(two.nora) == {"refund:failed"}
    clock.shift(YEAR)
    forget(now())
    assert "refund:failed" not in keys(two.nora)


def test_messages_to_customers_are_kept_and_those_for_signing_in_are_not(two, clock):
    kept = {"invoice:inv_1:send:0", "credit:crn_1:send:0", "receipt:pay_1", "failed:ptt_1", "expiring:pme_1:01/30"}
    gone = {"code:pco_1", "invite:stf_1:1", "reset:stf_1:1", "password:stf_1:1", "welcome:con_1:1"}
    for key in kept | gone:
        effect(two.nora, "email", key)
    clock.shift(10 * YEAR)
    forget(now())
    assert keys(two.nora) & (kept | gone) == kept


def test_a_plan_that_was_carried_out_keeps_its_key_so_the_next_one_gets_another(two, clock):
    """The number of plans is part of the key: a deleted one would make its successor do nothing."""
    invoice = make_invoice(two.nora, two.ada)
    plan = lambda: write(two.nora, lambda tx: charge_schedule.plan(tx, tx.get(charge_schedule.Invoice, invoice)))  # noqa: E731
    first = plan()
    write(two.nora, charge_schedule.cancel_planned, invoice)
    clock.shift(5 * YEAR)
    forget(now())
    second = plan()
    assert (second.state, second.key != first.key) == ("due", True)


def test_a_charge_whose_effect_is_gone_is_not_made_again(two, clock):
    method, invoice = make_method(two.nora, two.ada), make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, method, (invoice, 4_000), key="click")
    till.work()
    clock.shift(YEAR + DAY)
    forget(now())
    assert not [key for key in keys(two.nora) if key.startswith("charge:")]
    till.charge(two.nora, two.ada, method, (invoice, 4_000), key="click")
    till.work()
    assert till.balance(two.nora, invoice) == 6_000
    till.check_books(two.nora)


def test_an_event_whose_effect_is_gone_is_not_looked_up_again(two, clock):
    told = Event("evt_1", "charge.succeeded", two.nora.partner_id, payload={})
    assert webhooks.take("sandbox", told)
    write(two.nora, lambda tx: [setattr(row, "state", "done") for row in tx.all(tx.own(Effect))])
    clock.shift(3 * MONTH + DAY)
    forget(now())
    assert count(Effect, Effect.kind == webhooks.EVENT) == 0
    assert count(GatewayEvent) == 1
    assert not webhooks.take("sandbox", told)
    clock.shift(YEAR)
    forget(now())
    assert count(GatewayEvent) == 0


# ---------------------------------------------------------------- signing in


def test_sessions_links_codes_and_tries_go_once_they_are_over(two, clock):
    forget(now())  # what the world is made of was signed in with long ago
    live = sign_in.sign_in("nora@northwind.example", PASSWORD).secret
    portal_sign_in.send_code("ada@adainteriors.example")
    write(two.nora, partners.invite_staff, {"name": "Kim", "email": "kim@northwind.example"}, Role.MEMBER)
    before = count(StaffSession), count(OneTimeLink)
    clock.shift(10 * DAY)
    forget(now())
    assert (count(StaffSession), count(OneTimeLink)) == before, "they may have expired, but not for long"
    assert sign_in.resolve(live)
    assert (count(PortalCode), count(TryCount)) == (0, 0)
    clock.shift(sign_in.LASTS + MONTH)
    forget(now())
    assert (count(StaffSession), count(OneTimeLink)) == (0, 0)
    assert sign_in.resolve(live) is None


def test_a_session_in_the_portal_goes_a_month_after_it_was_ended(two, clock):
    with across_partners(write=True) as session:
        secret = portal_sign_in._open_session(session, "ada@adainteriors.example", "", "", "")
    portal_sign_in.sign_out(secret)
    clock.shift(MONTH - DAY)
    forget(now())
    assert count(PortalSession) == 1
    clock.shift(2 * DAY)
    forget(now())
    assert count(PortalSession) == 0


def test_an_invitation_that_is_still_open_is_kept(two, clock):
    write(two.nora, partners.invite_staff, {"name": "Kim", "email": "kim@northwind.example"}, Role.MEMBER)
    clock.shift(DAY)
    forget(now())
    assert open_link(token_to("kim@northwind.example"))


# ---------------------------------------------------------------- many, and fairly


def test_many_go_in_pages_and_every_rule_gets_its_turn(two, clock, monkeypatch):
    monkeypatch.setattr(retention, "PAGE", 10)
    with across_partners(write=True) as session:
        for n in range(95):
            session.add(TryCount(id=new_id("tri"), key=f"ip:{n}", next_at=now(), forget_at=now()))
    for n in range(25):
        effect(two.nora, "refund", f"refund:{n}")
    clock.shift(YEAR + DAY)
    monkeypatch.setattr(retention, "SECONDS", 0)
    assert forget(now()) == 0
    monkeypatch.setattr(retention, "SECONDS", 20)
    assert forget(now()) >= 120
    assert (count(TryCount), count(Effect, Effect.kind == "refund")) == (0, 0)
    assert forget(now()) == 0


def test_each_rule_says_what_how_long_and_why():
    assert len({rule.what for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.why.endswith(".")
        assert rule.keep >= DAY


def test_what_somebody_tries_again_at_this_moment_is_not_deleted(two, clock):
    made = effect(two.nora, "refund", "refund:1", "failed")
    clock.shift(2 * YEAR + DAY)
    write(two.nora, effects.retry, made)
    forget(now())
    (begun,) = effects.begin("refund", 1)
    assert write(job(begun.partner_id), effects.settle, begun, Outcome(), effects.WAITS)


# ---------------------------------------------------------------- the file of SQLite


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_file_becomes_smaller_when_much_was_deleted(two, database, clock, monkeypatch):
    monkeypatch.setattr(retention, "PAGES", 20)
    monkeypatch.setattr(retention, "MOST_FREE", 0.05)
    with across_partners(write=True) as session:
        for n in range(4000):
            session.add(TryCount(id=new_id("tri"), key=f"{n:0250}", next_at=now(), forget_at=now()))
    before = pages()
    clock.shift(8 * DAY)
    for _ in range(60):
        forget(now())
    assert pages() < before * 0.7


def pages():
    with transactions.engine().connect() as connection:
        return connection.exec_driver_sql("PRAGMA page_count").scalar()
