"""Builds a Document from rows: an issued one from its frozen columns, a draft from the current data."""

from collections.abc import Sequence
from typing import Any

from ...kernel.db.transactions import Tx
from ...partners.branding import on_paper
from ...partners.models import Logo
from ..billing_context import Parties, parties_with
from ..emails import payment_link
from ..lines import taxed_credit_lines, taxed_lines
from ..models import CreditNote, Invoice, Paper
from ..rules.lifecycle import Stage
from ..rules.taxes import by_name
from ..rules.totals import Line
from . import parties
from .model import Document, Item, Letterhead, Party


def invoice_document(tx: Tx, invoice_id: str) -> Document:
    invoice = tx.get(Invoice, invoice_id)
    draft = invoice.stage == Stage.DRAFT
    return Document(
        kind="invoice",
        **_common(invoice, taxed_lines(tx, invoice.id)),
        **(_draft_parties(tx, invoice) if draft else _frozen_parties(tx, invoice)),
        due_on=invoice.due_on,
        terms_days=invoice.terms_days,
        paid=invoice.total - invoice.balance if invoice.stage == Stage.OPEN else 0,
        # The single amount says what it is for on its line: the memo is that line's description.
        memo=invoice.memo if invoice.itemised else "",
        po_number=invoice.po_number,
        voided=invoice.stage == Stage.VOIDED,
        pay_url=payment_link(invoice) if invoice.stage == Stage.OPEN and invoice.balance > 0 else "",
    )


def credit_document(tx: Tx, credit_note_id: str) -> Document:
    credit = tx.get(CreditNote, credit_note_id)
    invoice = tx.get(Invoice, credit.invoice_id)
    return Document(
        kind="credit_note",
        **_common(credit, taxed_credit_lines(tx, credit.id)),
        **_frozen_parties(tx, credit),
        due_on=None,
        paid=credit.total - credit.unapplied,
        about=invoice.number,
        reason=credit.reason,
    )


def _common(paper: Paper, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "number": paper.number,
        "currency": paper.currency,
        "issued_on": paper.issued_on,
        "items": [_item(line) for line in lines],
        "subtotal": paper.subtotal,
        "discount": paper.discount,
        "taxes": by_name(lines),
        "tax": paper.tax,
        "total": paper.total,
        "itemised": paper.itemised,
    }


def _item(line: Line) -> Item:
    return Item(line.description, line.quantity, line.unit_price, line.discount, line.tax_rate, line.net)


def _frozen_parties(tx: Tx, paper: Paper) -> dict[str, Any]:
    return {**vars(letterhead_of(tx, paper)), "ship_to": _party(paper.ship_to) if paper.ship_to else None}


def _draft_parties(tx: Tx, invoice: Invoice) -> dict[str, Any]:
    who = _everybody(tx, invoice.customer_id)
    ship_to = parties.ship_to_of(who.customer, who.place)
    return {**vars(_as_now(tx, who)), "ship_to": _party(ship_to) if ship_to else None}


# ---------------------------------------------------------------- who writes to whom


def letterhead(tx: Tx, customer_id: str) -> Letterhead:
    """With everybody's names as they are now, in the customer's language."""
    return _as_now(tx, _everybody(tx, customer_id))


def letterhead_of(tx: Tx, paper: Paper) -> Letterhead:
    """As it was frozen on an issued paper."""
    names = _party(paper.seller), _party(paper.buyer)
    return Letterhead(paper.language, *names, accent=paper.accent, **_logo(tx, paper.logo_id))


def _everybody(tx: Tx, customer_id: str) -> Parties:
    who = parties_with(tx, customer_id)
    assert who
    return who


def _as_now(tx: Tx, who: Parties) -> Letterhead:
    names = _party(parties.seller_of(who.entity)), _party(parties.buyer_of(who.customer))
    logo = _logo(tx, who.entity.logo_id or who.partner.logo_id)
    return Letterhead(who.language, *names, accent=who.partner.accent, **logo)


def _party(stored: dict[str, Any]) -> Party:
    return Party(stored["name"], stored["lines"], stored["tax_ids"], country=stored["country"])


def _logo(tx: Tx, logo_id: str | None) -> dict[str, Any]:
    if not logo_id:
        return {}
    content, kind = on_paper(tx.get(Logo, logo_id))
    return {"logo": content, "logo_kind": kind}
