"""The customers list and the making of customers, in the core, on both databases."""

import statistics
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import text

from arbill_app.customers.commands import labels
from arbill_app.customers.commands.create import create_customer
from arbill_app.customers.views.customers import find
from arbill_app.customers.views.listing import PAGE, Filter, list_customers
from arbill_app.kernel.actor import Actor, Kind, Role
from arbill_app.kernel.db.transactions import engine, read, write
from arbill_app.partners.commands import found_partner
from arbill_app.partners.views import default_entity_id

from .bulk import fill

TIMES = 120
DEEP = 500


def percentiles(milliseconds: list[float]) -> tuple[float, float]:
    ordered = sorted(milliseconds)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95) - 1]


def timed(what: Callable[[], Any], times: int = TIMES, warm: int = 10) -> tuple[float, float]:
    """(p50, p95) in milliseconds, after a warm-up."""
    for _ in range(warm):
        what()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        took.append((time.perf_counter() - began) * 1000)
    return percentiles(took)


def prepare(many: int) -> tuple[Actor, str, str]:
    """A partner with `many` customers: (its owner, a tag, a group)."""
    partner_id, _ = found_partner("Bench", "Bo Bench", f"bo{many}@bench.example", "violet kettle marches")
    owner = Actor(partner_id, Kind.STAFF, "stf_bench", "Bo Bench", Role.OWNER)
    tag = write(owner, labels.save_tag, "", {"name": "Managed"}).id
    group = write(owner, labels.save_group, "", {"name": "Trades"}).id
    fill(partner_id, read(owner, default_entity_id), group, tag, many)
    return owner, tag, group


def lists(owner: Actor, tag: str, group: str, many: int) -> dict[str, tuple[float, float]]:
    deep = Filter(after=_cursor_to(owner, min(DEEP, many // PAGE - 1)))
    some = f"{many // 2:07d}"
    asked = {
        "first page": Filter(),
        f"page {min(DEEP, many // PAGE)}": deep,
        "newest first": Filter(sort="-created"),
        "substring, one hit": Filter(q=some),
        "substring, many hits": Filter(q="remblay"),
        "two words": Filter(q="harbor quill"),
        "no hit": Filter(q="zzyzx"),
        "filter: tag": Filter(tag_id=tag),
        "filter: group + country": Filter(group_id=group, country="CA"),
        "filter: setup not finished": Filter(status="setup"),
    }
    found = {name: timed(partial(read, owner, list_customers, filter)) for name, filter in asked.items()}
    return found | {"palette: three letters": timed(lambda: read(owner, find, "har"))}


def _cursor_to(owner: Actor, pages: int) -> str:
    """Walks there, as somebody pressing Next would: with keyset paging there is no other way."""
    at = Filter()
    for _ in range(pages):
        page = read(owner, list_customers, at)
        at = replace(at, after=page.next)
    return at.after


def typed(name: str) -> dict[str, Any]:
    place = {
        "address_line1": "480 Juniper Street",
        "city": "Columbus",
        "region": "OH",
        "postal_code": "43215",
        "country": "US",
    }
    return {"company": name, **place}


def create(owner: Actor, name: str) -> None:
    """A customer with one contact, in one call."""
    user = {"first_name": "Ada", "last_name": "Quill", "email": f"{name}@made.example"}
    write(owner, create_customer, name, typed(name), [user])


def raw_commit() -> Callable[[], None]:
    """The reference: one row into a bare table by the driver, and its commit."""
    with engine().connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE IF NOT EXISTS bench_raw (id INTEGER, said TEXT)"))
    raw = engine().raw_connection()
    sqlite = engine().dialect.name == "sqlite"

    def once() -> None:
        with closing(raw.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
            cursor.execute("INSERT INTO bench_raw VALUES (1, 'x')")
            cursor.execute("COMMIT")

    return once


def creating(owner: Actor) -> dict[str, Any]:
    count = iter(range(10**9))
    one = timed(lambda: create(owner, f"made{next(count)}"), 200)
    raw = timed(raw_commit(), 200)
    eight, seconds = by_threads(lambda number, i: create(owner, f"thread{number}x{i}"), 8, 50)
    return {"create": one, "raw": raw, "eight": eight, "per_second": 8 * 50 / seconds}


def by_threads(make: Callable[[int, int], None], threads: int, each: int) -> tuple[tuple[float, float], float]:
    """((p50, p95) of one in ms, seconds for all): each thread calls `make(its number, i)` for so many i."""
    took: list[float] = []

    def work(number: int) -> None:
        for i in range(each):
            began = time.perf_counter()
            make(number, i)
            took.append((time.perf_counter() - began) * 1000)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return percentiles(took), time.perf_counter() - began
