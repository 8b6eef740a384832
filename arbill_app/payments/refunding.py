"""Refunds: never more than was received; allocations to invoices are undone with it.

captured = allocated + on account + refunded + disputed, always. An invoice whose money went back is not owed again
unless somebody says so: then its balance opens; else the refund itself stands for what was asked.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, func, select

from ..invoices.commands.settling import refund_settled, settle
from ..invoices.models import Invoice
from ..kernel import clock, money
from ..kernel.db.transactions import Tx
from ..kernel.errors import Conflict, Invalid
from ..kernel.money import Money
from ..kernel.problems import Problem
from ..kernel.text.search_keys import printable
from ..ledger.models import EntryKind
from ..ledger.posting import Cause, post_on_account, today
from ..partners.auth.confirming import confirmed
from .allocations.queries import PAYMENT, allocated
from .emails import UNSAID, tell_refund
from .gateway.protocol import Refund as Told
from .models import Payment, Refund

REFUND = "refund"
REASONS = ("Requested by customer", "Duplicate", "Billing error", "Goodwill", UNSAID)
STARTED, PROCESSING, SUCCEEDED, FAILED = "started", "processing", "succeeded", "failed"
UNDER_WAY = (STARTED, PROCESSING)
ELSEWHERE = "Refunded at the gateway"
REFUSED = "The bank refused the refund."


@confirmed
def refund_payment(tx: Tx, payment_id: str, values: Mapping[str, Any], key: str) -> Refund:
    """`values`: `amount` (text; "" is all that is left), `reason`, `owed_again` (bool). Once for a `key`.

    Money that a gateway captured goes back through it, by an effect; what was recorded by hand is given back by hand.
    """
    payment = tx.get(Payment, payment_id, lock=True)
    known = tx.first(tx.own(Refund).where(Refund.key == printable(key)))
    if known:
        return _same(known, payment.id)
    reason = printable(str(values.get("reason") or "")).strip()[:200]
    problems = {} if reason else {"reason": Problem("credit.reason_missing")}
    amount = _amount(str(values.get("amount") or ""), payment, refundable(tx, payment), problems)
    if problems:
        raise Invalid.of(problems)
    refund = _write(tx, payment, amount, reason, key=printable(key), owed_again=bool(values.get("owed_again")))
    said = Money(amount, payment.currency).text()
    tx.record("payment.refund_started", payment, note=f"{said}: {reason}")
    if payment.charge_id:
        tx.later(REFUND, f"{REFUND}:{refund.id}", {"refund_id": refund.id, "what": said}, about=payment.id)
    else:
        _finish(tx, payment, refund, "")
    return refund


def _same(known: Refund, payment_id: str) -> Refund:
    if known.payment_id != payment_id:
        raise Conflict(Problem("refund.begun_for_another"))
    return known


def _write(tx: Tx, payment: Payment, amount: int, reason: str, **columns: Any) -> Refund:
    made: dict[str, Any] = {"payment_id": payment.id, "amount": amount, "reason": reason, "by_name": tx.actor.name}
    refund = tx.create(Refund, created_at=clock.now(), **made, **columns)
    tx.flush()
    return refund


def refundable(tx: Tx, payment: Payment) -> int:
    """Amount received less refunded, being refunded and disputed."""
    away = select(func.coalesce(func.sum(col(Refund.amount)), 0)).where(
        Refund.owned_by(tx.actor), Refund.payment_id == payment.id, col(Refund.state).in_(UNDER_WAY)
    )
    return payment.amount - payment.refunded - payment.disputed - int(tx.scalar(away))


def _amount(text: str, payment: Payment, left: int, problems: dict[str, Problem]) -> int:
    if left <= 0:
        raise Conflict(Problem("refund.nothing_left"))
    amount, wrong = money.up_to(text, payment.currency, left, too_much(left, payment.currency))
    if wrong:
        problems["amount"] = wrong
    return amount


def too_much(left: int, currency: str) -> Problem:
    return Problem("refund.more_than_left", most=money.Money(left, currency))


# ---------------------------------------------------------------- what the gateway says


def settle_refund(tx: Tx, refund_id: str, told: Told) -> None:
    """Writes down how a refund stands, by whatever way that is learnt and as often as it is told.

    What has succeeded may fail days later: then the money is here again.
    """
    payment, refund = _locked(tx, refund_id)
    if told.status == SUCCEEDED and refund.state in UNDER_WAY:
        _finish(tx, payment, refund, told.id)
    elif told.status == PROCESSING and refund.state == STARTED:
        refund.state, refund.gateway_id = PROCESSING, told.id
    elif told.status == FAILED:
        _fail(tx, payment, refund, REFUSED)


def fail_refund(tx: Tx, refund_id: str, why: str) -> None:
    """It is certain that nothing goes back."""
    _fail(tx, *_locked(tx, refund_id), why)


def _locked(tx: Tx, refund_id: str) -> tuple[Payment, Refund]:
    payment = tx.get(Payment, tx.get(Refund, refund_id).payment_id, lock=True)
    return payment, tx.get(Refund, refund_id, lock=True)


def _finish(tx: Tx, payment: Payment, refund: Refund, gateway_id: str) -> None:
    refund.state, refund.gateway_id, refund.ended_at = SUCCEEDED, gateway_id, clock.now()
    payment.refunded += refund.amount
    take_back(tx, payment, refund.amount, Cause(EntryKind.REFUND, refund, today(tx)), owed_again=refund.owed_again)
    tx.record("payment.refunded", payment, note=Money(refund.amount, payment.currency).text())
    tell_refund(tx, payment, refund)


def _fail(tx: Tx, payment: Payment, refund: Refund, why: str) -> None:
    if refund.state == FAILED:
        return
    if refund.state == SUCCEEDED:
        # The customer is still to get it: it waits on account, and their invoices stay as they were left.
        payment.refunded -= refund.amount
        payment.unapplied += refund.amount
        post_on_account(tx, Cause(EntryKind.REFUND_FAILED, refund, today(tx)), payment, -refund.amount)
    refund.state, refund.error, refund.ended_at = FAILED, why[:500], clock.now()
    tx.record("payment.refund_failed", payment, note=why[:500])


def told_of_refund(tx: Tx, charge_id: str, told: Told) -> str:
    """One of ours, known by the gateway's id or by the key it was asked for with; or made at the gateway itself.

    Returns why it could not be recorded, "" when it was, or when it moved no money.
    """
    ours = Refund.gateway_id == told.id
    found = tx.first(tx.own(Refund).where(ours | (Refund.key == told.key) if told.key else ours))
    if found:
        settle_refund(tx, found.id, told)
        return ""
    return _refunded_elsewhere(tx, charge_id, told)


def _refunded_elsewhere(tx: Tx, charge_id: str, told: Told) -> str:
    """Made on the gateway's pages; or asked for here before an older backup was restored, then it has a key."""
    payment = payment_of_charge(tx, charge_id)
    if payment is None:
        return f"{charge_id or 'A charge'} was refunded at the gateway, but arbill has no payment for it."
    said = Money(told.amount, payment.currency).text()
    if told.status != FAILED and told.amount > refundable(tx, payment):
        left = Money(refundable(tx, payment), payment.currency).text()
        return f"{said} was refunded at the gateway, but only {left} of this payment is left here."
    refund = _write(tx, payment, told.amount, ELSEWHERE, key=f"gateway:{told.id}")
    refund.gateway_id = told.id
    if told.status == SUCCEEDED:
        _finish(tx, payment, refund, told.id)
    elif told.status == FAILED:
        _fail(tx, payment, refund, REFUSED)
    else:
        refund.state = PROCESSING
        tx.record("payment.refund_started", payment, note=f"{said}: {refund.reason}")
    return ""


