"""Webhooks of gateways: stored once per event id, then processed by an effect. An event is only a trigger: what it
says is asked for again at the gateway, so that replayed, reordered and late ones do no harm."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from ...kernel import clock
from ...kernel.actor import job
from ...kernel.db.outbox import Effect
from ...kernel.db.transactions import Tx, across_partners, read, write
from ...kernel.jobs.effects import Outcome
from ...kernel.jobs.handlers import handles
from ...kernel.jobs.periodic import sweep
from ...partners.models import Partner
from ..gateway.choose import gateway_for, gateway_name, parse_webhook
from ..gateway.protocol import Charge, Dispute, Event, Gateway, Method, Refund
from ..gateway.sandbox import bank
from ..jobs import WAITS, as_charge, asking, plain
from ..methods.methods import keep_method, renew_method, setup_by_token
from ..models import Attempt, GatewayEvent, PaymentMethod, Setup
from ..refunding import told_of_refund, unexplained
from .attempts import settle_attempt
from .disputes import dispute_told

log = logging.getLogger(__name__)
EVENT = "gateway_event"
UNUSED = "arbill does not use this type of event: nothing was changed. README lists those to subscribe to."
NOT_HERE = "The gateway says that {charge} belongs to this company, but arbill has no charge of that name."


def take(gateway: str, event: Event) -> bool:
    """Stores a verified event and writes the effect that processes it; False when it is known, or concerns no partner
    here."""
    partner_id = _partner_of(event)
    if not partner_id:
        log.info("ignored %s event %s (%s): it concerns nothing here", gateway, event.id, event.type or event.kind)
        return False
    return write(job(partner_id), _keep, gateway, event)


def _partner_of(event: Event) -> str:
    """Whose it is, where it says so and they are ours; else whose charge or method it is about."""
    says = select(Partner.id).where(col(Partner.id) == event.partner_id)
    charges = select(Attempt.partner_id).where(col(Attempt.charge_id) == event.charge_id)
    methods = select(PaymentMethod.partner_id).where(col(PaymentMethod.token) == event.method)
    # What names somebody who is not here belongs to another installation at the same gateway.
    asked = [(event.partner_id, says)] if event.partner_id else [(event.charge_id, charges), (event.method, methods)]
    with across_partners() as session:
        found = [session.scalars(question.limit(1)).first() for about, question in asked if about]
    return next((id for id in found if id), "")


def _keep(tx: Tx, gateway: str, event: Event) -> bool:
    known = tx.own(GatewayEvent).where(GatewayEvent.gateway == gateway, GatewayEvent.event_id == event.id)
    if tx.first(known):
        return False
    tx.create(
        GatewayEvent,
        gateway=gateway,
        event_id=event.id,
        kind=_called(event)[:60],
        charge_id=event.charge_id,
        received_at=clock.now(),
    )
    payload: dict[str, Any] = {name: getattr(event, name) for name in ("kind", "charge_id", "method", "setup")}
    payload |= {"type": _called(event)}
    payload |= {"dispute": asdict(event.dispute) if event.dispute else None}
    payload |= {"refund": asdict(event.refund) if event.refund else None}
    tx.later(EVENT, f"event:{gateway}:{event.id}", payload)
    return True


def _called(event: Event) -> str:
    """Our name for what happened; the gateway's own for what we do not use."""
    return event.type if event.kind == "other" and event.type else event.kind


# ---------------------------------------------------------------- looking it up


def _in_words(effect: Effect) -> str:
    kind = effect.payload["kind"]
    name = effect.payload.get("type") or kind
    return f"Gateway event: {name if kind == 'other' else name.replace('.', ' ').replace('_', ' ')}"


def _setup(tx: Tx, told: Mapping[str, Any]) -> Setup | None:
    """Of a finished page: by its own name, or by the account that was verified days later."""
    if told["setup"]:
        return setup_by_token(tx, told["setup"])
    method = tx.first(tx.own(PaymentMethod).where(PaymentMethod.token == told["method"]))
    found: Setup | None = tx.first(tx.own(Setup).where(Setup.method_id == method.id)) if method else None
    return found


