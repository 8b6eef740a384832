"""Paying by a link: what a stranger typed on the gateway's page pays this once, and is not kept for the customer.

Its row counts as removed from the beginning, so that no list, default or Auto Pay ever meets it; the gateway forgets
it once a bank payment has had its time.
"""

from collections.abc import Sequence
from datetime import timedelta

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ..allocations.rules import Part
from ..gateway.protocol import PAD
from ..gateway.protocol import Method as Found
from ..methods.methods import label_of, write_method
from ..models import Attempt, PaymentMethod, Setup
from .attempts import start_charge
from .link_limits import must_be_open

FORGOTTEN_AFTER = timedelta(days=30)


def keep_for_once(tx: Tx, setup_id: str, gateway: str, account: str, found: Found) -> PaymentMethod:
    """What the gateway says was typed, once however often the page comes back."""
    setup = tx.get(Setup, setup_id, lock=True)
    if setup.method_id:
        return tx.get(PaymentMethod, setup.method_id)
    at = clock.now()
    agreed = at if found.kind != PAD or found.mandate else None
    method = write_method(tx, setup, gateway, account, found, removed_at=at, approved_at=agreed)
    facts = {"method_id": method.id, "what": label_of(method)}
    tx.later("detach", f"detach:{method.id}", facts, about=method.customer_id, due_at=at + FORGOTTEN_AFTER)
    return method


def pay_once(tx: Tx, method_id: str, parts: Sequence[Part], *, key: str, by_name: str, network: str = "") -> Attempt:
    """Charges it; Invalid and Conflict as attempts.start_charge, Paused as in link_limits.py."""
    method = tx.get(PaymentMethod, method_id)
    for invoice_id, _ in parts:
        must_be_open(tx, invoice_id, network, method.fingerprint)
    method = tx.get(PaymentMethod, method_id, lock=True)
    hidden, method.removed_at = method.removed_at, None
    attempt = start_charge(tx, method.customer_id, method.id, parts, key=key, source="link", by_name=by_name)
    method.removed_at, attempt.network = hidden, network
    return attempt
