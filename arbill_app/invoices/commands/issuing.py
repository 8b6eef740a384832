"""An invoice's life: created, issued, voided, duplicated.

Drafts stand in drafts.py, credits in credit_notes.py, sending in sending.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import check
from ...kernel.problems import Problem
from ...kernel.text.search_keys import printable
from ...ledger.models import EntryKind
from ...ledger.posting import Cause, post_to_invoice, today
from .. import payment_facts, validation
from ..billing_context import Parties, due_date, parties_of
from ..documents import parties
from ..models import Invoice, Option, PaperFields
from ..numbering import INVOICE, next_number
from ..rules.lifecycle import RULES, Stage, Verb, refusal
from ..views import search
from .credit_notes import credited
from .drafts import known_draft, must, save_draft, set_lines, settlement_of, typed_again, write_draft
from .sending import call_back, send_on_issue


def create_invoice(
    tx: Tx, draft_key: str, values: Mapping[str, Any], *, invoice_id: str = "", on: date | None = None
) -> Invoice:
    """Drafts and issues in one go; see save_draft. A second try with the same `draft_key` finds it issued.

    `on` is for an import of history: issued on that day, whatever was due since then; nothing is sent.
    """
    invoice = known_draft(tx, draft_key, invoice_id)
    if invoice and invoice.stage != Stage.DRAFT:
        return invoice
    who = parties_of(tx, str(values.get("customer_id") or ""))
    checked = validation.check(values, replace(who.defaults(), today=on) if on else who.defaults())
    problems = dict(checked.problems)
    if said := _refused_option(tx, who, checked.option, str(values.get("payment_method_id") or "")):
        problems.setdefault("option", said)
    try:
        fields = check(PaperFields, {name: values.get(name, "") for name in PaperFields.model_fields})
    except Invalid as refused:
        problems |= refused.problems
    if problems:
        raise Invalid.of(problems)
    fresh = invoice is None
    invoice = write_draft(tx, draft_key, who, values, fields, checked, invoice)
    _issue(tx, invoice, who, on or clock.today(who.partner.timezone))
    set_lines(tx, invoice, checked.totals.lines, fresh=fresh)
    search.index(tx, invoice, who.customer.company, fresh=fresh)
    tx.record("invoice.issued", invoice, note=invoice.number)
    if on is None:
        for told in payment_facts.ISSUED:
            told(tx, invoice)
        # After automatic charges are planned: the message mentions them.
        send_on_issue(tx, invoice, who.customer)
    return invoice


def _refused_option(tx: Tx, who: Parties, option: Option, method_id: str) -> Problem | None:
    if not option.needs_method:
        return None
    found = payment_facts.methods_of(tx, who.customer.id)
    why_none = None if found else payment_facts.none_to_charge(tx, who.customer)
    return payment_facts.refusal(option, method_id, found, why_none)


def issue_invoice(tx: Tx, invoice_id: str) -> Invoice:
    """Gives a draft its number and freezes it: checked and worked out as if it were typed now."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    must(invoice, Verb.ISSUE)
    customer = parties_of(tx, invoice.customer_id).customer
    if invoice.currency != customer.currency:
        raise Invalid(
            customer=Problem("invoice.currency_changed", company=customer.company, currency=customer.currency)
        )
    return create_invoice(tx, invoice.draft_key, typed_again(tx, invoice), invoice_id=invoice.id)


def _issue(tx: Tx, invoice: Invoice, who: Parties, on: date) -> None:
    """Freezes the draft. Takes the number last, then writes the row once."""
    invoice.legal_entity_id, invoice.language = who.entity.id, who.language
    invoice.seller, invoice.buyer = parties.seller_of(who.entity), parties.buyer_of(who.customer)
    invoice.ship_to = parties.ship_to_of(who.customer, who.place)
    invoice.accent, invoice.logo_id = who.partner.accent, who.entity.logo_id or who.partner.logo_id
    invoice.stage, invoice.issued_on, invoice.issued_at = Stage.OPEN, on, clock.now()
    invoice.balance = invoice.total
    invoice.number = next_number(tx, who.entity, INVOICE, on)
    tx.flush()
    post_to_invoice(tx, Cause(EntryKind.INVOICE, invoice, on), invoice, invoice.total)


def void_invoice(tx: Tx, invoice_id: str, reason: str = "") -> Invoice:
    """It keeps its number and is no longer owed. What was paid or credited must be undone first."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    if said := _not_void(tx, invoice):
        raise Conflict(said)
    call_back(tx, invoice)
    post_to_invoice(tx, Cause(EntryKind.VOID, invoice, today(tx)), invoice, -invoice.balance)
    invoice.stage, invoice.voided_at, invoice.balance = Stage.VOIDED, clock.now(), 0
    invoice.void_reason = printable(reason).strip()[:500]
    payment_facts.closed(tx, invoice)
    tx.record("invoice.voided", invoice, note=invoice.void_reason)
    return invoice


def void_many(tx: Tx, invoice_ids: Sequence[str]) -> int:
    """Those of them that can be voided; how many that were."""
    voided = 0
    for id in sorted({printable(id) for id in invoice_ids[:500]}):
        invoice = tx.first(tx.own(Invoice).where(Invoice.id == id).with_for_update())
        if invoice and not _not_void(tx, invoice):
            void_invoice(tx, invoice.id)
            voided += 1
    return voided


def _not_void(tx: Tx, invoice: Invoice) -> Problem | None:
    """Why not, None when it may. A credit that is kept on account settles nothing yet, but stands for this amount."""
    said = refusal(Verb.VOID, Stage(invoice.stage), settlement_of(invoice))
    return said or (RULES[Verb.VOID].refusal if credited(tx, invoice.id) else None) or payment_facts.busy(tx, invoice)


def duplicate_invoice(tx: Tx, invoice_id: str, draft_key: str) -> Invoice:
    """A new draft with the same lines, due by today's terms; at most one for a `draft_key`."""
    original = tx.get(Invoice, invoice_id)
    if known := known_draft(tx, draft_key, ""):
        return known
    who = parties_of(tx, original.customer_id)
    values = typed_again(tx, original) | {"due_on": due_date(who).isoformat()}
    if Option(original.option).needs_method:
        values |= {"option": Option.LATER, "payment_method_id": ""}
    copy = save_draft(tx, draft_key, values)
    copy.duplicate_of = original.id
    return copy
