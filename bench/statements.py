"""The statement of account over many entries: worked out, on the screen, and as a PDF."""

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pypdf import PdfReader

from arbill_app.customers.models import Customer
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.transactions import engine, read
from arbill_app.partners.views import default_entity_id
from arbill_app.reports.statement import statement
from arbill_app.reports.statement_paper import MOST_PRINTED, Sheet, render, sheet

from .bills import TODAY, fill_owed, ledger_entry
from .bulk import BATCH, BEGAN, analyse, id_of, insert
from .core import prepare, timed

ENTRIES = 10_000
FIRST, LAST = date(2020, 1, 1), TODAY
Took = tuple[float, float]


def prepare_statement() -> tuple[Actor, str]:
    """A customer that was asked for money 5,000 times and paid 5,000 times: (the owner, the customer)."""
    owner, _, _ = prepare(1)
    fill_owed(owner, read(owner, default_entity_id), ENTRIES // 2)
    customer = read(owner, lambda tx: tx.first(tx.own(Customer)))
    rows = list(_payments(owner.partner_id, customer.id, customer.currency))
    with engine().connect().execution_options(write=True) as connection, connection.begin():
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            insert(connection, "payment", batch)
            on_account = (ledger_entry("payment", one, -one["amount"], one["received_on"], None) for one in batch)
            insert(connection, "ledger_entry", list(on_account))
    analyse()
    return owner, customer.id


def _payments(partner: str, customer: str, currency: str) -> Iterator[dict[str, Any]]:
    """On account, all of them: a statement asks nobody what a payment is for."""
    dice, many = random.Random(13), ENTRIES // 2
    for i in range(many):
        amount, day = dice.randrange(1_000, 5_000_000), FIRST + (LAST - FIRST) * i // many
        id = id_of("pay", i)
        yield {
            "id": id,
            "partner_id": partner,
            "customer_id": customer,
            "key": id,
            "kind": "check",
            "label": "Check",
        } | {
            "reference": str(1000 + i),
            "note": "",
            "amount": amount,
            "unapplied": amount,
            "refunded": 0,
            "disputed": 0,
            "currency": currency,
            "charge_id": "",
            "received_on": day,
            "created_at": BEGAN + timedelta(minutes=i),
        }


def asked(owner: Actor, customer: str) -> tuple[dict[str, Took], Sheet]:
    """(p50, p95) ms of working it out, and of that with its rows in words; and the statement in words."""

    def stated(tx: Any) -> Any:
        return statement(tx, customer, currency, FIRST, LAST)

    currency = read(owner, lambda tx: tx.get(Customer, customer).currency)
    found = read(owner, stated)
    assert len(found.entries) == ENTRIES
    in_words = read(owner, lambda tx: sheet(tx, customer, found, "en"))
    return {
        "worked out": timed(lambda: read(owner, stated), 10, warm=1),
        "worked out, in words": timed(
            lambda: read(owner, lambda tx: sheet(tx, customer, stated(tx), "en")), 10, warm=1
        ),
    }, in_words


def printing(shown: Sheet) -> tuple[Took, int, float]:
    """((p50, p95) ms of a PDF of as many entries as one may have, its pages, its MB).

    Each is another: what typst laid out before, it remembers.
    """
    shown = replace(shown, rows=shown.rows[:MOST_PRINTED])
    another = (replace(shown, rows=[replace(row, what=f"{row.what}{n}") for row in shown.rows]) for n in range(3))
    pdfs: list[bytes] = []
    took = timed(lambda: pdfs.append(render(next(another))), 3, warm=0)
    pages = PdfReader(io.BytesIO(pdfs[-1])).pages
    assert f"{shown.rows[0].what}2" in pages[0].extract_text()
    assert shown.rows[-1].balance in pages[-1].extract_text()
    return took, len(pages), len(pdfs[-1]) / 1e6
