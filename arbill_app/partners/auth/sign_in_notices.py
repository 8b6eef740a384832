"""What follows a sign-in or a failed one: the security log, the known device, and mails to the person."""

from sqlalchemy.orm import Session

from ...kernel import clock
from ...kernel.db.transactions import Tx, across_partners
from ...kernel.message import StaffMessage
from .. import emails
from ..models import Person, StaffSession
from ..people import Member, acting, at_home, note_everywhere
from ..rules.throttle import worth_noting
from ..security_log.log import note
from . import limits
from .devices import remember
from .tries import Claim

MANY = 10  # wrong tries after which the person is told by mail, once a day


def failed(person: Person, claim: Claim, action: str, ip: str, agent: str) -> None:
    """Some of many failures are written to the log; after many the person is told, at most once a day."""
    with across_partners(write=True) as session:
        member, at = at_home(session, person), clock.now()
        if member is None:
            return
        tx = acting(session, member.staff)
        if worth_noting(claim.tries):
            note_everywhere(tx, person.id, action, f"Try {claim.tries}", ip, agent)
        if claim.tries >= MANY:
            letter = emails.many_tries(member, claim.tries, ip)
            tx.later("email", f"tries:{person.id}:{at.date()}", letter.payload())


def completed(session: Session, member: Member, row: StaffSession, device: str, *, told: bool = False) -> None:
    """Everything that was asked for was given: from here on the browser is known. `told`: another mail says so."""
    staff, person = member.staff, member.person
    before, staff.last_sign_in_at = staff.last_sign_in_at, clock.now()
    known = remember(session, limits.staff_account(person.email_key), device, row.ip, row.agent)
    tx = acting(session, staff, row.id)
    note(tx, "sign_in", ip=row.ip, agent=row.agent)
    if known or before is None or told:
        return
    note(tx, "new_device", ip=row.ip, agent=row.agent)
    tx.later("email", f"device:{row.id}", emails.new_device(member, row.agent, row.ip).payload())


def told(tx: Tx, member: Member, action: str, letter: StaffMessage, detail: str = "") -> None:
    """A change to how somebody signs in: into the security log of each of their companies, and a mail to them."""
    note_everywhere(tx, member.person.id, action, detail)
    tx.later("email", f"security:{member.staff.id}:{action}:{clock.now().timestamp()}", letter.payload())
