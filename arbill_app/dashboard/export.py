"""The customers list as CSV: the filter of the list, in the same order."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse

from ..customers.listing import SORTS, CustomerRow, Filter, every_customer
from ..kernel.actor import Actor
from ..kernel.clock import today
from ..kernel.db import reading
from . import routes
from .session import let_in

COLUMNS = ("Id", "Company", "Primary contact", "Email", "Tags", "Group", "Balance", "Status", "Created")
RISKY = ("=", "+", "-", "@", "\t", "\r")


def open_on(api: FastAPI) -> None:
    api.get(routes.EXPORT)(customers_csv)


async def customers_csv(
    request: Request, q: str = "", tag: str = "", group: str = "", status: str = "", country: str = "", sort: str = ""
) -> StreamingResponse:
    who = await let_in(request.headers.get("cookie", ""))
    if who is None:
        raise HTTPException(401, "Sign in first.")
    wanted = Filter(q[:100], tag, group, status, country, sort if sort in SORTS else "company")
    name = f"customers-{today()}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines(who.actor, wanted), media_type="text/csv; charset=utf-8", headers=headers)


def lines(actor: Actor, wanted: Filter) -> Iterator[str]:
    """Streams, a page of rows in memory at a time. Begins with a byte-order mark: Excel would guess the charset."""
    yield "\ufeff" + _line(COLUMNS)
    with reading(actor) as tx:
        for row in every_customer(tx, wanted):
            yield _line(_cells(row))


def _cells(row: CustomerRow) -> list[str]:
    tags = ", ".join(tag.name for tag in row.tags)
    texts = [row.id, row.company, row.contact, row.email, tags, row.group]
    return [*map(harmless, texts), row.balance, row.status_label, row.created]


def harmless(text: str) -> str:
    """Spreadsheets run what begins like a formula: an apostrophe keeps it text."""
    return "'" + text if text.startswith(RISKY) else text


def _line(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
