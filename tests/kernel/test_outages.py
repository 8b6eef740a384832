"""What is said when the database is away, locked, read-only or full: never that somebody changed the same thing."""

import resource
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from arbill_app.customers.models import Tag, TagFields
from arbill_app.kernel.db import connections, transactions
from arbill_app.kernel.db.outages import AWAY, BUSY, CLOSED, UNSURE, Unsure, is_race, outage
from arbill_app.kernel.db.transactions import across_partners, read, transaction, write
from arbill_app.kernel.errors import Conflict, Unavailable
from arbill_app.kernel.settings import settings
from tests import services
from tests.together import together


def tag(tx, name="Late"):
    return tx.create(Tag, TagFields(name=name), name_key=name.casefold())


def names(actor):
    return [row.name for row in read(actor, lambda tx: tx.all(tx.own(Tag)))]


# ---------------------------------------------------------------- what drivers say


class Said(Exception):
    """As psycopg or sqlite3 raise it."""

    def __init__(self, sqlstate=None, code=0):
        self.sqlstate, self.sqlite_errorcode = sqlstate, code
        super().__init__("said")


@pytest.mark.parametrize(
    ("sqlstate", "sentence"),
    [
        *((state, AWAY) for state in ("08006", "08P01", "57P01", "57P03", "28P01", "3D000", "25P03")),
        *((state, BUSY) for state in ("53300", "53200", "57014", "55P03")),
        *((state, CLOSED) for state in ("53100", "25006", "58030", "XX001")),
        *((state, None) for state in ("40001", "40P01", "23505", "42P01", "22001", "23502")),
    ],
)
def test_postgresql_by_its_code(sqlstate, sentence):
    assert outage(OperationalError("", {}, Said(sqlstate))) == sentence


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        *((code, AWAY) for code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM)),
        *((code, BUSY) for code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED)),
        *((code, CLOSED) for code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR_WRITE)),
        *((code, None) for code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_UNIQUE)),
    ],
)
def test_sqlite_by_its_code(code, sentence):
    assert outage(OperationalError("", {}, Said(code=code))) == sentence


def test_a_race_is_another_transaction_and_not_a_value_that_is_missing():
    races = [Said("40001"), Said("40P01"), Said("23505"), Said(code=sqlite3.SQLITE_CONSTRAINT_UNIQUE)]
    assert all(is_race(IntegrityError("", {}, said)) for said in races)
    faults = [Said("23502"), Said("23514"), Said(code=sqlite3.SQLITE_CONSTRAINT_NOTNULL), Said("57P01")]
    assert not any(is_race(IntegrityError("", {}, said)) for said in faults)


def test_a_wrong_statement_is_a_fault_and_no_outage(two):
    with pytest.raises(Exception, match="no_such_table") as raised:
        read(two.nora, lambda tx: tx.rows(text("SELECT 1 FROM no_such_table")))
    assert not isinstance(raised.value, Unavailable | Conflict)


def test_a_missing_value_is_a_fault_and_no_conflict(two):
    with pytest.raises(IntegrityError):
        write(two.nora, lambda tx: tx.create(Tag, name=None, name_key="x"))


# ---------------------------------------------------------------- real databases

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def sqlite(two, database, monkeypatch):
    monkeypatch.setattr(connections, "LOCKED_FOR", 0.2)
    transactions.engine().dispose()
    return database.removeprefix("sqlite:///")


