"""Invoices in the core, on both databases: made and issued, listed, added up; and printed."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from arbill_app.customers.models import Customer
from arbill_app.invoices.commands.issuing import create_invoice
from arbill_app.invoices.documents.model import Document
from arbill_app.invoices.documents.pdf import render
from arbill_app.invoices.views.listing import PAGE, Filter, list_invoices, sums
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners.views import default_entity_id
from tests.invoices.papers import make_document, many_lines

from .bills import EACH, fill_invoices
from .core import DEEP, by_threads, prepare, raw_commit, timed

Took = tuple[float, float]
_numbers = count(1)


def prepare_invoices(many: int) -> Actor:
    """The owner of a partner with `many` invoices."""
    owner, _, _ = prepare(max(many // EACH, 50))
    fill_invoices(owner, read(owner, default_entity_id), many)
    return owner


# ---------------------------------------------------------------- lists


def lists(owner: Actor, many: int) -> dict[str, Took]:
    pages = min(DEEP, many // PAGE - 1)
    customer = read(owner, lambda tx: tx.first(tx.own(Customer))).id
    asked = {
        "first page": Filter(),
        f"page {DEEP} (or the last)": Filter(after=_cursor_to(owner, pages)),
        "tab: overdue": Filter(tab="overdue", sort="due"),
        "tab: overdue, newest first": Filter(tab="overdue"),
        "tab: paid": Filter(tab="paid"),
        "tab: draft": Filter(tab="draft"),
        "sort: due": Filter(sort="due"),
        "sort: amount, largest first": Filter(sort="-amount"),
        "search: one hit (number)": Filter(q=f"{many // 2:07d}"),
        "search: many hits": Filter(q="monitoring"),
        "search: two words": Filter(q="harbor backup"),
        "search: amount": Filter(q="1,180"),
        "search: no hit": Filter(q="zzyzx"),
        "one customer": Filter(customer_id=customer),
        "paid, CAD, by link": Filter(tab="paid", currency="CAD", option="link"),
    }
    found = {name: timed(partial(read, owner, list_invoices, filter)) for name, filter in asked.items()}
    times = 20 if many > 10_000 else 100
    found["(sums, unfiltered)"] = timed(lambda: read(owner, sums, Filter()), times, warm=2)
    found["(sums, overdue)"] = timed(lambda: read(owner, sums, Filter(tab="overdue")), times, warm=2)
    return found


def _cursor_to(owner: Actor, pages: int) -> str:
    at = Filter()
    for _ in range(pages):
        at = replace(at, after=read(owner, list_invoices, at).next)
    return at.after


# ---------------------------------------------------------------- made and issued


def typed(customer_id: str, lines: int) -> dict[str, Any]:
    due_on = (clock.today("America/New_York") + timedelta(days=30)).isoformat()
    values: dict[str, Any] = {"customer_id": customer_id, "due_on": due_on, "option": "later", "memo": "December"}
    if lines == 1:
        return values | {"amount": "1,180.00"}
    row = {"description": "Monitoring of workstations", "quantity": "1.5", "unit_price": "49.95", "discount": "10%"}
    return values | {"itemised": True, "lines": [row | {"tax_rate": "8.875"} for _ in range(lines)]}


def create(owner: Actor, customer_id: str, lines: int = 1) -> None:
    write(owner, create_invoice, f"made-{next(_numbers)}", typed(customer_id, lines))


def creating(owner: Actor) -> dict[str, Any]:
    customers = read(owner, lambda tx: [row.id for row in tx.all(tx.own(Customer).limit(50))])
    one = timed(lambda: create(owner, customers[0]), 300)
    twenty = timed(lambda: create(owner, customers[1], 20), 200)
    raw = timed(raw_commit(), 300)
    eight, seconds = by_threads(lambda number, i: create(owner, customers[(number + i) % 50]), 8, 60)
    return {"one amount": one, "20 lines": twenty, "raw": raw, "eight": eight, "per_second": 8 * 60 / seconds}


# ---------------------------------------------------------------- printed


def printing() -> dict[str, Took]:
    papers: dict[str, Document] = {
        "PDF, one amount": make_document(),
        "PDF, 20 lines": many_lines(20),
        "PDF, 300 lines": many_lines(300),
    }
    return {name: timed(partial(_printed, document), 20, warm=2) for name, document in papers.items()}


def _printed(document: Document) -> bytes:
    return render(_another(document))


def _another(document: Document) -> Document:
    """typst remembers the last ten papers: one that it knows already costs a fifth of one that it does not."""
    number = next(_numbers)
    items = [replace(item, description=f"{item.description} {number}") for item in document.items]
    return replace(document, number=f"INV-{number:07d}", items=items)
