"""A browser tab without a browser: socket.io spoken by hand, so that it may say what no browser would."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

QUIET = 0.4  # seconds without a frame that count as an answer's end
FIRST = 40  # seconds that an answer which must come may take
STATE = "reflex___state____state"
BASE = f"{STATE}.arbill_app___dashboard___shell___base____base"


class Tab:
    def __init__(self, socket: ClientConnection, path: str) -> None:
        self.socket, self.path = socket, path
        self.frames: list[str] = []

    def say(self, name: str, payload: dict[str, Any] | None = None, path: str = "") -> list[Any]:
        """Sends an event and returns the packets that answer it."""
        return self._say(name, payload, path, 0)

    def _say(self, name: str, payload: dict[str, Any] | None, path: str, first: float) -> list[Any]:
        event = {"name": name, "payload": payload or {}, "router_data": self._place(path)}
        self.socket.send("42/_event," + json.dumps(["event", event]))
        return self.hear(first=first)

    def hear(self, quiet: float = QUIET, first: float = 0) -> list[Any]:
        """What arrives until nothing came for `quiet` seconds; the first frame may take `first` on a busy machine."""
        heard: list[Any] = []
        while True:
            try:
                frame = str(self.socket.recv(timeout=quiet if heard else max(quiet, first)))
            except TimeoutError:
                return heard
            if frame == "2":
                self.socket.send("3")
                continue
            self.frames.append(frame)
            if frame.startswith("42/_event,"):
                heard.append(json.loads(frame[len("42/_event,") :])[1])

    def hydrate(self, path: str = "", **variables: Any) -> list[Any]:
        return self._say(f"{STATE}.hydrate_and_load", {"vars": variables}, path, FIRST)

    def shows(self, text: str, path: str = "") -> bool:
        """Whether the page, loaded anew, has this on it: lists arrive when they were read."""
        heard, deadline = self.hydrate(path), time.monotonic() + FIRST
        while text not in str(heard) and time.monotonic() < deadline:
            heard += self.hear()
        return text in str(heard)

    def _place(self, path: str) -> dict[str, Any]:
        at = path or self.path
        return {"pathname": at.partition("?")[0], "asPath": at, "query": {}}


@contextmanager
def tab(origin: str, cookie: str = "", *, path: str = "/customers", token: str = "", **headers: str) -> Iterator[Tab]:
    """An open websocket; raises what `websockets` raises when the server refuses. `origin_header=""` sends none."""
    sent = headers.pop("origin_header", origin)
    address = origin.replace("http", "ws", 1) + f"/_event/?token={token or uuid.uuid4()}&EIO=4&transport=websocket"
    extra = {"Cookie": cookie} if cookie else {}
    with connect(
        address, origin=sent or None, additional_headers=extra | headers, max_size=None, proxy=None, open_timeout=10
    ) as socket:
        assert str(socket.recv(timeout=10)).startswith("0{")
        socket.send("40/_event,")
        assert str(socket.recv(timeout=10)).startswith("40/_event")
        opened = Tab(socket, path)
        opened.hear(0.2)
        yield opened


def redirects(packets: list[Any]) -> list[str]:
    return [
        event["payload"].get("path", "")
        for packet in packets
        for event in packet.get("events") or []
        if event["name"] == "_redirect"
    ]


def changed(packets: list[Any]) -> dict[str, Any]:
    """Every variable that the answer set, whatever its state."""
    found: dict[str, Any] = {}
    for packet in packets:
        for variables in (packet.get("delta") or {}).values():
            found |= {name.removesuffix("_rx_state_"): value for name, value in variables.items()}
    return found
