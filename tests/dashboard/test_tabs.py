"""Which process holds a tab: a copy of a tab begins anew, a tab whose process was killed goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from arbill_app.dashboard.shell import states
from arbill_app.dashboard.shell.states import MemoryStates
from arbill_app.dashboard.shell.tabs import LocalTabs, Tabs
from tests import services


@pytest.fixture
def redis() -> str:
    return services.redis() or pytest.skip("Redis is not installed here")


async def nobody(*_: object) -> None: ...


@asynccontextmanager
async def process(redis: str) -> AsyncIterator[Tabs]:
    """One of several web processes; at its end its connections are gone, and its notes are not."""
    tabs = Tabs(Redis.from_url(redis))
    tabs.ensure_lost_and_found_task(nobody)
    await until(lambda: tabs._listens(tabs.instance_id))
    try:
        yield tabs
    finally:
        await tabs.close()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 10
    while not await true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_a_tab_whose_process_was_killed_goes_on_as_the_same(redis: str) -> None:
    async def story() -> None:
        async with process(redis) as second:
            async with process(redis) as first:
                assert await first.link_token_to_sid("killed", "one") is None
                killed = first.instance_id
            await until(lambda: gone(second, killed))
            assert await second.link_token_to_sid("killed", "two") is None
            assert second.token_to_sid["killed"] == "two"

    asyncio.run(story())


async def gone(tabs: Tabs, process: str) -> bool:
    return not await tabs._listens(process)


def test_a_copy_of_a_tab_that_is_open_begins_anew(redis: str) -> None:
    async def story() -> None:
        async with process(redis) as first, process(redis) as second:
            assert await first.link_token_to_sid("open", "one") is None
            assert await second.link_token_to_sid("open", "two") not in (None, "open")

    asyncio.run(story())


def test_a_tab_that_said_good_bye_goes_on_elsewhere(redis: str) -> None:
    async def story() -> None:
        async with process(redis) as first, process(redis) as second:
            await first.link_token_to_sid("moved", "one")
            await first.disconnect_token("moved", "one")
            assert await second.link_token_to_sid("moved", "two") is None

    asyncio.run(story())


# ---------------------------------------------------------------- one process


async def visit(made: MemoryStates, tab: str) -> State:
    return await made.get_state(BaseStateToken(ident=tab, cls=State))  # type: ignore[arg-type]


def test_an_open_tab_keeps_its_state_however_long_nobody_clicks_in_it() -> None:
    async def story() -> None:
        made = MemoryStates(token_expiration=1000)
        tabs = LocalTabs(made)
        await tabs.link_token_to_sid("open", "one")
        await tabs.link_token_to_sid("left", "two")
        mine = await visit(made, "open")
        await visit(made, "left")
        await tabs.disconnect_token("left", "two")
        for tab, (_, token) in list(made._token_expires_at.items()):
            made._token_expires_at[tab] = (0.0, token)  # nobody has clicked for ages
        made._purge_expired_tokens()
        assert made.states == {"open": mine}
        await made.close()

    asyncio.run(story())


def test_a_tab_that_comes_back_finds_its_state_and_only_so_many_closed_ones_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(states, "CLOSED", 2)

    async def story() -> None:
        made = MemoryStates(token_expiration=1000)
        tabs = LocalTabs(made)
        kept = {}
        for tab in "abcd":
            await tabs.link_token_to_sid(tab, f"of {tab}")
            kept[tab] = await visit(made, tab)
        for tab in "abc":
            await tabs.disconnect_token(tab, f"of {tab}")
        assert made.states.keys() == {"b", "c", "d"}
        await tabs.link_token_to_sid("b", "again")
        await tabs.disconnect_token("d", "of d")
        assert await visit(made, "b") is kept["b"]
        assert made.states.keys() == {"b", "c", "d"}
        await made.close()

    asyncio.run(story())


def test_an_event_that_is_at_work_when_its_tab_is_forgotten_is_not_disturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "CLOSED", 0)

    async def story() -> None:
        made = MemoryStates(token_expiration=1000)
        tabs = LocalTabs(made)
        await tabs.link_token_to_sid("a", "one")
        async with made.modify_state(BaseStateToken(ident="a", cls=State)) as state:
            await tabs.disconnect_token("a", "one")
            assert made.states == {"a": state}
        await made.close()

    asyncio.run(story())
