"""A few child processes that typeset: bounded in time and memory, and shared fairly between partners.

A paper is laid out in `child.py`, never in the process that serves screens: one that takes too long or too much ends
its own child and nothing else. Children are started when the first paper is wanted, replaced when they have grown, and
stopped when nothing was printed for a while. They share nothing with us but a pipe, so threads and forks do no harm.
"""

import atexit
import contextlib
import logging
import os
import threading
from collections import Counter
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from itertools import count

from ..errors import Unavailable
from ..problems import Problem
from .process import MEMORY, SECONDS, Child
from .process import Order as Order
from .process import Refused as Refused
from .process import Unprintable as Unprintable

log = logging.getLogger(__name__)

CHILDREN = 3  # one partner, and the mails of all, use all but one
IDLE = 120  # seconds without a paper until a child is stopped

CANNOT_START = Problem("printing.cannot_start")
STOPPED = Problem("printing.stopped")


@dataclass(frozen=True)
class Requester:
    """For whom something is printed: a person of a partner (or whoever holds a link), or the mails of a partner."""

    partner_id: str = ""
    person: str = ""

    @property
    def waits(self) -> bool:
        """Whether a person looks at the screen meanwhile."""
        return bool(self.person)


@dataclass
class _Job:
    order: Order
    whose: Requester
    number: int
    made: "Future[bytes]" = field(default_factory=Future)


class Press:
    """The children of this process and what waits for them."""

    def __init__(self, children: int = CHILDREN, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.children, self.seconds, self.memory = children, seconds, memory
        self._changed = threading.Condition()
        self._waiting: list[_Job] = []
        self._running: list[_Job] = []
        self._served: dict[object, int] = {}
        self._numbers, self._turns = count(1), count(1)
        self._threads = 0
        self._alive: set[Child] = set()
        self._closed = False

    def typeset(self, order: Order, whose: Requester) -> bytes:
        """Waits for its turn and the paper; `Refused` by typst, `Unprintable` beyond the limits."""
        return self.submit(order, whose).result()

    def submit(self, order: Order, whose: Requester) -> "Future[bytes]":
        job = _Job(order, whose, next(self._numbers))
        with self._changed:
            if self._closed:
                raise Unprintable(STOPPED)
            self._waiting.append(job)
            if len(self._waiting) > self._threads - len(self._running) and self._threads < self.children:
                self._threads += 1
                threading.Thread(target=self._work, name="press", daemon=True).start()
            self._changed.notify_all()
        return job.made

    def close(self) -> None:
        """Ends the children; what waits is told so."""
        with self._changed:
            self._closed = True
            for job in self._waiting:
                job.made.set_exception(Unprintable(STOPPED))
            self._waiting.clear()
            for child in self._alive:
                child.end()
            self._changed.notify_all()

    @property
    def processes(self) -> list[int]:
        """Ids of the children."""
        with self._changed:
            return [child.process.pid for child in self._alive]

    # ------------------------------------------------------------ one thread looks after one child

    def _work(self) -> None:
        child: Child | None = None
        try:
            while job := self._take():
                try:
                    child = child if child and child.fresh else self._replace(child)
                    made = child.typeset(job.order, min(self.seconds, job.order.seconds))
                except BaseException as failed:
                    self._finish(job)
                    job.made.set_exception(failed)
                else:
                    self._finish(job)
                    job.made.set_result(made)
                if child and not child.fresh:
                    child = self._renewed(child)
        finally:
            self._forget(child)

    def _take(self) -> _Job | None:
        """The next job in turn, or None after a while without one."""
        with self._changed:
            while not self._closed:
                if job := self._next():
                    self._waiting.remove(job)
                    self._running.append(job)
                    turn = next(self._turns)
                    self._served |= dict.fromkeys(_keys(job), turn)
                    return job
                if not self._changed.wait(IDLE) and not self._waiting:
                    break
            self._threads -= 1
            return None

    def _next(self) -> _Job | None:
        """People before emails, then the partner that was served longest ago; one child is always kept free for other
        partners."""
        busy: Counter[object] = Counter(key for job in self._running for key in _keys(job))
        busy["mails"] = sum(not job.whose.waits for job in self._running)
        most = max(self.children - 1, 1)

        def may_begin(job: _Job) -> bool:
            if not job.whose.waits:
                return busy["mails"] < most
            return busy[job.whose.partner_id] < most and busy[job.whose] < 1

        def turn(job: _Job) -> tuple[bool, int, int, int]:
            partner, person = (self._served.get(key, 0) for key in _keys(job))
            return not job.whose.waits, partner, person, job.number

        if len(self._served) > 10_000:
            self._served.clear()
        return min(filter(may_begin, self._waiting), key=turn, default=None)

    def _finish(self, job: _Job) -> None:
        with self._changed:
            self._running.remove(job)
            self._changed.notify_all()

    def _renewed(self, old: "Child") -> "Child | None":
        """At once, so that the next paper does not wait for it."""
        with contextlib.suppress(Unavailable):
            return self._replace(old)
        return None

    def _replace(self, old: "Child | None") -> "Child":
        self._forget(old)
        try:
            child = Child(self.memory)
        except OSError as away:
            raise Unavailable(CANNOT_START) from away
        with self._changed:
            self._alive.add(child)
            if self._closed:
                child.end()
        return child

    def _forget(self, child: "Child | None") -> None:
        if child:
            with self._changed:
                self._alive.discard(child)
            child.end()


def _keys(job: _Job) -> tuple[object, object]:
    return job.whose.partner_id, job.whose


@cache
def press() -> Press:
    """The children of this process. After a fork, the other process has none and starts its own."""
    made = Press()
    atexit.register(made.close)
    return made


os.register_at_fork(after_in_child=press.cache_clear)


def typeset(order: Order, whose: Requester) -> bytes:
    return press().typeset(order, whose)
