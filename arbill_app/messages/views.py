"""The outbox as a screen may show it: for demo mode only, where all messages of this installation are ours."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from ..kernel.actor import job
from ..kernel.db.outbox import Effect
from ..kernel.db.transactions import Tx, across_partners, read
from ..kernel.errors import NotFound
from ..kernel.message import Message, opened
from ..kernel.text.formatting import day_and_time
from ..kernel.text.i18n import spoken
from .attachments import attachment
from .brand import Brand, brand_of
from .render import values_of, warnings_of, worded
from .wording import KINDS, facts

STATES = {
    "due": "Waiting",
    "running": "Sending",
    "done": "Sent",
    "failed": "Failed",
    "unknown": "Not known",
    "review": "Needs a look",
    "cancelled": "Cancelled",
}


@dataclass(frozen=True)
class MessageRow:
    """`to` are the addresses, `people` and `cc` as they stand in the headers; `attached` are (number, what it is)."""

    id: str
    to: str
    name: str
    subject: str
    lines: list[str] = field(default_factory=list)
    action_label: str = ""
    action_url: str = ""
    at: str = ""
    state: str = ""
    people: str = ""
    cc: str = ""
    warnings: list[str] = field(default_factory=list)
    attached: list[tuple[int, str]] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)


def outbox(limit: int = 50) -> list[MessageRow]:
    """The newest first."""
    effects = _emails(col(Effect.id).is_not(None), limit)
    brands = {id: read(job(id), brand_of) for id in {effect.partner_id for effect in effects}}
    return [_row(effect, brands[effect.partner_id]) for effect in effects]


def outbox_attachment(effect_id: str, number: int) -> tuple[str, str, bytes]:
    """(file name, content type, content) of what goes along with a message, or NotFound."""
    found = _emails(col(Effect.id) == effect_id, 1)
    ids = found[0].payload.get("attach", []) if found else []
    if not 0 <= number < len(ids):
        raise NotFound("There is no such attachment.")
    return read(job(found[0].partner_id), _made, ids[number])


def _made(tx: Tx, id: str) -> tuple[str, str, bytes]:
    return attachment(tx, id)


def _emails(which: Any, limit: int) -> list[Effect]:
    statement = select(Effect).where(Effect.kind == "email", which).order_by(col(Effect.id).desc()).limit(limit)
    with across_partners() as session:
        return list(session.scalars(statement))


def _row(effect: Effect, brand: Brand) -> MessageRow:
    common: dict[str, Any] = {"id": effect.id, "at": day_and_time(effect.due_at, "UTC"), "state": STATES[effect.state]}
    if "kind" in effect.payload:
        return MessageRow(**common, **_message(Message(**opened(effect.payload)), brand))
    letter = opened(effect.payload)
    label, url = letter["action"] or ("", "")
    return MessageRow(
        **common,
        to=letter["to"],
        name=letter["name"],
        people=f"{letter['name']} <{letter['to']}>",
        subject=letter["subject"],
        lines=letter["lines"],
        action_label=label,
        action_url=url,
    )


def _message(message: Message, brand: Brand) -> dict[str, Any]:
    said = worded(message, brand)
    return {
        "to": ", ".join(email for _, email in message.to),
        "name": ", ".join(name for name, _ in message.to),
        "people": ", ".join(f"{name} <{email}>" for name, email in message.to),
        "cc": ", ".join(message.cc),
        "subject": said.subject,
        "lines": said.lines,
        "facts": list(facts(message.kind, spoken(message.language), values_of(message, brand))),
        "action_label": said.button,
        "action_url": said.link,
        "warnings": warnings_of(message.language),
        "attached": [(i, _called(message, id)) for i, id in enumerate(message.attach)],
    }


def _called(message: Message, id: str) -> str:
    """Without making the file: its own name comes with it."""
    number = KINDS[message.kind].label if id.startswith("pay_") else message.values.get("number", "")
    return f"{number}.pdf" if number and not id.startswith("att_") else "Attachment"
