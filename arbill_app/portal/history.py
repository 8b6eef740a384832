"""What has been: invoices, credit notes, payments and receipts, each with its paper."""

from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ..customers.models import Permission
from ..invoices.commands.attachments import attachments_of, file_of
from ..invoices.commands.drafts import settlement_of
from ..invoices.documents.document_builder import credit_document, invoice_document
from ..invoices.documents.document_text import paper
from ..invoices.documents.model import Document
from ..invoices.documents.pdf import file_name, render
from ..invoices.models import CreditNote, Invoice
from ..invoices.rules.lifecycle import Stage, Status, status
from ..kernel import clock
from ..kernel.errors import NotFound
from ..payments.models import Payment
from ..payments.receipts.document import Receipt, paid_with, receipt_of
from ..payments.receipts.document import render as render_receipt
from ..web_papers import download, paper_of
from .gate import Gate
from .home.from_account import fits
from .pages import HOME, PortalRoute, asking, show
from .session import Seated

router = APIRouter(prefix=HOME + "/{customer}", route_class=PortalRoute)
PAGE = 30
LOOKS = {Status.OVERDUE: "bad", Status.PAID: "ok", Status.PARTLY_PAID: "info", Status.OPEN: "info"}
# A picture is looked at, also when somebody opens it alone: nothing in it runs, loads or is a page of ours.
SEALED = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Row:
    """One line of history; `look` colours its badge."""

    id: str
    href: str
    title: str
    under: str
    amount: str
    badge: str = ""
    look: str = ""


# ---------------------------------------------------------------- lists


@router.get("/history")
def show_history(visit: Seated, tab: str = "", before: str = "") -> Response:
    return show(visit, "history.html", history, tab, before)


def history(gate: Gate, tab: str, before: str) -> dict[str, Any]:
    """`tab`: invoices, credits or payments; of those this person may see, the first."""
    tabs = [("invoices", gate.say("Invoices"))] if gate.may(Permission.INVOICES) else []
    tabs += [("payments", gate.say("Payments"))] if gate.may(Permission.PAYMENTS) else []
    if gate.may(Permission.INVOICES) and gate.credit_notes("", 1):
        tabs.append(("credits", gate.say("Credit notes")))
    if not tabs:
        gate.must(Permission.INVOICES)
    chosen = tab if tab in dict(tabs) else tabs[0][0]
    rows = {"invoices": _invoices, "payments": _payments, "credits": _credits}[chosen](gate, before)
    return {"tabs": tabs, "tab": chosen, "rows": rows[:PAGE], "more": rows[PAGE - 1].id if len(rows) > PAGE else ""}


def _invoices(gate: Gate, before: str) -> list[Row]:
    today = clock.today(gate.partner.timezone)
    return [_invoice(gate, row, today) for row in gate.invoices(before, PAGE + 1)]


def _invoice(gate: Gate, row: Invoice, today: Any) -> Row:
    now = status(Stage(row.stage), settlement_of(row), row.due_on, today)
    title = f"{row.number} · {row.memo}" if row.memo else row.number
    under = gate.say("Due %(day)s", day=gate.say.day(row.due_on))
    href = f"{HOME}/{gate.customer.id}/invoices/{row.id}"
    amount = gate.say.money(row.total, row.currency)
    return Row(row.id, href, title, under, amount, gate.say(now.label), LOOKS.get(now, "mute"))


def _payments(gate: Gate, before: str) -> list[Row]:
    return [_payment(gate, row) for row in gate.payments(before, PAGE + 1)]


def _payment(gate: Gate, row: Payment) -> Row:
    href = f"{HOME}/{gate.customer.id}/receipts/{row.id}"
    badge = gate.say("Refunded") if row.refunded else gate.say("Disputed") if row.disputed else ""
    way, amount = paid_with(gate.tx, row, gate.say.language), gate.say.money(row.amount, row.currency)
    return Row(row.id, href, way, gate.say.day(row.received_on), amount, badge, "mute")


def _credits(gate: Gate, before: str) -> list[Row]:
    return [_credit(gate, row) for row in gate.credit_notes(before, PAGE + 1)]


