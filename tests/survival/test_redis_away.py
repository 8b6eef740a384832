"""Redis goes away under open screens: people are told, nothing floods the log, and it goes on by itself."""

import time
from contextlib import contextmanager

import httpx
import pytest

from arbill_app.dashboard.shell import states
from tests import services
from tests.security.rawclient import BASE, changed, tab
from tests.server import running
from tests.survival.monitor import is_well, told, wait_for
from tests.survival.wire import wire_to
from tests.world import PASSWORD

FIND = f"{BASE}.find"
NORA = "nora@northwind.example"


@contextmanager
def beside_redis(home, database):
    """(the server, the wire between it and Redis, Nora's cookie)"""
    wire, url = wire_to(services.redis() or pytest.skip("Redis is not installed here"))
    with running(home, database, REDIS_URL=url) as server:
        yield server, wire, server.cookie(NORA, PASSWORD)
    wire.cut()


def begin(mine):
    mine.hydrate()
    hears(mine, mine.say(FIND, {"words": "ada"}), found_for="ada")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_redis_away_for_a_while(two, database, tmp_path):
    with beside_redis(tmp_path, database) as (server, wire, cookie):
        with tab(server.origin, cookie) as mine:
            begin(mine)
            wire.cut()
            before = len(server.log.read_text().splitlines())
            # What was clicked last may still be in memory here: another screen is not.
            hears(mine, mine.say(FIND, {"words": "bruno"}), notice=states.RETRYING)
            assert httpx.get(f"{server.origin}/login").status_code == 200
            assert httpx.get(f"{server.origin}/customers", headers={"cookie": cookie}).status_code == 200
            wait_for(lambda: not is_well(server) and told(server, "/statusz")[1]["redis"] == "fail")
            assert told(server, "/readyz")[0] == 200, "pages are served, and no other process has more of Redis"
            time.sleep(3)
            assert len(server.log.read_text().splitlines()) - before < 100
            wire.mend()
            heard = hears(mine, [], found_for="bruno")  # what was clicked happens, once it can
            hears(mine, heard, notice=states.BACK)
            wait_for(lambda: is_well(server))
            hears(mine, mine.say(FIND, {"words": "ada"}), found_for="ada")
        with tab(server.origin, cookie) as mine:
            assert mine.shows("Ada Interiors")


def hears(mine, heard, seconds=60, **wanted):
    """Waits until the tab was told these variables; everything that it heard."""
    deadline = time.monotonic() + seconds
    while not any(changed([packet]).items() >= wanted.items() for packet in heard):
        assert time.monotonic() < deadline, heard
        heard = [*heard, *mine.hear()]
    return heard


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_redis_silent_is_told_as_redis_away(two, database, tmp_path):
    """It takes connections and never answers: nothing breaks, so nothing but a time-out would notice."""
    with beside_redis(tmp_path, database) as (server, wire, cookie), tab(server.origin, cookie) as mine:
        begin(mine)
        wire.silent.set()
        hears(mine, mine.say(FIND, {"words": "bruno"}), notice=states.RETRYING)
        wire.mend()
        heard = hears(mine, [], found_for="bruno")
        hears(mine, heard, notice=states.BACK)