def settle_event(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    if outcome.state != "done" and tx.get(Effect, effect.id).state not in ("failed", "review"):
        return
    told = effect.payload
    # The charge first: a dispute or refund that was told before its capture finds it then.
    doubts = [_charge_told(tx, as_charge(outcome.result["charge"]))] if "charge" in outcome.result else []
    if "method" in outcome.result:
        _method_told(tx, told, Method(**outcome.result["method"]))
    doubts += [told_of_refund(tx, told["charge_id"], refund) for refund in _refunds_told(told, outcome)]
    if told["dispute"] and dispute_told(tx, told["charge_id"], Dispute(**told["dispute"])) is None:
        doubts.append(f"{told['charge_id'] or 'A charge'} is disputed, but arbill has no payment for it.")
    if "charge" in outcome.result:
        doubts.append(unexplained(tx, told["charge_id"], outcome.result["charge"]["refunded"]))
    if doubt := next(filter(None, doubts), ""):
        _to_review(tx, effect, doubt)


def _to_review(tx: Tx, effect: Effect, why: str) -> None:
    row = tx.get(Effect, effect.id)
    row.state, row.done_at, row.last_error = "review", None, why[:500]


def _refunds_told(told: Mapping[str, Any], outcome: Outcome) -> list[Refund]:
    """As the gateway listed them; what only the event names comes last."""
    listed = [Refund(**one) for one in outcome.result.get("refunds", ())]
    named = Refund(**told["refund"]) if told["refund"] else None
    return [*listed, named] if named and named.id not in {one.id for one in listed} else listed


def _charge_told(tx: Tx, charge: Charge) -> str:
    """Returns why it needs review, "" when it does not."""
    ours = Attempt.charge_id == charge.id
    attempt = tx.first(tx.own(Attempt).where(ours | (Attempt.key == charge.key) if charge.key else ours))
    if attempt is None:
        return NOT_HERE.format(charge=charge.id)
    settle_attempt(tx, attempt.id, charge)
    return ""


def _method_told(tx: Tx, told: Mapping[str, Any], found: Method) -> None:
    method = tx.first(tx.own(PaymentMethod).where(PaymentMethod.token == found.token))
    if told["kind"] == "setup.finished":
        setup = _setup(tx, told)
        # What a payment link adds is kept by its own page, for this once.
        if setup and (setup.method_id or setup.source != "link"):
            keep_method(tx, setup.id, gateway_name(), found.customer, found)
    elif method:
        renew_method(tx, method.id, found)


@handles(EVENT, batch=10, waits=WAITS, settle=settle_event, words=_in_words)
def look_up(effect: Effect) -> Outcome:
    told, gateway = effect.payload, gateway_for(effect.partner_id)

    def ask() -> Outcome:
        if told["kind"] == "other":
            return Outcome("ignored", UNUSED)
        if told["charge_id"]:
            return _charge_and_refunds(gateway, told["charge_id"])
        if told["kind"] == "setup.finished":
            setup = read(job(effect.partner_id), _setup, told)
            return Outcome(result={"method": asdict(gateway.finish_setup(setup.token))} if setup else {})
        if told["method"]:
            return Outcome(result={"method": asdict(gateway.fetch_method(told["method"]))})
        return Outcome()

    return asking(ask)


def _charge_and_refunds(gateway: Gateway, charge_id: str) -> Outcome:
    charge = gateway.fetch(charge_id)
    refunds = gateway.refunds(charge_id) if charge.refunded else []
    return Outcome(result={"charge": plain(charge), "refunds": [asdict(refund) for refund in refunds]})


@sweep("sandbox bank", every=15)
def run_sandbox_bank(now: datetime) -> int:
    """The sandbox's bank payments settle, and it tells us as a gateway would: by a signed webhook."""
    if gateway_name() != "sandbox":
        return 0
    settled = bank.settle_due(now)
    for delivery in bank.deliveries():
        take("sandbox", parse_webhook("sandbox", delivery.body, delivery.headers))
        bank.delivered(delivery)
    return settled
