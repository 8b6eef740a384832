"""How long a customer waits for their sign-in code while 100,000 messages of one partner are being sent."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any

from sqlalchemy import func, insert
from sqlmodel import col, select

from arbill_app.customers.models import Contact
from arbill_app.customers.portal_auth.sign_in import send_code
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import Tx, across_partners, new_id, write
from arbill_app.kernel.lanes import Lane
from arbill_app.kernel.message import Message
from arbill_app.kernel.settings import settings
from tests.services import free_port

from .core import percentiles, prepare
from .sink import BULK

WAITING, CODES, PAGE = 100_000, 40, 10_000
APART = (0.5, 1.5)  # seconds between two codes, by chance: in no step with the workers' looks at the rows
Took = tuple[float, float]


@contextmanager
def sink() -> Iterator[IO[str]]:
    """A mail server; what is read from it are the addresses that got something."""
    port = free_port()
    command = [sys.executable, "-m", "bench.sink", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        os.environ["ARBILL_SMTP_URL"] = f"smtp://127.0.0.1:{port}?from=billing@bench.example"
        settings.cache_clear()
        try:
            yield process.stdout
        finally:
            del os.environ["ARBILL_SMTP_URL"]
            settings.cache_clear()
            process.terminate()


def codes(sending: Callable[[], AbstractContextManager[object]]) -> tuple[dict[str, Took], float]:
    """(p50, p95) ms from asking for a code until the mail server has it, and how many bulk messages left a second."""
    owner, _, _ = prepare(2 * CODES + 2)
    people = iter(write(owner, _let_in))
    with sink() as got, sending():
        _until_sent(next(people), got)  # what a process does only once
        empty = [_until_sent(next(people), got) for _ in range(CODES)]
        fill(owner)
        _until(lambda: waiting() < WAITING)
        began, before = time.perf_counter(), waiting()
        busy = [_until_sent(next(people), got) for _ in range(CODES)]
        left = waiting()
        assert left > 0, "the queue ran empty while it was measured"
        per_second = (before - left) / (time.perf_counter() - began)
    return {"nothing else waits": percentiles(empty), f"{WAITING:,} others wait": percentiles(busy)}, per_second


def _let_in(tx: Tx) -> list[str]:
    people = tx.all(tx.own(Contact).order_by(col(Contact.id)))
    for contact in people:
        contact.portal_access = True
    return [contact.email for contact in people]


def _until_sent(address: str, got: IO[str]) -> float:
    time.sleep(random.uniform(*APART))
    began = time.perf_counter()
    send_code(address)
    assert got.readline().strip() == address
    return (time.perf_counter() - began) * 1000


def fill(owner: Actor, many: int = WAITING) -> None:
    """Messages that are due now, written as fast as the database takes them."""
    names = ("customer", "partner", "name", "method", "expiry")
    values = dict.fromkeys(names, "Bench")
    payload = Message("card_expiring", [("Bo Bulk", BULK)], "en", values, "https://bench.example/").payload()
    at, written = clock.now(), 0
    same: dict[str, Any] = {"partner_id": owner.partner_id, "kind": "email", "lane": Lane.BULK.value, "state": "due"}
    same |= {"payload": payload, "due_at": at, "tries": 0, "tries_before": 0, "last_error": "", "about": ""}
    same |= {"reference": "", "result": {}}
    while written < many:
        page = range(written, min(written + PAGE, many))
        rows = [same | {"id": new_id(Effect.prefix), "key": f"bulk:{owner.partner_id}:{n}"} for n in page]
        with across_partners(write=True) as session:
            session.execute(insert(Effect.__table__), rows)  # type: ignore[attr-defined]
        written += len(rows)


def waiting() -> int:
    with across_partners() as session:
        due = select(func.count()).select_from(Effect).where(Effect.state == "due", Effect.lane == Lane.BULK.value)
        return int(session.scalar(due) or 0)


def _until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.1)
