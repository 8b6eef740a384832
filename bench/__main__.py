"""`make bench`: prints what is timed, on SQLite and PostgreSQL, each beside a reference of the same run.

python -m bench                              everything, up to a million rows (many minutes)
python -m bench --sizes 1000,100000          smaller
python -m bench --only web                   one part, or several: see PARTS
python -m bench soak --minutes 10            load for so long on each database, and what stays of it
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arbill_app.kernel.db import transactions
from arbill_app.kernel.settings import settings
from arbill_app.migrate import upgrade
from tests import services
from tests.server import Server, running
from tests.world import PASSWORD

from . import core, exports, invoicing, lanes, paying, portal, posting, soak, split, statements, web

KINDS = ("SQLite", "PostgreSQL")
PARTS = (
    *("core", "create", "export", "invoices", "issue", "pdf", "mail", "lanes", "web", "idle"),
    *("pay", "charges", "portal", "statement", "split"),
)
MESSAGES = 3000
CHARGES = 200
# What is timed here would survive a power cut; the tests' PostgreSQL would not, to be quick.
services.FAST = ("max_connections=200",)
# Known before the first home is: the servers must open what is encrypted here.
os.environ["ARBILL_SECRET_KEY"] = "a key of the bench that opens nothing else"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--minutes", type=float, default=10, help="of `python -m bench soak`")
    parser.add_argument("--on", choices=KINDS, action="append", help="of `python -m bench soak`: one database only")
    parser.add_argument("soak", nargs="?", choices=["soak"], help="load for minutes, then what stays of it")
    asked = parser.parse_args()
    if asked.soak:
        wrong = [f"{kind}: {said}" for kind in asked.on or KINDS for said in bench_soak(kind, asked.minutes)]
        if wrong:
            raise SystemExit("\n".join(wrong))
        return
    parts = asked.only or PARTS
    sizes = [int(size) for size in asked.sizes.split(",")]
    for kind in KINDS:
        bench_customers(kind, sizes, parts)
        bench_invoices(kind, sizes, parts)
        if "mail" in parts:
            bench_mail(kind)
        if "lanes" in parts:
            bench_lanes(kind)
        bench_payments(kind, parts)
        if "export" in parts:
            bench_exports(kind)
        if "portal" in parts:
            bench_portal(kind)
        if "statement" in parts:
            bench_statement(kind)
        if "split" in parts:
            bench_split(kind)
    if "pdf" in parts:
        _print_rows("Papers (ms)", invoicing.printing())
    if "web" in parts:
        bench_web()
    if "idle" in parts:
        bench_idle()


@contextmanager
def database(kind: str, name: str, folder: Path) -> Iterator[bool]:
    url = f"sqlite:///{folder / f'{name}.db'}" if kind == "SQLite" else services.fresh_database(f"bench{name}")
    if not url:
        print(f"{kind} is not installed here: skipped.")
        yield False
        return
    os.environ |= {"ARBILL_DATABASE_URL": url, "ARBILL_HOME": str(folder)}
    settings.cache_clear()
    transactions.engine.cache_clear()
    upgrade(url)
    yield True
    transactions.engine().dispose()


@contextmanager
def fresh(kind: str, name: str) -> Iterator[bool]:
    with tempfile.TemporaryDirectory() as folder, database(kind, name, Path(folder)) as there:
        yield there


# ---------------------------------------------------------------- customers


def bench_customers(kind: str, sizes: list[int], parts: Sequence[str]) -> None:
    found = {}
    for number in sizes if {"core", "create"} & set(parts) else []:
        with fresh(kind, f"c{number}") as there:
            if not there:
                return
            owner, tag, group = core.prepare(number)
            if "core" in parts:
                found[number] = core.lists(owner, tag, group, number)
            if "create" in parts and number == sizes[0]:
                _print_creating(kind, "create a customer with one contact", core.creating(owner), "create")
    if found:
        _print_lists(f"{kind}: the customers list in the core", found)


def _print_creating(kind: str, what: str, made: dict[str, Any], *names: str) -> None:
    print(f"\n{kind}: {what}, through the verbs, p50 / p95 in ms")
    raw = made["raw"][0]
    for name in names:
        p50, p95 = made[name]
        print(f"  {name:18}{p50:8.2f} /{p95:7.2f} {p50 / raw:6.1f} x a raw one-row commit")
    print(f"  {'raw commit':18}{raw:8.2f} /{made['raw'][1]:7.2f}")
    p50, p95 = made["eight"]
    print(f"  {'by 8 threads':18}{p50:8.2f} /{p95:7.2f} {made['per_second']:6.0f} a second")


def _print_lists(title: str, found: dict[int, dict[str, tuple[float, float]]]) -> None:
    sizes = list(found)
    print(f"\n{title}, p50 / p95 in ms")
    print(f"  {'':30}" + "".join(f"{size:>18,}" for size in sizes) + f"{'growth':>10}")
    for i, label in enumerate(found[sizes[-1]]):
        cells = [list(found[size].values())[i] for size in sizes]
        growth = cells[-1][0] / cells[0][0]
        print(f"  {label:30}" + "".join(f"{p50:9.2f} /{p95:7.2f}" for p50, p95 in cells) + f"{growth:9.2f}x")


def _print_rows(title: str, found: dict[str, tuple[float, float]]) -> None:
    print(f"\n{title}, p50 / p95")
    for name, (p50, p95) in found.items():
        print(f"  {name:30}{p50:9.2f} /{p95:7.2f}")


def bench_exports(kind: str) -> None:
    with fresh(kind, "export") as there:
        if there:
            exports.print_exports(kind, exports.exporting(exports.prepare_exports()))


# ---------------------------------------------------------------- invoices


def bench_invoices(kind: str, sizes: list[int], parts: Sequence[str]) -> None:
    found = {}
    for number in sizes if {"invoices", "issue"} & set(parts) else []:
        with fresh(kind, f"i{number}") as there:
            if not there:
                return
            owner = invoicing.prepare_invoices(number)
            if "invoices" in parts:
                found[number] = invoicing.lists(owner, number)
            if "issue" in parts and number == sizes[0]:
                made = invoicing.creating(owner)
                _print_creating(kind, "create and issue an invoice", made, "one amount", "20 lines")
    if found:
        _print_lists(f"{kind}: the invoices list in the core", found)


def bench_mail(kind: str) -> None:
    with fresh(kind, "mail") as there:
        if not there:
            return
        owner = invoicing.prepare_invoices(1000)
        quiet = posting.writes_beside(owner, posting.nobody, messages=False)
        with posting.mail_server():
            print(f"\n{kind}: messages through the engine of one worker to a mail server next door, a second")
            print(f"  {'without attachment':30}{posting.per_second(owner, MESSAGES):9.0f}")
            print(f"  {'with the invoice as PDF':30}{posting.per_second(owner, 150, attached=True):9.0f}")
            beside: list[tuple[str, Callable[[], Any]]] = [
                ("worker of its own", posting.worker),
                ("in the same process", posting.embedded),
            ]
            found = {"nobody": quiet} | {name: posting.writes_beside(owner, sending) for name, sending in beside}
    print(f"\n{kind}: a write of somebody else while messages are sent, p50 / p99 in ms")
    for who, took in found.items():
        for name, each in took.items():
            print(f"  sent by: {who:20} {name:20}{each[len(each) // 2]:9.2f} /{each[int(len(each) * 0.99) - 1]:7.2f}")


def bench_lanes(kind: str) -> None:
    with fresh(kind, "lanes") as there:
        if there:
            who = "the same process" if kind == "SQLite" else "a worker of its own"
            found, per_second = lanes.codes(posting.embedded if kind == "SQLite" else posting.worker)
            title = f"{kind}: from asking for a sign-in code until the mail server has it, sent by {who} (ms)"
            _print_rows(title, found)
            print(f"  meanwhile {per_second:.0f} bulk messages a second were sent")


# ---------------------------------------------------------------- payments


def bench_payments(kind: str, parts: Sequence[str]) -> None:
    if "pay" in parts:
        with fresh(kind, "pay") as there:
            if there:
                _print_creating(kind, "record a payment by hand", paying.recording(), "one invoice", "five invoices")
    if "charges" in parts:
        with fresh(kind, "charges") as there:
            if there:
                _print_charging(kind)


def _print_charging(kind: str) -> None:
    found: dict[str, paying.Starting] = {"1 worker": lambda: paying.workers(1)}
    found |= {"in the same process": posting.embedded} if kind == "SQLite" else {"4 workers": lambda: paying.workers(4)}
    owner = paying.prepare_payments(len(found) * (CHARGES + paying.ALONE))
    paying.give_cards(owner)
    print(f"\n{kind}: charges by the sandbox through the engine, until each is a payment with its receipt")
    for name, starting in found.items():
        (p50, p95), per_second = paying.charging(owner, starting, CHARGES)
        print(f"  {name:24}{per_second:6.0f} a second; one alone {p50:8.1f} /{p95:8.1f} ms (p50 / p95)")


# ---------------------------------------------------------------- what customers see


def bench_portal(kind: str) -> None:
    with served(kind, "portal", portal.prepare_portal) as (server, seat):
        if server:
            looked = portal.looked_at(server, seat)
            print(f"\n{kind}: the portal’s first screen on a phone, six open invoices and a card")
            for what, (size, packed) in sorted(looked.weight.items(), key=lambda each: -each[1][0]):
                print(f"  {what:12}{size / 1024:8.1f} KB over the wire ({packed})")
            times = {"drawn, cold": looked.cold, "drawn, warm": looked.warm, "reference: plain text": looked.reference}
            _print_rows(f"{kind}: until the browser shows the amount (ms)", times)
            _print_rows(f"{kind}: answered by HTTP (ms)", portal.answers(server, seat, seat.path))


def bench_statement(kind: str) -> None:
    with served(kind, "statement", statements.prepare_statement) as (server, made):
        if server:
            found, shown = statements.asked(*made)
            owner, customer = made
            seat = portal.Seat(f"/portal/{customer}", portal.take_seat(owner, customer), "")
            page = f"{seat.path}/statement?from={statements.FIRST}&to={statements.LAST}"
            found |= portal.answers(server, seat, page, times=20)
            _print_rows(f"{kind}: a statement of {statements.ENTRIES:,} entries (ms)", found)
            if kind == KINDS[0]:
                took, pages, size = statements.printing(shown)
                title = f"A PDF of {statements.MOST_PRINTED:,} of them: {pages} pages, {size:.1f} MB (ms)"
                _print_rows(title, {"PDF": took})


def bench_split(kind: str) -> None:
    with fresh(kind, "split") as there:
        if not there:
            return
        print(f"\n{kind}: where the time of a command goes, p50 in ms")
        print(f"  {'':22}{'all':>8}{'database':>10}{'processor':>11}{'statements':>12}")
        for name, found in split.commands().items():
            times = f"{found.total:8.2f}{found.database:10.2f}{found.processor:11.2f}"
            print(f"  {name:22}{times}{found.statements:12}")


@contextmanager
def served(kind: str, name: str, prepare: Callable[[], Any]) -> Iterator[tuple[Server | None, Any]]:
    """A running arbill on a fresh database with what `prepare` puts there; nothing where there is no such database."""
    with fresh(kind, name) as there:
        if not there:
            yield None, None
            return
        made = prepare()
        with running(settings().home, settings().database_url) as server:
            yield server, made


# ---------------------------------------------------------------- a running server


def bench_web() -> None:
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


def bench_soak(kind: str, minutes: float) -> list[str]:
    """What stays that should not."""

    def prepare() -> Any:
        owner = paying.prepare_payments(many)
        paying.give_cards(owner)
        return owner

    many = int(soak.CHARGES * (minutes * 60 + soak.WARM)) + 100

    with posting.mail_server(), served(kind, "soak", prepare) as (server, owner):
        if server:
            print(f"\n{kind}: {minutes:g} minutes of events, charges, PDFs and mails")
            return soak.soak(server, owner, server.cookie(f"bo{many}@bench.example", PASSWORD), minutes)
    return []


def bench_idle() -> None:
    print("\nA running arbill with nothing to do, percent of one processor over 20 s")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            url = "" if kind == "SQLite" else services.fresh_database("benchidle")
            if url is not None:
                with running(Path(folder), url, demo=True) as server:
                    print(f"  {kind:12}{posting.idle(server):6.1f} %")


if __name__ == "__main__":
    main()
