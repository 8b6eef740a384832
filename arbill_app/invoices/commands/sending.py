"""Sending invoices: one message to all recipients, taken back within half a minute, never twice by a double click."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ...customers.models import Contact, Customer, Flow
from ...kernel import clock
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import email_address
from ...kernel.jobs import effects
from ...kernel.lanes import Lane
from ...kernel.message import Message
from ...kernel.problems import Problem
from ...kernel.text.mailbox import mailbox_key
from ...kernel.text.search_keys import printable
from ...partners.models import Partner
from ..emails import CHARGES, Charge, invoice_message
from ..models import Attachment, Invoice, Option
from ..rules.lifecycle import Settlement, Stage, Verb, refusal, settlement

UNDO = timedelta(seconds=30)
MOST_CC = 10


def billing_contacts(tx: Tx, customer_id: str) -> list[Contact]:
    """Who gets this customer's invoices, the primary contact first."""
    wanted = tx.own(Contact).where(Contact.customer_id == customer_id, col(Contact.mail_billing))
    return list(tx.all(wanted.order_by(col(Contact.is_primary).desc(), Contact.id)))


def send_invoice(
    tx: Tx,
    invoice_id: str,
    contact_ids: Sequence[str],
    cc: Sequence[str] = (),
    *,
    nth: int | None = None,
    lane: Lane | None = None,
) -> Effect:
    """Sends in half a minute, until when take_back undoes it.

    `nth` is how often it had been sent as the person saw it: a second click with the same one changes nothing.
    `lane` is bulk for one of many that are sent at once.
    """
    invoice = tx.get(Invoice, invoice_id, lock=True)
    settled = (
        settlement(invoice.total, invoice.balance, invoice.refunded)
        if invoice.stage == Stage.OPEN
        else Settlement.UNPAID
    )
    if said := refusal(Verb.SEND, Stage(invoice.stage), settled):
        raise Conflict(said)
    to = _recipients(tx, invoice, contact_ids)
    message = _message(tx, invoice, to, _copies(cc))
    key = f"invoice:{invoice.id}:send:{times_sent(tx, invoice.id) if nth is None else nth}"
    known = tx.first(tx.own(Effect).where(Effect.key == key))
    if known:
        return known
    effect = tx.later("email", key, message.payload(), about=invoice.id, due_at=clock.now() + UNDO, lane=lane)
    invoice.sent_at = invoice.sent_at or clock.now()
    names = ", ".join(contact.name for contact in to)
    tx.record("invoice.sent", invoice, note=names[:500])
    return effect


def message_of(tx: Tx, invoice_id: str, contact_ids: Sequence[str]) -> Message:
    """The message these contacts would get, for the preview. Without contacts it greets nobody by name."""
    invoice = tx.get(Invoice, invoice_id)
    return _message(tx, invoice, _recipients(tx, invoice, contact_ids) if contact_ids else [])


def _message(tx: Tx, invoice: Invoice, to: Sequence[Contact], cc: Sequence[str] = ()) -> Message:
    customer, files = tx.get(Customer, invoice.customer_id), [invoice.id, *_files(tx, invoice)]
    charge = next((said for ask in CHARGES if (said := ask(tx, invoice))), None)
    kind = _kind(invoice, charge)
    return invoice_message(kind, invoice, customer, _partner(tx), to, charge=charge, cc=cc, attach=files)


def send_on_issue(tx: Tx, invoice: Invoice, customer: Customer) -> None:
    """What goes out by itself: the payment link where that is the option, the invoice by the customer's flow."""
    linked = invoice.option == Option.LINK
    if not linked and customer.flow != Flow.AUTOMATIC:
        return
    to = billing_contacts(tx, customer.id)
    if not to:
        tx.record("invoice.not_sent", invoice, note="No contact gets billing emails.")
        return
    message = _message(tx, invoice, to)
    tx.later("email", f"invoice:{invoice.id}:send:0", message.payload(), about=invoice.id, lane=Lane.BULK)
    invoice.sent_at = clock.now()
    tx.record("invoice.sent", invoice, note=", ".join(contact.name for contact in to)[:500])


