"""A clock that ran ahead for a while, and is right again: nothing waits for the day that it believed it was."""

import logging
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from arbill_app import misdated
from arbill_app.customers.portal_auth import sign_in as portal_sign_in
from arbill_app.customers.portal_auth.models import PortalCode
from arbill_app.kernel.actor import job
from arbill_app.kernel.clock import now
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.errors import Invalid
from arbill_app.kernel.jobs import backlog, effects, periodic
from arbill_app.kernel.jobs.claiming import CLAIM
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.kernel.jobs.runner import Engine, _trouble
from arbill_app.kernel.monitoring import clock_watch
from arbill_app.kernel.monitoring.clock_watch import ClockWatch, by
from arbill_app.partners.auth import sign_in
from arbill_app.partners.auth.secrets import new_totp_secret, totp_step
from arbill_app.partners.auth.secrets import pyotp as otp
from arbill_app.partners.models import StaffSession
from tests.world import PASSWORD

START = "2027-01-01T00:00:00Z"
AHEAD = timedelta(days=1)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


def later(two, key="a", **more):
    return write(two.nora, lambda tx: tx.later("charge", key, {}, **more))


def effect(two, key="a"):
    return read(two.nora, lambda tx: tx.first(tx.own(Effect).where(Effect.key == key)))


# ---------------------------------------------------------------- sweeps


@pytest.mark.parametrize("ended", [True, False])
def test_a_sweep_that_ran_in_the_future_runs_now(database, clock, monkeypatch, ended):
    monkeypatch.setattr(periodic, "SWEEPS", {})
    runs = []
    periodic.sweep("overdue invoices", every=60)(lambda at: len(runs.append(at) or runs))
    clock.shift(AHEAD)
    if ended:
        periodic.run("overdue invoices")
    else:
        periodic._begin(periodic.SWEEPS["overdue invoices"], now())
    clock.shift(-AHEAD)
    assert periodic.late(now()) == ["overdue invoices"]
    assert periodic.due(now()) == ["overdue invoices"]
    assert periodic.run("overdue invoices") == len(runs)
    assert periodic.due(now()) == periodic.late(now()) == []
    clock.shift(60)
    assert periodic.due(now()) == ["overdue invoices"]


def test_clocks_that_differ_by_seconds_run_it_once(database, clock, monkeypatch):
    monkeypatch.setattr(periodic, "SWEEPS", {})
    periodic.sweep("overdue invoices", every=60)(lambda at: 0)
    periodic.run("overdue invoices")
    clock.shift(-20)
    assert periodic.due(now()) == []


# ---------------------------------------------------------------- effects


@pytest.mark.parametrize("wait", [0, 30, 3600])
def test_what_was_to_happen_soon_happens_soon(two, clock, wait):
    clock.shift(AHEAD)
    later(two, due_at=now() + timedelta(seconds=wait))
    clock.shift(-AHEAD)
    assert misdated.mend(now()) == 1
    assert abs(effect(two).due_at - now() - timedelta(seconds=wait)) < timedelta(seconds=1)
    assert misdated.mend(now()) == 0


def test_a_day_that_somebody_chose_stays(two, clock):
    clock.shift(AHEAD)
    chosen = now() + timedelta(days=9)
    later(two, due_at=chosen)
    clock.shift(-AHEAD)
    misdated.mend(now())
    assert effect(two).due_at == chosen


def test_what_was_planned_by_a_right_clock_stays(two, clock):
    chosen = now() + timedelta(days=9)
    later(two, due_at=chosen)
    assert misdated.mend(now()) == 0
    assert effect(two).due_at == chosen


@pytest.mark.parametrize("state", ["retry", "unknown"])
def test_a_retry_keeps_its_wait_and_not_the_wrong_day(two, clock, state):
    later(two)
    clock.shift(AHEAD)
    (begun,) = effects.begin("charge", 1)
    write(job(begun.partner_id), effects.settle, begun, Outcome(state, "busy"), effects.WAITS)
    clock.shift(-AHEAD)
    misdated.mend(now())
    assert effect(two).due_at == now() + effects.WAITS[0]
    with across_partners() as session:
        assert session.scalar(select(func.max(EffectTry.at))) <= now()
    misdated.mend(now())
    assert effect(two).due_at == now() + effects.WAITS[0]


def test_what_somebody_tried_again_by_hand_is_due_now(two, clock):
    made = later(two)
    (begun,) = effects.begin("charge", 1)
    write(job(begun.partner_id), effects.settle, begun, Outcome("failed", "no"), effects.WAITS)
    clock.shift(2 * AHEAD)
    write(two.nora, effects.retry, made.id)
    clock.shift(-2 * AHEAD)
    misdated.mend(now())
    assert [row.key for row in effects.begin("charge", 1)] == ["a"]


