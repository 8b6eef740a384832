"""What was done with an invoice and what was sent about it, as people read it."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col

from ...kernel.db.activity import Activity
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.text.formatting import day_and_time

WHAT = {
    "invoice.drafted": "Draft saved",
    "invoice.issued": "Created",
    "invoice.sent": "Sent",
    "invoice.not_sent": "Not sent",
    "invoice.send_undone": "Sending undone",
    "invoice.voided": "Voided",
    "invoice.credited": "Credited",
    "invoice.credit_sent": "Credit note sent",
    "invoice.credit_applied": "Credit applied",
    "invoice.paid": "Paid",
    "invoice.declined": "Charge declined",
    "invoice.not_charged": "Not charged",
    "invoice.plan_cancelled": "Planned charge cancelled",
    "invoice.refunded": "Refunded",
    "invoice.owed_again": "Owed again",
    "invoice.attached": "File attached",
    "invoice.detached": "File removed",
    "invoice.link_paused": "Payment link paused",
}
STATES = {
    "due": "Waiting",
    "running": "Sending",
    "done": "Delivered",
    "failed": "Failed",
    "unknown": "Unknown",
    "review": "Needs review",
    "cancelled": "Taken back",
}
KINDS = {
    "invoice": "Invoice",
    "invoice_charged": "Invoice",
    "payment_link": "Payment link",
    "credit_note": "Credit note",
}


@dataclass(frozen=True)
class Event:
    id: str
    what: str
    who: str
    at: str


@dataclass(frozen=True)
class Mail:
    """`state_label` says delivered, bounced or why it waits; `undoable` while it has not left."""

    id: str
    what: str
    people: str
    cc: str
    state: str
    state_label: str
    why: str
    at: str
    waiting: bool
    undoable: bool


def events_of(tx: Tx, invoice_id: str, zone: str, limit: int = 50) -> list[Event]:
    """The newest first."""
    statement = tx.own(Activity).where(Activity.subject_id == invoice_id).order_by(col(Activity.id).desc())
    return [_event(row, zone) for row in tx.all(statement.limit(limit))]


def _event(row: Activity, zone: str) -> Event:
    what = WHAT.get(row.action, row.action)
    return Event(row.id, f"{what}: {row.note}" if row.note else what, row.actor_name, day_and_time(row.at, zone))


def mails_of(tx: Tx, invoice_id: str, zone: str) -> list[Mail]:
    """Messages about it, the newest first."""
    statement = tx.own(Effect).where(Effect.about == invoice_id, Effect.kind == "email")
    return [_mail(row, zone) for row in tx.all(statement.order_by(col(Effect.id).desc()))]


def _mail(row: Effect, zone: str) -> Mail:
    refused: dict[str, Any] = row.result.get("refused", {})
    label = "Bounced" if refused else STATES[row.state]
    people = [name or email for name, email in row.payload["to"]]
    return Mail(
        id=row.id,
        what=KINDS.get(row.payload["kind"], row.payload["kind"]),
        people=", ".join(people),
        cc=", ".join(row.payload["cc"]),
        state="bad" if refused or row.state == "failed" else row.state,
        state_label=label,
        why="; ".join(f"{email}: {said}" for email, said in refused.items()) or row.last_error,
        at=day_and_time(row.done_at or row.due_at, zone),
        waiting=row.state in ("due", "running"),
        undoable=row.state == "due" and row.tries == 0,
    )
