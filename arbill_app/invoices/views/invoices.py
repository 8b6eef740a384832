"""What the screens may know of one invoice: views, never rows."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...customers.models import Customer, Flow
from ...customers.rules import rate, terms
from ...kernel import clock, money
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.text.formatting import date_text, day
from ...kernel.text.i18n import spoken
from ...partners.views import company
from ..commands.attachments import attachments_of
from ..commands.credit_notes import credits_of
from ..commands.drafts import settlement_of
from ..commands.sending import billing_contacts, times_sent
from ..documents.document_builder import invoice_document
from ..documents.model import Document, Party
from ..emails import payment_link
from ..lines import taxed_lines
from ..models import CreditNote, Invoice, Option
from ..rules.lifecycle import Stage, Verb, allowed, status
from ..rules.taxes import Components, given
from ..validation import typed_line, write_quantity
from .history import Event, Mail, events_of, mails_of
from .next_steps import Facts, Step, next_steps


@dataclass(frozen=True)
class LineView:
    description: str
    quantity: str
    unit_price: str
    discount: str
    tax_rate: str
    net: str


@dataclass(frozen=True)
class Row:
    """A name and its value, as in totals."""

    label: str
    value: str


@dataclass(frozen=True)
class FileView:
    id: str
    name: str
    size: str


@dataclass(frozen=True)
class CreditView:
    id: str
    number: str
    total: str
    reason: str
    issued: str
    applied: str
    sent: bool


@dataclass(frozen=True)
class InvoiceView:
    """One invoice's page. `verbs` are the names of lifecycle.Verb that are possible now."""

    id: str = ""
    number: str = ""
    title: str = ""
    status: str = ""
    status_label: str = ""
    draft: bool = False
    customer_id: str = ""
    company: str = ""
    currency: str = ""
    total: str = ""
    balance: str = ""
    issued: str = ""
    due: str = ""
    terms: str = ""
    option: str = ""
    memo: str = ""
    po_number: str = ""
    note: str = ""
    language: str = ""
    speaks: str = ""
    itemised: bool = False
    seller: list[str] = field(default_factory=list)
    buyer: list[str] = field(default_factory=list)
    ship_to: list[str] = field(default_factory=list)
    lines: list[LineView] = field(default_factory=list)
    sums: list[Row] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    link: str = ""
    times_sent: int = 0
    next: list[Step] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    files: list[FileView] = field(default_factory=list)
    credits: list[CreditView] = field(default_factory=list)
    duplicate_of: str = ""


def invoice_view(tx: Tx, invoice_id: str) -> InvoiceView:
    """NotFound for another partner's."""
    invoice = tx.get(Invoice, invoice_id)
    customer, us = tx.get(Customer, invoice.customer_id), company(tx)
    today, paper = clock.today(us.timezone), invoice_document(tx, invoice_id)
    stage, settled = Stage(invoice.stage), settlement_of(invoice)
    now, mails = status(stage, settled, invoice.due_on, today), mails_of(tx, invoice.id, us.timezone)
    facts = Facts(
        status=now,
        option=Option(invoice.option),
        due_on=invoice.due_on,
        today=today,
        company=customer.company,
        automatic=customer.flow == Flow.AUTOMATIC,
        recipients=len(billing_contacts(tx, customer.id)),
        waiting=next((f"to {mail.people}" for mail in mails if mail.waiting), ""),
        sent=day(invoice.sent_at, us.timezone),
        void_reason=invoice.void_reason,
    )
    return InvoiceView(
        id=invoice.id,
        number=invoice.number,
        title=f"Invoice {invoice.number}" if invoice.number else "Draft invoice",
        status=now,
        status_label=now.label,
        draft=stage == Stage.DRAFT,
        customer_id=customer.id,
        company=customer.company,
        currency=invoice.currency,
        total=_text(invoice.total, invoice),
        balance=_text(invoice.balance, invoice),
        issued=date_text(invoice.issued_on),
        due=date_text(invoice.due_on),
        terms=terms.write(invoice.terms_days) if invoice.terms_days is not None else "",
        option=Option(invoice.option).label,
        memo=invoice.memo,
        po_number=invoice.po_number,
        note=invoice.note,
        language=invoice.language,
        speaks=spoken(invoice.language),
        itemised=invoice.itemised,
        seller=_party(paper.seller),
        buyer=_party(paper.buyer),
        ship_to=_party(paper.ship_to) if paper.ship_to else [],
        lines=[_line(item, invoice) for item in paper.items],
        sums=sums_of(paper),
        verbs=[verb.value for verb in allowed(stage, settled)],
        link=payment_link(invoice) if Verb.COPY_LINK in allowed(stage, settled) else "",
        times_sent=times_sent(tx, invoice.id),
        next=next_steps(facts),
        mails=mails,
        events=events_of(tx, invoice.id, us.timezone),
        files=[FileView(file.id, file.name, _size(file.size)) for file in attachments_of(tx, invoice.id)],
        credits=[_credit(row, sent) for row, sent in credits_of(tx, invoice.id)],
        duplicate_of=invoice.duplicate_of or "",
    )


