"""What Stripe's objects mean to arbill: pure, over plain dicts as its API sends them."""

from collections.abc import Mapping
from typing import Any

from ..declines import decline
from ..protocol import EVENT_OF, PAD, US_BANK, Charge, Dispute, Event, GatewayRefusal, Method, Refund
from .amounts import from_stripe

Json = dict[str, Any]
STATUS = {
    "succeeded": "succeeded",
    "processing": "processing",
    "requires_capture": "processing",
    "requires_action": "requires_action",
    "requires_confirmation": "requires_action",
    "canceled": "canceled",
}
TOLD = ("succeeded", "payment_failed", "processing", "requires_action", "canceled")
# What a webhook at Stripe is subscribed to; README names the same. Anything else that comes is shown as ignored.
EVENTS = (
    *(f"payment_intent.{verb}" for verb in TOLD),
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    *(f"charge.dispute.{verb}" for verb in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")),
    "payment_method.updated",
    "payment_method.automatically_updated",
    "payment_method.detached",
    "checkout.session.completed",
    "setup_intent.succeeded",
)
METHOD_EVENTS = {
    "payment_method.updated": "method.updated",
    "payment_method.automatically_updated": "method.updated",
    "payment_method.detached": "method.detached",
}


def id_of(linked: Any) -> str:
    """Of what Stripe gives as an id, or whole where it was asked to."""
    return str(linked["id"] if isinstance(linked, Mapping) else linked or "")


def _whole(linked: Any) -> Mapping[str, Any]:
    return linked if isinstance(linked, Mapping) else {}


def _key(thing: Json) -> str:
    """Our key without the partner that makes it unique at Stripe."""
    return str((thing.get("metadata") or {}).get("arbill_key", "")).partition("/")[2]


# ---------------------------------------------------------------- charges


def charge_of(intent: Json) -> Charge:
    """A PaymentIntent. Off session Stripe declines what the customer must approve: that is requires_action too."""
    error = intent.get("last_payment_error") or {}
    last = _whole(intent.get("latest_charge"))
    currency = intent["currency"].upper()
    why = decline(error.get("decline_code"), last.get("failure_code"), error.get("code"))
    status = STATUS.get(intent["status"]) or (
        "declined" if why.code != "authentication_required" else "requires_action"
    )
    return Charge(
        id=intent["id"],
        status=status,  # type: ignore[arg-type]
        amount=from_stripe(intent["amount"], currency),
        currency=currency,
        ref=(intent.get("metadata") or {}).get("arbill_ref", ""),
        key=_key(intent),
        decline=why if status == "declined" else None,
        action_url=_action_url(intent) if status == "requires_action" else "",
        refunded=from_stripe(last.get("amount_refunded") or 0, currency),
    )


def _action_url(thing: Json) -> str:
    """Where a PaymentIntent or SetupIntent sends the customer, "" when nobody has begun that yet."""
    action = thing.get("next_action") or {}
    redirect = action.get("redirect_to_url") or {}
    verify = action.get("verify_with_microdeposits") or {}
    return str(redirect.get("url") or verify.get("hosted_verification_url") or "")


def declined_intent(error: Json) -> Json:
    """The PaymentIntent within the answer 402, with why it failed."""
    intent = error.get("payment_intent")
    if not intent:
        raise GatewayRefusal(error.get("message") or "Stripe refused this.", error.get("code") or "")
    why = {name: value for name, value in error.items() if name != "payment_intent"}
    return dict(intent) | {"last_payment_error": why}


# ---------------------------------------------------------------- methods


def finished(session: Json) -> Method:
    """The method that a finished Checkout Session set up."""
    intent = _whole(session.get("setup_intent"))
    kept = _whole(intent.get("payment_method"))
    if session.get("status") != "complete" or not kept or intent["status"] == "canceled":
        raise GatewayRefusal("No payment method was added yet.", "not_finished")
    ready = intent["status"] == "succeeded"
    return method_of(dict(kept), id_of(intent.get("mandate")), ready, "" if ready else _action_url(dict(intent)))


def method_of(method: Json, mandate: str = "", ready: bool = True, verify_url: str = "") -> Method:
    kind = method["type"]
    details = method.get(kind) or {}
    return Method(
        token=method["id"],
        kind=kind,
        last4=details.get("last4") or "",
        brand=details.get("brand") or "",
        exp_month=details.get("exp_month"),
        exp_year=details.get("exp_year"),
        funding=_funding(details.get("funding")),
        fingerprint=details.get("fingerprint") or "",
        bank_name=(details.get("bank_name") or "") if kind in (US_BANK, PAD) else "",
        customer=id_of(method.get("customer")),
        mandate=mandate,
        ready=ready,
        verify_url=verify_url,
    )


def _funding(said: str | None) -> str:
    return said if said in ("credit", "debit", "prepaid") else ""


# ---------------------------------------------------------------- refunds, disputes, events


def refund_of(refund: Json) -> Refund:
    currency = refund["currency"].upper()
    status = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}.get(refund["status"], "processing")
    amount = from_stripe(refund["amount"], currency)
    return Refund(refund["id"], status, amount, id_of(refund.get("payment_intent")), _key(refund))  # type: ignore[arg-type]


def dispute_of(dispute: Json) -> Dispute | None:
    """None for an inquiry: a bank that only asks has taken nothing, and Stripe tells when it goes further."""
    if dispute["status"].startswith("warning_"):
        return None
    currency = dispute["currency"].upper()
    states = {"lost": "lost", "won": "won", "prevented": "won"}
    state = states.get(dispute["status"], "open")
    amount = from_stripe(dispute["amount"], currency)
    return Dispute(dispute["id"], amount, currency, dispute.get("reason") or "", state)  # type: ignore[arg-type]


def event_of(event: Json) -> Event:
    said = event["data"]["object"]
    partner_id = (said.get("metadata") or {}).get("arbill_partner", "")
    return Event(event["id"], partner_id=partner_id, payload=said, type=event["type"], **_meaning(event["type"], said))


def _meaning(name: str, said: Json) -> dict[str, Any]:
    noun, _, verb = name.rpartition(".")
    if noun == "payment_intent" and verb in TOLD:
        return {"kind": EVENT_OF[charge_of(said).status], "charge_id": said["id"]}
    if noun == "charge.dispute":
        return {
            "kind": "charge.disputed",
            "charge_id": id_of(said.get("payment_intent")),
            "dispute": dispute_of(said),
        }
    if said.get("object") == "refund":
        return {"kind": "refund.updated", "charge_id": id_of(said.get("payment_intent")), "refund": refund_of(said)}
    if noun == "charge" and said.get("object") == "charge":
        # The charge says how much of it was refunded, but not by which refunds: they are asked for.
        kind = "charge.refunded" if verb == "refunded" else "charge.updated"
        return {"kind": kind, "charge_id": id_of(said.get("payment_intent"))}
    if name in METHOD_EVENTS:
        return {"kind": METHOD_EVENTS[name], "method": said["id"]}
    if name == "checkout.session.completed" and said.get("mode") == "setup":
        return {"kind": "setup.finished", "setup": said["id"]}
    if name == "setup_intent.succeeded":
        return {"kind": "setup.finished", "method": id_of(said.get("payment_method"))}
    return {"kind": "other"}
