"""How this installation is: one list of checks, for `/readyz`, `/statusz`, `arbill doctor` and Automations.

Each check has a name, a state and a sentence. "warn" is for somebody to look at, "fail" for somebody to be woken up:
then nothing is done, or soon nothing will be. Mail that an address refused is not such a thing.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, func, select

from . import clock
from .db.outbox import Effect
from .db.schema import difference
from .db.transactions import across_partners, engine
from .errors import Unavailable, brief
from .jobs import effects, periodic
from .jobs.claiming import CLAIM
from .jobs.workers import FORGOTTEN, Worker, is_alive, known_workers
from .monitoring.clock_watch import SKEW, by
from .redis_check import redis_state
from .settings import settings

log = logging.getLogger(__name__)
State = Literal["ok", "warn", "fail"]
LATE = timedelta(minutes=5)  # what is due and has not begun for so long, somebody should look at
TOO_LATE = timedelta(minutes=15)  # and for so long, somebody must
LATELY = timedelta(days=1)
MOST = 1000  # nobody counts further
LOW, FULL = 1_000_000_000, 200_000_000  # bytes left on a disk
LASTS = 5.0  # seconds that an answer is good for, however often it is asked for


@dataclass(frozen=True)
class Check:
    """`state` is ok, warn or fail; `said` a sentence for whoever runs arbill, without secrets."""

    name: str
    state: State
    said: str


# What one process needs to serve anything: a balancer sends nobody to it while one of these fails.
SERVING = ("database", "migrations", "build")


def checks() -> list[Check]:
    """All of them, in this order. Without a database only the first, the disk and Redis can be told."""
    reached = [_database()]
    if reached[0].state == "ok":
        reached.append(_migrations())
    if all(check.state == "ok" for check in reached):
        reached += [_asked(name, check) for name, check in ASKED.items()]
    return [*reached, *_disks(), *_redis()]


def is_ready(found: list[Check]) -> bool:
    """May this process be sent visitors? Late work or a dead worker is no reason not to."""
    return not any(check.state == "fail" for check in found if check.name in SERVING)


def is_well(found: list[Check]) -> bool:
    """Need nobody be woken up?"""
    return not any(check.state == "fail" for check in found)


def _asked(name: str, check: Callable[[datetime], tuple[State, str]]) -> Check:
    try:
        return Check(name, *check(clock.now()))
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("%s: %s", name, brief(error))
        return Check(name, "fail", "The database did not answer this.")


# ---------------------------------------------------------------- can anything be done at all?


def _database() -> Check:
    try:
        with engine().connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, Unavailable) as error:
        log.warning("not ready: %s", brief(error))
        return Check("database", "fail", "The database does not answer.")
    return Check("database", "ok", "The database answers.")


def _migrations() -> Check:
    said = difference(revision())
    return Check("migrations", "fail" if said else "ok", said or "The database has the shape of this version.")


def revision() -> str | None:
    """The newest migration that the database has had; None before the first."""
    with engine().connect() as connection:
        if not engine().dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _writes(_now: datetime) -> tuple[State, str]:
    """Changes nothing, but has to be written: a read-only or full database refuses it."""
    with across_partners(write=True) as session:
        name = select(periodic.SweepRun.id).order_by(col(periodic.SweepRun.id)).limit(1).scalar_subquery()
        session.execute(
            update(periodic.SweepRun)
            .where(col(periodic.SweepRun.id) == name)
            .values(found=periodic.SweepRun.found)
            .execution_options(synchronize_session=False)
        )
    return "ok", "The database takes changes."


# ---------------------------------------------------------------- what is not done


def _queue(now: datetime) -> tuple[State, str]:
    wait = effects.overdue(now)
    if wait <= LATE:
        return "ok", "Nothing waits for longer than it should."
    return ("fail" if wait > TOO_LATE else "warn"), f"Something has been due for {_long(wait)} and has not begun."


def _unfinished(now: datetime) -> tuple[State, str]:
    """Nobody has looked after it: a sweep resets what is past its claim within seconds."""
    lost = _count(Effect.state == "running", col(Effect.claimed_until) < now - LATE)
    ahead = _count(Effect.state == "running", col(Effect.claimed_until) > now + CLAIM + SKEW)
    silent = _count(Effect.state == "unknown", Effect.due_at < now - LATE)
    if lost + ahead + silent:
        return "fail", f"{_many(lost + ahead + silent)} began, gave no answer and is not looked after."
    return "ok", "What has begun is looked after."


def _failed(now: datetime) -> tuple[State, str]:
    many = _count(Effect.state == "failed", Effect.due_at > now - LATELY)
    return ("warn", f"{_many(many)} failed within a day.") if many else ("ok", "Nothing failed within a day.")


def _review(_now: datetime) -> tuple[State, str]:
    many = _count(Effect.state == "review")
    return ("warn", f"{_many(many)} waits for somebody to decide.") if many else ("ok", "Nothing waits for a person.")


def _count(*wanted: object) -> int:
    some = select(Effect.id).where(*wanted).limit(MOST).subquery()  # type: ignore[arg-type]
    with across_partners() as session:
        return session.execute(select(func.count()).select_from(some)).scalar() or 0


def _many(count: int) -> str:
    return "One effect" if count == 1 else f"{'More than ' if count >= MOST else ''}{count} effects, each of which"


# ---------------------------------------------------------------- who does it


def _workers(now: datetime) -> tuple[State, str]:
    """Dead ones of other machines are told for a day; those of this machine are forgotten when another starts."""
    known = known_workers()
    alive = [worker for worker in known if is_alive(worker, now)]
    able = [worker for worker in alive if not worker.trouble]
    if not able:
        why = next((worker.trouble for worker in alive), "No process does the jobs.")
        return "fail", why
    dead = [worker for worker in known if worker not in alive and now - worker.seen_at < FORGOTTEN]
    said = [f"{worker.called} last gave a sign {_long(now - worker.seen_at)} ago." for worker in dead]
    said += [f"{worker.called}: {worker.trouble}" for worker in alive if worker.trouble]
    many = f"{len(able)} process{'es do' if len(able) > 1 else ' does'} the jobs."
    return ("warn" if said else "ok"), " ".join([many, *said])


def _sweeps(now: datetime) -> tuple[State, str]:
    late = periodic.late(now)
    runs = {run.name: run for run in periodic.last_runs()}
    dead = [name for name in late if _overdue(runs[name], now) > max(TOO_LATE, 10 * periodic.SWEEPS[name].every)]
    broken = [name for name, run in runs.items() if run.error]
    said = [f"Late: {', '.join(late)}."] if late else []
    said += [f"Failed when it last ran: {', '.join(broken)}."] if broken else []
    return ("fail" if dead else "warn" if said else "ok"), " ".join(said) or "All sweeps ran when they should."


def _overdue(run: periodic.SweepRun, now: datetime) -> timedelta:
    return abs(now - (run.finished_at or run.started_at))


def _clock(now: datetime) -> tuple[State, str]:
    jumps = [worker for worker in known_workers() if _jumped_lately(worker, now)]
    if jumps:
        said = by(timedelta(seconds=jumps[-1].clock_jump))
        return "warn", f"The clock of {jumps[-1].host} was moved: it is {said} of where it was."
    ahead = [run for run in periodic.last_runs() if run.started_at > now + SKEW]
    if ahead:
        return "warn", f"The clock was ahead by {_long(ahead[0].started_at - now)}, or is behind by as much now."
    return "ok", "The clock was not moved."


def troubles(now: datetime) -> list[str]:
    """What the clocks of machines do to the work, and why processes leave it alone: for people at a screen."""
    said = [
        f"{worker.called}: {worker.trouble}" for worker in known_workers() if worker.trouble and is_alive(worker, now)
    ]
    state, clock_said = _clock(now)
    return said if state == "ok" else [*said, clock_said]


def _jumped_lately(worker: Worker, now: datetime) -> bool:
    return worker.jumped_at is not None and abs(now - worker.jumped_at) < LATELY + timedelta(seconds=worker.clock_jump)


ASKED: dict[str, Callable[[datetime], tuple[State, str]]] = {
    "writes": _writes,
    "queue": _queue,
    "unfinished": _unfinished,
    "failed": _failed,
    "review": _review,
    "workers": _workers,
    "sweeps": _sweeps,
    "clock": _clock,
}

# ---------------------------------------------------------------- what it stands on


def _disks() -> Iterator[Check]:
    url = make_url(settings().database_url)
    database = Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else None
    folders = {_existing(folder): folder for folder in (settings().home, database) if folder}
    free = min(shutil.disk_usage(folder).free for folder in folders)
    state: State = "fail" if free < FULL else "warn" if free < LOW else "ok"
    yield Check("disk", state, f"{free / 1e9:.1f} GB are free.")


def _existing(folder: Path) -> Path:
    return next((path for path in (folder, *folder.parents) if path.is_dir()), Path("/"))


def _redis() -> Iterator[Check]:
    said = redis_state()
    if said != "not used":
        words = "Redis answers." if said == "ok" else "Redis does not answer: open screens cannot go on."
        yield Check("redis", "ok" if said == "ok" else "fail", words)


def _long(span: timedelta) -> str:
    minutes = max(int(span.total_seconds() // 60), 1)
    return f"{minutes} minute{'s' if minutes > 1 else ''}" if minutes < 120 else f"{minutes // 60} hours"


# ---------------------------------------------------------------- asked often


class Watched:
    """The checks as they were at most LASTS seconds ago: many may ask, the database is asked once."""

    def __init__(self, ask: Callable[[], list[Check]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._found: list[Check] = []
        self._until = 0.0

    def checks(self) -> list[Check]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = self._ask()
                self._until = time.monotonic() + LASTS
            return self._found
