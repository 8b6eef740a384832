"""The engine sets off what is due, finds its tables again after they were gone, and stops in order."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from arbill_app.kernel.clock import now
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import effects, handlers, periodic, runner
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.kernel.jobs.handlers import handles
from arbill_app.kernel.jobs.runner import Engine
from tests import engine_tables

SECONDS = 15


@pytest.fixture
def called(two, monkeypatch):
    """A kind of our own; the list grows by the keys of what was called."""
    monkeypatch.setattr(handlers, "HANDLERS", {})
    monkeypatch.setattr(periodic, "SWEEPS", dict(periodic.SWEEPS))
    monkeypatch.setattr(runner, "LOOK", 0.1)
    monkeypatch.setattr(runner, "AGAIN", 0.1)
    keys: list[str] = []

    @handles("charge", slots=3)
    def charge(effect):
        keys.append(effect.key)
        return Outcome()

    return keys


@contextmanager
def running():
    made = Engine().start()
    try:
        yield made
    finally:
        made.stop()


def later(actor, *keys, **more):
    for key in keys:
        write(actor, lambda tx, key=key: tx.later("charge", key, {}, **more))


def states(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge")))
    return [row.state for row in rows]


def wait(until):
    deadline = time.monotonic() + SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def mended(database):
    """PostgreSQL's schema is shared by all tests: whatever happens, it is there again afterwards."""
    yield database
    runner.migrate(database)


def test_what_is_due_is_done_and_what_comes_later_too(two, called):
    later(two.nora, "a", "b", "c")
    with running():
        wait(lambda: states(two.nora) == ["done"] * 3)
        later(two.sol, "d")
        wait(lambda: states(two.sol) == ["done"])
    assert sorted(called) == ["a", "b", "c", "d"]


def test_what_is_not_due_yet_waits_and_can_be_called_back(two, called):
    with running():
        later(two.nora, "a", due_at=now() + timedelta(hours=1))
        later(two.nora, "b")
        wait(lambda: called == ["b"])
    assert sorted(states(two.nora)) == ["done", "due"]


def test_sweeps_run_and_say_so(two, called):
    with running():
        wait(lambda: {"stuck work", "finished runs"} <= {row.name for row in periodic.last_runs() if row.finished_at})


def test_a_stopped_engine_does_nothing_and_another_can_start(two, called):
    with running():
        later(two.nora, "a")
        wait(lambda: called == ["a"])
    later(two.nora, "b")
    time.sleep(0.5)
    assert called == ["a"]
    with running():
        wait(lambda: called == ["a", "b"])


def test_an_engine_that_is_started_too_early_waits_for_its_tables(two, called, mended):
    engine_tables.drop(mended)
    later(two.nora, "a")
    with running():
        time.sleep(0.5)
        assert called == []
        runner.migrate(mended)
        wait(lambda: called == ["a"])


def test_sweeps_leave_nothing_in_the_engines_own_tables(two, database, called, monkeypatch):
    """They come every few seconds, with or without work: an idle installation must not grow by that."""
    rounds: list[int] = []
    write(two.nora, lambda tx: [effects.cancel(tx, row.id) for row in tx.all(tx.own(Effect))])

    @periodic.sweep("idle rounds", every=0)
    def idle(at):
        rounds.append(1)
        return 0

    with running():
        later(two.nora, "a")
        wait(lambda: called == ["a"])
        wait(lambda: not listed(status="PENDING"))
        before, seen = engine_tables.rows(database), len(rounds)
        wait(lambda: len(rounds) > seen + 30)
        assert engine_tables.rows(database) == before
        assert "workflow_status" in before
    assert sum(row.found for row in periodic.last_runs()) == 0


def listed(**wanted):
    from dbos import DBOS

    return DBOS.list_workflows(**wanted)


def test_what_the_engine_remembers_of_work_long_done_is_deleted_while_it_runs(two, database, called, monkeypatch):
    """By its own sweep, in pages, in the running engine: a call from a test alone would prove nothing."""
    monkeypatch.setattr(runner, "PAGE", 2)
    with running():
        later(two.nora, *"abcde")
        wait(lambda: states(two.nora) == ["done"] * 5)
        wait(lambda: not listed(status="PENDING"))
        assert engine_tables.rows(database)["workflow_status"] > 0
        wait(lambda: ended("finished runs"))
        assert ended("finished runs").found == 0, "they are young"
        monkeypatch.setattr(runner, "KEEP", -timedelta(hours=1))
        monkeypatch.setitem(
            periodic.SWEEPS, "finished runs", replace(periodic.SWEEPS["finished runs"], every=timedelta(seconds=0.2))
        )
        wait(lambda: not engine_tables.rows(database)["workflow_status"])
        assert not any(
            engine_tables.rows(database)[name] for name in ("workflow_input", "workflow_output", "operation_outputs")
        )
        assert ended("finished runs").error == ""


def ended(name):
    return next((row for row in periodic.last_runs() if row.name == name and row.finished_at), None)


def test_a_sweep_that_takes_its_time_holds_up_no_other(two, called):
    holding, go = threading.Event(), threading.Event()

    @periodic.sweep("slow", every=60)
    def slow(at):
        holding.set()
        go.wait(SECONDS)
        return 1

    with running():
        wait(holding.is_set)
        later(two.nora, "a")
        wait(lambda: called == ["a"])
        wait(lambda: ended("stuck work"))
        assert not ended("slow")
        go.set()
        wait(lambda: ended("slow"))


def test_an_idle_process_asks_the_database_twice_a_second(two, called, monkeypatch):
    """Once for due effects and once for due sweeps, however many kinds of effects there are."""
    for kind in ("refund", "detach", "collect"):
        handles(kind)(lambda effect: Outcome())
    write(two.nora, lambda tx: [effects.cancel(tx, row.id) for row in tx.all(tx.own(Effect))])
    write(two.sol, lambda tx: [effects.cancel(tx, row.id) for row in tx.all(tx.own(Effect))])
    monkeypatch.setattr(periodic, "SWEEPS", {})
    made, asked = Engine(), []
    made._look()  # with its first heartbeat
    event.listen(transactions.engine(), "before_cursor_execute", lambda *call: asked.append(call[2]))
    made._look()
    assert len([said for said in asked if said.startswith("SELECT")]) == 2
