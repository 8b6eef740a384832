"""Who does what effects say: a noun's `jobs.py` registers one handler a kind, and `work` drains what is due.

Begin (guarded) -> the call, outside any transaction -> settle (guarded, with the business write in its transaction).
Runs without any engine; runner.py only decides when, where and how many at once.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from ..actor import job
from ..db.outages import PASSING
from ..db.outbox import Effect
from ..db.transactions import Tx, engine, transaction
from ..errors import brief
from ..fair_lock import FairLock
from ..lanes import Lane
from ..monitoring import metrics
from ..monitoring.logs import Trace, tell, trace
from . import effects
from .effects import Outcome

log = logging.getLogger(__name__)
told = logging.getLogger("arbill.effect")
Call = Callable[[Effect], Outcome]
Calls = Callable[[Iterable[Effect]], Iterator[tuple[Effect, Outcome]]]
Settle = Callable[[Tx, Effect, Outcome], None]
Words = Callable[[Effect], str]
PAUSE = 1.0

never = threading.Event()
_left: set[str] = set()  # kinds already logged as left to a newer version
_one_settles = FairLock()
FEW = 5  # at most so many are begun at once where people wait: those behind a slow one are left to other workers


@dataclass(frozen=True)
class Handler:
    """`batch` effects are begun at once; in each lane up to `slots` batches run side by side in a process.

    `words` is what people call one effect: "Email: Invoice INV-0042".
    """

    kind: str
    run: Calls
    batch: int
    slots: int
    waits: Sequence[timedelta]
    settle: Settle | None
    words: Words | None = None

    def batch_in(self, lane: Lane) -> int:
        return min(self.batch, FEW) if lane == Lane.NOW else self.batch


HANDLERS: dict[str, Handler] = {}


def handles(
    kind: str,
    *,
    batch: int = 1,
    slots: int = 2,
    waits: Sequence[timedelta] = effects.WAITS,
    settle: Settle | None = None,
    words: Words | None = None,
) -> Callable[[Call], Call]:
    """Decorates `call(effect) -> Outcome`: one call outside for one effect, repeated with the same key until it is
    settled.

    `settle(tx, effect, outcome)` is the business write, in the transaction that settles the effect. An exception from
    the call is no answer: unknown. It may have happened.
    """

    def registered(call: Call) -> Call:
        def run(begun: Iterable[Effect]) -> Iterator[tuple[Effect, Outcome]]:
            for effect in begun:
                yield effect, call(effect)

        HANDLERS[kind] = Handler(kind, run, batch, slots, waits, settle, words)
        return call

    return registered


def handles_many(
    kind: str,
    *,
    batch: int,
    slots: int,
    waits: Sequence[timedelta] = effects.WAITS,
    settle: Settle | None = None,
    words: Words | None = None,
) -> Callable[[Calls], Calls]:
    """Over a generator `calls(effects)` that yields (effect, Outcome) after each: each is settled before the next.

    So what many have in common, a connection say, is opened once. Take the next effect only when about to act on it.
    """

    def registered(calls: Calls) -> Calls:
        HANDLERS[kind] = Handler(kind, calls, batch, slots, waits, settle, words)
        return calls

    return registered


def called(effect: Effect) -> str:
    """What people call this effect, also when its kind is no longer registered."""
    handler = HANDLERS.get(effect.kind)
    return handler.words(effect) if handler and handler.words else effect.kind.replace("_", " ").capitalize()


def work(
    kind: str,
    stopping: threading.Event = never,
    most: int = 100_000,
    holding: threading.Event = never,
    lane: Lane | None = None,
) -> int:
    """Does what is due of a kind until nothing is, or `most` were tried: how many. Any number may do so at once.

    While `holding`, nothing more is begun; what is under way is settled all the same. Without a `lane`, all of them.
    """
    handler, count = HANDLERS[kind], 0
    batch = handler.batch_in(lane) if lane else handler.batch
    while count < most and not stopping.is_set() and not holding.is_set():
        begun = effects.begin(kind, batch, lane)
        if not begun:
            break
        count += len(begun)
        _Batch(handler, begun, stopping, holding).run()
    return count


class _Batch:
    def __init__(
        self, handler: Handler, begun: Sequence[Effect], stopping: threading.Event, holding: threading.Event
    ) -> None:
        self.handler = handler
        self.left = list(begun)
        self.stopping = stopping
        self.holding = holding
        self.trying: Effect | None = None
        self.began = 0.0

    def run(self) -> None:
        try:
            for effect, outcome in self.handler.run(self._next()):
                self._settle(effect, outcome)
        except PASSING:
            raise
        except Exception as crash:  # a failing effect must not stop the others of its batch
            log.exception("handling %s failed", self.handler.kind)
            if self.trying:
                self._settle(self.trying, Outcome("unknown", brief(crash)))
        finally:
            trace.set(None)
            effects.give_back(self.left)

    def _next(self) -> Iterator[Effect]:
        """Yields the claimed effects one by one, leaving out those whose claim another process took over meanwhile."""
        while self.left and not self.stopping.is_set() and not self.holding.is_set():
            effect = self.left.pop(0)
            if effects.hold(effect):
                self.trying = effect
                self.began = time.perf_counter()
                trace.set(Trace(effect.id, effect.partner_id))
                yield effect

    def _settle(self, effect: Effect, outcome: Outcome) -> None:
        """Retries until the outcome is stored: the call was made, and must not be made twice."""
        if outcome.state == "newer":
            _leave(effect, outcome.error)
            self.trying = None
            return
        record = self.handler.settle
        while True:
            try:
                self._write(effect, outcome, record)
                break
            except PASSING as passing:
                log.warning("could not settle %s yet: %s", effect.id, brief(passing))
                if self.stopping.wait(PAUSE):
                    raise
            except Exception as crash:
                log.exception("settling %s failed", effect.id)
                said = f"Done outside, but not recorded here: {brief(crash)}"
                outcome, record = Outcome("unknown", said, outcome.reference, outcome.result), None
        self.trying = None
        metrics.effect(effect.kind, outcome.state, time.perf_counter() - self.began)
        tell(told, f"{effect.kind} {effect.key}", self.began, outcome.state)

    def _write(self, effect: Effect, outcome: Outcome, record: Settle | None) -> None:
        with _in_line(), transaction(job(effect.partner_id)) as tx:
            if effects.settle(tx, effect, outcome, self.handler.waits) and record:
                record(tx, effect, outcome)


def _leave(effect: Effect, why: str) -> None:
    """Said once for each reason, not for each effect."""
    if why not in _left:
        _left.add(why)
        log.warning("left to a newer version of arbill: %s", why)
    effects.leave(effect, why)


def _in_line() -> AbstractContextManager[object]:
    """On SQLite writers take turns: a person's write is to wait for one worker that settles, not for all of them."""
    return _one_settles if engine().dialect.name == "sqlite" else nullcontext()