def payment_of_charge(tx: Tx, charge_id: str) -> Payment | None:
    """Locked."""
    wanted = tx.own(Payment).where(Payment.charge_id == charge_id).with_for_update()
    return tx.first(wanted) if charge_id else None


def unexplained(tx: Tx, charge_id: str, refunded: int) -> str:
    """Why it needs review when the gateway reports more refunded than arbill's refunds add up to."""
    payment = payment_of_charge(tx, charge_id)
    if payment is None or refunded <= 0:
        return ""
    ours = select(func.coalesce(func.sum(col(Refund.amount)), 0)).where(
        Refund.owned_by(tx.actor), Refund.payment_id == payment.id, Refund.state != FAILED
    )
    known = int(tx.scalar(ours))
    if refunded <= known:
        return ""
    theirs, here = (Money(amount, payment.currency).text() for amount in (refunded, known))
    return f"The gateway refunded {theirs} of this charge, arbill knows of {here}. Compare the charge there."


# ---------------------------------------------------------------- invoices give back


def take_back(tx: Tx, payment: Payment, amount: int, cause: Cause, *, owed_again: bool) -> list[Invoice]:
    """Takes from what is on account first, then from allocations, the newest first. Returns the invoices affected."""
    from_account = min(amount, payment.unapplied)
    payment.unapplied -= from_account
    post_on_account(tx, cause, payment, from_account)
    left = amount - from_account
    parts = allocated(tx, payment.id)
    invoices = {id: tx.get(Invoice, id, lock=True) for id, _ in sorted(parts)} if left else {}
    gave: list[Invoice] = []
    for invoice_id, part in reversed(parts):
        taken = min(part, left)
        left -= taken
        if taken:
            _take_from(tx, invoices[invoice_id], taken, payment, cause, owed_again)
            gave.append(invoices[invoice_id])
    return gave


def _take_from(tx: Tx, invoice: Invoice, amount: int, payment: Payment, cause: Cause, owed_again: bool) -> None:
    settle(tx, invoice, -amount, PAYMENT, payment.id, cause)
    said = Money(amount, payment.currency).text()
    if owed_again:
        tx.record("invoice.owed_again", invoice, {"balance": [invoice.balance - amount, invoice.balance]}, note=said)
    else:
        refund_settled(tx, invoice, amount, payment.id, cause)
        tx.record("invoice.refunded", invoice, note=said)
