"""What whoever runs arbill may do for a person who cannot sign in: `arbill admin …`, never a screen or an endpoint."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from ..kernel import clock
from ..kernel.actor import job
from ..kernel.db import Tx, across_partners, write
from ..kernel.errors import NotFound
from ..kernel.mailbox import mailbox_key
from ..kernel.settings import settings
from . import letters, security_log
from .models import Partner, RecoveryCode, Staff
from .service import INVITED_FOR, RESET_FOR, new_link
from .sign_in import end_links, find_staff, forget_failures, shut_out
from .sign_in_notices import told

BY = "command line"
OPERATOR = "By the operator, at the command line"


@dataclass(frozen=True)
class StaffRow:
    """`state` is invited, active or removed."""

    partner: str
    name: str
    email: str
    role: str
    state: str
    two_factor: bool


def list_staff(partner: str = "") -> list[StaffRow]:
    """Of all partners, or of those whose name contains `partner`."""
    rows = select(Partner.name, Staff).join(Partner, col(Partner.id) == Staff.partner_id)
    with across_partners() as session:
        found = session.execute(rows.order_by(col(Partner.name), col(Staff.id))).all()
    return [_row(name, staff) for name, staff in found if partner.casefold() in name.casefold()]


def _row(partner: str, staff: Any) -> StaffRow:
    state = "removed" if staff.disabled_at else "active" if staff.joined_at else "invited"
    return StaffRow(partner, staff.name, staff.email, staff.role, state, bool(staff.totp_since))


def staff_at(company: str, email: str) -> StaffRow | None:
    """This person at the company of that name, however both are capitalised."""
    key, name = mailbox_key(email), company.strip().casefold()
    rows = [row for row in list_staff(company.strip()) if row.partner.casefold() == name]
    return next((row for row in rows if mailbox_key(row.email) == key), None)


def join_link(email: str) -> str:
    """A new link to choose a password, for somebody invited or somebody who lost theirs; older links end. NotFound."""
    staff = _staff(email)
    token = write(job(staff.partner_id, BY), _join_link, staff.id)
    return f"{settings().origin}/join?token={token}"


def _join_link(tx: Tx, staff_id: str) -> str:
    staff = tx.get(Staff, staff_id, lock=True)
    if staff.disabled_at:
        raise NotFound(f"{staff.name} was removed from the team. An owner brings them back under Settings.")
    end_links(tx.session, staff.id, clock.now())
    if not staff.joined_at:
        security_log.note(tx, "staff_invited", staff.id, OPERATOR)
        return new_link(tx, staff, "invite", INVITED_FOR)
    told(tx, staff, "reset_asked", letters.link_made(staff), OPERATOR)
    return new_link(tx, staff, "reset", RESET_FOR)


def reset_two_factor(email: str) -> str:
    """Turns it off, ends every session of theirs; the person's name. It needs no secret key."""
    staff = _staff(email)
    return write(job(staff.partner_id, BY), _reset_two_factor, staff.id)


def _reset_two_factor(tx: Tx, staff_id: str) -> str:
    staff = tx.get(Staff, staff_id, lock=True)
    staff.totp_sealed, staff.totp_since, staff.totp_last_step = "", None, 0
    tx.delete(*tx.all(tx.own(RecoveryCode).where(RecoveryCode.staff_id == staff.id)))
    shut_out(tx, staff)
    tx.record("staff.two_factor_off", staff, note=OPERATOR)
    told(tx, staff, "two_factor_off", letters.two_factor_off(staff), OPERATOR)
    return staff.name


def unlock(email: str) -> int:
    """Forgets the failed tries to sign in with this address, as staff or in the portal: how many counts that were."""
    forgotten = forget_failures(email)
    if forgotten and (staff := find_staff(email)):
        write(job(staff.partner_id, BY), security_log.note, "unlocked", staff.id, OPERATOR)
    return forgotten


def _staff(email: str) -> Staff:
    with across_partners() as session:
        found = session.scalars(select(Staff).where(Staff.email_key == mailbox_key(email))).one_or_none()
    if found is None:
        raise NotFound(f"Nobody of any team signs in with {email}. See: arbill admin list-staff")
    return found
