"""Papers and files to take along: PDFs of invoices, credit notes and receipts, many in one archive, attachments."""

import io
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from ...invoices.commands import attachments
from ...invoices.documents.document_builder import credit_document, invoice_document
from ...invoices.documents.model import Document
from ...invoices.documents.pdf import file_name, render
from ...kernel.actor import WRITERS, Actor
from ...kernel.clock import today
from ...kernel.db.transactions import Tx, ask, read, run
from ...kernel.errors import NotFound
from ...kernel.typesetting.limits import place
from ...kernel.typesetting.pool import Requester, Unprintable
from ...partners.security_log.log import note_export
from ...payments.receipts.document import receipt_of
from ...payments.receipts.document import render as render_receipt
from ...web_papers import Render, paper_of, requester, waiting
from ..auth_pages.pages import Ours, disposition
from ..shell import routes
from ..shell.session import let_in
from .uploads import Sent, receive

MOST = 100  # papers in one archive
ZIP = "application/zip"
UNPRINTABLE = "This paper cannot be printed."


def open_on(api: FastAPI) -> None:
    api.get(routes.INVOICE_PDF + "/{invoice_id}.pdf")(invoice_pdf)
    api.get(routes.CREDIT_PDF + "/{credit_id}.pdf")(credit_pdf)
    api.get(routes.RECEIPT_PDF + "/{payment_id}.pdf")(receipt_pdf)
    api.get(routes.ZIP)(invoices_zip)
    api.post(routes.ATTACHMENT, dependencies=Ours)(send_attachment)
    api.get(routes.ATTACHMENT + "/{attachment_id}")(show_attachment)


async def invoice_pdf(request: Request, invoice_id: str, view: str = "") -> Response:
    return await _paper(request, invoice_document, invoice_id, render, file_name, view)


async def credit_pdf(request: Request, credit_id: str, view: str = "") -> Response:
    return await _paper(request, credit_document, credit_id, render, file_name, view)


async def receipt_pdf(request: Request, payment_id: str, view: str = "") -> Response:
    return await _paper(request, receipt_of, payment_id, render_receipt, lambda receipt: receipt.name, view)


async def _paper(
    request: Request, query: Any, id: str, render: Render[Any], name: Callable[[Any], str], view: str
) -> Response:
    actor = await _whoever(request)
    try:
        return await paper_of(actor, lambda: read(actor, query, id[:40]), render, name, view)
    except NotFound:
        raise HTTPException(404) from None


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
    actor = await _whoever(request)
    found = await ask(actor, _documents, (id or [])[:MOST])
    if not found:
        raise HTTPException(404)
    papers = "1 paper" if len(found) == 1 else f"{len(found)} papers"
    await run(actor, note_export, f"invoices.zip, {papers}")
    # Taken here, where a refusal can still be said, and given back when the archive has been sent or is not wanted.
    taken = place(requester(actor))
    taken.__enter__()
    headers = {"content-disposition": disposition(f"invoices-{today()}.zip")}
    return _Streamed(zipped(found, requester(actor)), taken, media_type=ZIP, headers=headers)


class _Streamed(StreamingResponse):
    def __init__(self, content: AsyncIterator[bytes], taken: AbstractContextManager[None], **more: Any) -> None:
        super().__init__(content, **more)
        self.taken = taken

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with ExitStack() as stack:
            stack.push(self.taken)
            await super().__call__(scope, receive, send)


def _documents(tx: Tx, ids: list[str]) -> list[Document]:
    found = []
    for id in dict.fromkeys(ids):
        try:
            found.append(invoice_document(tx, id[:40]))
        except NotFound:
            continue
    return found


async def zipped(documents: list[Document], whose: Requester) -> AsyncIterator[bytes]:
    """Streams, a paper in memory at a time. PDFs are packed already. What cannot be printed says so in its place."""
    out, names = _Stream(), _Names()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for document in documents:
            name = names.new(file_name(document))
            try:
                archive.writestr(name, await waiting(render, document, whose))
            except (Unprintable, RuntimeError) as refused:
                said = refused.message if isinstance(refused, Unprintable) else UNPRINTABLE
                archive.writestr(f"{name.removesuffix('.pdf')} (not printed).txt", said)
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
        attachments.attach(tx, sent.fields.get("invoice", "")[:40], sent.name, sent.content)

    return await receive(request, WRITERS, attachments.LARGEST, save)


async def show_attachment(request: Request, attachment_id: str) -> Response:
    """Saved rather than shown: it may be anybody's file."""
    file = await _asked(request, attachments.file_of, attachment_id)
    return Response(file.content, media_type=file.kind, headers={"content-disposition": disposition(file.name)})
