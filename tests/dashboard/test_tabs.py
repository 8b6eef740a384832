"""Which process holds a tab: a copy of a tab begins anew, a tab whose process was killed goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from arbill_app.dashboard.tabs import Tabs
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
