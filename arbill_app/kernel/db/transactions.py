"""All access to the database goes through here: `Tx`, `transaction`, `read`, `write`, `run`, `ask`.

A transaction is opened by a handler, an endpoint or a job; functions of customers, invoices, payments … get a `Tx`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio.to_thread
from anyio.lowlevel import RunVar
from pydantic import BaseModel
from sqlalchemy import Engine, Insert, bindparam, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ..actor import Actor, Kind
from ..errors import Conflict, Forbidden, NotFound, Unavailable
from ..fair_lock import FairLock
from ..lanes import Lane
from ..problems import Problem
from ..settings import settings
from ..text.search_keys import printable
from .activity import note_down
from .connections import make_engine as make_engine
from .ids import CROCKFORD as CROCKFORD
from .ids import born_at as born_at
from .ids import first_id as first_id
from .ids import new_id as new_id
from .outages import Progress, Unsure, is_lost, is_race, told_apart
from .outbox import Effect, write_down
from .records import Changing as Changing
from .records import OfCustomer as OfCustomer
from .records import Owned as Owned
from .records import Record as Record

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="Record")
APPENDED = "rows to append"

# Concurrent reading transactions of one process. More would only wait for the GIL, and would open
# connections beyond those that are kept (see connections.py).
READERS = 10
_readers: RunVar[anyio.CapacityLimiter] = RunVar("readers")

# ---------------------------------------------------------------- engines

_sqlite_writes = FairLock()


@cache
def engine() -> Engine:
    """The engine, made at first use: granian forks its workers after importing the app."""
    return make_engine(settings().database_url, patient=False)


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


# ---------------------------------------------------------------- transactions


class Tx:
    """One transaction of one actor. Every query starts at `own` or `get`: another partner's row does not exist."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session = session
        self.actor = actor

    def own(self, model: type[R]) -> SelectOfScalar[R]:
        return select(model).where(model.owned_by(self.actor))  # type: ignore[attr-defined]

    def get(self, model: type[R], id: str, *, lock: bool = False) -> R:
        """The row; NotFound when there is none and when it belongs to another partner.

        `lock` holds it, and reads it anew: another transaction may have changed it while we waited.
        """
        who = self.actor
        wanted = {"wanted": printable(id), "partner": who.partner_id, "customer": who.customer_id}
        wanted["invoice"] = who.invoice_id
        row: R | None = self.session.scalars(
            _one_of(model, self.actor.kind, self.actor.narrowed, lock), wanted
        ).one_or_none()
        if row is None:
            raise NotFound(Problem("row.not_found"))
        return row

    def as_partner(self) -> "Tx":
        """The same transaction and actor, seeing all rows of the partner: see Actor.for_partner."""
        return Tx(self.session, self.actor.for_partner())

    def all(self, statement: Any) -> Sequence[Any]:
        return self.session.scalars(statement).all()

    def held(self, model: type[R], *wanted: Any) -> Sequence[R]:
        """One's own rows, held and read anew: in the order of their ids by everybody, so that two who want the same
        ones do not wait for each other."""
        in_order = self.own(model).where(*wanted).order_by(col(model.id))
        return self.all(in_order.with_for_update().execution_options(populate_existing=True))

    def first(self, statement: Any) -> Any:
        return self.session.scalars(statement.limit(1)).first()

    def rows(self, statement: Any) -> Sequence[Any]:
        return self.session.execute(statement).all()

    def streamed(self, statement: Any, size: int) -> Iterator[Sequence[Any]]:
        """The rows while the statement runs, `size` of them in memory at a time. Others may be asked meanwhile."""
        yield from self.session.execute(statement, execution_options={"yield_per": size}).partitions()

    def scalar(self, statement: Any) -> Any:
        return self.session.execute(statement).scalar()

    def create(self, model: type[R], fields: BaseModel | None = None, **more: Any) -> R:
        """Adds a row. Pass user input as `fields`, which is validated: models with `table=True` do not validate."""
        values: dict[str, Any] = {"id": new_id(model.prefix)}
        if issubclass(model, Owned):
            values["partner_id"] = self.actor.partner_id
        if fields is not None:
            values |= {k: v for k, v in fields.model_dump().items() if k in model.model_fields}
        row = model(**(values | more))
        self.session.add(row)
        return row

    def append(self, model: type[R], **columns: Any) -> None:
        """A row that this transaction does not read again; `columns` are all of its own. All rows of a table are
        written by one INSERT when the transaction ends."""
        row = {"id": new_id(model.prefix), "partner_id": self.actor.partner_id} | columns
        self.session.info.setdefault(APPENDED, {}).setdefault(model, []).append(row)

    def write_appended(self) -> None:
        """Inserts the appended rows now, for a query that has to see them; `transaction` does so at the end."""
        appended: dict[type[Record], list[dict[str, Any]]] = self.session.info.pop(APPENDED, {})
        if appended:
            self.session.flush()  # the rows that they point to
        for model, rows in appended.items():
            self.session.connection().execute(_insert_into(model), rows)

    def delete(self, *rows: Record) -> None:
        for row in rows:
            self.session.delete(row)

    def flush(self) -> None:
        self.session.flush()

    def record(self, action: str, row: Record, changes: dict[str, list[Any]] | None = None, note: str = "") -> None:
        """Say who did what to which row, beside the change itself: `{"terms": [before, after]}`."""
        note_down(self, action, row, changes or {}, note)

    def later(
        self,
        kind: str,
        key: str,
        payload: dict[str, Any],
        *,
        about: str = "",
        due_at: datetime | None = None,
        lane: Lane | None = None,
        fresh: bool = False,
    ) -> Effect:
        """Writes an effect: a call outside, made once after this transaction commits (jobs/effects.py). `due_at` delays
        it; `lane` where it is not that of its kind; `fresh` says that nobody can have used this key before."""
        return write_down(self, kind, key, payload, about, due_at, lane, fresh=fresh)


