"""What a payment link opens: this one invoice, for whoever holds the link, and nothing else of anybody."""

from dataclasses import dataclass

from sqlmodel import select

from ..kernel import clock
from ..kernel.actor import Actor
from ..kernel.actor import payment_link as payment_link_of
from ..kernel.db.transactions import Tx, across_partners, read
from ..kernel.errors import Conflict, NotFound
from ..kernel.money import Money
from ..kernel.problems import Problem
from ..kernel.text.formatting import date_text
from ..kernel.text.i18n import locale_of, spoken
from ..kernel.text.search_keys import printable
from ..partners.models import Logo, Partner
from .commands.drafts import settlement_of
from .documents.document_builder import invoice_document
from .documents.model import Document
from .emails import payment_link
from .models import Invoice, link_hash, with_link
from .rules.lifecycle import Stage, Status, status


@dataclass(frozen=True)
class Linked:
    """`status` is one of lifecycle.Status; amounts and dates are written in `language`."""

    partner: str
    language: str
    number: str
    due: str
    balance: str
    total: str
    status: Status
    accent: str
    reply_to: str = ""
    logo: bytes = b""
    logo_kind: str = ""


def linked(token: str) -> Linked:
    """NotFound alike for a wrong link, a draft and a voided invoice."""
    actor = holder_of(token)
    return read(actor, _linked, actor.invoice_id)


def linked_document(token: str) -> Document:
    actor = holder_of(token)
    return read(actor, invoice_document, actor.invoice_id)


def holder_of(token: str) -> Actor:
    """Whoever holds this link, narrowed to its invoice. NotFound alike for wrong links and drafts."""
    key = link_hash(printable(token)[:64])
    with across_partners() as session:
        found = session.execute(
            select(Invoice.partner_id, Invoice.customer_id, Invoice.id).where(
                Invoice.link_hash == key, Invoice.stage == Stage.OPEN
            )
        ).first()
    if not found:
        raise NotFound(Problem("link.leads_nowhere"))
    return payment_link_of(*found)


def renew_link(tx: Tx, invoice_id: str) -> str:
    """A new link for an issued invoice; the old one stops working. Returns its address."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    if invoice.stage != Stage.OPEN:
        raise Conflict(Problem("link.not_issued"))
    for name, value in with_link().items():
        setattr(invoice, name, value)
    tx.record("invoice.link_renewed", invoice)
    return payment_link(invoice)


def _linked(tx: Tx, invoice_id: str) -> Linked:
    invoice, partner = tx.get(Invoice, invoice_id), tx.get(Partner, tx.actor.partner_id)
    today, locale = clock.today(partner.timezone), locale_of(invoice.language)
    logo = tx.get(Logo, invoice.logo_id) if invoice.logo_id else None
    return Linked(
        partner=invoice.seller["name"],
        language=spoken(invoice.language),
        number=invoice.number,
        due=date_text(invoice.due_on, locale),
        balance=Money(invoice.balance, invoice.currency).text(locale),
        total=Money(invoice.total, invoice.currency).text(locale),
        status=status(Stage(invoice.stage), settlement_of(invoice), invoice.due_on, today),
        accent=invoice.accent,
        reply_to=partner.reply_to,
        logo=logo.content if logo else b"",
        logo_kind=logo.kind if logo else "",
    )
