"""The sandbox's back office: its secret, its events with their signatures, and what settles with time."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from ....kernel import clock
from ....kernel.actor import job
from ....kernel.db.transactions import Tx, across_partners, read, write
from ....kernel.encryption.values import encrypt
from ....kernel.text.search_keys import printable
from ..protocol import EVENT_OF, BadSignature, Dispute, Event, Refund
from .models import SANDBOX, SandboxBank, SandboxCharge, SandboxEvent, SandboxRefund, SandboxSetup

HEADER = "sandbox-signature"
TOLERANCE = 300  # seconds between signing and reading
PAGE = 200


def secret(tx: Tx) -> str:
    """This partner's, made at first use."""
    bank = tx.first(tx.own(SandboxBank)) or tx.create(
        SandboxBank, secret_sealed=encrypt(secrets.token_hex(32), SANDBOX)
    )
    return str(bank.secret)


def keyed(secret_: str, purpose: str, what: bytes) -> str:
    return hmac.new(f"{purpose}:{secret_}".encode(), what, hashlib.sha256).hexdigest()


def owner(token: str) -> str:
    """Whose setup or charge this is, for pages that are told its id alone; "" when there is none."""
    model = SandboxSetup if token.startswith(SandboxSetup.prefix) else SandboxCharge
    with across_partners() as session:
        return session.scalars(select(model.partner_id).where(model.id == printable(token))).first() or ""


# ---------------------------------------------------------------- events


@dataclass(frozen=True)
class Delivery:
    """A webhook as it would be posted."""

    id: str
    partner_id: str
    body: bytes
    headers: dict[str, str]


def note_charge(tx: Tx, charge: SandboxCharge, kind: str = "", **more: Any) -> None:
    note(tx, kind or EVENT_OF[charge.status], charge_id=charge.id, **more)


def note_refund(tx: Tx, refund: SandboxRefund) -> None:
    said = {"id": refund.id, "status": refund.status, "amount": refund.amount, "key": refund.key}
    note(tx, "refund.updated", charge_id=refund.charge_id, refund=said | {"charge_id": refund.charge_id})


def note(tx: Tx, kind: str, **payload: Any) -> None:
    tx.create(SandboxEvent, kind=kind, payload=payload)


def deliveries(most: int = PAGE) -> list[Delivery]:
    """Events of all partners that nobody confirmed yet (`delivered`), the oldest first, signed now."""
    waiting = select(SandboxEvent, SandboxBank).join(
        SandboxBank, col(SandboxBank.partner_id) == SandboxEvent.partner_id
    )
    waiting = waiting.where(col(SandboxEvent.delivered_at).is_(None)).order_by(SandboxEvent.id).limit(most)
    with across_partners() as session:
        return [_signed(event, bank.secret) for event, bank in session.execute(waiting)]


def _signed(event: SandboxEvent, key: str) -> Delivery:
    said = {"id": event.id, "kind": event.kind, "partner_id": event.partner_id, **event.payload}
    body = json.dumps(said, sort_keys=True).encode()
    at = int(clock.now().timestamp())
    return Delivery(event.id, event.partner_id, body, {HEADER: f"p={event.partner_id},t={at},v1={_sum(key, at, body)}"})


def _sum(key: str, at: int, body: bytes) -> str:
    return keyed(key, "webhook", b"%d.%s" % (at, body))


def delivered(delivery: Delivery) -> None:
    write(job(delivery.partner_id), _mark_delivered, delivery.id)


def _mark_delivered(tx: Tx, event_id: str) -> None:
    tx.get(SandboxEvent, event_id).delivered_at = clock.now()


def partner_of(headers: Mapping[str, str]) -> str:
    """Whom a webhook says it is for, not verified yet."""
    return _signature(headers).get("p", "")


def parse(partner_id: str, body: bytes, headers: Mapping[str, str]) -> Event:
    signature = _signature(headers)
    at, given = signature.get("t", ""), signature.get("v1", "")
    key = read(job(partner_id), lambda tx: tx.first(tx.own(SandboxBank)))
    if key is None or not at.isdigit() or abs(int(at) - clock.now().timestamp()) > TOLERANCE:
        raise BadSignature("This is not from the sandbox, or it is too old.")
    if not hmac.compare_digest(_sum(key.secret, int(at), body).encode(), given.encode()):
        raise BadSignature("This is not from the sandbox, or it was changed on its way.")
    return _event(json.loads(body))


def _signature(headers: Mapping[str, str]) -> dict[str, str]:
    line = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    return dict(part.split("=", 1) for part in line.split(",") if "=" in part)


def _event(said: dict[str, Any]) -> Event:
    return Event(
        id=said["id"],
        kind=said["kind"],
        partner_id=said["partner_id"],
        charge_id=said.get("charge_id", ""),
        method=said.get("method", ""),
        setup=said.get("setup", ""),
        refund=Refund(**said["refund"]) if "refund" in said else None,
        dispute=Dispute(**said["dispute"]) if "dispute" in said else None,
        payload=said,
        type=said["kind"],
    )


def dispute_of(charge: SandboxCharge) -> dict[str, Any]:
    return asdict(Dispute(f"dis_{charge.id}", charge.amount, charge.currency, "fraudulent", "open"))


# ---------------------------------------------------------------- what settles with time


def settle_due(now: datetime, most: int = PAGE) -> int:
    """Ends the bank payments and refunds whose time has come, of all partners; how many. For a sweep."""
    count = 0
    for model in (SandboxCharge, SandboxRefund):
        due = select(model.partner_id, model.id).where(col(model.settles_at) <= now).limit(most)
        with across_partners() as session:
            found = session.execute(due).all()
        for partner_id, id in found:
            count += write(job(partner_id), _end_charge if model is SandboxCharge else _end_refund, id)
    return count


def _end_charge(tx: Tx, id: str) -> bool:
    charge = tx.get(SandboxCharge, id, lock=True)
    if charge.settles_at is None:
        return False
    charge.settles_at, charge.status = None, "declined" if charge.decline_code else "succeeded"
    note_charge(tx, charge)
    return True


def _end_refund(tx: Tx, id: str) -> bool:
    refund = tx.get(SandboxRefund, id, lock=True)
    if refund.settles_at is None:
        return False
    refund.settles_at, refund.status = None, "succeeded"
    note_refund(tx, refund)
    return True
