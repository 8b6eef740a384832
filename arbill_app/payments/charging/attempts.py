"""Charging a saved method: first an attempt row, then one effect, then its result.

While an attempt is pending it reserves its part of each invoice, so that staff and customer together never charge more
than the balance. The attempt's key is the gateway's idempotency key: a repeat is the same charge.
"""

from collections.abc import Mapping, Sequence

from ...invoices.models import Invoice
from ...kernel import clock
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.lanes import Lane
from ...kernel.money import Money
from ...kernel.monitoring import metrics
from ...kernel.problems import Problem
from ...kernel.text.search_keys import printable
from ..allocations.reservations import parts_of, under_way
from ..allocations.rules import Part
from ..emails import tell_action, tell_failed, tell_processing
from ..gateway.declines import decline
from ..gateway.protocol import Charge
from ..methods.methods import chargeable, label_of
from ..models import LIVE, Attempt, AttemptPart, AttemptState, Payment, PaymentMethod
from ..recording import record_charge

__all__ = [
    "CANCEL",
    "CHARGE",
    "attempt_by_key",
    "cancel_attempt",
    "give_up",
    "no_answer",
    "parts_of",
    "settle_attempt",
    "start_charge",
    "under_way",
]
CHARGE, CANCEL = "charge", "cancel_charge"


def start_charge(
    tx: Tx, customer_id: str, method_id: str, parts: Sequence[Part], *, key: str, source: str, by_name: str = ""
) -> Attempt:
    """Wants these parts (invoice id, minor units) of a customer's invoices charged now. Once for a `key`.

    Invalid or Conflict when the method cannot be charged or a part is more than is open and not under
    way already.
    """
    if not parts:
        raise Invalid(amount=Problem("payment.nothing_chosen"))
    parts = [(printable(invoice_id), part) for invoice_id, part in parts]
    # Lock the invoices first: a concurrent call with the same key waits here, then finds the attempt.
    invoices = _locked(tx, customer_id, parts)
    known = attempt_by_key(tx, key)
    if known:
        return _same(tx, known, customer_id, method_id, parts)
    currency = _free_for(tx, invoices, dict(parts))
    method = _method(tx, customer_id, method_id)
    if why := chargeable(method, currency):
        raise Invalid(method=why)
    attempt = tx.create(
        Attempt,
        customer_id=customer_id,
        method_id=method.id,
        amount=sum(part for _, part in parts),
        currency=currency,
        key=printable(key),
        source=source,
        by_name=by_name,
        created_at=clock.now(),
    )
    tx.flush()
    for invoice_id, part in parts:
        tx.create(AttemptPart, attempt_id=attempt.id, invoice_id=invoice_id, amount=part)
    said = f"{Money(attempt.amount, currency).text()} from {label_of(method)}"
    lane = Lane.CHARGES if source == "auto" else Lane.NOW  # else the customer or staff wait for it
    facts = {"attempt_id": attempt.id, "what": said}
    tx.later(CHARGE, f"{CHARGE}:{attempt.id}", facts, about=parts[0][0], lane=lane)
    tx.record("payment.started", attempt, note=said)
    return attempt


def attempt_by_key(tx: Tx, key: str) -> Attempt | None:
    """The attempt that was started with this key, or None."""
    found: Attempt | None = tx.first(tx.own(Attempt).where(Attempt.key == printable(key)))
    return found


def _same(tx: Tx, known: Attempt, customer_id: str, method_id: str, parts: Sequence[Part]) -> Attempt:
    before = (known.customer_id, known.method_id, sorted(parts_of(tx, known.id)))
    if before != (customer_id, method_id, sorted(parts)):
        raise Conflict(Problem("payment.begun_for_something_else"))
    return known


def _method(tx: Tx, customer_id: str, method_id: str) -> PaymentMethod:
    # Locked, so that removing the method at the same time sees this charge.
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.customer_id != customer_id:
        raise Invalid(method=Problem("method.not_the_customers"))
    return method


def _locked(tx: Tx, customer_id: str, parts: Sequence[Part]) -> list[Invoice]:
    if len(dict(parts)) != len(parts):
        raise Invalid(amount=Problem("payment.invoice_twice"))
    invoices = [tx.get(Invoice, invoice_id, lock=True) for invoice_id, _ in sorted(parts)]
    if any(invoice.customer_id != customer_id for invoice in invoices):
        raise Invalid(amount=Problem("payment.other_customers_invoice"))
    return invoices


def _free_for(tx: Tx, invoices: Sequence[Invoice], parts: Mapping[str, int]) -> str:
    """Refuses what is more than is free of each; the currency they share."""
    held = under_way(tx, list(parts))
    for invoice in invoices:
        free = invoice.balance - held.get(invoice.id, 0)
        if not 0 < parts[invoice.id] <= free:
            raise Conflict(_too_much(invoice, free))
    currencies = {invoice.currency for invoice in invoices}
    if len(currencies) != 1:
        raise Invalid(amount=Problem("payment.different_currencies"))
    return currencies.pop()


