"""How many invitations to the team a company sends within a day: each is a mail to whatever address was typed."""

from ..kernel.db.transactions import Tx
from ..kernel.errors import Conflict
from ..kernel.mail_limits import mailed_within_a_day
from .models import Partner, Staff

A_DAY, TO_ONE = 50, 5


def inviting_partner(tx: Tx, staff: Staff) -> Partner:
    """The company that invites, held until the invitation is written. Conflict when there were enough today."""
    partner = tx.get(Partner, tx.actor.partner_id, lock=True)
    if mailed_within_a_day(tx, f"invite:{staff.id}:") >= TO_ONE:
        raise Conflict(f"{staff.name} was invited {TO_ONE} times within a day. Try again tomorrow.")
    if mailed_within_a_day(tx, "invite:") >= A_DAY:
        raise Conflict(f"{partner.name} sent {A_DAY} invitations within a day. Try again tomorrow.")
    return partner
