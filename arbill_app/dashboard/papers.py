"""Papers and files to take along: PDFs of invoices, credit notes and receipts, many in one archive, attachments."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import anyio.to_thread
from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from ..invoices import attaching
from ..invoices.document import Document
from ..invoices.pdf import file_name, render
from ..invoices.printing import credit_document, invoice_document
from ..kernel.actor import WRITERS, Actor
from ..kernel.clock import today
from ..kernel.db import Tx, ask
from ..kernel.errors import NotFound
from ..payments.receipt import receipt_of
from ..payments.receipt import render as render_receipt
from . import routes
from .doors import Ours, disposition
from .files import Sent, receive
from .session import let_in

MOST = 100  # papers in one archive
PDF, ZIP = "application/pdf", "application/zip"


def open_on(api: FastAPI) -> None:
    api.get(routes.INVOICE_PDF + "/{invoice_id}.pdf")(invoice_pdf)
    api.get(routes.CREDIT_PDF + "/{credit_id}.pdf")(credit_pdf)
    api.get(routes.RECEIPT_PDF + "/{payment_id}.pdf")(receipt_pdf)
    api.get(routes.ZIP)(invoices_zip)
    api.post(routes.ATTACHMENT, dependencies=Ours)(send_attachment)
    api.get(routes.ATTACHMENT + "/{attachment_id}")(show_attachment)


async def invoice_pdf(request: Request, invoice_id: str, view: str = "") -> Response:
    return await printed(await _asked(request, invoice_document, invoice_id), view)


async def credit_pdf(request: Request, credit_id: str, view: str = "") -> Response:
    return await printed(await _asked(request, credit_document, credit_id), view)


async def receipt_pdf(request: Request, payment_id: str, view: str = "") -> Response:
    receipt = await _asked(request, receipt_of, payment_id)
    return await _pdf(render_receipt, receipt, receipt.name, view)


async def printed(document: Document, view: str = "") -> Response:
    return await _pdf(render, document, file_name(document), view)


async def _pdf(press: Callable[[Any], bytes], paper: Any, name: str, view: str) -> Response:
    """As a download, or with `view` to be looked at."""
    content = await anyio.to_thread.run_sync(press, paper)
    kind = "inline" if view else "attachment"
    return Response(content, media_type=PDF, headers={"content-disposition": disposition(name, kind)})


async def _whoever(request: Request) -> Actor:
    who = await let_in(request.headers.get("cookie", ""))
    if who is None:
        raise HTTPException(401, "Sign in first.")
    return who.actor


async def _asked(request: Request, query: Any, id: str) -> Any:
    try:
        return await ask(await _whoever(request), query, id[:40])
    except NotFound:
        raise HTTPException(404) from None


# ---------------------------------------------------------------- many at once


async def invoices_zip(request: Request, id: Annotated[list[str] | None, Query()] = None) -> StreamingResponse:
    """The first hundred of `id`; those that do not exist are left out."""
    found = await ask(await _whoever(request), _documents, (id or [])[:MOST])
    if not found:
        raise HTTPException(404)
    headers = {"content-disposition": disposition(f"invoices-{today()}.zip")}
    return StreamingResponse(zipped(found), media_type=ZIP, headers=headers)


def _documents(tx: Tx, ids: list[str]) -> list[Document]:
    found = []
    for id in dict.fromkeys(ids):
        try:
            found.append(invoice_document(tx, id[:40]))
        except NotFound:
            continue
    return found


def zipped(documents: list[Document]) -> Iterator[bytes]:
    """Streams, a paper in memory at a time; runs in a thread. PDFs are packed already."""
    out, names = _Stream(), _Names()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for document in documents:
            archive.writestr(names.new(file_name(document)), render(document))
            yield out.taken()
    yield out.taken()


class _Stream(io.RawIOBase):
    """What an archive writes, until somebody takes it."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def taken(self) -> bytes:
        taken = bytes(self.held)
        self.held.clear()
        return taken


class _Names:
    """Drafts, and invoices of two legal entities, may be called the same: the second is "… (2).pdf"."""

    def __init__(self) -> None:
        self.given: dict[str, int] = {}

    def new(self, name: str) -> str:
        count = self.given[name] = self.given.get(name, 0) + 1
        stem, _, ending = name.rpartition(".")
        return name if count == 1 else f"{stem} ({count}).{ending}"


# ---------------------------------------------------------------- attachments


async def send_attachment(request: Request) -> JSONResponse:
    """The form's field `invoice` says where it belongs."""

    def save(tx: Tx, sent: Sent) -> None:
        attaching.attach(tx, sent.fields.get("invoice", "")[:40], sent.name, sent.content)

    return await receive(request, WRITERS, attaching.LARGEST, save)


async def show_attachment(request: Request, attachment_id: str) -> Response:
    """Saved rather than shown: it may be anybody's file."""
    file = await _asked(request, attaching.file_of, attachment_id)
    return Response(file.content, media_type=file.kind, headers={"content-disposition": disposition(file.name)})
