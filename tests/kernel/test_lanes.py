"""Lanes: what a person waits for never waits for bulk, and no partner for another one's backlog."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from arbill_app.kernel.clock import now
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import claiming, effects, handlers, periodic, runner
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.kernel.jobs.handlers import HANDLERS, handles
from arbill_app.kernel.jobs.runner import Engine
from arbill_app.kernel.lanes import EFFECTS, EMAIL, MESSAGES, Lane, lane_of
from arbill_app.kernel.message import StaffMessage
from arbill_app.messages.wording import KINDS
from tests.together import together

NOW, CHARGES, BULK = Lane.NOW, Lane.CHARGES, Lane.BULK
SECONDS = 15


@pytest.fixture(autouse=True)
def nobody_served_yet(monkeypatch):
    monkeypatch.setattr(claiming, "_served", {})


def later(actor, *keys, lane=BULK, kind="errand", **more):
    write(actor, lambda tx: [tx.later(kind, key, {}, lane=lane, **more) for key in keys])


def named(begun):
    return [row.key for row in begun]


def many(actor, number, **more):
    keys = [f"{actor.name}:{n:03}" for n in range(number)]
    later(actor, *keys, **more)
    return keys


# ---------------------------------------------------------------- which lane


def test_every_kind_that_somebody_handles_and_every_message_has_a_lane():
    assert set(EFFECTS) | {EMAIL} == set(HANDLERS)
    assert set(MESSAGES) == set(KINDS)


def test_the_lane_follows_from_the_kind_unless_the_writer_knows_better(two):
    letter = StaffMessage("nora@northwind.example", "Nora", "Reset your password", ["…"]).payload()
    assert lane_of("email", letter) == NOW
    assert [lane_of("email", {"kind": kind}) for kind in ("code", "welcome", "invoice")] == [NOW] * 3
    assert [lane_of("email", {"kind": kind}) for kind in ("receipt", "card_expiring", "dunning")] == [BULK] * 3
    assert [lane_of(kind, {}) for kind in ("charge", "refund", "gateway_event")] == [CHARGES] * 3
    assert lane_of("fax", {}) == BULK
    write(two.nora, lambda tx: tx.later("charge", "a", {}))
    write(two.nora, lambda tx: tx.later("charge", "b", {}, lane=NOW))
    rows = read(two.nora, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge")))
    assert {row.key: row.lane for row in rows} == {"a": "charges", "b": "now"}


def test_what_a_person_tries_again_is_waited_for(two):
    later(two.nora, "a")
    (begun,) = effects.begin("errand", 1)
    write(two.nora, effects.settle, begun, Outcome("failed", "no"), effects.WAITS)
    write(two.nora, effects.retry, begun.id)
    assert named(effects.begin("errand", 1, NOW)) == ["a"]


# ---------------------------------------------------------------- claiming


def test_only_its_lane_begins_and_without_one_they_begin_in_their_order(two):
    for lane in (BULK, CHARGES, NOW):
        later(two.nora, lane.value, lane=lane)
    assert named(effects.begin("errand", 9, CHARGES)) == ["charges"]
    assert named(effects.begin("errand", 1)) == ["now"]
    assert named(effects.begin("errand", 1)) == ["bulk"]


def test_one_partners_backlog_takes_no_more_than_its_share(two):
    many(two.nora, 60)
    few = many(two.sol, 3)
    first = named(effects.begin("errand", 20, BULK))
    assert [key for key in first if key in few] == few
    assert len(first) == 10 + 3
    assert len(effects.begin("errand", 20, BULK)) == 20, "alone, it has all of the places"


def test_the_longest_waiting_of_each_partner_begin_first(two):
    later(two.nora, "late", due_at=now() - timedelta(minutes=1))
    later(two.nora, "early", due_at=now() - timedelta(minutes=9))
    later(two.sol, "theirs", due_at=now() - timedelta(minutes=5))
    assert named(effects.begin("errand", 2, BULK)) == ["early", "theirs"]


def test_where_there_are_more_partners_than_places_each_has_its_turn(two):
    many(two.nora, 4)
    many(two.sol, 4)
    turns = [effects.begin("errand", 1, BULK)[0].partner_id for _ in range(8)]
    assert sorted(turns[:2]) == sorted([two.nora.partner_id, two.sol.partner_id])
    assert turns == turns[:2] * 4


def test_partners_with_nothing_due_take_no_place(two):
    many(two.nora, 60, due_at=now() + timedelta(hours=1))
    later(two.sol, "due")
    for _ in range(2):
        assert effects.waiting({("errand", BULK): 50}) == {("errand", BULK): 1}
    assert named(effects.begin("errand", 50, BULK)) == ["due"]
    assert effects.begin("errand", 50, BULK) == []


def test_who_claims_at_the_same_moment_gets_others(two):
    keys = many(two.nora, 40) + many(two.sol, 40)
    claimed = []
    while found := [key for rows in together(*[lambda: effects.begin("errand", 8, BULK)] * 4) for key in named(rows)]:
        claimed += found
    assert sorted(claimed) == sorted(keys)


def test_claiming_and_looking_step_through_the_index_of_what_is_due(two, database):
    """Whatever else the database might choose would read every due effect of everybody."""
    _fill(two.nora, 3000)
    plans, engine = [], transactions.engine()

    @event.listens_for(engine, "before_cursor_execute")
    def _(connection, cursor, statement, values, *_):
        if "effect.lane = " in statement and "EXPLAIN" not in statement:
            plans.append("\n".join(str(row[-1]) for row in _explained(cursor.connection, statement, values)))

    try:
        effects.waiting({("errand", BULK): 50, ("errand", NOW): 50})
        effects.begin("errand", 5, BULK)
    finally:
        event.remove(engine, "before_cursor_execute", _)
    assert len(plans) == 3
    for plan in plans:
        assert "ix_effect_lane_kind_partner_id_due_at_id" in plan
        assert "ix_effect_state_due_at" not in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan


def _fill(actor, number):
    """Due at the same moment. PostgreSQL knows how many there are, as it would within a minute; SQLite never does."""
    later(actor, "first")
    row = read(actor, lambda tx: tx.first(tx.own(Effect).where(Effect.key == "first"))).model_dump()
    with transactions.engine().execution_options(write=True).begin() as connection:
        rows = [row | {"id": f"eff_{n:06}", "key": f"n{n}"} for n in range(number)]
        connection.execute(insert(Effect.__table__), rows)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE effect")


def _explained(connection, statement, values):
    cursor = connection.cursor()
    if "sqlite" in type(connection).__module__:
        return cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    cursor.execute(f"EXPLAIN {statement}", values)
    return cursor.fetchall()


# ---------------------------------------------------------------- side by side


@pytest.fixture
def gate(two, monkeypatch):
    """Errands whose key begins with "slow" wait until it opens; the list grows by the keys of the others."""
    monkeypatch.setattr(handlers, "HANDLERS", {})
    monkeypatch.setattr(periodic, "SWEEPS", {})
    monkeypatch.setattr(runner, "LOOK", 0.1)
    opened, slow, done = threading.Event(), [], []

    @handles("errand", batch=2, slots=2)
    def errand(effect):
        if effect.key.startswith("slow"):
            slow.append(effect.key)
            opened.wait(SECONDS)
        else:
            done.append(effect.key)
        return Outcome()

    return slow, done, opened


@contextmanager
def running(opened):
    """Whatever is held up goes on before the engine stops: no thread outlives the test and its database."""
    made = Engine().start()
    try:
        yield
    finally:
        opened.set()
        made.stop()


def wait(until):
    deadline = time.monotonic() + SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_a_person_waits_for_passes_bulk_that_holds_every_slot(two, gate):
    slow, done, opened = gate
    with running(opened):
        later(two.nora, *(f"slow{n}" for n in range(10)))
        wait(lambda: len(slow) == 2)
        later(two.nora, "code", lane=NOW)
        later(two.nora, "charge", lane=CHARGES)
        wait(lambda: sorted(done) == ["charge", "code"])
    assert len(slow) == 2, "bulk has its own slots and no more"


def test_one_slow_call_holds_up_nobody_behind_it(two, gate):
    slow, done, opened = gate
    with running(opened):
        later(two.nora, "slow", lane=NOW)
        wait(lambda: slow)
        later(two.nora, "code", lane=NOW)
        wait(lambda: done == ["code"])