def send_many(tx: Tx, invoice_ids: Sequence[str]) -> tuple[int, int]:
    """To the billing contacts of each: (how many are on their way, how many have nobody to go to or are not open)."""
    sent = left = 0
    for id in sorted({printable(id) for id in invoice_ids[:500]}):
        invoice = tx.first(tx.own(Invoice).where(Invoice.id == id).with_for_update())
        to = [contact.id for contact in billing_contacts(tx, invoice.customer_id)] if invoice else []
        if invoice and to and invoice.stage == Stage.OPEN:
            # A message is already scheduled: this is a second click.
            if not tx.first(_waiting(tx, invoice)):
                send_invoice(tx, invoice.id, to, lane=Lane.BULK)
            sent += 1
        else:
            left += 1
    return sent, left


def take_back(tx: Tx, effect_id: str) -> Invoice:
    """Undo: Conflict once the message is on its way; a second time changes nothing."""
    # Lock order: the invoice first, as in voiding, which cancels messages too.
    invoice = tx.get(Invoice, tx.get(Effect, effect_id).about, lock=True)
    if tx.get(Effect, effect_id, lock=True).state == "cancelled":
        return invoice
    effects.cancel(tx, effect_id)
    if times_sent(tx, invoice.id, counting_cancelled=False) == 0:
        invoice.sent_at = None
    tx.record("invoice.send_undone", invoice)
    return invoice


def call_back(tx: Tx, invoice: Invoice) -> None:
    """Cancels messages not sent yet: they would ask for an amount that is no longer owed."""
    for effect in tx.all(_waiting(tx, invoice).with_for_update()):
        effect.state = "cancelled"


def _waiting(tx: Tx, invoice: Invoice) -> SelectOfScalar[Effect]:
    mine = tx.own(Effect).where(Effect.about == invoice.id, Effect.kind == "email", Effect.state == "due")
    return mine.where(col(Effect.key).startswith("invoice:"))


def times_sent(tx: Tx, invoice_id: str, *, counting_cancelled: bool = True) -> int:
    statement = tx.own(Effect).where(Effect.about == invoice_id, Effect.kind == "email")
    rows = tx.all(statement)
    return sum(1 for row in rows if counting_cancelled or row.state != "cancelled")


def _kind(invoice: Invoice, charge: Charge | None) -> str:
    if charge:
        return "invoice_charged"
    return "payment_link" if invoice.option == Option.LINK else "invoice"


def _partner(tx: Tx) -> str:
    return str(tx.scalar(select(Partner.name).where(Partner.owned_by(tx.actor))))


def _files(tx: Tx, invoice: Invoice) -> list[str]:
    wanted = select(Attachment.id).where(Attachment.owned_by(tx.actor), Attachment.invoice_id == invoice.id)
    return list(tx.all(wanted.order_by(Attachment.id)))


def _recipients(tx: Tx, invoice: Invoice, contact_ids: Sequence[str]) -> list[Contact]:
    ids = [printable(id) for id in contact_ids[:100]]
    found = tx.all(tx.own(Contact).where(Contact.customer_id == invoice.customer_id, col(Contact.id).in_(ids)))
    if not found:
        raise Invalid(to=Problem("invoice.recipient_missing"))
    return sorted(found, key=lambda contact: (not contact.is_primary, contact.id))


def _copies(addresses: Sequence[str]) -> list[str]:
    """Each mailbox once; Invalid names the one that is no address."""
    typed = [printable(one).strip() for one in addresses if one.strip()]
    wanted: dict[str, str] = {}
    for one in typed:
        wanted.setdefault(mailbox_key(one) or one, one)
    if len(wanted) > MOST_CC:
        raise Invalid(cc=Problem("invoice.too_many_copies", most=MOST_CC))
    good = []
    for one in wanted.values():
        try:
            good.append(email_address(one))
        except ValueError:
            raise Invalid(cc=Problem("email.none", typed=one[:80])) from None
    return good
