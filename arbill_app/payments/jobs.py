"""The gateway's side of payments: every call outside is an effect, looked up before it is repeated, settled once."""

import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import col, func, select

from ..kernel import clock
from ..kernel.actor import job
from ..kernel.db.outbox import Effect, EffectTry
from ..kernel.db.transactions import Tx, across_partners, read, write
from ..kernel.errors import Conflict, NotFound
from ..kernel.jobs.effects import Outcome
from ..kernel.jobs.handlers import handles
from ..kernel.jobs.periodic import sweep
from .autopay import collect
from .charging.attempts import CANCEL, CHARGE, cancel_attempt, give_up, no_answer, settle_attempt
from .charging.charge_schedule import COLLECT
from .gateway.choose import gateway_for
from .gateway.declines import decline
from .gateway.protocol import Charge, GatewayDown, GatewayError, GatewayRefusal, GatewayTimeout
from .gateway.protocol import Refund as Told
from .methods.expiry import expiring_soon, tell_of_expiry
from .models import Attempt, AttemptState, Payment, PaymentMethod, Refund
from .refunding import REFUND, UNDER_WAY, fail_refund, settle_refund, told_of_refund

WAITS = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 6 * 3600)]
PAGE = 2000
NEVER_HEARD = ("unknown", "resource_missing")  # what the gateways call a method that they do not have
YOUNG, SPREAD = timedelta(hours=1), 60  # older ones are asked about once in so many minutes
T = TypeVar("T")
KEYS_LAST = timedelta(hours=12)  # half of the shortest time that a gateway remembers them
PATIENCE = timedelta(hours=24)  # for an approval that the bank wants of the customer


def asking(call: Callable[[], Outcome], *, unsure: Callable[[], bool] = lambda: False) -> Outcome:
    """What a gateway's errors mean for an effect. `unsure`: an earlier try had no answer, so nothing is certain."""
    try:
        return call()
    except GatewayDown as down:
        return Outcome("unknown" if unsure() else "retry", str(down))
    except GatewayTimeout as late:
        return Outcome("unknown", str(late))
    except GatewayRefusal as refused:
        return Outcome("unknown" if unsure() else "failed", str(refused))


class Doubt:
    """An earlier try of this effect got no answer (`since`): its result is uncertain until a look-up by key
    finds nothing more than YOUNG later."""

    def __init__(self, since: datetime | None) -> None:
        self.since = since

    def __call__(self) -> bool:
        return self.since is not None

    def found(self, what: T) -> T:
        if what is None and self.since and clock.now() - self.since > YOUNG:
            self.since = None
        return what


def _doubt(tx: Tx, effect: Effect) -> Doubt:
    """Did an earlier try end without an answer, or its worker never come back?"""
    silent = col(EffectTry.outcome).in_(("unknown", "lost"))
    tries = tx.own(EffectTry).where(EffectTry.effect_id == effect.id, silent)
    first = tx.first(tries.order_by(col(EffectTry.at))) if effect.tries > 1 else None
    return Doubt(first.at if first else None)


def _in_words(what: str) -> Callable[[Effect], str]:
    return lambda effect: f"{what}: {effect.payload['what']}" if effect.payload.get("what") else what


# ---------------------------------------------------------------- charges


def _attempt(tx: Tx, effect: Effect) -> tuple[Attempt, PaymentMethod, Doubt]:
    attempt = tx.get(Attempt, effect.payload["attempt_id"])
    return attempt, tx.get(PaymentMethod, attempt.method_id), _doubt(tx, effect)