def _credit(gate: Gate, row: CreditNote) -> Row:
    href = f"{HOME}/{gate.customer.id}/credit-notes/{row.id}.pdf"
    left = gate.say("%(amount)s left", amount=gate.say.money(row.unapplied, row.currency)) if row.unapplied else ""
    return Row(
        row.id, href, row.number, gate.say.day(row.issued_on), gate.say.money(row.total, row.currency), left, "info"
    )


# ---------------------------------------------------------------- one of them


@router.get("/invoices/{invoice_id}.pdf")
async def invoice_pdf(visit: Seated, invoice_id: str, view: str = "") -> Response:
    def document() -> Document:
        found: Document = asking(visit, lambda gate: invoice_document(gate.tx, gate.invoice(invoice_id).id))
        return found

    return await paper_of(visit.here.actor, document, render, file_name, view)


@router.get("/credit-notes/{credit_id}.pdf")
async def credit_pdf(visit: Seated, credit_id: str, view: str = "") -> Response:
    def document() -> Document:
        found: Document = asking(visit, lambda gate: credit_document(gate.tx, gate.credit_note(credit_id).id))
        return found

    return await paper_of(visit.here.actor, document, render, file_name, view)


@router.get("/invoices/{invoice_id}")
def show_invoice(visit: Seated, invoice_id: str, done: str = "") -> Response:
    return show(visit, "invoice.html", invoice_page, invoice_id, done == "account")


def invoice_page(gate: Gate, invoice_id: str, paid: bool = False) -> dict[str, Any]:
    """`paid`: something on account has just paid for it."""
    invoice = gate.invoice(invoice_id)
    today = clock.today(gate.partner.timezone)
    return {
        "row": _invoice(gate, invoice, today),
        "number": invoice.number,
        "balance": gate.say.money(invoice.balance, invoice.currency),
        "owed": invoice.balance > 0 and gate.may_pay,
        # Its words are the reader’s, as those around it; the PDF keeps those of the document.
        "paper": paper(replace(invoice_document(gate.tx, invoice.id), language=gate.say.language)),
        "files": [(file.id, file.name) for file in attachments_of(gate.tx, invoice.id)],
        "invoice_id": invoice.id,
        "from_account": fits(gate, invoice),
        "done": gate.say("It was paid with what was on account.") if paid else "",
    }


@router.get("/files/{attachment_id}")
def show_file(visit: Seated, attachment_id: str) -> Response:
    """Saved rather than shown: it may be anybody's file."""
    file = asking(visit, lambda gate: file_of(gate.tx, gate.attachment(attachment_id).id))
    return download(file.content, file.name, file.kind)


@router.get("/receipts/{payment_id}.pdf")
async def receipt_pdf(visit: Seated, payment_id: str) -> Response:
    """In the customer's language, as the one that came by email."""

    def receipt() -> Receipt:
        found: Receipt = asking(visit, lambda gate: receipt_of(gate.tx, gate.payment(payment_id).id))
        return found

    return await paper_of(visit.here.actor, receipt, render_receipt, lambda receipt: receipt.name)


@router.get("/receipts/{payment_id}")
def show_receipt(visit: Seated, payment_id: str) -> Response:
    return show(visit, "receipt.html", receipt, payment_id)


def receipt(gate: Gate, payment_id: str) -> dict[str, Any]:
    payment = gate.payment(payment_id)
    return {
        "receipt": receipt_of(gate.tx, payment.id, gate.say.language),
        "payment_id": payment.id,
        "may_see": gate.may(Permission.INVOICES),
        "company": gate.customer.company,
        "partner": gate.partner.name,
    }


@router.get("/logo/{logo_id}")
def show_logo(visit: Seated, logo_id: str) -> Response:
    """The partner's, which never changes under one id."""
    try:
        logo = asking(visit, lambda gate: gate.logo(logo_id))
    except NotFound:
        return Response(status_code=404)
    return Response(logo.content, media_type=logo.kind, headers=SEALED)