@on_sqlite
def test_sqlite_locked_beyond_the_time_out(two, sqlite):
    with closing(sqlite3.connect(sqlite, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="too busy"):
            write(two.nora, tag)
        assert names(two.nora) == [], "reading goes on"
        other.execute("ROLLBACK")
    write(two.nora, tag)
    assert names(two.nora) == ["Late"]


@on_sqlite
def test_sqlite_read_only(two, sqlite):
    """As root, permissions mean nothing: SQLite's own switch says the same SQLITE_READONLY."""

    def verb(tx):
        tx.session.connection().exec_driver_sql("PRAGMA query_only = ON")
        tag(tx)

    with pytest.raises(Unavailable) as raised:
        write(two.nora, verb)
    assert raised.value.problem == CLOSED
    transactions.engine().dispose()
    write(two.nora, tag)


@contextmanager
def full_disk():
    """No file of this process may grow any more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@on_sqlite
def test_sqlite_on_a_full_disk(two, sqlite):
    with full_disk(), pytest.raises(Unavailable) as raised:
        write(two.nora, tag)
    assert raised.value.problem == CLOSED
    write(two.nora, tag)
    assert names(two.nora) == ["Late"]


@on_sqlite
def test_sqlite_whose_file_is_no_database(two, sqlite):
    transactions.engine().dispose()
    for suffix in ("-wal", "-shm"):
        with open(sqlite + suffix, "wb"):
            pass
    with open(sqlite, "wb") as file:
        file.write(b"x" * 100_000)
    with pytest.raises(Unavailable):
        read(two.nora, lambda tx: tx.all(tx.own(Tag)))


@pytest.fixture
def postgresql(two, database):
    return database


@on_postgresql
def test_postgresql_read_only(two, postgresql):
    def verb(tx):
        tx.session.execute(text("SET TRANSACTION READ ONLY"))
        tag(tx)

    with pytest.raises(Unavailable) as raised:
        write(two.nora, verb)
    assert raised.value.problem == CLOSED


@on_postgresql
def test_a_connection_that_breaks_before_commit_is_tried_once_more(two, postgresql):
    """As it does when PostgreSQL restarts: nothing was saved, so nothing can be doubled."""
    tries = []

    def verb(tx):
        tries.append(1)
        tag(tx)
        tx.flush()
        if len(tries) == 1:
            end(backend(tx))
        return tx.first(tx.own(Tag))

    write(two.nora, verb)
    assert (len(tries), names(two.nora)) == (2, ["Late"])


@on_postgresql
def test_an_answer_to_commit_that_is_lost_is_never_repeated(two, postgresql):
    tries = []

    def verb(tx):
        tries.append(1)
        tag(tx)
        tx.flush()
        pid = backend(tx)
        # What SQLAlchemy does last before it sends COMMIT.
        event.listen(tx.session.connection(), "commit", lambda connection: end(pid), once=True)

    with pytest.raises(Unsure) as raised:
        write(two.nora, verb)
    assert (raised.value.problem, tries) == (UNSURE, [1])


def backend(tx):
    return tx.session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()


def end(pid):
    """Ends that connection, from another one."""
    with transactions.engine().begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


@pytest.fixture
def away(two, postgresql, monkeypatch):
    """The same process, with a PostgreSQL that nobody answers for."""
    url = f"postgresql+psycopg://arbill@127.0.0.1:{services.free_port()}/arbill"
    monkeypatch.setenv("ARBILL_DATABASE_URL", url)
    settings.cache_clear()
    transactions.engine().dispose()
    transactions.engine.cache_clear()
    yield
    transactions.engine().dispose()
    monkeypatch.undo()
    settings.cache_clear()
    transactions.engine.cache_clear()


@on_postgresql
def test_postgresql_away(two, away):
    for ask in (lambda: write(two.nora, tag), lambda: read(two.nora, lambda tx: tx.all(tx.own(Tag))), _across):
        with pytest.raises(Unavailable) as raised:
            ask()
        assert raised.value.problem == AWAY


def _across():
    with across_partners() as session:
        session.execute(text("SELECT 1"))


@pytest.fixture
def operator(two, postgresql):
    """Says something to the server, as an administrator beside arbill does."""

    def say(*statements):
        with transactions.make_engine(settings().database_url).connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in ("SET default_transaction_read_only = off", *statements):
                connection.exec_driver_sql(statement)

    yield say
    say("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
    say("ALTER DATABASE arbill RESET default_transaction_read_only")
    transactions.engine().dispose()


def used_connections(actor):
    """Several of the pool, each of which has read and written."""
    together(*[lambda: names(actor)] * 5)
    together(*[lambda: write(actor, lambda tx: tx.scalar(text("SELECT pg_sleep(0.05)")))] * 5)
    names(actor)


@on_postgresql
def test_a_database_that_is_set_read_only_is_respected_by_connections_in_use(two, operator):
    used_connections(two.nora)
    operator("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    until(lambda: refuses(two.nora))
    for _ in range(12):
        with pytest.raises(Unavailable, match="takes no changes"):
            write(two.nora, tag)
        with pytest.raises(Unavailable, match="takes no changes"), across_partners(write=True) as session:
            session.execute(text("UPDATE partner SET name = name"))
        assert names(two.nora) == []
    operator("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
    until(lambda: not refuses(two.nora))
    write(two.nora, lambda tx: tag(tx, "Early"))
    assert "Early" in names(two.nora)


def refuses(actor):
    try:
        write(actor, lambda tx: tx.scalar(text("UPDATE partner SET name = name RETURNING 1")))
    except Unavailable:
        return True
    return False


def until(true):
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@on_postgresql
def test_connections_made_while_it_was_read_only_are_replaced(two, operator):
    """ALTER DATABASE … SET counts for new sessions only."""
    operator("ALTER DATABASE arbill SET default_transaction_read_only = on")
    transactions.engine().dispose()
    together(*[lambda: names(two.nora)] * 5)
    with pytest.raises(Unavailable, match="takes no changes"):
        write(two.nora, tag)
    together(*[lambda: names(two.nora)] * 5)
    operator("ALTER DATABASE arbill RESET default_transaction_read_only")
    for number in range(8):
        write(two.nora, lambda tx, number=number: tag(tx, str(number)))
    assert len(names(two.nora)) == 8


@on_postgresql
def test_a_write_in_a_reading_transaction_is_still_a_fault_of_the_program(two, operator):
    with pytest.raises(Exception, match="read-only") as raised:
        read(two.nora, lambda tx: tx.rows(text("UPDATE partner SET name = name RETURNING id")))
    assert not isinstance(raised.value, Unavailable)


@on_postgresql
def test_deadlocks_stay_races(two, postgresql):
    """Two who lock the same rows the other way round: one is tried once more, and both succeed."""
    first, second = write(two.nora, lambda tx: tag(tx, "a").id), write(two.nora, lambda tx: tag(tx, "b").id)
    met, begun = threading.Barrier(2), []

    def verb(tx, mine, other):
        tx.get(Tag, mine, lock=True).name += "!"
        tx.flush()
        if mine not in begun:
            begun.append(mine)
            met.wait(5)
        tx.get(Tag, other, lock=True).name += "!"

    ends = together(
        lambda: write(two.nora, verb, first, second),
        lambda: write(two.nora, verb, second, first),
    )
    assert ends == [None, None]
    assert sorted(names(two.nora)) == ["a!!", "b!!"]


def test_a_refusal_inside_is_not_taken_for_an_outage(two):
    with pytest.raises(Conflict), transaction(two.nora):
        raise Conflict("No.")
