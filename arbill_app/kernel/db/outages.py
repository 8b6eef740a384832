"""Tells what a database refuses apart: a race with another transaction, or a database that cannot be used.

A race is tried again (transactions.write). An outage becomes `Unavailable`, with a problem that is true for what was
going on. Anything else, a wrong statement say, is a fault of the program and passes through unchanged.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,
)
from sqlalchemy.orm.exc import StaleDataError

from ..errors import Unavailable, brief
from ..monitoring import metrics
from ..problems import Problem

# The database is away, full or read-only: that passes, and what was done outside must not be forgotten meanwhile.
PASSING = (Unavailable, OperationalError, InterfaceError, InternalError)

log = logging.getLogger(__name__)

AWAY = Problem("database.away")
BUSY = Problem("database.busy")
CLOSED = Problem("database.closed")
UNSURE = Problem("database.unsure")

# PostgreSQL, by SQLSTATE or its class (two characters): https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY = "25006"
RACES = {"40001", "40P01", "23505", "23503", "23P01"}  # serialization, deadlock, unique, foreign key, exclusion
POSTGRESQL = {
    "08": AWAY,  # connection
    "28": AWAY,  # wrong user or password
    "3D": AWAY,  # no such database
    "53": BUSY,  # too many connections, out of memory
    "53100": CLOSED,  # disk full
    "55P03": BUSY,  # lock time-out
    "57": AWAY,  # shutting down, starting up
    "57014": BUSY,  # statement time-out
    "58": CLOSED,  # input or output error
    READ_ONLY: CLOSED,
    "25P03": AWAY,  # ended by idle_in_transaction_session_timeout: this process stood still
    "XX001": CLOSED,  # data corrupted
    "XX002": CLOSED,
}
LOST = ("08", "57P")  # the connection is gone with these

# SQLite, by primary result code: https://www.sqlite.org/rescode.html
SQLITE_CONSTRAINT = 19
SQLITE_RACES = {2067, 1555, 787, 2579}  # extended codes: unique, primary key, foreign key, row id
SQLITE = {
    3: AWAY,  # permission
    5: BUSY,  # locked beyond busy_timeout
    6: BUSY,
    7: BUSY,  # out of memory
    8: CLOSED,  # read-only
    10: CLOSED,  # input or output error, disk full in the middle of a page
    11: CLOSED,  # malformed
    13: CLOSED,  # disk full
    14: AWAY,  # cannot open the file
    15: BUSY,  # locking protocol
    26: AWAY,  # not a database
}


@dataclass
class Progress:
    """How far a transaction has come: what is lost after COMMIT was sent may have been saved."""

    writes: bool = True
    committing: bool = False


class Unsure(Unavailable):
    """The answer to COMMIT was lost: saved or not, nobody knows. Never repeated by itself."""


@contextmanager
def told_apart(progress: Progress) -> Iterator[None]:
    """Around a transaction: an outage of the database leaves it as `Unavailable`, or as `Unsure` after COMMIT."""
    try:
        yield
    except (DBAPIError, TimeoutError, DisconnectionError) as error:
        said = outage(error)
        # A reading transaction is read-only because we asked for that: a write in it is a fault of the program.
        if not said or (said is CLOSED and not progress.writes and _sqlstate(error) == READ_ONLY):
            raise
        log.warning("the database: %s", brief(error))
        metrics.outage()
        if progress.committing and is_lost(error):
            raise Unsure(UNSURE) from error
        raise Unavailable(said) from error


def outage(error: Exception) -> Problem | None:
    """What to tell people, or None when this is no outage."""
    if isinstance(error, TimeoutError):
        return BUSY  # every connection of the pool is in use
    if not isinstance(error, DBAPIError):
        return AWAY if isinstance(error, DisconnectionError) else None
    state, code = _sqlstate(error), _sqlite_code(error)
    if state:
        return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
    if code:
        return SQLITE.get(code & 0xFF)
    # Without a code it never reached a server, or the connection broke under it.
    return AWAY if isinstance(error, OperationalError) or error.connection_invalidated else None


def is_race(error: BaseException | None) -> bool:
    """Another transaction won: doing it anew sees what that one did."""
    if isinstance(error, StaleDataError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state, code = _sqlstate(error), _sqlite_code(error)
    if state or code:
        return state in RACES or code in SQLITE_RACES
    return isinstance(error, IntegrityError)


def is_lost(error: BaseException | None) -> bool:
    """Whether the connection is gone, and with it every answer that had not come yet."""
    if not isinstance(error, DBAPIError) or _sqlite_code(error):
        return False
    state = _sqlstate(error)
    return error.connection_invalidated or state.startswith(LOST) or (not state and isinstance(error, OperationalError))


def _sqlstate(error: Exception) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def _sqlite_code(error: DBAPIError) -> int:
    """Extended; 0 where it is not SQLite that speaks."""
    return getattr(error.orig, "sqlite_errorcode", None) or 0
