"""Events, charges, PDFs and mails against a running server for minutes: what stays of it in memory and in tables.

Memory is measured after a warm-up, and again when everything is done and the server has been quiet for a while: no more
than 15 % may stay. What the engine remembers is then older than what it keeps, and must be gone after its next sweep.
"""

import asyncio
import os
import threading
import time
from pathlib import Path

from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db import read, write
from arbill_app.kernel.settings import settings
from arbill_app.kernel.work_left import unfinished
from arbill_app.payments.charging import start_charge
from tests import engine_tables
from tests.server import Server

from . import paying, posting, web

WARM = 30.0  # seconds
QUIET = 30.0
MOST = 1.15
TABS = 10
CHARGES, MAILS = 2, 5  # each second


def soak(server: Server, owner: Actor, cookie: str, minutes: float) -> None:
    """Prints what was, and what is left; raises when more memory stays than may."""
    assert server.process
    wanted = read(owner, paying._unpaid)
    _load(server, owner, cookie, wanted, WARM)
    time.sleep(QUIET)
    before = memory(server.process.pid)
    print(f"  {'memory before':30}{before / 1e6:9.0f} MB")
    _load(server, owner, cookie, wanted, minutes * 60)
    print(f"  {'memory under load':30}{memory(server.process.pid) / 1e6:9.0f} MB")
    paying._until(lambda: not _unfinished(), 0.5)
    time.sleep(QUIET)
    after = memory(server.process.pid)
    print(f"  {'memory afterwards':30}{after / 1e6:9.0f} MB ({after / before:.2f} x)")
    for name, size in _tables().items():
        print(f"  {name:30}{size:9}")
    if after > before * MOST:
        raise SystemExit(f"{after / before - 1:.0%} more memory stays than before")


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


def _tables() -> dict[str, int]:
    """Rows of the engine's own tables, and the size of the database where it is a file."""
    url = settings().database_url
    found = {f"{name} (rows)": rows for name, rows in engine_tables.rows(url).items() if rows}
    file = Path(url.partition("///")[2])
    return found | ({"the file (KB)": file.stat().st_size // 1024} if url.startswith("sqlite") else {})


def _unfinished() -> int:
    return sum(count for (_, state), count in unfinished().items() if state in ("due", "running", "unknown"))
