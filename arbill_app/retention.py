"""How long arbill keeps what it needs no more: a table of (what, how long, why), and the sweep that goes by it.

What is not named here is kept for good: invoices and payments, who did what, messages to customers, and the plans to
charge an invoice, whose number makes the next plan's key. An effect's key makes it happen once, so only those are
deleted whose key cannot come again: the row that they did (an attempt, a refund, an event) stays and is what is looked
at before the same is wanted anew, or the key holds a number that was drawn once.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import and_, col, or_

from .customers.portal_auth.models import PortalCode, PortalSession
from .kernel.db.outbox import Effect, EffectTry
from .kernel.db.transactions import Record, across_partners, first_id, is_sqlite
from .kernel.jobs.periodic import sweep
from .partners.auth.devices import KnownDevice
from .partners.auth.email_change import EmailChange
from .partners.auth.tries import TryCount
from .partners.models import OneTimeLink, StaffSession
from .partners.passkeys.challenges import PasskeyChallenge
from .partners.security_log.log import KEPT, SecurityEvent, older_than_kept
from .payments.charging.attempts import CANCEL, CHARGE
from .payments.charging.webhooks import EVENT
from .payments.gateway.sandbox.models import SandboxCharge, SandboxEvent, SandboxRefund, SandboxSetup
from .payments.models import GatewayEvent, Setup
from .payments.refunding import REFUND

DAY, MONTH, YEAR = timedelta(days=1), timedelta(days=30), timedelta(days=400)
SECONDS = 20.0  # that one run may take
PAGE = 500
PAUSE = 0.01  # between pages, so that others get their turn to write

SIGNING_IN = (
    *("code:", "invite:", "reset:", "password:", "welcome:"),
    *("tries:", "device:", "recovery:", "security:", "reset_done:"),
    *("email_new:", "email_old:", "email_done:"),
)
MONEY = (CHARGE, CANCEL, REFUND, "detach")
Condition = Callable[[datetime], Any]


@dataclass(frozen=True)
class Rule:
    """Rows of `model` that are older than `keep` and over since then are deleted.

    `over(before)` says which ones; without it age alone counts. `children` point to them and go first.
    """

    what: str
    model: type[Record]
    keep: timedelta
    why: str
    over: Condition | None = None
    children: Sequence[tuple[type[Record], str]] = ()


def _effects(kinds: Sequence[str], *states: str) -> Condition:
    return lambda before: and_(col(Effect.state).in_(states), col(Effect.kind).in_(kinds), col(Effect.due_at) < before)


def _letters(*states: str) -> Condition:
    keys = or_(*(col(Effect.key).startswith(prefix) for prefix in SIGNING_IN))
    return lambda before: and_(Effect.kind == "email", keys, col(Effect.state).in_(states))


def _ended(expires: Any, ended: Any) -> Condition:
    return lambda before: or_(expires < before, ended < before)


TRIES = ((EffectTry, "effect_id"),)
RULES = (
    Rule(
        "Gateway events that were looked up",
        Effect,
        3 * MONTH,
        "The event itself is kept for longer and refuses a second one.",
        _effects([EVENT], "done"),
        TRIES,
    ),
    Rule(
        "Charges, refunds and removals at the gateway that are done",
        Effect,
        YEAR,
        "The attempt, the refund and the payment method say what came of them, and are kept.",
        _effects(MONEY, "done"),
        TRIES,
    ),
    Rule(
        "The same that failed or were cancelled",
        Effect,
        2 * YEAR,
        "Somebody may still look into them. What waits for a person is never deleted.",
        _effects([EVENT, *MONEY], "failed", "cancelled"),
        TRIES,
    ),
    Rule(
        "Codes, invitations and resets that were sent",
        Effect,
        3 * MONTH,
        "What they opened has expired; messages about invoices and payments are kept.",
        _letters("done", "cancelled"),
        TRIES,
    ),
    Rule("The same that could not be sent", Effect, YEAR, "To find out why.", _letters("failed"), TRIES),
    Rule(
        "Sessions of staff",
        StaffSession,
        MONTH,
        "They have expired or were ended.",
        _ended(col(StaffSession.expires_at), col(StaffSession.revoked_at)),
    ),
    Rule(
        "Sessions in the portal",
        PortalSession,
        MONTH,
        "They have expired or were ended.",
        _ended(col(PortalSession.expires_at), col(PortalSession.revoked_at)),
    ),
    Rule(
        "Invitations and reset links",
        OneTimeLink,
        MONTH,
        "They have expired or were used.",
        _ended(col(OneTimeLink.expires_at), col(OneTimeLink.used_at)),
    ),
    Rule("What browsers were asked to sign with a passkey", PasskeyChallenge, DAY, "They have five minutes to answer."),
    Rule("Changes of sign-in addresses", EmailChange, MONTH, "They can be taken back for seven days."),
    Rule("Codes for the portal", PortalCode, 2 * DAY, "They last ten minutes, and are counted for a day."),
    Rule(
        "Counts of tries at signing in",
        TryCount,
        DAY,
        "They count for a day after the last try.",
        lambda before: col(TryCount.forget_at) < before,
    ),
    Rule(
        "Browsers that somebody signed in from",
        KnownDevice,
        YEAR,
        "Their cookie has expired.",
        lambda before: col(KnownDevice.last_used_at) < before,
    ),
    Rule("The security log", SecurityEvent, KEPT, "Two years are kept.", lambda _: older_than_kept()),
    Rule(
        "Events of gateways",
        GatewayEvent,
        YEAR,
        "Gateways repeat an event for days. A later repeat is looked up once more and changes nothing.",
    ),
    Rule(
        "Pages for a payment method that nobody finished",
        Setup,
        3 * MONTH,
        "The gateway's page is gone.",
        lambda _: col(Setup.method_id).is_(None),
    ),
    Rule(
        "The sandbox: events that were delivered",
        SandboxEvent,
        MONTH,
        "They are never delivered again.",
        lambda before: col(SandboxEvent.delivered_at) < before,
    ),
    Rule("The sandbox: pages for a payment method", SandboxSetup, 3 * MONTH, "The method is kept."),
    Rule(
        "The sandbox: charges and their refunds",
        SandboxCharge,
        2 * YEAR,
        "No money was moved; a payment that old cannot be refunded there any more.",
        lambda _: col(SandboxCharge.settles_at).is_(None) & (SandboxCharge.status != "processing"),
        ((SandboxRefund, "charge_id"),),
    ),
)


@sweep("old records", every=6 * 3600)
def forget(now: datetime) -> int:
    """Goes by the table, a page of each rule in turn, until nothing is left or the time is over: how many rows."""
    until, count, left = time.monotonic() + SECONDS, 0, list(RULES)
    while left and time.monotonic() < until:
        found = [(rule, _forget_page(rule, now)) for rule in left]
        count += sum(many for _, many in found)
        left = [rule for rule, many in found if many >= PAGE]
    _give_space_back()
    return count


def _forget_page(rule: Rule, now: datetime) -> int:
    before, ids = now - rule.keep, col(rule.model.id)
    # Ids sort by their time of birth: the primary key finds the old ones.
    wanted = select(ids).where(ids < first_id(rule.model.prefix, before))
    if rule.over:
        wanted = wanted.where(rule.over(before))
    wanted = wanted.order_by(ids).limit(PAGE)
    with across_partners() as session:
        if session.execute(wanted.limit(1)).first() is None:
            return 0
    with across_partners(write=True) as session:
        found = session.scalars(wanted.with_for_update(skip_locked=True)).all()
        for child, column in rule.children:
            session.execute(delete(child).where(col(getattr(child, column)).in_(found)))
        session.execute(delete(rule.model).where(ids.in_(found)))
    time.sleep(PAUSE)
    return len(found)


# ---------------------------------------------------------------- the file of SQLite

MOST_FREE = 0.25  # of the file
PAGES = 2000  # given back at once: 8 MB


def _give_space_back() -> None:
    """SQLite uses the space of deleted rows again. Where much of the file is free, its end is cut off, bit by bit.

    That needs a file made with auto_vacuum; an older one keeps its size until somebody runs VACUUM on it.
    """
    with across_partners() as session:
        if not is_sqlite(session):
            return
        free, pages = (_pragma(session, name) for name in ("freelist_count", "page_count"))
        cut = _pragma(session, "auto_vacuum") == 2 and free > max(PAGES, pages * MOST_FREE)
    if cut:
        with across_partners(write=True) as session:
            # One page a step: Python's driver takes only the first step of a longer run.
            driver: Any = session.connection().connection.driver_connection
            for _ in range(PAGES):
                driver.execute("PRAGMA incremental_vacuum(1)")


def _pragma(session: Any, name: str) -> int:
    return int(session.connection().exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