def test_a_claim_from_the_future_ends_within_minutes_and_a_living_worker_still_settles(two, clock):
    later(two)
    clock.shift(AHEAD)
    (begun,) = effects.begin("charge", 1)
    clock.shift(-AHEAD)
    assert misdated.mend(now()) == 1
    assert effects.begin("charge", 1) == []
    assert write(job(begun.partner_id), effects.settle, begun, Outcome(), effects.WAITS)
    later(two, "b")
    clock.shift(AHEAD)
    effects.begin("charge", 1)
    clock.shift(-AHEAD)
    misdated.mend(now())
    clock.shift(CLAIM * 2)
    effects.reconcile(now())
    assert [row.key for row in effects.begin("charge", 1)] == ["b"]


def test_who_holds_a_claim_from_the_future_renews_it(two, clock):
    later(two)
    clock.shift(AHEAD)
    (begun,) = effects.begin("charge", 1)
    clock.shift(-AHEAD)
    assert effects.hold(begun)
    assert effect(two).claimed_until == now() + CLAIM


# ---------------------------------------------------------------- signing in


def test_sessions_and_codes_last_as_long_as_they_were_meant_to(two, clock):
    clock.shift(AHEAD)
    secret = sign_in.sign_in("nora@northwind.example", PASSWORD).secret
    challenge = portal_sign_in.send_code("ada@adainteriors.example")
    clock.shift(-AHEAD)
    misdated.mend(now())
    with across_partners() as session:
        code = session.get(PortalCode, challenge)
        newest = session.scalars(select(StaffSession).order_by(StaffSession.id.desc()).limit(1)).one()
    assert (code.created_at, code.expires_at) == (now(), now() + portal_sign_in.CODE_LASTS)
    assert (newest.created_at, newest.expires_at) == (now(), now() + sign_in.LASTS)
    assert sign_in.resolve(secret)


@pytest.mark.parametrize("known_before", [True, False])
def test_who_failed_to_sign_in_on_that_day_may_try_now(two, clock, known_before):
    def guess():
        with pytest.raises(Invalid):
            sign_in.sign_in("nora@northwind.example", "wrong", "192.0.2.1")

    if known_before:
        guess()
    clock.shift(2 * AHEAD)
    for _ in range(8):
        guess()
    clock.shift(-2 * AHEAD)
    misdated.mend(now())
    assert sign_in.sign_in("nora@northwind.example", PASSWORD, "192.0.2.1").secret


def test_a_code_of_an_app_that_was_accepted_ahead_locks_nobody_out():
    secret, at = new_totp_secret(), 1_800_000_000
    accepted_ahead = (at + 86400) // 30
    step = totp_step(secret, otp.TOTP(secret).at(at), after=accepted_ahead, at=at)
    assert step == at // 30
    assert totp_step(secret, otp.TOTP(secret).at(at), after=step, at=at) is None


# ---------------------------------------------------------------- noticed


@pytest.mark.parametrize("moved", [AHEAD, -AHEAD, timedelta(minutes=5)])
def test_a_jump_is_noticed_once(monkeypatch, moved):
    with time_machine.travel(START, tick=False) as clock:
        monkeypatch.setattr(clock_watch, "steady", lambda: timedelta(hours=1))
        watch = ClockWatch()
        assert watch.look() == timedelta()
        clock.shift(moved)
        assert watch.look() == watch.jump == moved
        assert watch.at == now()
        assert watch.look() == timedelta()


def test_time_that_passes_is_no_jump(monkeypatch):
    with time_machine.travel(START, tick=False) as clock:
        counted = [timedelta()]
        monkeypatch.setattr(clock_watch, "steady", lambda: counted[0])
        watch = ClockWatch()
        clock.shift(timedelta(days=3))
        counted[0] += timedelta(days=3, seconds=10)
        assert watch.look() == timedelta()


def test_a_jump_is_logged_once_and_told_to_others(two, monkeypatch, caplog):
    monkeypatch.setattr(periodic, "SWEEPS", {})
    caplog.set_level(logging.WARNING)
    with time_machine.travel(now(), tick=False) as clock:
        monkeypatch.setattr(clock_watch, "steady", lambda: timedelta(hours=1))
        made = Engine()
        made._watch_clock()
        clock.shift(AHEAD)
        for _ in range(3):
            made._watch_clock()
            made._beat("")
    assert [line for line in caplog.messages if "clock" in line] == [
        "the clock of this machine was moved: it is 24 hours ahead of where it was"
    ]


def test_it_is_said_in_words():
    assert by(timedelta(minutes=-90)) == "90 minutes back"
    assert by(timedelta(hours=25)) == "25 hours ahead"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_machine_whose_clock_is_not_the_databases_begins_nothing(database):
    assert _trouble(backlog.look()) == ""
    with time_machine.travel(now() + AHEAD):
        assert "24 hours ahead of the database's" in _trouble(backlog.look())
    with time_machine.travel(now() - AHEAD):
        assert "back of the database's" in _trouble(backlog.look())