@cache
def _insert_into(model: type[Record]) -> Insert:
    return insert(model.__table__)  # type: ignore[attr-defined]


@lru_cache(maxsize=1000)  # more than tables, kinds of actors and locks can make
def _one_of(model: type[R], kind: Kind, narrowed: bool, lock: bool) -> SelectOfScalar[R]:
    """The statement of `get` for all actors of a kind: making it takes longer than SQLite takes to answer it."""
    ids: Any = [bindparam(name) for name in ("partner", "customer", "invoice")]
    actor = Actor(ids[0], kind, "", "", customer_id=ids[1], invoice_id=ids[2], narrowed=narrowed)
    one = select(model).where(model.owned_by(actor), model.id == bindparam("wanted"))  # type: ignore[attr-defined]
    # FOR NO KEY UPDATE: inserting a foreign key to this row does not wait for this lock.
    return one.with_for_update(key_share=True).execution_options(populate_existing=True) if lock else one


def personal(verb: Callable[P, T]) -> Callable[P, T]:
    """Marks a verb about the actor's own account, which even a read-only person may do."""
    verb.personal = True  # type: ignore[attr-defined]
    return verb


@contextmanager
def transaction(actor: Actor) -> Iterator[Tx]:
    """A writing transaction: commits at the end, rolls back on any exception."""
    with _session(write=True) as session, session.begin():
        tx = Tx(session, actor)
        yield tx
        tx.write_appended()


@contextmanager
def reading(actor: Actor) -> Iterator[Tx]:
    """A reading transaction: all of it sees one moment, and PostgreSQL refuses writes."""
    with _session(write=False) as session:
        yield Tx(session, actor)


@contextmanager
def across_partners(*, write: bool = False) -> Iterator[Session]:
    """The few places that must look across partners: signing in, claiming work. Counted by a house test."""
    with _session(write=write) as session, session.begin():
        yield session


@contextmanager
def _session(*, write: bool) -> Iterator[Session]:
    """Raises Unavailable when the database cannot be used."""
    made, progress = engine(), Progress(write)
    options: dict[str, Any] = {"write": write, "progress": progress}
    if made.dialect.name != "sqlite" and not write:
        options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    # Threads of one process queue here in turn instead of sleeping in SQLite's busy handler.
    turn = _sqlite_writes if write and made.dialect.name == "sqlite" else _nobody_waits
    with told_apart(progress), turn, made.connect() as connection:
        yield Session(bind=connection.execution_options(**options), expire_on_commit=False, autoflush=True)


class _NobodyWaits:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


_nobody_waits = _NobodyWaits()


# ---------------------------------------------------------------- the hop


def write(actor: Actor, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One verb in one transaction. A lost race (unique key, deadlock, row gone) is tried once more.

    So is a connection that broke before COMMIT was sent, as it does when PostgreSQL restarts: nothing was saved then.
    """
    if not actor.may_write and not getattr(verb, "personal", False):
        raise Forbidden(Problem("role.read_only"))
    for last in (False, True):
        try:
            with transaction(actor) as tx:
                return verb(tx, *args, **kwargs)
        except SQLAlchemyError as lost:
            if not is_race(lost):
                raise
            if last:
                raise Conflict(Problem("row.changed_meanwhile")) from lost
        except Unavailable as away:
            if last or isinstance(away, Unsure) or not is_lost(away.__cause__):
                raise
    raise AssertionError("unreachable")


def read(actor: Actor, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    with reading(actor) as tx:
        return query(tx, *args, **kwargs)


async def run(actor: Actor, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A verb on a worker thread, so that nobody's event loop waits for the database."""
    return await anyio.to_thread.run_sync(lambda: write(actor, verb, *args, **kwargs))


async def ask(actor: Actor, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A question on a worker thread, in a reading transaction; at most READERS at a time, the others wait in turn."""
    return await anyio.to_thread.run_sync(lambda: read(actor, query, *args, **kwargs), limiter=_places())


async def take_turn() -> None:
    """Waits for a reader slot as `ask` does, and reads nothing: measures how busy this process is."""
    await anyio.to_thread.run_sync(lambda: None, limiter=_places())


def _places() -> anyio.CapacityLimiter:
    try:
        return _readers.get()
    except LookupError:
        made = anyio.CapacityLimiter(READERS)
        _readers.set(made)
        return made
