"""Refunds of the sandbox: asked for by us, or made on its own pages."""

from datetime import timedelta
from typing import Any

from ....kernel import clock
from ....kernel.db.transactions import Tx
from ..protocol import CARD, GatewayRefusal, Refund
from . import bank as bank
from .models import SandboxCharge, SandboxMethod, SandboxRefund
from .rows import get_row, keyed, same

ELSEWHERE = "elsewhere:"  # begins the keys of refunds that were not asked for here


def refund(tx: Tx, charge_id: str, amount: int, key: str, reason: str, settles_in: timedelta) -> Refund:
    charge = get_row(tx, SandboxCharge, charge_id, lock=True)
    known = keyed(tx, SandboxRefund, key)
    if known:
        return refund_of(same(known, {"charge_id": charge.id, "amount": amount}))
    made = _give_back(tx, charge, amount, key, reason, settles_in)
    bank.note_refund(tx, made)
    return refund_of(made)


def refund_elsewhere(tx: Tx, charge_id: str, amount: int, settles_in: timedelta) -> Refund:
    charge = get_row(tx, SandboxCharge, charge_id, lock=True)
    key = f"{ELSEWHERE}{charge.id}:{charge.refunded}"
    made = _give_back(tx, charge, amount, key, "Refunded at the gateway", settles_in)
    bank.note_charge(tx, charge, "charge.refunded")
    return refund_of(made)


def _give_back(
    tx: Tx, charge: SandboxCharge, amount: int, key: str, reason: str, settles_in: timedelta
) -> SandboxRefund:
    if charge.status != "succeeded":
        raise GatewayRefusal("Only what was captured can be refunded.", "not_captured")
    if not 0 < amount <= charge.amount - charge.refunded:
        raise GatewayRefusal("No more can be refunded than was captured.", "over_refund")
    charge.refunded += amount
    at_once = get_row(tx, SandboxMethod, charge.method_id).kind == CARD
    ends: dict[str, Any] = {"settles_at": None if at_once else clock.now() + settles_in}
    ends["status"] = "succeeded" if at_once else "processing"
    ends |= {"charge_id": charge.id, "amount": amount, "key": key, "reason": reason[:200]}
    made = tx.create(SandboxRefund, created_at=clock.now(), **ends)
    tx.flush()
    return made


def refunds_of(tx: Tx, charge_id: str) -> list[SandboxRefund]:
    charge = get_row(tx, SandboxCharge, charge_id)
    return list(tx.all(tx.own(SandboxRefund).where(SandboxRefund.charge_id == charge.id).order_by(SandboxRefund.id)))


def refund_of(row: SandboxRefund) -> Refund:
    key = "" if row.key.startswith(ELSEWHERE) else row.key
    return Refund(row.id, row.status, row.amount, row.charge_id, key)  # type: ignore[arg-type]
