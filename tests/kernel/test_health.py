"""What the checks say of an installation, and which of them take a process out of service or wake somebody up."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine

from arbill_app.kernel import health
from arbill_app.kernel.clock import now
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import across_partners, write
from arbill_app.kernel.health import checks, is_ready, is_well
from arbill_app.kernel.jobs import effects, periodic
from arbill_app.kernel.jobs.claiming import CLAIM
from arbill_app.kernel.jobs.workers import Heartbeat, Worker
from arbill_app.kernel.lanes import Lane
from arbill_app.kernel.monitoring.clock_watch import SKEW
from arbill_app.migrate import upgrade
from tests.conftest import settled

START = "2027-01-01T00:00:00Z"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


@pytest.fixture
def working(two, clock, monkeypatch):
    """A process does the jobs, and nothing waits."""
    monkeypatch.setattr(periodic, "SWEEPS", {})
    effects.begin("email", 100)  # the world's invitations
    write(two.nora, lambda tx: [setattr(row, "state", "done") for row in tx.all(tx.own(Effect))])
    write(two.sol, lambda tx: [setattr(row, "state", "done") for row in tx.all(tx.own(Effect))])
    heart = Heartbeat()
    heart.beat()
    return heart


def found():
    return {check.name: check for check in checks()}


def state(name):
    return found()[name].state


def later(two, key="a", **more):
    return write(two.nora, lambda tx: tx.later("charge", key, {}, **more))


def set_state(two, effect, **values):
    write(two.nora, lambda tx: [setattr(tx.get(Effect, effect.id), name, value) for name, value in values.items()])


def test_an_installation_that_works_is_ready_and_well(working):
    said = checks()
    assert [check for check in said if check.state != "ok"] == []
    assert is_ready(said)
    assert is_well(said)


# ---------------------------------------------------------------- what takes a process out of service


@pytest.mark.parametrize("shape", ["bare", "old", "newer"])
def test_a_database_of_another_shape_takes_it_out_of_service(bare_database, tmp_path, monkeypatch, shape):
    with settled(bare_database, tmp_path, monkeypatch):
        if shape != "bare":
            upgrade(bare_database)
            number = {"old": "0001", "newer": "9999"}[shape]
            with transactions.engine().execution_options(write=True).begin() as connection:
                connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{number}'")
        said = checks()
    assert not is_ready(said)
    assert not is_well(said)
    assert ("new version" if shape == "newer" else "arbill migrate") in found_in(said, "migrations").said


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://arbill:s3cret@127.0.0.1:1/arbill", "sqlite:////proc/nowhere/arbill.db"]
)
def test_a_database_that_does_not_answer_takes_it_out_and_no_secret_is_told(tmp_path, monkeypatch, caplog, url):
    monkeypatch.setattr("pathlib.Path.mkdir", lambda *_, **__: None)
    with settled(url, tmp_path, monkeypatch):
        said = checks()
    assert not is_ready(said)
    assert found_in(said, "database").said == "The database does not answer."
    assert "s3cret" not in str(said) + caplog.text


def found_in(said, name):
    return next(check for check in said if check.name == name)


def test_nothing_else_takes_it_out_of_service(working, two, clock):
    later(two)
    clock.shift(timedelta(days=2))
    said = checks()
    assert not is_well(said)
    assert is_ready(said)


# ---------------------------------------------------------------- what is not done


def test_what_is_due_for_long_is_told_and_then_wakes_somebody(working, two, clock):
    later(two, due_at=now() + timedelta(seconds=5))
    for minutes, expected in ((4, "ok"), (3, "warn"), (10, "fail")):
        clock.shift(timedelta(minutes=minutes))
        assert state("queue") == expected
    assert found()["queue"].said == "Something has been due for 16 minutes and has not begun."


def test_a_backlog_of_bulk_work_that_shrinks_is_no_fault(working, two, clock):
    waits = later(two, "waits", lane=Lane.BULK)
    clock.shift(timedelta(minutes=20))
    assert state("queue") == "fail", "nothing is tried"
    other = later(two, "tried", lane=Lane.BULK)
    write(two.nora, lambda tx: tx.create(EffectTry, effect_id=other.id, at=now(), outcome="done"))
    assert state("queue") == "ok"
    later(two, "a person waits", lane=Lane.NOW)
    clock.shift(timedelta(minutes=4))
    assert state("queue") == "ok"
    clock.shift(timedelta(minutes=2))
    assert state("queue") == "fail", "for the bulk, of which nothing was tried for five minutes"
    set_state(two, waits, state="done")
    set_state(two, other, state="done")
    assert state("queue") == "warn", "for the person"


@pytest.mark.parametrize("stuck", ["lost", "ahead", "silent"])
def test_what_began_and_is_not_looked_after_wakes_somebody(working, two, clock, stuck):
    made = later(two)
    claimed = {"lost": now() + CLAIM, "ahead": now() + timedelta(days=1), "silent": None}[stuck]
    set_state(two, made, state="unknown" if stuck == "silent" else "running", claimed_until=claimed)
    if stuck != "ahead":
        clock.shift(CLAIM)
        assert state("unfinished") == "ok", "the sweep has a moment to find it"
        clock.shift(timedelta(minutes=6))
    assert state("unfinished") == "fail"


def test_what_failed_or_waits_for_a_person_is_told_and_wakes_nobody(working, two, clock):
    set_state(two, later(two, "a"), state="failed")
    set_state(two, later(two, "b"), state="review")
    said = checks()
    assert (state("failed"), state("review")) == ("warn", "warn")
    assert is_well(said)
    clock.shift(timedelta(days=2))
    assert (state("failed"), state("review")) == ("ok", "warn")


# ---------------------------------------------------------------- who does it


def test_without_anybody_who_does_the_jobs_somebody_is_woken_up(working, clock):
    clock.shift(59)
    assert state("workers") == "ok"
    clock.shift(2)
    assert state("workers") == "fail"
    working.beat()
    assert state("workers") == "ok"
    working.end()
    assert state("workers") == "fail"


def test_a_dead_one_beside_a_living_one_is_told_for_a_day(working, two, clock):
    with across_partners(write=True) as session:
        at = now()
        elsewhere = {"role": "all", "host": "gone.example", "pid": 7, "version": "0001"}
        session.add(Worker(id="wrk_gone", started_at=at, seen_at=at, **elsewhere))
    clock.shift(120)
    working.beat()
    assert state("workers") == "warn"
    assert "gone.example, process 7 last gave a sign 2 minutes ago." in found()["workers"].said
    clock.shift(timedelta(days=1))
    working.beat()
    assert state("workers") == "ok"


def test_who_comes_after_a_dead_one_of_the_same_machine_replaces_it(working, clock, monkeypatch):
    with across_partners(write=True) as session:
        session.get(Worker, working.id).pid = 2**22 + 1  # more than Linux gives out
    clock.shift(60)
    Heartbeat().beat()
    assert state("workers") == "ok"
    with across_partners() as session:
        assert session.get(Worker, working.id) is None


def test_one_that_may_begin_nothing_says_why(working):
    working.beat("No work is begun here. The database is newer.")
    assert found()["workers"] == health.Check("workers", "fail", "No work is begun here. The database is newer.")
    assert health.troubles(now())[0].endswith("The database is newer.")
    Heartbeat().beat()
    assert state("workers") == "warn"


def test_a_sweep_that_is_late_or_failed_is_told_and_a_dead_one_wakes_somebody(working, clock):
    @periodic.sweep("overdue invoices", every=60)
    def look(at):
        raise ZeroDivisionError

    periodic.run("overdue invoices")
    assert (state("sweeps"), found()["sweeps"].said) == ("warn", "Failed when it last ran: overdue invoices.")
    clock.shift(200)
    assert "Late: overdue invoices." in found()["sweeps"].said
    assert state("sweeps") == "warn"
    clock.shift(timedelta(minutes=15))
    assert state("sweeps") == "fail"


def test_a_clock_that_was_moved_is_told_for_a_day(working, clock):
    working.beat("", timedelta(hours=-3), now())
    assert found()["clock"].said.endswith("was moved: it is 3 hours back of where it was.")
    assert health.troubles(now()) == [found()["clock"].said]
    clock.shift(timedelta(days=2))
    working.beat("", timedelta(hours=-3), now() - timedelta(days=2))
    assert state("clock") == "ok"


def test_runs_that_were_noted_in_the_future_show_that_the_clock_was_ahead(working, clock):
    periodic.sweep("overdue invoices", every=60)(lambda at: 0)
    clock.shift(timedelta(days=1))
    periodic.run("overdue invoices")
    clock.shift(-timedelta(days=1))
    assert state("clock") == "warn"
    assert timedelta(days=1) > SKEW


# ---------------------------------------------------------------- what it stands on


def test_a_database_that_takes_no_changes_wakes_somebody(working, monkeypatch):
    def refused(write=False):
        raise health.Unavailable("no")

    periodic.sweep("overdue invoices", every=60)(lambda at: 0)
    periodic.run("overdue invoices")
    assert state("writes") == "ok"
    monkeypatch.setattr(health, "across_partners", refused)
    assert state("writes") == "fail"


@pytest.mark.parametrize(("free", "expected"), [(5e9, "ok"), (9e8, "warn"), (1e8, "fail")])
def test_a_disk_that_fills_up_is_told_before_it_is_full(working, monkeypatch, free, expected):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=int(free)))
    assert state("disk") == expected


def test_redis_is_a_check_only_where_it_is_used(working, monkeypatch):
    assert "redis" not in found()
    for said, expected in (("ok", "ok"), ("does not answer", "fail")):
        monkeypatch.setattr(health, "redis_state", lambda said=said: said)
        assert state("redis") == expected
    assert is_ready(checks()), "the portal and its payments need no Redis"


def test_many_who_ask_cost_one_look():
    looks = []
    watched = health.Watched(lambda: looks.append(1) or [])
    for _ in range(10):
        watched.checks()
    assert len(looks) == 1
