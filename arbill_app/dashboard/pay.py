"""What a payment link opens: one invoice's amount, due date and PDF, for whoever holds it and without a session."""

import base64

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import Response

from ..invoices.lifecycle import Status
from ..invoices.linked import Linked, linked, linked_document
from ..kernel.errors import NotFound
from ..kernel.speech import locale_of, speech
from . import routes
from .doors import page
from .papers import printed

LOOKS = {Status.OVERDUE: "bad", Status.PAID: "ok", Status.REFUNDED: ""}


def open_on(api: FastAPI) -> None:
    api.get(routes.PAY + "/{token}")(show_payment)
    api.get(routes.PAY + "/{token}/invoice.pdf")(payment_pdf)


async def show_payment(request: Request, token: str) -> Response:
    try:
        found = await anyio.to_thread.run_sync(linked, token)
    except NotFound:
        return page("pay_missing.html", 404)
    values = {"invoice": found, "logo": _logo(found), "look": LOOKS.get(found.status, "info")}
    values |= {"_": speech(found.language, "pay"), "lang": locale_of(found.language).replace("_", "-")}
    return page("pay.html", pdf=f"{request.url.path}/invoice.pdf", settled=not _owed(found), **values)


async def payment_pdf(token: str) -> Response:
    try:
        return await printed(await anyio.to_thread.run_sync(linked_document, token))
    except NotFound:
        return page("pay_missing.html", 404)


def _owed(found: Linked) -> bool:
    return found.status not in (Status.PAID, Status.REFUNDED)


def _logo(found: Linked) -> str:
    """Inside the page: nothing else of the partner's can be asked for without a session."""
    return f"data:{found.logo_kind};base64,{base64.b64encode(found.logo).decode()}" if found.logo else ""
