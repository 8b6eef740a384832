"""Delivers what nouns wrote down: to the in-app outbox, or by SMTP with ARBILL_SMTP_URL.

Simple and in-process: claims an email that is due, delivers it, settles it, then the next. A crash between delivery
and settling repeats a message under the same Message-ID; nothing is lost, because the row is there until it is done.
"""

import logging
import smtplib
import ssl
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import or_
from sqlmodel import col, select

from ..kernel import clock
from ..kernel.actor import job
from ..kernel.db import across_partners, transaction
from ..kernel.effects import Effect, EffectTry
from ..kernel.settings import settings
from .render import as_email

log = logging.getLogger(__name__)
CLAIM = timedelta(minutes=5)  # longer than the slowest server takes for one message
WAITS = [timedelta(minutes=m) for m in (1, 5, 30, 120, 720)]
PAUSE = 1.0  # seconds between sweeps


def sweep(most: int = 1000) -> int:
    """One round: how many emails were tried."""
    return next((i for i in range(most) if not send_one()), most)


def send_one() -> bool:
    """Tries the email that waits longest; False when none does. One at a time: no claim runs out behind a slow one."""
    effect = _claim()
    if effect:
        _settle(effect, _deliver(effect))
    return effect is not None


def _claim() -> Effect | None:
    at = clock.now()
    with across_partners(write=True) as session:
        open_ = or_(col(Effect.state) == "due", (col(Effect.state) == "running") & (col(Effect.claimed_until) < at))
        statement = select(Effect).where(Effect.kind == "email", open_, Effect.due_at <= at).order_by(Effect.id)
        row = session.scalars(statement.limit(1).with_for_update(skip_locked=True)).first()
        if row:
            row.state, row.claimed_until, row.tries = "running", at + CLAIM, row.tries + 1
        return row


def _deliver(effect: Effect) -> str:
    """Empty when delivered, else what went wrong."""
    url = settings().smtp_url
    if not url:
        return ""
    try:
        send(url, effect.payload, f"<{effect.id}@{urlsplit(settings().origin).hostname}>")
    except Exception as error:  # whatever one message does must not hold up the others
        log.warning("could not deliver %s: %s", effect.id, error)
        return f"{type(error).__name__}: {error}"[:500]
    return ""


def send(url: str, letter: Mapping[str, Any], message_id: str) -> None:
    """By `smtp://user:pass@host:port?from=billing@x.com`; STARTTLS where offered, `smtps://` for TLS from the start."""
    parts = urlsplit(url)
    sender = parse_qs(parts.query).get("from", [f"billing@{parts.hostname}"])[0]
    secure = parts.scheme == "smtps"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with kind(parts.hostname or "localhost", parts.port or (465 if secure else 25), timeout=20) as server:
        if not secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(as_email(letter, message_id, sender))


def _settle(effect: Effect, error: str) -> None:
    at = clock.now()
    with transaction(job(effect.partner_id)) as tx:
        row = tx.get(Effect, effect.id, lock=True)
        if row.state != "running" or row.tries != effect.tries:
            return  # somebody else took it over after our claim ran out
        tx.create(EffectTry, effect_id=row.id, at=at, outcome="failed" if error else "done", error=error)
        row.last_error, row.claimed_until = error, None
        if not error:
            row.state, row.done_at = "done", at
            if settings().smtp_url and row.payload.get("secret"):
                row.payload = row.payload | {"lines": ["(delivered)"], "action": None}
        elif row.tries > len(WAITS):
            row.state = "failed"
        else:
            row.state, row.due_at = "due", at + WAITS[row.tries - 1]


class Sender:
    """Sweeps in a thread of its own until told to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> "Sender":
        self._thread.start()
        return self

    def stop(self, grace: float = 5.0) -> None:
        self._stop.set()
        self._thread.join(timeout=grace)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = send_one()
            except Exception:
                log.exception("the mail sweep failed")
                busy = False
            if not busy:
                self._stop.wait(PAUSE)