def settle_charge(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    attempt_id = effect.payload["attempt_id"]
    if "charge" in outcome.result:
        settle_attempt(tx, attempt_id, as_charge(outcome.result["charge"]))
    elif tx.get(Effect, effect.id).state == "failed":
        give_up(tx, attempt_id, outcome.error)
    elif outcome.state in ("unknown", "review"):
        no_answer(tx, attempt_id)


@handles(CHARGE, batch=4, slots=4, waits=WAITS, settle=settle_charge, words=_in_words("Charge"))
def charge(effect: Effect) -> Outcome:
    attempt, method, unsure = read(job(effect.partner_id), _attempt, effect)
    if attempt.ended_at:
        return _ended(attempt)
    gateway = gateway_for(effect.partner_id)

    def ask() -> Outcome:
        # A try that got no answer may have charged: look before asking again, with the same key in any case. What comes
        # from a restored backup may have been charged before, and gateways forget keys after a day.
        asked = effect.tries > 1 or clock.now() - attempt.created_at > KEYS_LAST
        found = unsure.found(gateway.find(attempt.key, method.account)) if asked else None
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

    return asking(ask, unsure=unsure)


def _ended(attempt: Attempt) -> Outcome:
    """Somebody told us meanwhile how it ended; or it is tried again after its invoices were set free for others."""
    if attempt.charge_id:
        return Outcome(reference=attempt.charge_id)
    return Outcome("failed", "This charge was given up. Charge the invoice anew.")


def plain(made: Charge) -> dict[str, Any]:
    """A charge as an effect can keep it: without the address where the payer approves, which is asked for anew."""
    names = ("id", "status", "amount", "currency", "ref", "key", "refunded")
    kept: dict[str, Any] = {name: getattr(made, name) for name in names}
    return kept | {"decline": made.decline.code if made.decline else ""}


def as_charge(kept: dict[str, Any]) -> Charge:
    return Charge(**{**kept, "decline": decline(kept["decline"]) if kept["decline"] else None})


def settle_cancel(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    if "charge" in outcome.result:
        settle_attempt(tx, effect.payload["attempt_id"], as_charge(outcome.result["charge"]))


@handles(CANCEL, waits=WAITS, settle=settle_cancel, words=_in_words("Cancel charge"))
def cancel(effect: Effect) -> Outcome:
    attempt = read(job(effect.partner_id), lambda tx: tx.get(Attempt, effect.payload["attempt_id"]))

    def ask() -> Outcome:
        return Outcome(result={"charge": plain(gateway_for(effect.partner_id).cancel(attempt.charge_id))})

    return asking(ask)


def _of_all(statement: Any) -> list[Any]:
    """Rows of all partners, for sweeps."""
    with across_partners() as session:
        return list(session.execute(statement.limit(PAGE)))


@sweep("payments under way", every=60)
def look_after_attempts(now: datetime) -> int:
    """Fetches the state of charges that have not ended, in case their webhook was lost."""
    columns: Any = (Attempt.partner_id, Attempt.id, Attempt.charge_id, Attempt.created_at)
    silent = select(*columns).where(col(Attempt.ended_at).is_(None), Attempt.charge_id != "")
    # In random order: with more than PAGE attempts, none is left out every time.
    rows = _of_all(silent.where(Attempt.created_at < now - timedelta(minutes=1)).order_by(func.random()))
    asked = [row for row in rows if now - row.created_at < YOUNG or _is_its_minute(row.id, now)]
    for row in asked:
        refresh(row.partner_id, row.id, row.charge_id)
    return len(asked)


def _is_its_minute(id: str, now: datetime) -> bool:
    return zlib.crc32(id.encode()) % SPREAD == now.minute


def refresh(partner_id: str, attempt_id: str, charge_id: str) -> None:
    """How a charge stands now, written down."""
    try:
        found = gateway_for(partner_id).fetch(charge_id)
    except GatewayError:
        return
    write(job(partner_id), settle_attempt, attempt_id, found)


@sweep("approvals that never came", every=600)
def give_up_waiting(now: datetime) -> int:
    """What a customer has not approved within a day is cancelled: its invoices are free to be paid another way."""
    waits = (Attempt.state == AttemptState.REQUIRES_ACTION, Attempt.created_at < now - PATIENCE)
    rows = _of_all(select(Attempt.partner_id, Attempt.id).where(col(Attempt.ended_at).is_(None), *waits))
    for row in rows:
        try:
            write(job(row.partner_id), cancel_attempt, row.id)
        except (Conflict, NotFound):  # it was settled at the same moment
            continue
    return len(rows)


# ---------------------------------------------------------------- collecting


def start_collecting(tx: Tx, effect: Effect, _outcome: Outcome) -> None:
    collect(tx, effect.payload["invoice_id"], effect.key, auto=effect.payload.get("auto", False))


def _collecting(effect: Effect) -> str:
    return f"Charge on due date: {effect.payload.get('number', '')}"


@handles(COLLECT, batch=20, settle=start_collecting, words=_collecting)
def due(_effect: Effect) -> Outcome:
    """Nothing outside: the charge that it starts is an effect of its own."""
    return Outcome()


# ---------------------------------------------------------------- refunds


def _refund(tx: Tx, effect: Effect) -> tuple[Refund, Payment, Doubt]:
    refund = tx.get(Refund, effect.payload["refund_id"])
    return refund, tx.get(Payment, refund.payment_id), _doubt(tx, effect)


def settle_refunding(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    if told := outcome.result.get("refund"):
        settle_refund(tx, effect.payload["refund_id"], Told(**told))
    elif tx.get(Effect, effect.id).state == "failed":
        fail_refund(tx, effect.payload["refund_id"], outcome.error)


@handles(REFUND, waits=WAITS, settle=settle_refunding, words=_in_words("Refund"))
def refund(effect: Effect) -> Outcome:
    row, payment, unsure = read(job(effect.partner_id), _refund, effect)
    if row.state not in UNDER_WAY:
        return Outcome(reference=row.gateway_id) if row.gateway_id else Outcome("failed", "This refund was given up.")
    gateway = gateway_for(effect.partner_id)

    def ask() -> Outcome:
        asked = effect.tries > 1 or clock.now() - row.created_at > KEYS_LAST
        found = unsure.found(gateway.find_refund(payment.charge_id, row.key)) if asked else None
        made = found or gateway.refund(payment.charge_id, row.amount, row.key, row.reason)
        state, error = ("failed", "The bank refused the refund.") if made.status == "failed" else ("done", "")
        return Outcome(state, error, made.id, {"refund": vars(made)})

    return asking(ask, unsure=unsure)


@sweep("refunds under way", every=600)
def look_after_refunds(now: datetime) -> int:
    """Banks take days for some: asked here too, in case that they never tell."""
    columns: Any = (Refund.partner_id, Refund.gateway_id, Payment.charge_id)
    slow = select(*columns).join(Payment, col(Payment.id) == Refund.payment_id).where(Refund.state == "processing")
    rows = _of_all(slow.where(Refund.created_at < now - timedelta(minutes=10)))
    for row in rows:
        try:
            found = gateway_for(row.partner_id).refunds(row.charge_id)
        except GatewayError:
            continue
        for told in found:
            if told.id == row.gateway_id:
                write(job(row.partner_id), told_of_refund, row.charge_id, told)
    return len(rows)


# ---------------------------------------------------------------- methods


@handles("detach", waits=WAITS, words=_in_words("Remove payment method"))
def detach(effect: Effect) -> Outcome:
    method = read(job(effect.partner_id), lambda tx: tx.get(PaymentMethod, effect.payload["method_id"]))

    def ask() -> Outcome:
        try:
            gateway_for(effect.partner_id).detach(method.token)
        except GatewayRefusal as refused:
            if refused.code not in NEVER_HEARD:
                raise
        return Outcome()

    return asking(ask)


@sweep("expiring cards", every=6 * 3600)
def look_for_expiring_cards(now: datetime) -> int:
    """Customers whose card is going to be charged and expires within a month are told, once for each expiry."""
    rows = _of_all(expiring_soon(now.date()))
    return sum(write(job(row.partner_id), tell_of_expiry, row.id) for row in rows)
