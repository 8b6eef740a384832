"""The database is away, silent, locked or full while people work: they are told so, stay signed in, and go on after."""

import resource
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from arbill_app.dashboard.shell.session import FRESH
from arbill_app.kernel.db.outages import AWAY, BUSY, CLOSED
from arbill_app.kernel.db.transactions import write
from arbill_app.tables import metadata
from tests import world
from tests.security.rawclient import BASE, changed, tab
from tests.server import running
from tests.survival.conftest import charge, in_the_books, letters, open_effects
from tests.survival.monitor import is_well, told, wait_for
from tests.survival.wire import wire_to
from tests.world import PASSWORD

QUICK = ("tests.survival.quick", "serve")
NORA = "nora@northwind.example"


class Visitor:
    """A person at a running server."""

    def __init__(self, server):
        self.server, self.cookie = server, server.cookie(NORA, PASSWORD)

    def get(self, path, **headers):
        return httpx.get(self.server.origin + path, headers={"cookie": self.cookie} | headers, timeout=30)

    def post(self, path, **typed):
        return httpx.post(self.server.origin + path, data=typed, headers={"origin": self.server.origin}, timeout=30)

    def tab(self):
        return tab(self.server.origin, self.cookie)


def assert_told(answer, sentence):
    assert answer.status_code == 503, answer.text[:500]
    assert int(answer.headers["retry-after"]) > 0
    assert sentence in answer.text
    assert answer.headers["x-request-id"]
    assert "Traceback" not in answer.text


def assert_sign_in_says(visitor, sentence):
    refused = visitor.post("/auth/sign-in", email=NORA, password=PASSWORD)
    assert_told(refused, sentence)
    assert f'value="{NORA}"' in refused.text, "what was typed stays"
    assert PASSWORD not in refused.text


# ---------------------------------------------------------------- PostgreSQL


@pytest.fixture
def wired(two, database, tmp_path):
    """(the wire to PostgreSQL, somebody at the server behind it)."""
    wire, url = wire_to(database)
    with running(tmp_path, url, words=QUICK) as server:
        yield wire, Visitor(server)
        wire.mend()
    wire.cut()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("how", ["cut", "silent"])
def test_postgresql_away_or_silent(two, wired, how):
    wire, nora = wired
    token = link_to(two)
    with nora.tab() as mine:
        mine.hydrate()
        wire.cut() if how == "cut" else wire.silent.set()
        assert_sign_in_says(nora, str(AWAY))
        time.sleep(FRESH)  # what is remembered of a session is not asked again so long
        assert_told(nora.get("/customers"), str(AWAY))
        assert_told(nora.get("/export/customers.csv"), str(AWAY))
        assert_told(nora.get(f"/pay/{token}"), str(AWAY))
        heard = [*mine.say(f"{BASE}.find", {"words": "ada"}), *mine.hear(3)]
        assert changed(heard)["notice"] == str(AWAY)
        with pytest.raises(ConnectionClosed) as refused, nora.tab():
            pass
        assert refused.value.rcvd.code == 1013
        wire.mend()
        wait_for(lambda: nora.get("/customers").status_code == 200)
        assert mine.shows("Ada Interiors"), "the tab goes on, still signed in"
    assert "Traceback" not in nora.server.log.read_text()


def link_to(two):
    from arbill_app.invoices.models import Invoice

    invoice = world.make_invoice(two.nora, two.ada)
    return write(two.nora, lambda tx: tx.get(Invoice, invoice).link_token)


# ---------------------------------------------------------------- read-only


REFUSE = """
    CREATE FUNCTION takes_none() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction'; END $$;
"""


@contextmanager
def read_only(url, switch):
    """PostgreSQL's tables refuse what a standby refuses, with its code: a setting only binds those who do not undo it.

    SQLite says itself that it is read-only, to every connection of the server.
    """
    if url.startswith("sqlite"):
        switch.touch()
        yield
        switch.unlink()
        return
    names = [table.name for table in metadata.sorted_tables]
    refuse = 'CREATE TRIGGER takes_none BEFORE INSERT OR UPDATE OR DELETE ON "{}" EXECUTE FUNCTION takes_none();'
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(REFUSE + "".join(map(refuse.format, names)))
        try:
            yield
        finally:
            connection.execute("DROP FUNCTION takes_none CASCADE")


def test_a_database_that_takes_no_changes(two, database, bank, mail, tmp_path, monkeypatch):
    """Looking goes on. A charge that the bank made meanwhile is written down afterwards, once; a letter goes out."""
    switch = tmp_path / "read-only"
    monkeypatch.setenv("TEST_READ_ONLY", str(switch))
    with running(tmp_path, database, words=QUICK) as server:
        nora = Visitor(server)
        wait_for(lambda: is_well(server) and not open_effects())
        bank.hanging.add("charge:0")
        with nora.tab() as mine:
            mine.hydrate()
            keys, sent = charge(two.nora, 1), letters(two.nora, 3)
            wait_for(lambda: bank.calls["charge:0"] and set(sent) <= mail.arrived.keys())
            with read_only(database, switch):
                bank.hanging.clear()
                wait_for(lambda: told(server, "/statusz")[1].get("writes") == "fail")
                assert told(server, "/statusz")[0] == 503
                assert told(server, "/readyz")[0] == 200, "other processes can do no more than this one"
                assert_sign_in_says(nora, str(CLOSED))
                assert nora.get("/customers").status_code == 200
                assert "Ada Interiors" in str(mine.hydrate())
            wait_for(lambda: is_well(server) and not open_effects(), 40)
            assert "Ada Interiors" in str(mine.hydrate()), "the tab goes on, still signed in"
        assert nora.post("/auth/sign-in", email=NORA, password=PASSWORD).status_code == 303
        assert "Traceback" not in server.log.read_text()
    assert in_the_books(two.nora) == {f"paid_{key}": 1 for key in keys}
    assert {mail.arrived[id] for id in sent} == {1}


# ---------------------------------------------------------------- SQLite


@pytest.fixture
def embedded(two, database, tmp_path):
    with running(tmp_path, database, words=QUICK) as server:
        yield Visitor(server)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_locked_by_another_program(two, database, embedded):
    with embedded.tab() as mine:
        mine.hydrate()
        with locked(database):
            assert_sign_in_says(embedded, str(BUSY))
            assert embedded.get("/customers").status_code == 200, "looking goes on"
            assert mine.shows("Ada Interiors")
        assert embedded.post("/auth/sign-in", email=NORA, password=PASSWORD).status_code == 303


@contextmanager
def locked(url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process")
def test_sqlite_on_a_full_disk(two, embedded):
    with no_room(embedded.server.process.pid):
        assert_sign_in_says(embedded, str(CLOSED))
        assert embedded.get("/customers").status_code == 200
    assert embedded.post("/auth/sign-in", email=NORA, password=PASSWORD).status_code == 303


@contextmanager
def no_room(parent):
    """No file of the server can grow."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in family(parent)}
    for pid, (_, most) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def family(parent):
    """The process and its children: granian forks what serves."""
    children = [
        int(word) for stat in Path(f"/proc/{parent}/task").glob("*/children") for word in stat.read_text().split()
    ]
    return [parent, *(pid for child in children for pid in family(child))]
