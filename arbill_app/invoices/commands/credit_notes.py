"""Credit notes: what corrects an issued invoice, with a number of its own, applied at once or kept on account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, func, select

from ...customers.models import Customer
from ...kernel import clock, money
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.problems import Problem
from ...kernel.text.search_keys import printable
from ...ledger.models import EntryKind
from ...ledger.posting import Cause, post_on_account
from ...partners.models import LegalEntity, Partner
from ..emails import credit_message, payment_link
from ..lines import credited_lines, taxed_lines, write_credit_lines
from ..models import CreditNote, Invoice
from ..numbering import CREDIT_NOTE, next_number
from ..rules.credit_shares import Part, Taxed, credit_parts
from ..rules.lifecycle import Verb
from ..rules.totals import ONE, Line
from .drafts import must
from .sending import UNDO, billing_contacts
from .settling import apply_credit

REASONS = ("Billing error", "Returned goods", "Service not provided", "Goodwill", "Duplicate", "Other")
NOTHING_LEFT = Problem("credit.nothing_left")
COPIED = ("customer_id", "legal_entity_id", "currency", "rounding", "seller", "buyer", "ship_to", "accent", "logo_id")


@dataclass(frozen=True)
class Creditable:
    """What can still be credited of an invoice and what is open on it, in minor units.

    `invoiced` and `credited` are the lines that a part of it is worked out from.
    """

    number: str
    currency: str
    rest: int
    balance: int
    invoiced: Sequence[Taxed] = ()
    credited: Sequence[Taxed] = ()

    def outcome(self, typed: str, apply: bool) -> str:
        """What a credit of this amount will do, in a sentence; "" while the amount cannot be read."""
        amount, wrong = money.up_to(typed, self.currency, self.rest, _too_much(self.rest, self.currency))
        if wrong:
            return ""
        return self._what_becomes_of(amount, apply) + self._tax_within(amount)

    def _what_becomes_of(self, amount: int, apply: bool) -> str:
        applied = min(amount, self.balance) if apply else 0
        kept, open_ = self._text(amount - applied), self._text(self.balance - applied)
        if not applied:
            return f"{kept} stays on account until you apply it to an invoice."
        paid = f"{self._text(applied)} comes off {self.number}, which leaves {open_} open"
        return f"{paid}; {kept} stays on account." if amount > applied else f"{paid}."

    def _tax_within(self, amount: int) -> str:
        tax = sum(part.tax for part in credit_parts(self.invoiced, self.credited, amount)) if self.invoiced else 0
        return f" It includes {self._text(tax)} tax." if tax else ""

    def _text(self, minor: int) -> str:
        return money.Money(minor, self.currency).text()


def creditable(tx: Tx, invoice_id: str) -> Creditable:
    """Conflict where nothing can be credited."""
    invoice = tx.get(Invoice, invoice_id)
    must(invoice, Verb.CREDIT)
    rest = invoice.total - credited(tx, invoice.id)
    if rest <= 0:
        raise Conflict(NOTHING_LEFT)
    lines = _as_parts(taxed_lines(tx, invoice.id)), _as_parts(credited_lines(tx, invoice.id))
    return Creditable(invoice.number, invoice.currency, rest, invoice.balance, *lines)


def _as_parts(lines: Sequence[Taxed]) -> list[Part]:
    """Without the rest of the lines: a screen keeps them while its dialog is open."""
    return [Part(line.net, line.taxes) for line in lines]


def credit_invoice(tx: Tx, invoice_id: str, draft_key: str, values: Mapping[str, Any]) -> CreditNote:
    """`values`: `amount` as text including tax ("" is everything not credited yet), `reason`, `apply` (bool).

    Applied, it settles this invoice as far as that is open; the rest, or else all of it, stays on account. Once for a
    `draft_key`.
    """
    invoice = tx.get(Invoice, invoice_id, lock=True)
    known = tx.first(tx.own(CreditNote).where(CreditNote.draft_key == printable(draft_key)))
    if known:
        return known
    must(invoice, Verb.CREDIT)
    reason = printable(str(values.get("reason") or "")).strip()[:200]
    problems = {} if reason else {"reason": Problem("credit.reason_missing")}
    rest = invoice.total - credited(tx, invoice.id)
    amount = _amount(str(values.get("amount") or ""), invoice, rest, problems)
    if problems:
        raise Invalid.of(problems)
    credit = _write(tx, invoice, draft_key, reason, amount)
    if values.get("apply", True) and invoice.balance > 0:
        apply_credit(tx, credit.id, invoice.id)
    return credit


def credited(tx: Tx, invoice_id: str) -> int:
    """Minor units of all credit notes for an invoice."""
    total = select(func.coalesce(func.sum(col(CreditNote.total)), 0))
    return int(tx.scalar(total.where(CreditNote.owned_by(tx.actor), CreditNote.invoice_id == invoice_id)))


def _amount(text: str, invoice: Invoice, rest: int, problems: dict[str, Problem]) -> int:
    if rest <= 0:
        raise Conflict(NOTHING_LEFT)
    amount, wrong = money.up_to(text, invoice.currency, rest, _too_much(rest, invoice.currency))
    if wrong:
        problems["amount"] = wrong
    return amount


def _too_much(rest: int, currency: str) -> Problem:
    return Problem("credit.more_than_left", most=money.Money(rest, currency))


def _write(tx: Tx, invoice: Invoice, draft_key: str, reason: str, amount: int) -> CreditNote:
    partner, entity = tx.get(Partner, tx.actor.partner_id), tx.get(LegalEntity, invoice.legal_entity_id)
    today = clock.today(partner.timezone)
    lines = credit_lines(taxed_lines(tx, invoice.id), credited_lines(tx, invoice.id), amount)
    credit = tx.create(
        CreditNote,
        **{name: getattr(invoice, name) for name in COPIED},
        language=invoice.language,
        itemised=len(lines) > 1 or invoice.itemised,
        draft_key=printable(draft_key),
        invoice_id=invoice.id,
        reason=reason,
        issued_on=today,
        issued_at=clock.now(),
        created_at=clock.now(),
        subtotal=sum(line.net + line.discount for line in lines),
        discount=sum(line.discount for line in lines),
        tax=sum(line.tax for line in lines),
        total=amount,
        unapplied=amount,
    )
    credit.number = next_number(tx, entity, CREDIT_NOTE, today)
    tx.flush()
    post_on_account(tx, Cause(EntryKind.CREDIT_NOTE, credit, today), credit, -amount)
    write_credit_lines(tx, credit.id, lines)
    said = f"{credit.number}, {money.Money(amount, invoice.currency).text()}: {reason}"
    tx.record("invoice.credited", invoice, note=said)
    return credit


def credit_lines(invoiced: Sequence[Line], credited: Sequence[Line], amount: int) -> list[Line]:
    """All at once: the invoice's own lines. A part: a line for all with the same taxes, see rules/credit_shares.py."""
    if not credited and amount == sum(line.net + line.tax for line in invoiced):
        return list(invoiced)
    return [
        Line("", ONE, part.net, tax_rate=part.tax_rate, net=part.net, tax=part.tax, taxes=part.taxes)
        for part in credit_parts(invoiced, credited, amount)
    ]


