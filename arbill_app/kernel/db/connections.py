"""Engines of SQLAlchemy for both databases, and how each begins, commits and gives up waiting."""

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import make_url

from ..monitoring import metrics
from .outages import READ_ONLY

KEPT = 16  # connections that stay open; beyond them each use opens one, which costs more than most questions
FROZEN_AFTER = 60  # seconds between two statements of one transaction
PATIENCE = 5  # seconds until a server that does not take the connection counts as away
ANSWERS_WITHIN = 30.0  # seconds until a server that does not answer one statement counts as away
RENEWED_AFTER = 300  # seconds; a session keeps the settings its database had when it began
LOCKED_FOR = 10.0  # seconds that SQLite waits for another process to end its write


def make_engine(url: str, *, patient: bool = True) -> Engine:
    """`patient` waits for one statement as long as it takes, as migrations must; else for ANSWERS_WITHIN."""
    made = _sqlite_engine(url) if url.startswith("sqlite") else _postgresql_engine(url, patient)
    event.listen(made, "checkout", lambda *_: metrics.connection(+1))
    event.listen(made, "checkin", lambda *_: metrics.connection(-1))
    return made


def _postgresql_engine(url: str, patient: bool) -> Engine:
    # A client that hangs in the middle of a transaction must not keep its locks for ever.
    told = {"options": f"-c idle_in_transaction_session_timeout={FROZEN_AFTER * 1000}", "connect_timeout": PATIENCE}
    made = create_engine(
        url,
        pool_size=KEPT,
        max_overflow=30 - KEPT,
        pool_use_lifo=True,
        pool_pre_ping=True,
        pool_recycle=RENEWED_AFTER,
        connect_args=told,
        hide_parameters=True,
    )
    _respect_read_only(made)

    if not patient:
        event.listen(made, "do_connect", lambda _dialect, _record, args, told: _impatient().connect(*args, **told))

    @event.listens_for(made, "commit")
    def _(connection: Connection) -> None:
        # Without an answer to what is sent now, nobody knows whether it was saved: see outages.py.
        if progress := connection.get_execution_options().get("progress"):
            progress.committing = True

    return made


def _respect_read_only(made: Engine) -> None:
    """An operator may set the database read-only (default_transaction_read_only), and writable again."""

    @event.listens_for(made, "checkin")
    def _(connection: Any, _record: object) -> None:
        # SQLAlchemy ends a reading transaction with read_only=False, after which psycopg says BEGIN READ WRITE for
        # ever and overrules the operator. None says BEGIN alone.
        if connection is not None and not connection.closed:
            connection.read_only = connection.isolation_level = None

    @event.listens_for(made, "handle_error")
    def _(context: ExceptionContext) -> None:
        # Sessions that began while it was read-only stay so: all are replaced, and the verb is tried on a new one.
        options = context.connection.get_execution_options() if context.connection else {}
        if getattr(context.original_exception, "sqlstate", "") == READ_ONLY and options.get("write"):
            context.is_disconnect = context.invalidate_pool_on_disconnect = True


@cache
def _impatient() -> type[Any]:
    # Imported here: on SQLite nobody needs it.
    from psycopg import Connection as Plain
    from psycopg import OperationalError
    from psycopg.errors import _WaitTimeout

    class Impatient(Plain[Any]):
        """Times out on a server that hangs: TCP alone would wait for ever."""

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, timeout or ANSWERS_WITHIN)
            except _WaitTimeout:
                self.pgconn.finish()
                raise OperationalError(f"no answer within {timeout or ANSWERS_WITHIN:g} seconds") from None

    return Impatient


def _sqlite_engine(url: str) -> Engine:
    if file := make_url(url).database:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(
        url,
        pool_size=KEPT,
        max_overflow=40 - KEPT,
        pool_use_lifo=True,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(made, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        waits = f"busy_timeout={int(LOCKED_FOR * 1000)}"
        if not connection.execute("PRAGMA page_count").fetchone()[0]:
            # A new file can shrink again (see retention.py); an older one takes a VACUUM to learn it.
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for pragma in (waits, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _(connection: Connection) -> None:
        # A read that turns into a write fails at once when somebody else has written: say so at the start.
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return made