def _too_much(invoice: Invoice, free: int) -> Problem:
    if free > 0:
        return Problem("payment.more_than_open", most=Money(free, invoice.currency), number=invoice.number)
    if invoice.balance > 0:
        return Problem("payment.under_way", number=invoice.number)
    return Problem("payment.nothing_open", number=invoice.number) if invoice.number else Problem("payment.draft")


# ---------------------------------------------------------------- what came of it


def settle_attempt(tx: Tx, attempt_id: str, charge: Charge) -> Payment | None:
    """Writes down what the gateway says of an attempt, by whatever way that came, as often as it comes.

    What has ended stays as it ended, but for a capture that arrives late. Refuses nothing: what it is told happened.
    """
    attempt = tx.get(Attempt, attempt_id, lock=True)
    captured = charge.status == AttemptState.SUCCEEDED
    if attempt.state == AttemptState.SUCCEEDED or (attempt.ended_at and not captured):
        return None
    if not _is_ours(attempt, charge):
        _mismatch(tx, attempt, charge)
        return None
    before = attempt.state
    if charge.status != before:
        metrics.charge(charge.status)
    attempt.state, attempt.charge_id = AttemptState(charge.status), charge.id
    attempt.ended_at = None if attempt.state in LIVE else clock.now()
    method = tx.get(PaymentMethod, attempt.method_id)
    if captured:
        attempt.decline_code = attempt.error = ""
        return record_charge(tx, attempt, method, label_of(method), parts_of(tx, attempt.id))
    if attempt.state != before:
        _tell(tx, attempt, method, charge)
    return None


def _is_ours(attempt: Attempt, charge: Charge) -> bool:
    asked = (attempt.amount, attempt.currency) == (charge.amount, charge.currency)
    return asked and charge.key in ("", attempt.key) and attempt.charge_id in ("", charge.id)


def _mismatch(tx: Tx, attempt: Attempt, charge: Charge) -> None:
    """The gateway captured another amount or currency than was asked for: stays unknown, for review."""
    said = f"The gateway speaks of {Money(charge.amount, charge.currency).text()} ({charge.id}): not recorded."
    if attempt.error != said:
        attempt.state, attempt.error = AttemptState.UNKNOWN, said
        tx.record("payment.mismatch", attempt, note=said)


def _tell(tx: Tx, attempt: Attempt, method: PaymentMethod, charge: Charge) -> None:
    if attempt.state == AttemptState.DECLINED:
        why = charge.decline or decline()
        attempt.decline_code = why.code
        tx.record("payment.declined", attempt, note=why.staff)
        _at_invoices(tx, attempt, "invoice.declined", why.staff)
        tell_failed(tx, attempt, method, why)
    elif attempt.state == AttemptState.PROCESSING:
        tell_processing(tx, attempt, method)
    elif attempt.state == AttemptState.REQUIRES_ACTION and attempt.source in ("staff", "auto"):
        tell_action(tx, attempt, method)
    elif attempt.state == AttemptState.CANCELED:
        tx.record("payment.cancelled", attempt)


def _at_invoices(tx: Tx, attempt: Attempt, action: str, why: str) -> None:
    for invoice_id, part in parts_of(tx, attempt.id):
        said = f"{Money(part, attempt.currency).text()}. {why}"
        tx.record(action, tx.get(Invoice, invoice_id), note=said[:500])


def no_answer(tx: Tx, attempt_id: str) -> None:
    """The result is unknown: the reservation stays until it is known."""
    attempt = tx.get(Attempt, attempt_id, lock=True)
    if attempt.state == AttemptState.STARTED:
        attempt.state = AttemptState.UNKNOWN


def give_up(tx: Tx, attempt_id: str, why: str = "") -> None:
    """It is certain that nothing was charged."""
    attempt = tx.get(Attempt, attempt_id, lock=True)
    if attempt.ended_at is None:
        attempt.state, attempt.error, attempt.ended_at = AttemptState.CANCELED, why[:500], clock.now()
        _at_invoices(tx, attempt, "invoice.not_charged", why)


# ---------------------------------------------------------------- thinking better of it


def cancel_attempt(tx: Tx, attempt_id: str) -> Attempt:
    """Cancels an attempt that has not begun, or that waits for approval (then the gateway is asked to cancel).

    Conflict while it is under way; nothing where it has ended.
    """
    attempt = tx.get(Attempt, attempt_id)
    if attempt.state == AttemptState.STARTED and _called_off(tx, attempt):
        give_up(tx, attempt.id, "It was cancelled before it began.")
    elif attempt.state == AttemptState.REQUIRES_ACTION:
        said = Money(attempt.amount, attempt.currency).text()
        effect = tx.later(CANCEL, f"cancel:{attempt.id}", {"attempt_id": attempt.id, "what": said}, about=attempt.id)
        if effect.state in ("failed", "review", "done"):
            effect.state, effect.due_at = "due", clock.now()
    elif attempt.ended_at is None:
        raise Conflict(Problem("effect.on_its_way"))
    return attempt


def _called_off(tx: Tx, attempt: Attempt) -> bool:
    """The effect first, as who settles it does."""
    mine = tx.own(Effect).where(Effect.key == f"{CHARGE}:{attempt.id}", Effect.state == "due", Effect.tries == 0)
    effect = tx.first(mine.with_for_update())
    if effect:
        effect.state = "cancelled"
    return effect is not None
