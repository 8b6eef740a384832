"""Delivers messages: by SMTP with ARBILL_SMTP_URL, else they stay in the in-app outbox.

A crash between the server's yes and our settling repeats that one message, under the same Message-ID: email cannot be
had more exactly than that. Each is settled before the next is sent, so it is one message a connection at most.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ..kernel import clock
from ..kernel.actor import job
from ..kernel.db.outbox import Effect
from ..kernel.db.transactions import Tx, read
from ..kernel.errors import brief
from ..kernel.jobs.effects import Outcome
from ..kernel.jobs.handlers import handles_many, work
from ..kernel.message import Message, blanked, opened
from ..kernel.settings import settings
from .attachments import PRODUCERS
from .brand import Brand, brand_of
from .headers import Email
from .render import email_for, worded
from .smtp import Connection
from .wording import KINDS

log = logging.getLogger(__name__)
KIND = "email"
# Five days, as mail servers try among themselves: an outage over a long weekend loses nothing.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, *[360] * 20))
TOO_LATE = "Not sent: what it brings could not be used any more."


def blank_secret(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    """Removes the link or code from the stored message once it was sent by SMTP. Without SMTP it stays, to be read in
    the outbox."""
    if outcome.state in ("done", "cancelled") and effect.payload.get("secret") and settings().smtp_url:
        row = tx.get(Effect, effect.id)
        row.payload = blanked(row.payload)


def in_words(effect: Effect) -> str:
    """By the subject once it was rendered; before that, by what kind of message it is."""
    facts = effect.payload
    kind = str(facts.get("kind", ""))
    label = KINDS[kind].label if kind in KINDS else kind.replace("_", " ").capitalize()
    about = effect.result.get("subject") or facts.get("subject") or label
    number = "" if "subject" in effect.result else facts.get("values", {}).get("number", "")
    return f"Email: {about} {number}".strip()


@handles_many(KIND, batch=50, slots=4, waits=WAITS, settle=blank_secret, words=in_words)
def deliver(begun: Iterable[Effect]) -> Iterator[tuple[Effect, Outcome]]:
    url = settings().smtp_url
    if not url:
        for effect in begun:
            yield effect, _unknown_here(effect) or _kept(effect)
        return
    with Connection(url) as connection:
        writer = _Writer()
        for effect in begun:
            yield effect, _unknown_here(effect) or _sent(connection, writer, effect)


def _unknown_here(effect: Effect) -> Outcome | None:
    """Written by a newer version: a kind of message, something to attach or a detail that this one does not know."""
    facts = effect.payload
    if "kind" not in facts:
        return None
    if facts["kind"] not in KINDS:
        return Outcome("newer", f"Messages “{facts['kind']}” are not known to this version.")
    if unknown := set(facts) - MESSAGE:
        return Outcome("newer", f"“{min(unknown)}” of messages is not known to this version.")
    attach = {id.partition("_")[0] for id in facts.get("attach", [])} - set(PRODUCERS)
    return Outcome("newer", f"Attachments “{min(attach)}_…” are not known to this version.") if attach else None


MESSAGE = {field.name for field in fields(Message)} | {"sealed"}


def deliver_due() -> int:
    """Delivers what is due now, in this thread: how many were tried. For tests and the command line."""
    return work(KIND)


def _sent(connection: Connection, writer: "_Writer", effect: Effect) -> Outcome:
    if _is_late(effect):
        return Outcome("cancelled", TOO_LATE)
    try:
        email = read(job(effect.partner_id), writer.email, effect)
        done = connection.send(email, effect.result)
    except Exception as error:  # also errors of the message itself: they must not stop the others of the batch
        log.warning("could not deliver %s: %s", effect.id, brief(error))
        connection.drop()
        return Outcome("retry", brief(error))
    subject = _label(effect) if effect.payload.get("secret") else str(email["Subject"])
    return Outcome(done.state, done.error, result={**done.result, "subject": subject})


def _is_late(effect: Effect) -> bool:
    """Whether its code or link has expired: then it is cancelled instead of sent."""
    until = effect.payload.get("expires_at") or ""
    return until != "" and datetime.fromisoformat(until) < clock.now()


class _Writer:
    """Asks once a batch whose messages these are: that was half of what writing one cost."""

    def __init__(self) -> None:
        self.brands: dict[str, Brand] = {}

    def email(self, tx: Tx, effect: Effect) -> Email:
        message_id = f"<{effect.id}@{urlsplit(settings().origin).hostname}>"
        if effect.partner_id not in self.brands:
            self.brands[effect.partner_id] = brand_of(tx)
        return email_for(tx, effect, message_id, self.brands[effect.partner_id])


def _kept(effect: Effect) -> Outcome:
    try:
        return Outcome(result={"subject": read(job(effect.partner_id), _subject, effect)})
    except Exception as error:
        return Outcome("retry", brief(error))


def _label(effect: Effect) -> str:
    """A subject without a key in it."""
    return str(effect.payload.get("subject") or KINDS[effect.payload["kind"]].label)


def _subject(tx: Tx, effect: Effect) -> str:
    if "kind" not in effect.payload or effect.payload.get("secret"):
        return _label(effect)
    return worded(Message(**opened(effect.payload)), brand_of(tx)).subject
