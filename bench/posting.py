"""What a worker that sends does, and what it costs those who work meanwhile: against a real SMTP server next door."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

from sqlmodel import func, select

import arbill_app.jobs
from arbill_app.customers.models import Customer
from arbill_app.invoices.models import Invoice
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import Tx, across_partners, read, write
from arbill_app.kernel.jobs.runner import Engine
from arbill_app.kernel.lanes import Lane
from arbill_app.kernel.message import Message
from arbill_app.kernel.settings import settings
from tests.server import Server
from tests.services import free_port

from .core import create as create_customer
from .invoicing import create

assert arbill_app.jobs.__all__
_numbers = count(1)
SETTLED = ("done", "failed", "review")


@contextmanager
def mail_server() -> Iterator[str]:
    """Its address; it takes everything and keeps nothing."""
    port = free_port()
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    os.environ["ARBILL_SMTP_URL"] = f"smtp://127.0.0.1:{port}?from=billing@bench.example"
    settings.cache_clear()
    try:
        yield os.environ["ARBILL_SMTP_URL"]
    finally:
        del os.environ["ARBILL_SMTP_URL"]
        settings.cache_clear()
        process.terminate()
        process.wait()


@contextmanager
def worker() -> Iterator[int]:
    """A process of its own, as `arbill worker` is: its id, and that of its group."""
    command = [sys.executable, "-m", "arbill_app.cli", "worker"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def embedded() -> Iterator[None]:
    """In the process that serves the screens, as `arbill run` does."""
    engine = Engine().start()
    try:
        yield
    finally:
        engine.stop()


@contextmanager
def nobody() -> Iterator[None]:
    yield


def per_second(owner: Actor, many: int, *, attached: bool = False) -> float:
    """Messages a second through the engine of a worker process, from the first that was delivered to the last."""
    before = _settled()
    with worker():
        write(owner, lambda tx: _post(tx, 1, False))
        _wait_for(before + 1)
        write(owner, lambda tx: _post(tx, many, attached))
        began, first = time.perf_counter(), before + 1
        while _settled() == first:
            time.sleep(0.01)
        began, first = time.perf_counter(), _settled()
        _wait_for(before + 1 + many)
        return (before + 1 + many - first) / (time.perf_counter() - began)


def _post(tx: Tx, many: int, attached: bool) -> None:
    invoice = tx.first(tx.own(Invoice).where(Invoice.stage == "open"))
    names = ("customer", "partner", "name", "number", "total", "balance", "due_date", "memo", "po_number")
    values = dict.fromkeys(names, "INV-0042")
    attach = [invoice.id] if attached else []
    for _ in range(many):
        message = Message(
            "invoice",
            [("Ada Quill", "ada@bluebird.example")],
            "en",
            values,
            "https://bench.example/pay/x",
            attach=attach,
            thread=invoice.id,
        )
        tx.later("email", f"bench:{next(_numbers)}", message.payload(), about=invoice.id, lane=Lane.BULK)


def _settled() -> int:
    with across_partners() as session:
        wanted = select(func.count()).select_from(Effect).where(Effect.state.in_(SETTLED))  # type: ignore[attr-defined]
        return int(session.execute(wanted).scalar() or 0)


def _wait_for(settled: int, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while _settled() < settled:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{settled - _settled()} messages were not sent")
        time.sleep(0.02)


# ---------------------------------------------------------------- others meanwhile


def writes_beside(
    owner: Actor, sending: Callable[[], AbstractContextManager[object]], *, messages: bool = True, seconds: float = 8
) -> dict[str, list[float]]:
    """How long each create took (sorted ms) while messages are sent all the time."""
    customer = read(owner, lambda tx: tx.first(tx.own(Customer))).id
    took: dict[str, list[float]] = {"create a customer": [], "create an invoice": []}
    stop = threading.Event()
    post = threading.Thread(target=_keep_posting, args=(owner, stop, 50 if messages else 0))
    with sending():
        post.start()
        time.sleep(3)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            for name, verb in (
                ("create a customer", lambda: create_customer(owner, f"beside{next(_numbers)}")),
                ("create an invoice", lambda: create(owner, customer)),
            ):
                began = time.perf_counter()
                verb()
                took[name].append((time.perf_counter() - began) * 1000)
                time.sleep(0.01)
        stop.set()
        post.join()
    return {name: sorted(each) for name, each in took.items()}


def _keep_posting(owner: Actor, stop: threading.Event, many: int) -> None:
    while many and not stop.wait(0.1):
        write(owner, lambda tx: _post(tx, many, False))


# ---------------------------------------------------------------- nothing to do


def idle(server: Server, seconds: float = 20) -> float:
    """Percent of one processor that a server with nothing to do takes, its children with it."""
    assert server.process
    time.sleep(5)
    return busy(server.process.pid, seconds)


def busy(group: int, seconds: float) -> float:
    """Percent of one processor that a group of processes takes."""
    before, began = _ticks(group), time.perf_counter()
    time.sleep(seconds)
    return 100 * (_ticks(group) - before) / os.sysconf("SC_CLK_TCK") / (time.perf_counter() - began)


def _ticks(group: int) -> int:
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                words = (folder / "stat").read_text().rpartition(")")[2].split()
                total += int(words[11]) + int(words[12])
        except OSError:
            continue
    return total
