"""The only module that knows DBOS: sets off what is due, in workflows that each drain one kind of effect in one lane.

The rows are the truth and the queue: a process looks at them every second, and at once after it committed one itself.
So the engine's own tables hold nothing that could be lost, and a queue of theirs would be a second opinion. Executors
have a new id at each start: what a dead process left is found by its rows (effects.reconcile), never by DBOS.

Sweeps run in plain threads beside them. Each workflow leaves rows in DBOS's tables, and sweeps come every few seconds
whether there is work or not; inside a workflow, DBOS would also record every call of its own API as a step.
"""

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from .. import clock
from ..db.outages import PASSING
from ..db.schema import difference
from ..errors import brief
from ..lanes import Lane
from ..monitoring.clock_watch import SKEW, ClockWatch, by, steady
from ..settings import settings
from . import backlog, effects, handlers, periodic
from .workers import BEAT, Heartbeat

log = logging.getLogger(__name__)
VERSION = "1"  # pinned: DBOS would otherwise not resume workflows of an older version of arbill
LOOK = 1.0  # seconds between looks at the rows
AGAIN = 5.0  # seconds before a launch that failed is tried again
MOST = 20  # batches in one workflow
KEEP = timedelta(days=1)
PAGE = 200
SECONDS = 30.0  # that one run of `prune` may take


def migrate(url: str) -> None:
    """The engine's own tables: beside ours on SQLite, in a schema of their own on PostgreSQL."""
    from dbos import DBOS

    DBOS.migrate(url)


