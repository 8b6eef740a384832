"""Events, charges, PDFs and mails against a running server for minutes: what stays of it in memory and in tables.

Memory is measured after a warm-up, and again when everything is done and the server has been quiet for a while: no more
than 15 % may stay. The engine's tables must not grow while nothing is done. Then everything is made to look as if days
and years had passed: what is older than arbill keeps must be gone after the next sweep, without a rest.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import time_machine
from sqlalchemy import delete, select
from sqlmodel import col, func

from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import Tx, across_partners, first_id, read, write
from arbill_app.kernel.jobs import periodic
from arbill_app.kernel.jobs.backlog import unfinished
from arbill_app.kernel.jobs.runner import KEEP
from arbill_app.kernel.settings import settings
from arbill_app.partners.auth.tries import TryCount
from arbill_app.payments.charging.attempts import CHARGE, start_charge
from arbill_app.retention import PAGE, YEAR
from tests import engine_tables
from tests.server import Server

from . import paying, posting, web

WARM = 30.0  # seconds
QUIET = 30.0
DONE_WITHIN = 300.0  # seconds after the load, until nothing is left to do
MOST = 1.15  # of the memory after the warm-up
IDLE_ROWS = 3  # that the engine may write while nothing is done
TABS = 10
CHARGES, MAILS = 2, 5  # each second
OLD = PAGE + 100  # rows of each kind that are too old: more than one page of the sweep
PRUNING = ("finished runs", "old records")


def soak(server: Server, owner: Actor, cookie: str, minutes: float) -> list[str]:
    """Prints what was, and what is left; says what is wrong with it."""
    assert server.process
    group, wanted, empty = server.process.pid, read(owner, paying._unpaid), _engine_rows()
    _load(server, owner, cookie, wanted, WARM)
    _until(lambda: not _unfinished(), DONE_WITHIN, "work of the warm-up is not done")
    time.sleep(QUIET)
    before = _shown("memory after the warm-up", memory(group))
    _load(server, owner, cookie, wanted, minutes * 60)
    _shown("memory under load", memory(group))
    _until(lambda: not _unfinished(), DONE_WITHIN, "work is not done")
    rows = _engine_rows()
    time.sleep(QUIET)
    after = _shown("memory afterwards", memory(group), before)
    idle = _engine_rows() - rows
    print(f"  {'runs kept by the engine':30}{rows:9} rows, {idle} more after {QUIET:g} s with nothing to do")
    wrong = [f"{after / before - 1:.0%} more memory stays than after the warm-up"] if after > before * MOST else []
    wrong += [f"the engine wrote {idle} rows while nothing was done"] if idle > IDLE_ROWS else []
    return wrong + _pruned(owner, empty)


def _shown(what: str, size: int, before: int = 0) -> int:
    print(f"  {what:30}{size / 1e6:9.0f} MB" + (f" ({size / before:.2f} x)" if before else ""))
    return size


# ---------------------------------------------------------------- load


def _load(server: Server, owner: Actor, cookie: str, wanted: list[paying.Wanted], seconds: float) -> None:
    stop = threading.Event()
    jobs = threading.Thread(target=_work, args=(owner, wanted, stop))
    jobs.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        asyncio.run(web.events(server, cookie, TABS))
    stop.set()
    jobs.join()


def _work(owner: Actor, wanted: list[paying.Wanted], stop: threading.Event) -> None:
    """Charges with their receipts, and mails with a PDF each."""
    while not stop.wait(1):
        for _ in range(min(CHARGES, len(wanted))):
            customer, card, invoice, minor = wanted.pop()
            key = f"soak-{invoice}"
            write(owner, start_charge, customer, card, [(invoice, minor)], key=key, source="staff", by_name="Bo Bench")
        write(owner, lambda tx: posting._post(tx, MAILS, True))


def _unfinished() -> int:
    return sum(count for (_, state), count in unfinished().items() if state in ("due", "running", "unknown"))


def _until(done: Callable[[], bool], seconds: float, else_: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{else_} after {seconds:g} s: {unfinished()}")
        time.sleep(0.5)


# ---------------------------------------------------------------- what stays


def memory(group: int) -> int:
    """Bytes of a group of processes that are theirs alone or shared among them."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group:
                lines = (folder / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total


def _engine_rows() -> int:
    return sum(engine_tables.rows(settings().database_url).values())


def _pruned(owner: Actor, empty: int) -> list[str]:
    """Sets the engine's runs back by more than it keeps, adds old records, and lets the server sweep once."""
    engine_tables.set_back(settings().database_url, 2 * KEEP)
    _add_old(owner)
    with across_partners(write=True) as session:
        session.execute(delete(periodic.SweepRun).where(col(periodic.SweepRun.name).in_(PRUNING)))
    _until(_swept, 120, "the sweeps have not run")
    left, old = _engine_rows() - empty, _old()
    print(f"  {'too old, still there':30}{max(left, 0):9} rows of the engine, {old} of {3 * OLD} records")
    failed = [f"{run.name}: {run.error}" for run in periodic.last_runs() if run.error]
    kept = [f"{left} old rows of the engine are still there"] if left > IDLE_ROWS else []
    return failed + kept + ([f"{old} old records are still there"] if old else [])


def _swept() -> bool:
    return all(any(run.name == name and run.finished_at for run in periodic.last_runs()) for name in PRUNING)


def _add_old(owner: Actor) -> None:
    """Charges that were done more than a year ago with their tries, and counts of tries at signing in."""
    with time_machine.travel(clock.now() - YEAR - timedelta(days=1)):
        at = clock.now()
        for n in range(OLD):
            write(owner, _old_charge, n)
        with across_partners(write=True) as session:
            session.add_all(
                TryCount(id=_id(TryCount.prefix, n), key=f"old:{n}", next_at=at, forget_at=at) for n in range(OLD)
            )


def _id(prefix: str, n: int) -> str:
    return first_id(prefix, clock.now() + timedelta(milliseconds=n))


def _old_charge(tx: Tx, n: int) -> None:
    row = tx.later(CHARGE, f"old:{n}", {})
    row.state, row.done_at = "done", clock.now()
    tx.flush()
    tx.create(EffectTry, effect_id=row.id, at=clock.now(), outcome="done")


def _old() -> int:
    """How many of them are still there."""
    counts = (
        select(func.count()).select_from(Effect).where(col(Effect.key).startswith("old:")),
        select(func.count()).select_from(TryCount).where(col(TryCount.key).startswith("old:")),
        select(func.count())
        .select_from(EffectTry)
        .where(col(EffectTry.id) < first_id(EffectTry.prefix, clock.now() - YEAR)),
    )
    with across_partners() as session:
        return sum(session.scalar(one) or 0 for one in counts)