def send_credit_note(tx: Tx, credit_note_id: str) -> Effect:
    """To the billing contacts in half a minute, once: again only after it was taken back or failed."""
    credit = tx.get(CreditNote, credit_note_id, lock=True)
    invoice, customer = tx.get(Invoice, credit.invoice_id), tx.get(Customer, credit.customer_id)
    before = [row for row in _sendings(tx, invoice.id) if _credit_of(row) == credit.id]
    if before and _counts(before[-1]):
        return before[-1]
    to = billing_contacts(tx, customer.id)
    if not to:
        raise Conflict(Problem("invoice.nobody_gets_mail", company=customer.company))
    partner = tx.get(Partner, tx.actor.partner_id).name
    message = credit_message(credit, invoice.number, customer, partner, to, payment_link(invoice))
    tx.record("invoice.credit_sent", invoice, note=credit.number)
    key = f"credit:{credit.id}:send:{len(before)}"
    return tx.later("email", key, message.payload(), about=invoice.id, due_at=clock.now() + UNDO)


def credits_of(tx: Tx, invoice_id: str) -> list[tuple[CreditNote, bool]]:
    """Credit notes of an invoice in the order they came, each with whether it was sent."""
    wanted = tx.own(CreditNote).where(CreditNote.invoice_id == invoice_id)
    found = tx.all(wanted.order_by(col(CreditNote.id)))
    sent = {_credit_of(row) for row in _sendings(tx, invoice_id) if _counts(row)} if found else set()
    return [(credit, credit.id in sent) for credit in found]


def _sendings(tx: Tx, invoice_id: str) -> list[Effect]:
    rows = tx.all(tx.own(Effect).where(Effect.about == invoice_id, Effect.kind == "email").order_by(col(Effect.id)))
    return [row for row in rows if row.key.startswith("credit:")]


def _credit_of(sending: Effect) -> str:
    return sending.key.split(":")[1]


def _counts(sending: Effect) -> bool:
    return sending.state not in ("cancelled", "failed")
