"""What the dashboard's lists take as CSV, all their rows, and how much memory; beside the rows from plain SQL."""

import csv
import io
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from arbill_app.customers.views.listing import Filter
from arbill_app.dashboard.files import export
from arbill_app.invoices.views import listing as invoices
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.transactions import engine, read
from arbill_app.partners.security_log import listing as security
from arbill_app.partners.views import default_entity_id
from arbill_app.payments.views import listing as payments

from .bills import fill_owed
from .bulk import BATCH, BEGAN, analyse, id_of, insert
from .core import prepare

MANY = 100_000  # rows of each list
Took = tuple[float, float]  # seconds, MB more than before at its highest
CUSTOMERS = """
    SELECT c.id, c.company, p.first_name, p.last_name, p.email, g.name, c.created_at FROM customer c
    LEFT JOIN customer_group g ON g.id = c.group_id LEFT JOIN contact p ON p.customer_id = c.id AND p.is_primary
    ORDER BY c.sort_key, c.id
"""
INVOICES = """
    SELECT i.id, i.number, c.company, i.memo, i.currency, i.total, i.balance, i.stage, i.issued_on, i.due_on, i.option
    FROM invoice i JOIN customer c ON c.id = i.customer_id ORDER BY i.id DESC
"""
PAYMENTS = """
    SELECT p.id, p.received_on, c.company, p.label, p.reference, p.amount, p.unapplied, p.currency
    FROM payment p JOIN customer c ON c.id = p.customer_id ORDER BY p.received_on DESC, p.id DESC
"""
SECURITY = "SELECT id, at, action, name, detail, agent, ip FROM security_event ORDER BY id DESC"


def prepare_exports() -> Actor:
    """The owner of a partner with so many customers, an invoice and a payment each, and so many security events."""
    owner, _, _ = prepare(MANY)
    fill_owed(owner, read(owner, default_entity_id), 1)
    _fill("payment", _payments(owner))
    _fill("security_event", _events(owner))
    analyse()
    return owner


def _fill(table: str, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    with engine().connect().execution_options(write=True) as connection, connection.begin():
        while batch := list(islice(left, BATCH)):
            insert(connection, table, batch)


def _payments(owner: Actor) -> Iterator[dict[str, Any]]:
    dice = random.Random(17)
    for i in range(MANY):
        id, amount = id_of("pay", i), dice.randrange(1_000, 5_000_000)
        same = {"id": id, "key": id, "partner_id": owner.partner_id, "customer_id": id_of("cus", i)}
        money = {"amount": amount, "unapplied": amount if i % 3 else 0, "refunded": 0, "disputed": 0, "currency": "USD"}
        words = {"kind": "check", "label": "Check", "reference": str(1000 + i), "note": "", "charge_id": ""}
        when = {"received_on": date(2020, 1, 1) + timedelta(days=i % 2000), "created_at": BEGAN + timedelta(minutes=i)}
        yield same | money | words | when


def _events(owner: Actor) -> Iterator[dict[str, Any]]:
    for i in range(MANY):
        yield {
            "id": id_of("sev", i),
            "partner_id": owner.partner_id,
            "at": BEGAN + timedelta(minutes=i),
            "action": "signed_in",
            "staff_id": owner.id,
            "name": owner.name,
            "ip": f"192.0.2.{i % 256}",
            "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "detail": "",
        }


def exporting(owner: Actor) -> dict[str, tuple[Took, Took]]:
    """For each list, as the download makes it: (what it takes, what the reference takes)."""
    ours: dict[str, tuple[Callable[[], Iterable[str]], str]] = {
        "customers": (lambda: export.customers(owner, Filter()), CUSTOMERS),
        "invoices": (lambda: export.invoices_of(owner, invoices.Filter()), INVOICES),
        "payments": (lambda: export.payments_of(owner, payments.Filter()), PAYMENTS),
        "security log": (lambda: export.events_of(owner, security.Filter()), SECURITY),
    }
    found = {}
    for name, (pieces, sql) in ours.items():
        next(iter(pieces()))  # what is made once is made
        found[name] = (_took(pieces), _took(lambda sql=sql: _plain(sql)))  # type: ignore[misc]
    return found


def _plain(sql: str) -> Iterator[str]:
    """The rows as the driver gives them, a thousand at a time, through csv.writer."""
    connection = engine().raw_connection()
    try:
        cursor = connection.cursor("plain") if engine().dialect.name == "postgresql" else connection.cursor()
        cursor.execute(sql)
        while rows := cursor.fetchmany(1000):
            out = io.StringIO()
            csv.writer(out).writerows(rows)
            yield out.getvalue()
    finally:
        connection.rollback()
        connection.close()


def _took(pieces: Callable[[], Iterable[str]]) -> Took:
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before, began = _memory("VmRSS"), time.perf_counter()
    lines = sum(piece.count("\n") for piece in pieces())
    seconds = time.perf_counter() - began
    assert MANY <= lines <= MANY + 2, lines  # a heading, and in the security log that the owner joined
    return seconds, max(_memory("VmHWM") - before, 0) / 1e6


def _memory(what: str) -> int:
    """Bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def print_exports(kind: str, found: dict[str, tuple[Took, Took]]) -> None:
    print(f"\n{kind}: {MANY:,} rows as CSV, in seconds, and MB of memory at the highest")
    for name, ((seconds, grew), (plainly, plain_grew)) in found.items():
        print(f"  {name:18}{seconds:8.2f} s {grew:6.1f} MB   from plain SQL{plainly:8.2f} s {plain_grew:6.1f} MB")
