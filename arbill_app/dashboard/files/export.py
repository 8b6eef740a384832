"""The lists as CSV: the filter of the list, in the same order."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse

from ...customers.views.listing import SORTS, CustomerRow, Filter, every_customer
from ...invoices.views import listing as invoices
from ...invoices.views.listing import InvoiceRow, every_invoice
from ...kernel.actor import MANAGERS, Actor
from ...kernel.clock import today
from ...kernel.db.transactions import Tx, reading, run
from ...kernel.text.spreadsheet import MARK, batched, csv_lines, harmless
from ...partners.security_log import listing as security
from ...partners.security_log.log import note_export
from ...payments.views import listing as payments
from ...payments.views.listing import PaymentRow, every_payment
from ..shell import routes
from ..shell.session import let_in

COLUMNS = ("Id", "Company", "Primary contact", "Email", "Tags", "Group", "Balance", "Status", "Created")
INVOICES = (
    *("Id", "Number", "Customer", "Memo", "Currency", "Amount", "Balance", "Status", "Issued", "Due"),
    "Payment option",
)
PAYMENTS = (
    "Id",
    "Received",
    "Customer",
    "Method",
    "Reference",
    "Invoices",
    "Amount",
    "On account",
    "Currency",
    "Status",
)
SECURITY = ("Id", "When", "What", "Person", "Detail", "Device", "Network address")
PIECE = 250  # lines


def open_on(api: FastAPI) -> None:
    api.get(routes.EXPORT)(customers_csv)
    api.get(routes.EXPORT_INVOICES)(invoices_csv)
    api.get(routes.EXPORT_PAYMENTS)(payments_csv)
    api.get(routes.EXPORT_SECURITY)(security_csv)


async def customers_csv(
    request: Request, q: str = "", tag: str = "", group: str = "", status: str = "", country: str = "", sort: str = ""
) -> StreamingResponse:
    wanted = Filter(q[:100], tag, group, status, country, sort if sort in SORTS else "company")
    actor = await _whoever(request)
    await run(actor, note_export, "customers.csv")
    return _file("customers", customers(actor, wanted))


def customers(actor: Actor, wanted: Filter) -> Iterator[str]:
    """The file, in pieces."""
    return lines(actor, COLUMNS, lambda tx: map(_cells, every_customer(tx, wanted)))


async def invoices_csv(
    request: Request,
    q: str = "",
    tab: str = "",
    customer: str = "",
    currency: str = "",
    option: str = "",
    sort: str = "",
) -> StreamingResponse:
    sort = sort if sort.lstrip("-") in invoices.SORTS else "-created"
    wanted = invoices.Filter(q[:100], tab, customer, currency, option, sort)
    actor = await _whoever(request)
    await run(actor, note_export, "invoices.csv")
    return _file("invoices", invoices_of(actor, wanted))


def invoices_of(actor: Actor, wanted: invoices.Filter) -> Iterator[str]:
    """The file, in pieces."""
    return lines(actor, INVOICES, lambda tx: map(_invoice_cells, every_invoice(tx, wanted)))


async def payments_csv(
    request: Request, q: str = "", tab: str = "", customer: str = "", kind: str = "", currency: str = "", sort: str = ""
) -> StreamingResponse:
    sort = sort if sort.lstrip("-") in payments.SORTS else "-received"
    wanted = payments.Filter(q[:100], tab, customer, kind, currency, sort)
    actor = await _whoever(request)
    await run(actor, note_export, "payments.csv")
    return _file("payments", payments_of(actor, wanted))


def payments_of(actor: Actor, wanted: payments.Filter) -> Iterator[str]:
    """The file, in pieces."""
    return lines(actor, PAYMENTS, lambda tx: map(_payment_cells, every_payment(tx, wanted)))


async def _whoever(request: Request) -> Actor:
    who = await let_in(request.headers.get("cookie", ""))
    if who is None:
        raise HTTPException(401, "Sign in first.")
    return who.actor


def _file(name: str, rows: Iterator[str]) -> StreamingResponse:
    headers = {"content-disposition": f'attachment; filename="{name}-{today()}.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


def lines(actor: Actor, columns: Sequence[str], rows: Callable[[Tx], Iterable[Sequence[str]]]) -> Iterator[str]:
    """Streams many lines at a time: each piece is a hop between threads, which costs more than making a line."""
    yield MARK + csv_lines([columns])
    with reading(actor) as tx:
        yield from map(csv_lines, batched(rows(tx), PIECE))


async def security_csv(request: Request, action: str = "", person: str = "") -> StreamingResponse:
    wanted = security.Filter(action[:40], person[:40])
    actor = await _whoever(request)
    if actor.role not in MANAGERS:
        raise HTTPException(403, "Your role does not allow this.")
    await run(actor, note_export, "security.csv")
    return _file("security", events_of(actor, wanted))


def events_of(actor: Actor, wanted: security.Filter) -> Iterator[str]:
    """The file, in pieces."""
    return lines(actor, SECURITY, lambda tx: map(_event_cells, security.every_event(tx, wanted)))


def _event_cells(row: security.EventRow) -> list[str]:
    return [row.id, row.at, row.what, *map(harmless, (row.who, row.detail, row.device, row.ip))]


def _cells(row: CustomerRow) -> list[str]:
    tags = ", ".join(tag.name for tag in row.tags)
    texts = [row.id, row.company, row.contact, row.email, tags, row.group]
    return [*map(harmless, texts), row.balance, row.status_label, row.created]


def _invoice_cells(row: InvoiceRow) -> list[str]:
    texts = [row.id, row.number, row.company, row.memo]
    return [
        *map(harmless, texts),
        *(row.currency, _number(row.total), _number(row.balance)),
        *(row.status_label, row.issued, row.due, row.option),
    ]


def _payment_cells(row: PaymentRow) -> list[str]:
    texts = [row.company, row.label, row.reference, row.invoices]
    amounts = [_number(row.amount), _number(row.on_account), row.currency]
    return [row.id, row.received, *map(harmless, texts), *amounts, row.status_label]


def _number(amount: str) -> str:
    """ "$1,250.00" as a spreadsheet counts it."""
    digits = re.search(r"\d[\d,]*(\.\d+)?", amount)  # the mark before them may have a point of its own: "Cg."
    return f"{'-' * ('-' in amount)}{digits[0].replace(',', '')}" if digits else ""
