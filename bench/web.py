"""A running arbill from outside: what an event costs over the websocket, a tab's memory, what a screen downloads."""

import asyncio
import json
import os
import re
import statistics
import time
import uuid
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from arbill_app.web.shells import client
from tests.server import Server

BASE = "reflex___state____state.arbill_app___dashboard___shell___base____base"
FIND = f"{BASE}.find"
LOAD = f"{BASE}.arbill_app___dashboard___screens___customers___listing____customers.load"
HYDRATE = "reflex___state____state.hydrate_and_load"
IMPORTED = re.compile(r"""(?:from|import)\s*["`']\./([\w.-]+\.js)["`']""")
SCREENS = {
    "Overview": "index.html",
    "Customers": "customers.html",
    "Customer": "__spa-fallback.html",  # and the page's own part, which only the address names
    "Tags and groups": "customers/labels.html",
    "Settings": "settings.html",
    "Your profile": "account.html",
}


async def events(server: Server, cookie: str, tabs: int, seconds: float = 8) -> dict[str, tuple[float, float]]:
    """(p50, p95) ms of one tab's event while `tabs` are open, the others saying one event a second each."""
    opened = [await _open(server, cookie) for _ in range(tabs)]
    crowd = [asyncio.create_task(_chatter(socket, seconds)) for socket in opened[1:]]
    await asyncio.sleep(1 if tabs > 1 else 0)
    small = await _round_trips(opened[0], FIND, {"words": ""}, seconds / 2 - 1)
    page = await _round_trips(opened[0], LOAD, {}, seconds / 2 - 1)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    for socket in opened:
        await socket.close()
    return {"small event": small, "page of 50 customers": page}


async def _open(server: Server, cookie: str) -> ClientConnection:
    address = server.origin.replace("http", "ws", 1) + f"/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
    socket = await connect(
        address,
        origin=Origin(server.origin),
        additional_headers={"Cookie": cookie},
        max_size=None,
        proxy=None,
    )
    await socket.recv()
    await socket.send("40/_event,")
    await socket.recv()
    await _say(socket, HYDRATE, {"vars": {}})
    await _quiet(socket)
    return socket


async def _say(socket: ClientConnection, name: str, payload: dict[str, Any]) -> None:
    place = {"pathname": "/customers", "asPath": "/customers", "query": {}}
    await socket.send("42/_event," + json.dumps(["event", {"name": name, "payload": payload, "router_data": place}]))


async def _quiet(socket: ClientConnection, gap: float = 0.3) -> None:
    while True:
        try:
            await asyncio.wait_for(socket.recv(), gap)
        except TimeoutError:
            return


async def _round_trips(
    socket: ClientConnection, name: str, payload: dict[str, Any], seconds: float
) -> tuple[float, float]:
    took = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        await _say(socket, name, payload | ({"words": uuid.uuid4().hex[:3]} if payload else {}))
        while not str(await socket.recv()).startswith("42/_event"):
            pass
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.01)
    took.sort()
    return statistics.median(took), took[int(len(took) * 0.95) - 1]


async def _chatter(socket: ClientConnection, seconds: float) -> None:
    until = time.perf_counter() + seconds
    await asyncio.sleep(hash(socket) % 100 / 100)
    while time.perf_counter() < until:
        await _say(socket, FIND, {"words": uuid.uuid4().hex[:3]})
        await _quiet(socket, 1.0)


async def memory(server: Server, cookie: str, tabs: int = 100) -> float:
    """KiB of the server's memory for each open tab on the customers list."""
    before = _resident(server)
    opened = [await _open(server, cookie) for _ in range(tabs)]
    after = _resident(server)
    for socket in opened:
        await socket.close()
    return (after - before) / tabs


def _resident(server: Server) -> int:
    """KiB, of the server's process and its workers."""
    assert server.process
    group = os.getpgid(server.process.pid)
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                total += int(re.search(r"VmRSS:\s+(\d+)", (folder / "status").read_text())[1])  # type: ignore[index]
        except (OSError, TypeError):
            continue
    return total


def weights() -> dict[str, tuple[float, float]]:
    """(JavaScript, CSS) in KB as brotli, of what each screen loads first."""
    own = {"Customer": list((client() / "assets").glob("_customers_.__customer_id_*.js"))}
    there = {screen: client() / file for screen, file in SCREENS.items() if (client() / file).is_file()}
    return {screen: _weigh(page, own.get(screen, [])) for screen, page in there.items()}


def _weigh(page: Path, more: list[Path]) -> tuple[float, float]:
    seen: set[Path] = set()
    wanted = more + [
        client() / name.lstrip("/") for name in re.findall(r'"(/assets/[\w.-]+\.(?:js|css))"', page.read_text())
    ]
    while wanted:
        file = wanted.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        if file.suffix == ".js":
            static = re.findall(
                r'(?:from|import)\s*"\./([\w.-]+\.js)"|(?:from|import)`\./([\w.-]+\.js)`', file.read_text()
            )
            wanted += [file.parent / (a or b) for a, b in static]
    sizes = {kind: sum(_brotli(f) for f in seen if f.suffix == kind) / 1024 for kind in (".js", ".css")}
    return sizes[".js"], sizes[".css"]


def _brotli(file: Path) -> int:
    packed = file.with_name(file.name + ".br")
    return (packed if packed.is_file() else file).stat().st_size
