"""The lanes of effects: each has its own workers, so that a backlog in one never delays another.

Which lane an effect goes to follows from its kind, and for an email from the kind of its message. Both are declared
here and nowhere else. A command that knows better says so with `lane`: one of many messages sent at once is bulk, a
receipt that somebody sends by hand is not.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Lane(StrEnum):
    NOW = "now"  # a person waits for it: a sign-in code, an invitation, a message somebody just sent
    CHARGES = "charges"  # money that moves by itself, and what gateways tell us of it
    BULK = "bulk"  # nobody waits: what goes out by itself or to many at once


EMAIL = "email"
EFFECTS = {
    "charge": Lane.CHARGES,
    "cancel_charge": Lane.CHARGES,
    "collect": Lane.CHARGES,
    "refund": Lane.CHARGES,
    "gateway_event": Lane.CHARGES,
    "detach": Lane.BULK,
}
MESSAGES = {
    "welcome": Lane.NOW,
    "code": Lane.NOW,
    "invoice": Lane.NOW,
    "invoice_charged": Lane.NOW,
    "payment_link": Lane.NOW,
    "credit_note": Lane.NOW,
    "receipt": Lane.BULK,
    "payment_failed": Lane.BULK,
    "refund": Lane.BULK,
    "card_expiring": Lane.BULK,
    "payment_processing": Lane.BULK,
    "method_added": Lane.NOW,
    "method_to_approve": Lane.NOW,
}
STAFF_MESSAGES = Lane.NOW  # emails to staff, all about signing in: invitations, resets, security notices


def lane_of(kind: str, payload: Mapping[str, Any]) -> Lane:
    """The lane of an effect that was written without one."""
    if kind != EMAIL:
        return EFFECTS.get(kind, Lane.BULK)
    return MESSAGES.get(payload["kind"], Lane.BULK) if "kind" in payload else STAFF_MESSAGES
