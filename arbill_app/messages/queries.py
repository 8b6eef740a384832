"""The outbox as a screen may show it."""

from dataclasses import dataclass, field

from sqlmodel import col, select

from ..kernel.db import across_partners
from ..kernel.effects import Effect
from ..kernel.words import day_and_time


@dataclass(frozen=True)
class MessageRow:
    id: str
    to: str
    name: str
    subject: str
    lines: list[str] = field(default_factory=list)
    action_label: str = ""
    action_url: str = ""
    at: str = ""
    state: str = ""


def outbox(limit: int = 50) -> list[MessageRow]:
    """Every message of this installation, the newest first: for demo mode only, where all of them are ours."""
    with across_partners() as session:
        rows = session.scalars(
            select(Effect).where(Effect.kind == "email").order_by(col(Effect.id).desc()).limit(limit)
        )
        return [_row(row) for row in rows]


def _row(row: Effect) -> MessageRow:
    letter = row.payload
    label, url = letter["action"] or ("", "")
    state = {"due": "Waiting", "running": "Sending", "done": "Sent", "failed": "Failed"}[row.state]
    return MessageRow(
        id=row.id,
        to=letter["to"],
        name=letter["name"],
        subject=letter["subject"],
        lines=letter["lines"],
        action_label=label,
        action_url=url,
        at=day_and_time(row.due_at, "UTC"),
        state=state,
    )
