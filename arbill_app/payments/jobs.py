"""The gateway's side of payments: every call outside is an effect, looked up before it is repeated, settled once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from ..kernel.actor import job
from ..kernel.db import Tx, across_partners, read, write
from ..kernel.effects import Effect, Outcome
from ..kernel.handlers import handles
from ..kernel.sweeps import sweep
from .charging import CHARGE, give_up, no_answer, settle_attempt
from .collecting import COLLECT, collect
from .gateway.choose import gateway_for
from .gateway.declines import decline
from .gateway.protocol import Charge, GatewayDown, GatewayError, GatewayRefusal, GatewayTimeout
from .models import Attempt, Payment, PaymentMethod, Refund
from .refunding import REFUND, fail_refund, finish_refund

WAITS = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 6 * 3600)]
PAGE = 200


def asking(call: Callable[[], Outcome]) -> Outcome:
    """What a gateway's errors mean for an effect: only a refusal ends it."""
    try:
        return call()
    except GatewayDown as down:
        return Outcome("retry", str(down))
    except GatewayTimeout as late:
        return Outcome("unknown", str(late))
    except GatewayRefusal as refused:
        return Outcome("failed", str(refused))


# ---------------------------------------------------------------- charges


def _attempt(tx: Tx, attempt_id: str) -> tuple[Attempt, PaymentMethod]:
    attempt = tx.get(Attempt, attempt_id)
    return attempt, tx.get(PaymentMethod, attempt.method_id)


def settle_charge(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    attempt_id = effect.payload["attempt_id"]
    if "charge" in outcome.result:
        settle_attempt(tx, attempt_id, as_charge(outcome.result["charge"]))
    elif tx.get(Effect, effect.id).state == "failed":
        give_up(tx, attempt_id)
    elif outcome.state == "unknown":
        no_answer(tx, attempt_id)


@handles(CHARGE, batch=4, lanes=4, waits=WAITS, settle=settle_charge)
def charge(effect: Effect) -> Outcome:
    attempt, method = read(job(effect.partner_id), _attempt, effect.payload["attempt_id"])
    gateway = gateway_for(effect.partner_id)

    def ask() -> Outcome:
        # A try that got no answer may have charged: look before asking again, with the same key in any case.
        found = gateway.find(attempt.key, method.account) if effect.tries > 1 else None
        made = found or gateway.charge(
            customer=method.account,
            method=method.token,
            amount=attempt.amount,
            currency=attempt.currency,
            key=attempt.key,
            ref=attempt.id,
            on_session=attempt.source in ("portal", "link"),
        )
        return Outcome(reference=made.id, result={"charge": plain(made)})

    return asking(ask)


def plain(made: Charge) -> dict[str, Any]:
    """A charge as an effect can keep it."""
    names = ("id", "status", "amount", "currency", "ref", "key", "action_url", "refunded")
    kept: dict[str, Any] = {name: getattr(made, name) for name in names}
    return kept | {"decline": made.decline.code if made.decline else ""}


def as_charge(kept: dict[str, Any]) -> Charge:
    return Charge(**{**kept, "decline": decline(kept["decline"]) if kept["decline"] else None})


@sweep("payments under way", every=60)
def look_after_attempts(now: datetime) -> int:
    """Asks how charges stand that have not ended: a webhook that never came changes nothing in the end."""
    since = now - timedelta(minutes=1)
    open_ = col(Attempt.ended_at).is_(None), Attempt.charge_id != "", Attempt.created_at < since
    with across_partners() as session:
        rows = session.scalars(select(Attempt).where(*open_).order_by(Attempt.id).limit(PAGE)).all()
    for row in rows:
        refresh(row.partner_id, row.id, row.charge_id)
    return len(rows)


def refresh(partner_id: str, attempt_id: str, charge_id: str) -> None:
    """How a charge stands now, written down."""
    try:
        found = gateway_for(partner_id).fetch(charge_id)
    except GatewayError:
        return
    write(job(partner_id), settle_attempt, attempt_id, found)


# ---------------------------------------------------------------- collecting


def start_collecting(tx: Tx, effect: Effect, _outcome: Outcome) -> None:
    collect(tx, effect.payload["invoice_id"], effect.key)


@handles(COLLECT, batch=20, settle=start_collecting)
def due(_effect: Effect) -> Outcome:
    """Nothing outside: the charge that it starts is an effect of its own."""
    return Outcome()


# ---------------------------------------------------------------- refunds


def _refund(tx: Tx, refund_id: str) -> tuple[Refund, Payment]:
    refund = tx.get(Refund, refund_id)
    return refund, tx.get(Payment, refund.payment_id)


def settle_refund(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    if outcome.state == "done":
        finish_refund(tx, effect.payload["refund_id"], outcome.reference)
    elif tx.get(Effect, effect.id).state == "failed":
        fail_refund(tx, effect.payload["refund_id"], outcome.error)


@handles(REFUND, waits=WAITS, settle=settle_refund)
def refund(effect: Effect) -> Outcome:
    row, payment = read(job(effect.partner_id), _refund, effect.payload["refund_id"])
    gateway = gateway_for(effect.partner_id)

    def ask() -> Outcome:
        found = gateway.find_refund(payment.charge_id, row.key) if effect.tries > 1 else None
        made = found or gateway.refund(payment.charge_id, row.amount, row.key, row.reason)
        if made.status == "failed":
            return Outcome("failed", "The bank refused the refund.", made.id)
        return Outcome(reference=made.id)

    return asking(ask)


# ---------------------------------------------------------------- methods


@handles("detach", waits=WAITS)
def detach(effect: Effect) -> Outcome:
    method = read(job(effect.partner_id), lambda tx: tx.get(PaymentMethod, effect.payload["method_id"]))

    def ask() -> Outcome:
        gateway_for(effect.partner_id).detach(method.token)
        return Outcome()

    return asking(ask)
