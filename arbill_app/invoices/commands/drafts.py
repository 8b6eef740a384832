"""Drafts: what the create screen holds, saved to come back to, or thrown away."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import check
from ...kernel.text.search_keys import printable
from .. import validation
from ..billing_context import Parties, due_date, parties_of
from ..lines import delete_invoice_lines, taxed_lines, write_invoice_lines
from ..models import Attachment, AttachmentContent, Invoice, InvoiceSearch, PaperFields, with_link
from ..rules.lifecycle import Settlement, Stage, Verb, refusal, settlement
from ..rules.taxes import given
from ..rules.totals import Line, Totals
from ..views import search


def save_draft(tx: Tx, draft_key: str, values: Mapping[str, Any], *, invoice_id: str = "") -> Invoice:
    """What the create screen holds, to come back to: a customer, and of the rest what there is by now.

    `values`: customer_id, due_on (ISO), amount or itemised with lines, memo, po_number, note, option,
    payment_method_id. A line, or `values` beside the single amount, may name its `taxes` (inputs.TaxInput); else it is
    one tax at the rate typed or the customer's. At most one draft for a `draft_key`; amounts are worked out here,
    whatever else was sent.
    """
    who = parties_of(tx, str(values.get("customer_id") or ""))
    checked = validation.check(values, who.defaults())
    fields = check(PaperFields, {name: values.get(name, "") for name in PaperFields.model_fields})
    if checked.unreadable:
        raise Invalid.of(checked.unreadable)
    known = known_draft(tx, draft_key, invoice_id)
    invoice = write_draft(tx, draft_key, who, values, fields, checked, known)
    tx.flush()
    set_lines(tx, invoice, checked.totals.lines, fresh=known is None)
    search.index(tx, invoice, who.customer.company, fresh=known is None)
    if known is None:
        tx.record("invoice.drafted", invoice)
    return invoice


def known_draft(tx: Tx, draft_key: str, invoice_id: str) -> Invoice | None:
    """The draft by its id, else what was saved under this key already."""
    if invoice_id:
        return tx.get(Invoice, invoice_id, lock=True)
    found: Invoice | None = tx.first(tx.own(Invoice).where(Invoice.draft_key == printable(draft_key)).with_for_update())
    return found


def write_draft(
    tx: Tx,
    draft_key: str,
    who: Parties,
    values: Mapping[str, Any],
    fields: PaperFields,
    checked: validation.Checked,
    known: Invoice | None,
) -> Invoice:
    """Makes the row, not flushed yet, or changes the `known` one; its lines are set_lines’."""
    columns = {
        **fields.model_dump(),
        "customer_id": who.customer.id,
        "legal_entity_id": who.entity.id,
        "currency": who.customer.currency,
        "language": who.language,
        "rounding": who.partner.tax_rounding,
        "itemised": bool(values.get("itemised")),
        "due_on": checked.due_on or due_date(who),
        "terms_days": who.terms_days,
        "option": checked.option,
        "payment_method_id": printable(str(values.get("payment_method_id") or ""))[:32] or None,
        **totals_of(checked.totals),
    }
    if known is None:
        key = printable(draft_key)
        return tx.create(Invoice, draft_key=key, created_at=clock.now(), **with_link(), **columns)
    must(known, Verb.EDIT)
    for name, value in columns.items():
        setattr(known, name, value)
    return known


def totals_of(totals: Totals) -> dict[str, int]:
    return {name: getattr(totals, name) for name in ("subtotal", "discount", "tax", "total")}


def set_lines(tx: Tx, invoice: Invoice, lines: list[Line], *, fresh: bool = False) -> None:
    if not fresh:
        delete_invoice_lines(tx, invoice.id)
    write_invoice_lines(tx, invoice.id, lines)


def typed_again(tx: Tx, invoice: Invoice) -> dict[str, Any]:
    """The `values` that this invoice was saved with, as somebody would type them now."""
    lines = taxed_lines(tx, invoice.id)
    rows = [validation.typed_line(line, invoice.currency) | {"taxes": given(line.taxes)} for line in lines]
    names = ("customer_id", "memo", "po_number", "note", "option", "itemised", "payment_method_id")
    return {name: getattr(invoice, name) for name in names} | {
        "due_on": invoice.due_on.isoformat(),
        "amount": rows[0]["unit_price"] if rows and not invoice.itemised else "",
        "taxes": rows[0]["taxes"] if rows and not invoice.itemised else (),
        "lines": rows if invoice.itemised else [],
    }


def discard_draft(tx: Tx, invoice_id: str) -> None:
    """For good; a number was never given."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    must(invoice, Verb.DISCARD)
    files = tx.all(tx.own(Attachment).where(Attachment.invoice_id == invoice.id))
    contents = tx.own(AttachmentContent).where(col(AttachmentContent.attachment_id).in_([file.id for file in files]))
    tx.delete(*tx.all(contents))
    tx.flush()
    delete_invoice_lines(tx, invoice.id)
    tx.delete(*files, *tx.all(tx.own(InvoiceSearch).where(InvoiceSearch.id == invoice.id)))
    tx.record("invoice.discarded", invoice)
    tx.flush()
    tx.delete(invoice)


def settlement_of(invoice: Invoice) -> Settlement:
    return (
        settlement(invoice.total, invoice.balance, invoice.refunded)
        if invoice.stage == Stage.OPEN
        else Settlement.UNPAID
    )


def must(invoice: Invoice, verb: Verb) -> None:
    """Conflict with the table's problem where this verb is not possible now."""
    if said := refusal(verb, Stage(invoice.stage), settlement_of(invoice)):
        raise Conflict(said)
