"""Two-factor sign-in that a partner requires of everybody who works for it."""

from sqlmodel import col, select

from ...kernel import clock
from ...kernel.actor import MANAGERS, Kind
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ..models import Partner
from ..people import myself, places_of
from ..security_log.log import note
from .confirming import confirmed

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
    if required and tx.actor.kind == Kind.STAFF and not myself(tx).person.second_factor_since:
        raise Invalid(two_factor=FIRST_YOURSELF)
    partner.two_factor_required_at = clock.now() if required else None
    said = [EVERYBODY if before else EACH, EVERYBODY if required else EACH]
    tx.record("partner.changed", partner, {"two_factor": said})
    note(tx, "security_settings", detail=f"Two-factor sign-in: {said[0]} to {said[1]}")
    return partner


def must_not_be_required(tx: Tx, person_id: str) -> None:
    """Conflict when a company that the person works for wants a second factor, whichever they have open."""
    if name := required_of(tx, person_id):
        raise Conflict(f"{name} requires two-factor sign-in of everyone. Ask an owner or admin.")


def required_of(tx: Tx, person_id: str) -> str:
    """The name of a company of theirs that requires two-factor sign-in, the open one before others; "" for none."""
    companies = [staff.partner_id for staff in places_of(tx.session, person_id)]
    wanting = select(Partner).where(col(Partner.id).in_(companies), col(Partner.two_factor_required_at).is_not(None))
    found = sorted(tx.all(wanting), key=lambda partner: partner.id != tx.actor.partner_id)
    return found[0].name if found else ""
