"""What workers depend on goes away and comes back: the mail server, the disk, the engine's own tables."""

import resource
import socket
import time
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import text

from arbill_app.kernel.db import transactions
from arbill_app.kernel.jobs import runner
from tests import engine_tables
from tests.survival.conftest import charge, in_the_books, letters, open_effects, wait

LANES = 4  # connections of a worker


def arrived_once(mail, sent):
    return {id: mail.arrived[id] for id in sent} == dict.fromkeys(sent, 1)


def test_a_mail_server_that_is_away_for_a_while_costs_no_letter(two, mail, workers):
    mail.stop()
    workers.start()
    sent = letters(two.nora, 60)
    time.sleep(1.5)
    assert open_effects() >= 60
    mail.start()
    wait(lambda: not open_effects())
    assert arrived_once(mail, sent)


def test_a_mail_server_that_takes_calls_but_says_nothing_costs_no_letter(two, mail, workers):
    mail.stop()
    with closing(socket.socket()) as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", mail.port))
        silent.listen(50)
        workers.start()
        sent = letters(two.nora, 60)
        time.sleep(2.5)
        assert open_effects() >= 60
    mail.start()
    wait(lambda: not open_effects())
    assert arrived_once(mail, sent)


# ---------------------------------------------------------------- the disk


FULL = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'No space left on device'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON effect EXECUTE FUNCTION no_room();
"""


@contextmanager
def no_room(url, worker):
    """For the worker, no file can be written to any more; PostgreSQL says what it says when it has no room."""
    try:
        if url.startswith("postgresql"):
            said(FULL)
        else:
            before = resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        yield
    finally:
        if url.startswith("postgresql"):
            said("DROP TRIGGER IF EXISTS no_room ON effect; DROP FUNCTION IF EXISTS no_room()")
        else:
            resource.prlimit(worker, resource.RLIMIT_FSIZE, before)


def said(sql):
    with transactions.engine().begin() as connection:
        connection.execute(text(sql))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_a_full_disk_holds_everything_up_and_loses_and_doubles_nothing(two, database, bank, mail, workers):
    bank.seconds, mail.pace = (0.1, 0.2), 0.05
    worker = workers.start()
    sent, keys = letters(two.nora, 100), charge(two.nora, 20)
    wait(lambda: len(mail.arrived) >= 10)
    with no_room(database, worker):
        time.sleep(1)
        full = open_effects()
        time.sleep(1.5)
        assert open_effects() == full > 0
    wait(lambda: not open_effects())
    assert in_the_books(two.nora) == {f"paid_{key}": 1 for key in keys}
    assert set(mail.arrived) >= set(sent)
    assert sum(mail.arrived[id] - 1 for id in sent) <= LANES


# ---------------------------------------------------------------- the engine


def test_nothing_is_lost_with_the_engines_own_tables(two, database, bank, mail, workers):
    """They are made again by `arbill migrate`, and no worker has to be told."""
    bank.seconds = (0.02, 0.05)
    for _ in range(2):
        workers.start()
    keys = charge(two.nora, 30)
    wait(lambda: len(bank.calls) >= 5)
    engine_tables.drop(database)
    more = letters(two.nora, 20)
    runner.migrate(database)
    wait(lambda: not open_effects())
    assert in_the_books(two.nora) == {f"paid_{key}": 1 for key in keys}
    assert arrived_once(mail, more)
