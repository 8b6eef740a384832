"""Two-factor sign-in that a partner requires of everybody who works for it."""

from ..kernel import clock
from ..kernel.actor import MANAGERS, Kind
from ..kernel.db import Tx
from ..kernel.errors import Conflict, Invalid
from .confirming import confirmed
from .models import Partner, Staff
from .security_log import note

FIRST_YOURSELF = "Set up two-factor sign-in for yourself first, under “Your profile”."
EACH, EVERYBODY = "each person chooses", "required for everyone"


@confirmed
def require_two_factor(tx: Tx, required: bool) -> Partner:
    """Whoever has no second factor is let into nothing of this partner until they have set one up: see sign_in.Who."""
    tx.actor.must_be(*MANAGERS)
    partner = tx.get(Partner, tx.actor.partner_id, lock=True)
    before = partner.requires_two_factor
    if before == required:
        return partner
    if required and tx.actor.kind == Kind.STAFF and not tx.get(Staff, tx.actor.id).totp_since:
        raise Invalid(two_factor=FIRST_YOURSELF)
    partner.two_factor_required_at = clock.now() if required else None
    said = [EVERYBODY if before else EACH, EVERYBODY if required else EACH]
    tx.record("partner.changed", partner, {"two_factor": said})
    note(tx, "security_settings", detail=f"Two-factor sign-in: {said[0]} to {said[1]}")
    return partner


def must_not_be_required(tx: Tx) -> None:
    """Conflict when the actor may not go without a second factor."""
    partner = tx.get(Partner, tx.actor.partner_id)
    if partner.requires_two_factor:
        raise Conflict(f"{partner.name} requires two-factor sign-in of everyone. Ask an owner or admin.")
