"""The overview's figures and alerts: received in the last days, disputes, declined charges, paused payment links."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, func, select

from ...customers.models import Customer
from ...invoices.models import Invoice
from ...kernel import clock
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...partners.views import company, timezone
from ..charging.attempts import CHARGE
from ..charging.disputes import OPEN
from ..charging.link_limits import paused_lately
from ..gateway.declines import decline
from ..models import Attempt, AttemptPart, AttemptState, Dispute, Payment

DAYS = 30
LATEST = 50  # charges that are looked at: an older decline is known by now
MOST = 6


@dataclass(frozen=True)
class Alert:
    """`kind` is "bad" or "warn"; one of the ids says whose page to open."""

    id: str
    title: str
    why: str
    kind: str
    invoice_id: str = ""
    payment_id: str = ""


def received(tx: Tx) -> list[str]:
    """What came in within DAYS days and was not given back: the company's own currency, then the others."""
    since = clock.today(timezone(tx)) - timedelta(days=DAYS)
    kept = func.sum(Payment.amount - Payment.refunded - Payment.disputed)
    wanted = select(Payment.currency, kept).where(Payment.owned_by(tx.actor), col(Payment.received_on) >= since)
    found = {currency: int(minor) for currency, minor in tx.rows(wanted.group_by(Payment.currency))}
    ours = company(tx).currency or "USD"
    return [Money(found.pop(ours, 0), ours).text(), *(Money(found[code], code).text() for code in sorted(found))]


def troubles(tx: Tx) -> list[Alert]:
    """Disputes first, then paused payment links, then open invoices whose last charge was declined."""
    return [*_disputes(tx), *_paused(tx), *_declined(tx)][:MOST]


def _paused(tx: Tx) -> list[Alert]:
    """Payment links where somebody may be testing cards."""
    notes = paused_lately(tx, MOST)
    invoices = tx.all(tx.own(Invoice).where(col(Invoice.id).in_([note.subject_id for note in notes])))
    numbers = {row.id: row.number for row in invoices}
    title = "Payment link of {} is paused"
    return [
        Alert(note.id, title.format(numbers[note.subject_id]), note.note, "warn", invoice_id=note.subject_id)
        for note in notes
    ]


def _disputes(tx: Tx) -> list[Alert]:
    rows = tx.all(tx.own(Dispute).where(Dispute.state == OPEN).order_by(col(Dispute.id).desc()).limit(MOST))
    return [_dispute(tx, row) for row in rows]


def _dispute(tx: Tx, row: Dispute) -> Alert:
    payment = tx.get(Payment, row.payment_id)
    said = Money(row.amount, payment.currency).text()
    why = (
        f"{said} of {tx.get(Customer, payment.customer_id).company} is held by their bank: {row.reason or 'no reason'}"
    )
    return Alert(row.id, "Payment disputed", why, "bad", payment_id=payment.id)


def _declined(tx: Tx) -> list[Alert]:
    """By way of the latest charges, so that it costs the same however many there were before."""
    effects = tx.all(tx.own(Effect).where(Effect.kind == CHARGE).order_by(col(Effect.id).desc()).limit(LATEST))
    ids = [effect.payload["attempt_id"] for effect in effects]
    parts = tx.rows(
        select(Attempt, AttemptPart.invoice_id)
        .join(AttemptPart, col(AttemptPart.attempt_id) == Attempt.id)
        .where(Attempt.owned_by(tx.actor), col(Attempt.id).in_(ids))
        .order_by(col(Attempt.id).desc())
    )
    last: dict[str, Attempt] = {}
    for attempt, invoice_id in parts:
        last.setdefault(invoice_id, attempt)
    declined = {id: attempt for id, attempt in last.items() if attempt.state == AttemptState.DECLINED}
    still = tx.all(tx.own(Invoice).where(col(Invoice.id).in_(declined), col(Invoice.balance) > 0))
    return [_decline(tx, invoice, declined[invoice.id]) for invoice in still]


def _decline(tx: Tx, invoice: Invoice, attempt: Attempt) -> Alert:
    whose = tx.get(Customer, invoice.customer_id).company
    why = decline(attempt.decline_code).staff
    return Alert(attempt.id, f"{invoice.number} was declined", f"{whose}: {why}", "warn", invoice_id=invoice.id)
