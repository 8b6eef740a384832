"""What follows a sign-in or a failed one: the security log, the known device, and mails to the person."""

from sqlalchemy.orm import Session

from ..kernel import clock
from ..kernel.actor import Actor, Kind
from ..kernel.db import Tx, across_partners
from ..kernel.letter import Letter
from . import letters, limits
from .devices import remember
from .models import Staff, StaffSession
from .security_log import note
from .throttle import worth_noting
from .tries import Claim

MANY = 10  # wrong tries after which the person is told by mail, once a day


def acting(session: Session, staff: Staff, session_id: str = "") -> Tx:
    return Tx(session, Actor(staff.partner_id, Kind.STAFF, staff.id, staff.name, staff.role, session_id))


def failed(staff: Staff, claim: Claim, action: str, ip: str, agent: str) -> None:
    """Some of many failures are written to the log; after many the person is told, at most once a day."""
    with across_partners(write=True) as session:
        tx, at = acting(session, staff), clock.now()
        if worth_noting(claim.tries):
            note(tx, action, detail=f"Try {claim.tries}", ip=ip, agent=agent)
        if claim.tries >= MANY and not staff.disabled_at:
            letter = letters.many_tries(staff, claim.tries, ip)
            tx.later("email", f"tries:{staff.id}:{at.date()}", letter.payload())


def completed(session: Session, staff: Staff, row: StaffSession, device: str, *, told: bool = False) -> None:
    """Everything that was asked for was given: from here on the browser is known. `told`: another mail says so."""
    before, staff.last_sign_in_at = staff.last_sign_in_at, clock.now()
    known = remember(session, limits.staff_account(staff.email_key), device, row.ip, row.agent)
    tx = acting(session, staff, row.id)
    note(tx, "sign_in", ip=row.ip, agent=row.agent)
    if known or before is None or told:
        return
    note(tx, "new_device", ip=row.ip, agent=row.agent)
    tx.later("email", f"device:{row.id}", letters.new_device(staff, row.agent, row.ip).payload())


def told(tx: Tx, staff: Staff, action: str, letter: Letter, detail: str = "") -> None:
    """A change to how somebody signs in stands in the security log, and the person is told by mail."""
    note(tx, action, staff.id, detail)
    tx.later("email", f"security:{staff.id}:{action}:{clock.now().timestamp()}", letter.payload())
