"""What gateways tell us: written down once for each event id, then looked up. An event is a knock at the door: what it
says is asked for again at the gateway, so that replayed, reordered and late ones do no harm."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from ..kernel import clock
from ..kernel.actor import job
from ..kernel.db import Tx, across_partners, write
from ..kernel.effects import Effect, Outcome
from ..kernel.handlers import handles
from ..kernel.sweeps import sweep
from .charging import settle_attempt
from .disputing import dispute_told
from .gateway import sandbox_bank
from .gateway.choose import gateway_for, gateway_name, parse_webhook
from .gateway.protocol import Dispute, Event
from .jobs import WAITS, as_charge, asking, plain
from .models import Attempt, GatewayEvent, PaymentMethod
from .refunding import fail_refund, finish_refund, refund_by_gateway

EVENT = "gateway_event"


def take(gateway: str, event: Event) -> bool:
    """Keeps a verified event and leaves the rest to an effect; False for one of nobody here, or known before."""
    partner_id = event.partner_id or _partner_of(event)
    if not partner_id:
        return False
    return write(job(partner_id), _keep, gateway, event)


def _partner_of(event: Event) -> str:
    """Where the gateway does not say whose it is: whose charge or method it is about."""
    with across_partners() as session:
        charges = select(Attempt.partner_id).where(col(Attempt.charge_id) == event.charge_id)
        methods = select(PaymentMethod.partner_id).where(col(PaymentMethod.token) == event.method)
        found = session.scalars(charges).first() if event.charge_id else None
        return found or (session.scalars(methods).first() if event.method else None) or ""


def _keep(tx: Tx, gateway: str, event: Event) -> bool:
    known = tx.own(GatewayEvent).where(GatewayEvent.gateway == gateway, GatewayEvent.event_id == event.id)
    if tx.first(known):
        return False
    tx.create(
        GatewayEvent,
        gateway=gateway,
        event_id=event.id,
        kind=event.kind,
        charge_id=event.charge_id,
        received_at=clock.now(),
    )
    payload: dict[str, Any] = {"kind": event.kind, "charge_id": event.charge_id, "method": event.method}
    payload |= {"dispute": asdict(event.dispute) if event.dispute else None}
    payload |= {"refund": asdict(event.refund) if event.refund else None}
    tx.later(EVENT, f"event:{gateway}:{event.id}", payload)
    return True


def settle_event(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    told = effect.payload
    charge_id = told["charge_id"]
    if "charge" in outcome.result:
        charge = as_charge(outcome.result["charge"])
        attempt = tx.first(tx.own(Attempt).where((Attempt.charge_id == charge_id) | (Attempt.key == charge.key)))
        if attempt:
            settle_attempt(tx, attempt.id, charge)
    if told["dispute"]:
        dispute_told(tx, charge_id, Dispute(**told["dispute"]))
    if told["refund"]:
        _refund_told(tx, told["refund"])


def _refund_told(tx: Tx, told: dict[str, str]) -> None:
    refund = refund_by_gateway(tx, told["id"], told["key"])
    if refund and told["status"] == "succeeded":
        finish_refund(tx, refund.id, told["id"])
    elif refund and told["status"] == "failed":
        fail_refund(tx, refund.id, "The bank refused the refund.")


@handles(EVENT, batch=10, waits=WAITS, settle=settle_event)
def look_up(effect: Effect) -> Outcome:
    charge_id = effect.payload["charge_id"]

    def ask() -> Outcome:
        found = gateway_for(effect.partner_id).fetch(charge_id)
        return Outcome(reference=found.id, result={"charge": plain(found)})

    return asking(ask) if charge_id else Outcome()


@sweep("sandbox bank", every=15)
def run_sandbox_bank(now: datetime) -> int:
    """The sandbox's bank payments settle, and it tells us as a gateway would: by a signed webhook."""
    if gateway_name() != "sandbox":
        return 0
    settled = sandbox_bank.settle_due(now)
    for delivery in sandbox_bank.deliveries():
        take("sandbox", parse_webhook("sandbox", delivery.body, delivery.headers))
        sandbox_bank.delivered(delivery)
    return settled
