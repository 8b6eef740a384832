"""The engine sets off what is due, finds its tables again after they were gone, and stops in order."""

import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from arbill_app.kernel import engine, handlers, sweeps
from arbill_app.kernel.clock import now
from arbill_app.kernel.db import read, write
from arbill_app.kernel.effects import Effect, Outcome
from arbill_app.kernel.engine import Engine
from arbill_app.kernel.handlers import handles
from tests import engine_tables

SECONDS = 15


@pytest.fixture
def called(two, monkeypatch):
    """A kind of our own; the list grows by the keys of what was called."""
    monkeypatch.setattr(handlers, "HANDLERS", {})
    monkeypatch.setattr(sweeps, "SWEEPS", dict(sweeps.SWEEPS))
    monkeypatch.setattr(engine, "LOOK", 0.1)
    monkeypatch.setattr(engine, "AGAIN", 0.1)
    keys: list[str] = []

    @handles("charge", lanes=3)
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
    engine.migrate(database)


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
        wait(lambda: {"stuck work", "old records"} <= {row.name for row in sweeps.last_runs() if row.finished_at})


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
        engine.migrate(mended)
        wait(lambda: called == ["a"])


def test_work_long_done_is_forgotten_and_the_newest_kept(two, called, monkeypatch):
    from dbos import DBOS

    with running():
        later(two.nora, "a", "b")
        wait(lambda: states(two.nora) == ["done"] * 2)
        wait(lambda: not DBOS.list_workflows(status="PENDING"))
        assert engine.prune(now()) == 0
        known = len(DBOS.list_workflows())
        monkeypatch.setattr(engine, "PAGE", 2)
        assert engine.prune(now() + engine.KEEP + timedelta(seconds=1)) >= known
        assert len(DBOS.list_workflows()) <= 1