class Engine:
    """One for a process, started after any fork. A launch that fails, the tables not there yet say, is tried again."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._holding = threading.Event()  # set while this process may begin nothing
        self._clock = ClockWatch()
        self._heart = Heartbeat()
        self._beaten: timedelta | None = None
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._busy: set[Slot] = set()
        self._workflow: Any = None
        self._said = self._trouble_said = ""

    def start(self) -> "Engine":
        self._thread.start()
        return self

    def stop(self, grace: float = 5.0) -> None:
        """What is under way is settled, what has only been claimed is given back."""
        self._stopping.set()
        effects.written.set()
        deadline = time.monotonic() + grace
        self._thread.join(grace)
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.05)
        with suppress(Exception):  # the database may be what made us stop
            self._heart.end()
        _end()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._workflow = _launch(self._work)
                break
            except Exception as error:
                self._complain(f"the engine cannot start yet: {brief(error)}")
                self._stopping.wait(AGAIN)
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception as error:
                self._complain(f"nothing can be set off at the moment: {brief(error)}")
            effects.written.wait(LOOK)
            effects.written.clear()

    def _complain(self, said: str) -> None:
        """Once, not each second."""
        if said != self._said:
            log.warning(said)
        self._said = said

    def _look(self) -> None:
        seen = backlog.look()
        trouble = _trouble(seen)
        self._watch_clock()
        self._beat(trouble)
        if trouble:
            self._holding.set()
            self._complain(trouble)
            return
        self._holding.clear()
        if seen.any_due:
            self._drain_all()
        for name in periodic.due(clock.now()):
            self._set_off(_sweep, name, "", 0)

    def _drain_all(self) -> None:
        """As many slots of each kind and lane as there is work for, beside those that are at it already.

        A slot that is held up by one slow call is no reason for the next effect to wait.
        """
        known = handlers.HANDLERS.values()
        most = {(one.kind, lane): one.batch_in(lane) * one.slots for lane in Lane for one in known}
        for (kind, lane), found in effects.waiting(most).items() if most else ():
            handler = handlers.HANDLERS[kind]
            free = [slot for slot in range(handler.slots) if (_drain.__name__, kind, lane, slot) not in self._busy]
            for slot in free[: math.ceil(found / handler.batch_in(lane))]:
                self._set_off(_drain, kind, lane, slot)

    def _watch_clock(self) -> None:
        moved = self._clock.look()
        if moved:
            log.warning("the clock of this machine was moved: it is %s of where it was", by(moved))
            self._beaten = None

    def _beat(self, trouble: str) -> None:
        """Sends the heartbeat every BEAT, and at once when the trouble changes. An outage here stops nothing else."""
        at = steady()
        if self._beaten is not None and at - self._beaten < BEAT and trouble == self._trouble_said:
            return
        try:
            self._heart.beat(trouble, self._clock.jump, self._clock.at)
            self._beaten, self._trouble_said = at, trouble
        except Exception as error:
            self._complain(f"no heartbeat can be written: {brief(error)}")

    def _set_off(self, start: "Start", name: str, lane: str, slot: int) -> None:
        which = (start.__name__, name, lane, slot)
        if which in self._busy:
            return
        self._busy.add(which)
        try:
            start(self, name, lane, slot)
        except BaseException:
            self._busy.discard(which)
            raise

    def _work(self, name: str, lane: str, slot: int) -> int:
        """In a workflow: drains one kind of effect in one lane."""
        with self._until_done(_drain, name, lane, slot):
            most = MOST * handlers.HANDLERS[name].batch_in(Lane(lane))
            return handlers.work(name, self._stopping, most, self._holding, Lane(lane))
        return 0

    def _run_sweep(self, name: str) -> None:
        with self._until_done(_sweep, name, "", 0):
            periodic.run(name)

    @contextmanager
    def _until_done(self, start: "Start", name: str, lane: str, slot: int) -> Iterator[None]:
        """Until then the same is not set off again. An outage of the database passes: the next look tries again."""
        try:
            yield
        except PASSING as passing:
            log.warning("%s will be tried again: %s", name, brief(passing))
        finally:
            self._busy.discard((start.__name__, name, lane, slot))


def _trouble(seen: backlog.Seen) -> str:
    """Why this process may begin nothing now, or ""."""
    if said := difference(seen.revision):
        return f"No work is begun here. {said}"
    off = clock.now() - seen.database_time if seen.database_time else timedelta()
    if abs(off) > SKEW:
        return f"No work is begun here. The clock of this machine is {by(off)} of the database's: set them right."
    return ""


Slot = tuple[str, str, str, int]  # what is started, the name of its kind or sweep, its lane, which one of several
Start = Callable[[Engine, str, str, int], None]


def _drain(engine: Engine, name: str, lane: str, slot: int) -> None:
    from dbos import DBOS

    DBOS.start_workflow(engine._workflow, name, str(lane), slot)


def _sweep(engine: Engine, name: str, _lane: str, _slot: int) -> None:
    threading.Thread(target=engine._run_sweep, args=(name,), name=name, daemon=True).start()


def _launch(work: Any) -> Any:
    # Imported here: the import takes a second, and web processes do not need DBOS.
    from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

    config: DBOSConfig = {
        "name": "arbill",
        "system_database_url": settings().database_url,
        "application_version": VERSION,
        "executor_id": secrets.token_hex(8),
        "serializer": DBOSPortableJSONSerializer(),
        "run_migrations": False,
        "sys_db_pool_size": 5,
        "notification_coalesce_sec": 1.0,  # we send none, and its default wakes a hundred times a second
        "log_level": "CRITICAL",  # what its tables miss while the database is away, the rows know
    }
    try:
        DBOS(config=config)

        @DBOS.workflow(name="work")
        def workflow(name: str, lane: str, slot: int) -> int:
            return int(work(name, lane, slot))

        DBOS.launch()
    except BaseException:
        _end()
        raise
    return workflow


def _end() -> None:
    from dbos import DBOS

    DBOS.destroy(destroy_registry=True)


@periodic.sweep("finished runs", every=3600)
def prune(now: datetime) -> int:
    """Deletes what DBOS remembers of workflows that began longer than KEEP ago: nothing reads it.

    Must not run inside a workflow: DBOS would record what it lists as a step.
    """
    from dbos import DBOS

    before, count, until = (now - KEEP).isoformat(), 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        found = DBOS.list_workflows(end_time=before, limit=PAGE, load_input=False, load_output=False)
        if not found:
            break
        DBOS.delete_workflows([one.workflow_id for one in found])
        count += len(found)
    return count
