"""An older program beside a newer database leaves its work alone, and what it does not know waits for newer ones."""

import logging

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from arbill_app.kernel.clock import now
from arbill_app.kernel.db import schema, transactions
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import effects, handlers, periodic
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.kernel.jobs.handlers import handles, work
from arbill_app.kernel.jobs.runner import Engine
from arbill_app.kernel.jobs.workers import known_workers
from arbill_app.messages.jobs import in_words
from arbill_app.migrate import ROOT


def test_what_is_known_is_what_alembic_knows():
    assert schema.known() == ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml")).get_current_head()


def test_a_difference_says_what_to_do():
    assert schema.difference(schema.known()) == ""
    assert "arbill migrate" in schema.difference("0001")
    assert "arbill migrate" in schema.difference(None)
    assert "new version" in schema.difference("9999")


def state(two, key):
    return read(two.nora, lambda tx: tx.first(tx.own(Effect).where(Effect.key == key)))


@pytest.fixture
def called(two, monkeypatch):
    monkeypatch.setattr(handlers, "HANDLERS", {})
    monkeypatch.setattr(periodic, "SWEEPS", {})
    keys: list[str] = []

    @handles("charge")
    def charge(effect):
        keys.append(effect.key)
        return Outcome()

    return keys


def set_revision(number):
    with transactions.engine().execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{number}'")


def test_beside_a_newer_database_nothing_is_begun_until_it_is_known(two, called, caplog):
    caplog.set_level(logging.WARNING)
    write(two.nora, lambda tx: tx.later("charge", "a", {}))
    made, begun = Engine(), []
    made._set_off = lambda start, name, *_: begun.append(name)
    set_revision("9999")
    try:
        for _ in range(3):
            made._look()
        assert begun == []
        assert made._holding.is_set()
        assert work("charge", holding=made._holding) == 0
        assert state(two, "a").state == "due"
        assert len([line for line in caplog.messages if "newer than this program" in line]) == 1
        assert "newer" in known_workers()[0].trouble
    finally:
        set_revision(schema.known())
    made._look()
    assert begun == ["charge"]
    assert known_workers()[0].trouble == ""
    assert work("charge", holding=made._holding) == 1


def test_what_is_under_way_is_settled_and_the_rest_given_back(two, monkeypatch, called):
    import threading

    holding = threading.Event()

    @handles("refund", batch=3)
    def refund(effect):
        holding.set()
        return Outcome()

    for key in "abc":
        write(two.nora, lambda tx, key=key: tx.later("refund", key, {}))
    work("refund", holding=holding)
    assert sorted(state(two, key).state for key in "abc") == ["done", "due", "due"]
    assert sorted(state(two, key).tries for key in "abc") == [0, 0, 1]


def test_a_kind_that_nobody_here_knows_is_left_alone(two, called):
    write(two.nora, lambda tx: tx.later("fax", "a", {}))
    made = Engine()
    made._set_off = lambda start, name, *_: work(name)
    made._look()
    assert (state(two, "a").state, state(two, "a").tries) == ("due", 0)


def test_a_message_of_a_newer_version_waits_for_it_and_counts_for_nothing(two, monkeypatch, caplog):
    monkeypatch.setattr(handlers, "_left", set())
    caplog.set_level(logging.WARNING)
    message = {"kind": "dunning", "to": [["Ada", "ada@x.example"]], "language": "en", "values": {}}
    known = message | {"kind": "receipt", "values": {}}
    newer = {"kind": message, "detail": known | {"priority": 1}, "paper": known | {"attach": ["stm_1"]}}
    for name, payload in newer.items():
        write(two.nora, lambda tx, key=f"{name}:0", payload=payload: tx.later("email", key, payload))
        write(two.nora, lambda tx, key=f"{name}:1", payload=payload: tx.later("email", key, payload))
    work("email")
    for name in newer:
        row = state(two, f"{name}:0")
        assert (row.state, row.tries) == ("due", 0)
        assert now() < row.due_at <= now() + effects.FOR_OTHERS
        assert "not known to this version" in row.last_error
    assert len([line for line in caplog.messages if "left to a newer version" in line]) == len(newer)
    assert in_words(state(two, "kind:0")) == "Email: Dunning"
