"""The states of open screens, kept as Reflex keeps them, with two things added around each event.

Each event is told in one line and counted. And while Redis is away an event waits for it, instead of failing at once:
its person reads "Connection lost, retrying", and what was clicked happens when Redis is back.
"""

import asyncio
import dataclasses
import logging
import secrets
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

import reflex as rx
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex_base.event.context import EventContext

from ...kernel.errors import Unavailable
from ...kernel.monitoring import metrics
from ...kernel.monitoring.logs import Trace, tell, trace
from .notices import notice, tell_tab

M = TypeVar("M", bound=StateManager)
log = logging.getLogger("arbill.event")
AWAY = (RedisConnectionError, RedisTimeoutError, OSError)
LOOK = 0.5  # seconds between tries
SILENT = 3.0  # seconds after which whoever waits for Redis asks whether it still answers at all
PATIENCE = 60.0  # seconds that an event waits
CLOSED = 50  # tabs, some 280 KB each
RETRYING = "Connection lost, retrying…"
BACK = "Connected again."
GIVEN_UP = "The connection was lost for too long. What you clicked last was not done: try again."
DOUBTFUL = "The connection was lost. Reload the page to see how things stand."
ROOT = "reflex___state____state."


class Told:
    """Around one event."""

    def __init__(self, inner: Any, name: str) -> None:
        self._inner, self._name = inner, name

    async def __aenter__(self) -> Any:
        self._began = time.perf_counter()
        # The event has a task of its own, and with it a context of its own: nothing to put back.
        self._trace = Trace(secrets.token_hex(8))
        trace.set(self._trace)
        return await self._inner.__aenter__()

    async def __aexit__(self, kind: Any, error: Any, where: Any) -> Any:
        failed = kind is not None
        try:
            return await self._inner.__aexit__(kind, error, where)
        except BaseException:
            failed = True
            raise
        finally:
            status = "crashed" if failed else self._trace.status or "done"
            metrics.event(status, time.perf_counter() - self._began)
            tell(log, self._name, self._began, status)


class _Telling(StateManager):
    def modify_state_with_links(self, token: Any, previous_dirty_vars: Any = None, **context: Any) -> Any:
        inner = super().modify_state_with_links(token, previous_dirty_vars, **context)
        event = context.get("event")
        return Told(inner, event.name.removeprefix(ROOT)) if event is not None else inner


class MemoryStates(_Telling, StateManagerMemory):
    """In this process: of every open tab, however long nobody clicks in it, and of the CLOSED tabs that closed last.

    A closed tab may only have lost its connection, or be loading its page anew.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: set[str] = set()
        self._closed: dict[str, None] = {}  # in the order of closing

    def opened(self, tab: str) -> None:
        self._open.add(tab)
        self._closed.pop(tab, None)

    def closed(self, tab: str) -> None:
        self._open.discard(tab)
        self._closed.pop(tab, None)
        self._closed[tab] = None
        while len(self._closed) > CLOSED:
            oldest = next(iter(self._closed))
            del self._closed[oldest]
            self._forget(oldest)

    def _forget(self, tab: str) -> None:
        """One that is at work at the moment stays until it expires."""
        kept, lock = self._token_expires_at.get(tab), self._states_locks.get(tab)
        if kept and not (lock and lock.locked()):
            self._purge_token(kept[1])

    def _purge_expired_tokens(self) -> float | None:
        for tab in self._open & self._token_expires_at.keys():
            self._track_token(self._token_expires_at[tab][1])
        return super()._purge_expired_tokens()


class RedisStates(_Telling, StateManagerRedis):
    """In Redis, and patient with it."""

    _outage: "Outage | None" = None

    def modify_state(self, token: Any, **context: Any) -> Any:
        return _Patiently(self, lambda: StateManagerRedis.modify_state(self, token, **context))

    @property
    def outage(self) -> "Outage":
        if self._outage is None:
            self._outage = Outage(self.redis)
        return self._outage


class _Patiently:
    """Enters as soon as Redis answers. What fails on the way out was done already, and is not done again."""

    def __init__(self, states: RedisStates, enter: Any) -> None:
        self._states, self._enter = states, enter

    async def __aenter__(self) -> Any:
        while True:
            self._inner = self._enter()
            try:
                return await self._while_it_answers(self._inner.__aenter__())
            except AWAY as error:
                await self._states.outage.wait(error)

    async def __aexit__(self, kind: Any, error: Any, where: Any) -> Any:
        try:
            return await self._while_it_answers(self._inner.__aexit__(kind, error, where))
        except AWAY as lost:
            if kind is None or lost is error:
                raise Unavailable(DOUBTFUL) from lost
            raise

    async def _while_it_answers(self, step: Awaitable[Any]) -> Any:
        """TimeoutError where Redis takes connections and says nothing. A lock may be waited for longer than that."""
        async with asyncio.timeout(None) as limit:
            watch = asyncio.create_task(self._end_when_silent(limit))
            try:
                return await step
            finally:
                watch.cancel()

    async def _end_when_silent(self, limit: asyncio.Timeout) -> None:
        await asyncio.sleep(SILENT)
        while await self._states.outage.answers():
            await asyncio.sleep(SILENT)
        limit.reschedule(asyncio.get_running_loop().time())


class Outage:
    """One for a process: who waits for Redis, and who is told when it is back."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._since = 0.0
        self._tabs: dict[str, EventContext] = {}
        self._watch: asyncio.Task[None] | None = None
        self._back = asyncio.Event()

    async def wait(self, error: Exception) -> None:
        """Until Redis answers. Unavailable after PATIENCE, and at once for those who come later still."""
        if self._watch is None:
            log.warning("Redis is away: %s", type(error).__name__)
            self._since, self._back = time.monotonic(), asyncio.Event()
            self._watch = asyncio.create_task(self._until_back())
        left = self._since + PATIENCE - time.monotonic()
        await self._tell()
        try:
            await asyncio.wait_for(self._back.wait(), max(left, 0))
        except TimeoutError:
            raise Unavailable(GIVEN_UP) from error

    async def _tell(self) -> None:
        context = EventContext.get()
        if context.token not in self._tabs:
            self._tabs[context.token] = context
            await tell_tab(RETRYING)

    async def _until_back(self) -> None:
        while not await self.answers():
            await asyncio.sleep(LOOK)
        log.warning("Redis is back after %.1f s", time.monotonic() - self._since)
        tabs, self._tabs, self._watch = self._tabs, {}, None
        self._back.set()
        for token, context in tabs.items():
            if context.emit_delta_impl:
                await context.emit_delta_impl(token, notice(BACK, "ok"))

    async def answers(self) -> bool:
        try:
            return bool(await asyncio.wait_for(self._redis.ping(), 2))
        except (*AWAY, TimeoutError):
            return False


def look_after_states(app: rx.App) -> None:
    """Replaces what Reflex made, before anything is kept in it."""
    made = app._state_manager
    if isinstance(made, StateManagerRedis):
        app._state_manager = _like(made, RedisStates)
    elif isinstance(made, StateManagerMemory):
        app._state_manager = _like(made, MemoryStates)


def _like(made: Any, kind: type[M]) -> M:
    return kind(**{field.name: getattr(made, field.name) for field in dataclasses.fields(made) if field.init})
