"""Where the time of a command goes: how many statements it takes, and how long it waits for the database.

The rest is ours: building statements, mapping rows, checking what was typed.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from arbill_app.customers.models import Customer
from arbill_app.kernel.db.transactions import engine, read

from . import core, invoicing, paying

TIMES, WARM = 200, 20
CALLS = ("do_execute", "do_executemany", "do_execute_no_params", "do_commit")
_numbers = count(1)


@dataclass
class Spent:
    """In the database, while it is listened to."""

    seconds: float = 0.0
    statements: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Split:
    """p50 in milliseconds; `processor` is what this thread computed, whoever else keeps the machine busy."""

    total: float
    database: float
    processor: float
    statements: int


@contextmanager
def listening() -> Iterator[Spent]:
    """Every call of the driver that executes or commits, timed."""
    spent, dialect = Spent(), engine().dialect

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                spent.seconds += time.perf_counter() - began
                if len(given) > 1 and not given[1].startswith("BEGIN"):
                    spent.statements.append(given[1])

        return run

    for name in CALLS:
        setattr(dialect, name, timed(getattr(dialect, name)))
    try:
        yield spent
    finally:
        for name in CALLS:
            delattr(dialect, name)


def split(what: Callable[[], None]) -> Split:
    totals, database, processor = [], [], []
    with listening() as spent:
        for i in range(WARM + TIMES):
            spent.seconds, spent.statements = 0.0, []
            began, computed = time.perf_counter(), time.thread_time()
            what()
            if i >= WARM:
                totals.append(time.perf_counter() - began)
                processor.append(time.thread_time() - computed)
                database.append(spent.seconds)
    all, waited, ours = (statistics.median(times) * 1000 for times in (totals, database, processor))
    return Split(all, waited, ours, len(spent.statements))


def commands() -> dict[str, Split]:
    """Each command of the core that many programs will call, on a partner with some hundred customers."""
    owner = paying.prepare_payments(2 * (TIMES + WARM))
    customers = read(owner, lambda tx: [row.id for row in tx.all(tx.own(Customer).limit(50))])
    owed = iter(read(owner, paying.owed_by))
    return {
        "create a customer": split(lambda: core.create(owner, f"split{next(_numbers)}")),
        "issue, one amount": split(lambda: invoicing.create(owner, customers[next(_numbers) % 50])),
        "issue, twenty lines": split(lambda: invoicing.create(owner, customers[next(_numbers) % 50], 20)),
        "record a payment": split(lambda: paying.pay(owner, next(owed), 1)),
    }
