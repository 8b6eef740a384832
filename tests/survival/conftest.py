"""What work outside is tried on: a bank and a mail server in the test's process, workers that can be shot."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import select

from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.message import StaffMessage
from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 40


@dataclass
class Bank:
    """Knows the idempotency key of each call: the same key twice is the same payment."""

    calls: Counter[str] = field(default_factory=Counter)
    hanging: set[str] = field(default_factory=set)
    seconds: tuple[float, float] = (0.0, 0.03)
    _desk: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, key: str) -> str:
        with self._desk:
            self.calls[key] += 1
            hang = key in self.hanging and self.calls[key] == 1
        while hang and key in self.hanging:
            time.sleep(0.02)
        time.sleep(random.uniform(*self.seconds))
        return f"paid_{key}"


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    made = Bank()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = made.answer(self.path[1:]).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None: ...

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever called was shot."""

    server = Quiet(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("TEST_BANK", f"http://127.0.0.1:{server.server_port}")
    yield made
    made.hanging.clear()
    server.shutdown()
    server.server_close()


@dataclass
class Mail:
    """A real SMTP server; the first message of an id in `hanging` is taken, but never answered as long as it stands."""

    port: int = field(default_factory=free_port)
    arrived: Counter[str] = field(default_factory=Counter)
    hanging: bool = False
    stuck: str = ""
    pace: float = 0.0
    _controller: Controller | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        lines = envelope.content.decode(errors="replace").splitlines()
        id = next(line for line in lines if line.lower().startswith("message-id:")).partition("<")[2].partition("@")[0]
        self.arrived[id] += 1
        await asyncio.sleep(self.pace)
        if self.hanging and not self.stuck:
            self.stuck = id
        while self.stuck == id and self.hanging:
            await asyncio.sleep(0.02)
        return "250 OK"

    def start(self) -> "Mail":
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
        self._controller = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?timeout=1"


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    made = Mail()
    monkeypatch.setenv("ARBILL_SMTP_URL", made.url)
    yield made.start()
    made.hanging = False
    made.stop()


class Workers:
    """`start` a worker, get its process id; they do not come back by themselves."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.survival.quick"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.nursery = subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)
        self.alive: list[int] = []

    def start(self) -> int:
        """In the environment of the test: its database, bank and mail server."""
        assert self.nursery.stdin
        assert self.nursery.stdout
        ours = {name: value for name, value in os.environ.items() if name.startswith(("ARBILL_", "TEST_"))}
        self.nursery.stdin.write(json.dumps(ours) + "\n")
        self.nursery.stdin.flush()
        self.alive.append(int(self.nursery.stdout.readline()))
        return self.alive[-1]

    def tell(self, pid: int, what: signal.Signals) -> None:
        os.kill(pid, what)
        if what in (signal.SIGKILL, signal.SIGTERM):
            self.alive.remove(pid)

    def freeze(self, pid: int) -> None:
        """Not in the middle of a write to SQLite: the file and all who write to it are one machine, frozen together."""
        while True:
            self.tell(pid, signal.SIGSTOP)
            wait(lambda: _stands_still(pid))  # told is not yet stopped: a thread may begin to write meanwhile
            if transactions.engine().dialect.name != "sqlite" or self._file_is_free():
                return
            self.tell(pid, signal.SIGCONT)
            time.sleep(0.05)

    def _file_is_free(self) -> bool:
        with closing(
            sqlite3.connect(str(transactions.engine().url.database), timeout=0.3, isolation_level=None)
        ) as file:
            try:
                file.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True

    def kill_all(self) -> None:
        for pid in list(self.alive):
            self.tell(pid, signal.SIGKILL)

    def end(self) -> None:
        os.killpg(self.nursery.pid, signal.SIGKILL)
        self.nursery.communicate()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.end()


@pytest.fixture
def workers(two: object, bank: Bank, mail: Mail, nursery: Workers) -> Iterator[Workers]:
    yield nursery
    nursery.kill_all()


# ---------------------------------------------------------------- what is to be done, and what came of it


def charge(actor: Actor, count: int) -> list[str]:
    keys = [f"charge:{n}" for n in range(count)]
    write(actor, lambda tx: [tx.later("errand", key, {}) for key in keys])
    return keys


def letters(actor: Actor, count: int) -> list[str]:
    """The ids of their effects."""

    def verb(tx: Any) -> list[str]:
        letter = StaffMessage(to="nora@northwind.example", name="Nora West", subject="Hello", lines=["A line."])
        return [tx.later("email", f"hello:{n}", letter.payload()).id for n in range(count)]

    return write(actor, verb)


def open_effects() -> int:
    with across_partners() as session:
        return len(session.scalars(select(Effect.id).where(Effect.state != "done")).all())


def _stands_still(pid: int) -> bool:
    """Every thread of it, where the system says so."""
    stats = [stat.read_text() for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


def wait(until: Callable[[], object], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, _left()
        time.sleep(0.05)


def _left() -> str:
    with across_partners() as session:
        rows = session.scalars(select(Effect).where(Effect.state != "done").limit(5)).all()
        return "\n".join(f"{row.kind} {row.state} {row.tries} {row.claimed_until} {row.last_error}" for row in rows)


def in_the_books(actor: Actor) -> Counter[str]:
    """How often each charge was written down here as captured, by the bank's reference."""
    rows = read(actor, lambda tx: tx.all(tx.own(Activity).where(Activity.action == "charge.captured")))
    return Counter(row.note for row in rows)


def tries(actor: Actor, key: str) -> list[str]:
    def query(tx: Any) -> list[str]:
        effect = tx.first(tx.own(Effect).where(Effect.key == key))
        rows = tx.all(tx.own(EffectTry).where(EffectTry.effect_id == effect.id).order_by(EffectTry.id))
        return [row.outcome for row in rows]

    return read(actor, query)
