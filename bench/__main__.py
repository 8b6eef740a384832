"""`make bench`: prints what is timed, on SQLite and PostgreSQL, each beside a reference of the same run.

python -m bench                              everything, up to a million customers (several minutes)
python -m bench --sizes 1000,100000          smaller
python -m bench --only web                   one part: core, create, web
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arbill_app.kernel import db
from arbill_app.kernel.settings import settings
from arbill_app.migrate import upgrade
from tests import services

from . import core, web

KINDS = ("SQLite", "PostgreSQL")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--only", choices=["core", "create", "web"], action="append")
    asked = parser.parse_args()
    parts = asked.only or ["core", "create", "web"]
    sizes = [int(size) for size in asked.sizes.split(",")]
    if "core" in parts or "create" in parts:
        for kind in KINDS:
            bench_core(kind, sizes, parts)
    if "web" in parts:
        bench_web()


@contextmanager
def database(kind: str, number: int, folder: Path) -> Iterator[bool]:
    url = f"sqlite:///{folder / f'{number}.db'}" if kind == "SQLite" else services.fresh_database(f"bench{number}")
    if not url:
        print(f"{kind} is not installed here: skipped.")
        yield False
        return
    os.environ |= {"ARBILL_DATABASE_URL": url, "ARBILL_HOME": str(folder)}
    settings.cache_clear()
    db.engine.cache_clear()
    upgrade(url)
    yield True
    db.engine().dispose()


def bench_core(kind: str, sizes: list[int], parts: list[str]) -> None:
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in sizes:
            with database(kind, number, Path(folder)) as there:
                if not there:
                    return
                owner, tag, group = core.prepare(number)
                if "core" in parts:
                    found[number] = core.lists(owner, tag, group, number)
                if "create" in parts and number == sizes[0]:
                    _print_creating(kind, core.creating(owner))
    if found:
        _print_lists(kind, found)


def _print_creating(kind: str, made: dict) -> None:
    print(f"\n{kind}: create a customer with one contact, through the verbs (ms)")
    (one, one95), (raw, raw95), (eight, eight95) = made["create"], made["raw"], made["eight"]
    print(f"  one thread        p50 {one:7.2f}   p95 {one95:7.2f}   {one / raw:5.1f} x a raw one-row commit")
    print(f"  raw commit        p50 {raw:7.2f}   p95 {raw95:7.2f}")
    print(f"  8 threads         p50 {eight:7.2f}   p95 {eight95:7.2f}   {made['per_second']:.0f} customers/s")


def _print_lists(kind: str, found: dict) -> None:
    sizes = list(found)
    print(f"\n{kind}: the customers list in the core, p50 / p95 in ms")
    print(f"  {'':30}" + "".join(f"{size:>18,}" for size in sizes) + f"{'growth':>10}")
    for i, _name in enumerate(found[sizes[0]]):
        cells = [list(found[size].values())[i] for size in sizes]
        growth = cells[-1][0] / cells[0][0]
        label = list(found[sizes[-1]])[i]
        print(f"  {label:30}" + "".join(f"{p50:9.2f} /{p95:7.2f}" for p50, p95 in cells) + f"{growth:9.2f}x")


def bench_web() -> None:
    from tests.server import running

    with tempfile.TemporaryDirectory() as folder, running(Path(folder), demo=True) as server:
        cookie = server.cookie("demo@arbill.example", "demo-arbill")
        print("\nA running arbill (SQLite, one process): event over the websocket and back, p50 / p95 in ms")
        # First, while nothing has been freed yet that new tabs could use again.
        kept = asyncio.run(web.memory(server, cookie))
        for tabs in (1, 200):
            for name, (p50, p95) in asyncio.run(web.events(server, cookie, tabs)).items():
                print(f"  {tabs:3} open tab{'s' if tabs > 1 else ' '}  {name:24} {p50:8.2f} /{p95:8.2f}")
        print(f"  memory per open tab: {kept:.0f} KiB")
    print("\nWhat a screen downloads first, brotli")
    for screen, (js, css) in web.weights().items():
        print(f"  {screen:18} {js:7.1f} KB JavaScript {css:6.1f} KB CSS")


if __name__ == "__main__":
    main()
