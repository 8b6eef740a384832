"""Effects are done by whoever registered for their kind, without any engine."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from arbill_app.kernel.clock import now
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Invalid
from arbill_app.kernel.jobs import claiming, effects, handlers
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.kernel.jobs.handlers import handles, handles_many, work
from tests.together import together


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(handlers, "HANDLERS", {})
    monkeypatch.setattr(handlers, "PAUSE", 0.02)


def later(actor, *keys, kind="charge"):
    for key in keys:
        write(actor, lambda tx, key=key: tx.later(kind, key, {"amount": 1}))


def states(actor, kind="charge"):
    rows = read(actor, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == kind)))
    return {row.key: row.state for row in rows}


def effect(actor, key):
    return read(actor, lambda tx: tx.first(tx.own(Effect).where(Effect.key == key)))


def tried(actor):
    return [row.outcome for row in read(actor, lambda tx: tx.all(tx.own(EffectTry).order_by(EffectTry.id)))]


def test_one_call_for_each_effect_and_what_came_of_it(two):
    called = []

    @handles("charge")
    def charge(effect):
        called.append((effect.key, effect.payload["amount"]))
        return Outcome(reference=f"ch_{effect.key}")

    later(two.nora, "a", "b")
    assert work("charge") == 2
    assert called == [("a", 1), ("b", 1)]
    assert effect(two.nora, "b").reference == "ch_b"
    assert work("charge") == 0


def test_the_business_write_stands_in_the_transaction_that_settles(two):
    def paid(tx, effect, outcome):
        tx.record("invoice.paid", effect, note=outcome.reference)
        tx.later("letter", "receipt", {})

    @handles("charge", settle=paid)
    def charge(effect):
        return Outcome(reference="ch_1")

    later(two.nora, "a")
    work("charge")
    assert states(two.nora, "letter") == {"receipt": "due"}


def test_what_was_done_outside_but_cannot_be_written_here_is_not_called_a_failure(two):
    """It is asked again with the same key, and its business write comes then."""
    broken = [True]

    def paid(tx, effect, outcome):
        tx.later("letter", "receipt", {})
        tx.flush()
        if broken.pop() if broken else False:
            raise Invalid("There is no such invoice.")

    @handles("charge", settle=paid)
    def charge(effect):
        return Outcome(reference="ch_1")

    later(two.nora, "a")
    work("charge")
    row = effect(two.nora, "a")
    assert (row.state, row.reference) == ("unknown", "ch_1")
    assert "no such invoice" in row.last_error
    assert states(two.nora, "letter") == {}
    effects.reconcile(row.due_at)
    write(two.nora, lambda tx: setattr(tx.get(Effect, row.id), "due_at", now()))
    work("charge")
    assert (states(two.nora), states(two.nora, "letter")) == ({"a": "done"}, {"receipt": "due"})


def test_a_call_that_crashes_has_no_answer_and_holds_up_nobody(two):
    @handles("charge", batch=10)
    def charge(effect):
        if effect.key == "a":
            raise TimeoutError("no answer")
        return Outcome()

    later(two.nora, "a", "b", "c")
    work("charge")
    assert states(two.nora) == {"a": "unknown", "b": "done", "c": "done"}
    assert effect(two.nora, "a").last_error == "TimeoutError: no answer"
    assert effect(two.nora, "c").tries == 1


def test_of_many_each_is_settled_before_the_next_is_sent(two):
    seen = []

    @handles_many("charge", batch=10, slots=1)
    def charge(begun):
        for effect in begun:
            seen.append(sorted(states(two.nora).values()))
            yield effect, Outcome()

    later(two.nora, "a", "b", "c")
    assert work("charge") == 3
    assert seen == [["running"] * 3, ["done", "running", "running"], ["done", "done", "running"]]


def test_what_others_took_over_meanwhile_is_not_sent(two):
    called = []

    @handles_many("charge", batch=10, slots=1)
    def charge(begun):
        for effect in begun:
            called.append(effect.key)
            rest = [row for row in read(two.nora, lambda tx: tx.all(tx.own(Effect))) if row.state == "running"]
            for row in rest:
                overtake(two.nora, row)
            yield effect, Outcome()

    def overtake(actor, row):
        def verb(tx):
            tx.get(Effect, row.id).tries += 1

        write(actor, verb)

    later(two.nora, "a", "b")
    monkey = claiming.CLAIM
    claiming.CLAIM = monkey * 0
    try:
        work("charge", most=2)
    finally:
        claiming.CLAIM = monkey
    assert called == ["a"]
    assert tried(two.nora) == []


def test_who_stops_gives_back_what_it_had_only_begun(two):
    stopping = threading.Event()

    @handles("charge", batch=10)
    def charge(effect):
        stopping.set()
        return Outcome()

    later(two.nora, "a", "b", "c")
    work("charge", stopping)
    assert sorted(states(two.nora).values()) == ["done", "due", "due"]
    assert effect(two.nora, "c").tries == 0


def test_what_the_other_side_has_done_is_written_down_as_soon_as_the_database_takes_it(two, monkeypatch):
    called, full = [], [OperationalError("", {}, Exception("database or disk is full"))] * 3
    settle = effects.settle

    def refusing(*facts):
        if full:
            raise full.pop()
        return settle(*facts)

    @handles("charge")
    def charge(effect):
        called.append(effect.key)
        return Outcome()

    later(two.nora, "a")
    monkeypatch.setattr(effects, "settle", refusing)
    work("charge")
    assert (called, full, states(two.nora)) == (["a"], [], {"a": "done"})


def test_any_number_at_once_do_each_effect_once(two):
    called = []

    @handles("charge", batch=3)
    def charge(effect):
        called.append(effect.key)
        return Outcome()

    keys = [f"inv_{n}" for n in range(20)]
    later(two.nora, *keys[:10])
    later(two.sol, *keys[10:])
    together(*[lambda: work("charge")] * 4)
    assert sorted(called) == sorted(keys)