def _text(minor: int, invoice: Invoice | CreditNote) -> str:
    return Money(minor, invoice.currency).text()


def _party(party: Party) -> list[str]:
    return [party.name, *party.lines, *party.tax_ids]


def _line(item: Any, invoice: Invoice) -> LineView:
    return LineView(
        description=item.description or invoice.memo or "Services",
        quantity=write_quantity(item.quantity),
        unit_price=_text(item.unit_price, invoice),
        discount=_text(-item.discount, invoice) if item.discount else "",
        tax_rate=rate.write(item.tax_rate) + "%",
        net=_text(item.net, invoice),
    )


def sums_of(paper: Document) -> list[Row]:
    """Subtotal, discount, each tax by name and rate, total, and what is settled and left of it."""

    def text(minor: int) -> str:
        return Money(minor, paper.currency).text()

    taxes = [Row(one.label, text(one.amount)) for one in paper.taxes] or [Row("Tax", text(0))]
    rows = [Row("Subtotal", text(paper.subtotal))]
    if paper.discount:
        rows.append(Row("Discount", text(-paper.discount)))
    rows += [*taxes, Row("Total", text(paper.total))]
    if paper.paid:
        rows += [Row("Settled", text(-paper.paid)), Row("Balance", text(paper.total - paper.paid))]
    return rows


def _credit(row: CreditNote, sent: bool) -> CreditView:
    left = f"{_text(row.unapplied, row)} on account" if row.unapplied else "Applied"
    return CreditView(row.id, row.number, _text(row.total, row), row.reason, date_text(row.issued_on), left, sent)


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"


# ---------------------------------------------------------------- for the editor


@dataclass(frozen=True)
class DraftView:
    """A draft as its editor starts from it: everything as text.

    `taxes` are those given by name, of each line or of the single amount: () where it is one rate's.
    """

    customer_id: str
    typed: dict[str, str]
    itemised: bool
    lines: list[dict[str, str]]
    taxes: list[Components]
    files: list[FileView]


def draft_view(tx: Tx, invoice_id: str) -> DraftView | None:
    """None once it is issued: then its page is the place to go."""
    invoice = tx.get(Invoice, invoice_id)
    if invoice.stage != Stage.DRAFT:
        return None
    lines = taxed_lines(tx, invoice.id)
    names = ("memo", "po_number", "note", "option")
    values = {name: str(getattr(invoice, name)) for name in names}
    values |= {"due_on": _iso(invoice.due_on), "payment_method_id": invoice.payment_method_id or ""}
    one = money.plain(lines[0].unit_price, invoice.currency) if lines and not invoice.itemised else ""
    return DraftView(
        customer_id=invoice.customer_id,
        typed=values | {"amount": one},
        itemised=invoice.itemised,
        lines=[typed_line(line, invoice.currency) for line in lines] if invoice.itemised else [],
        taxes=[given(line.taxes) for line in lines],
        files=[FileView(file.id, file.name, _size(file.size)) for file in attachments_of(tx, invoice.id)],
    )


def _iso(day: date) -> str:
    return day.isoformat()
