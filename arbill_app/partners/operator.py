"""Operator commands for people who cannot sign in (`arbill admin …`); no screen or endpoint uses them."""

from dataclasses import dataclass

from sqlmodel import col, select

from ..kernel.actor import job
from ..kernel.db.transactions import Tx, across_partners, write
from ..kernel.errors import NotFound
from ..kernel.settings import settings
from ..kernel.text.mailbox import mailbox_key
from . import emails
from .auth import factors
from .auth.links import end_links, end_resets, new_invitation, new_reset
from .auth.sessions import shut_out
from .auth.sign_in import find_member, forget_failures
from .auth.sign_in_notices import told
from .models import OneTimeLink, Partner, Person, Staff
from .people import member_of, note_everywhere
from .security_log import log

BY = "command line"
OPERATOR = "By the operator, at the command line"
NOBODY = "Nobody of any team signs in with {email}. See: arbill admin list-staff"


@dataclass(frozen=True)
class StaffRow:
    """`id` and `partner_id` are those of the place in a company. `state` is invited, active or removed."""

    id: str
    partner_id: str
    partner: str
    name: str
    email: str
    role: str
    state: str
    two_factor: bool


def list_staff(partner: str = "") -> list[StaffRow]:
    """Of all partners, or of those whose name contains `partner`. Who works for several is listed at each."""
    rows = (
        select(Partner.name, Staff, Person)
        .join(Partner, col(Partner.id) == Staff.partner_id)
        .outerjoin(Person, col(Person.id) == Staff.person_id)
    )
    with across_partners() as session:
        found = session.execute(rows.order_by(col(Partner.name), col(Staff.id))).all()
    return [_row(*row) for row in found if partner.casefold() in row[0].casefold()]


def _row(partner: str, staff: Staff, person: Person | None) -> StaffRow:
    state = "removed" if staff.disabled_at else "active" if person else "invited"
    email = person.email if person else staff.invited_email
    factor = bool(person and person.second_factor_since)
    return StaffRow(staff.id, staff.partner_id, partner, staff.name, email, staff.role, state, factor)


def staff_at(company: str, email: str) -> StaffRow | None:
    """This person at the company of that name, however both are capitalised."""
    name = company.strip().casefold()
    return next((row for row in _staff(email, company.strip()) if row.partner.casefold() == name), None)


def join_link(email: str, partner: str = "") -> str:
    """A new link to choose a password, for somebody invited or somebody who lost theirs; older links end. NotFound.

    `partner` is part of a company's name: it says which invitation is meant where there are several.
    """
    rows = _staff(email, partner)
    if not rows:
        raise NotFound(NOBODY.format(email=email))
    present = [row for row in rows if row.state != "removed"]
    if not present:
        raise NotFound(f"{rows[0].name} was removed from the team. An owner brings them back under Settings.")
    active = [row for row in present if row.state == "active"]
    if not active and len(present) > 1:
        raise NotFound(f"{email} is invited by {' and '.join(row.partner for row in present)}: name one by --partner.")
    row = (active or present)[0]
    token = write(job(row.partner_id, BY), _reset if active else _invitation, row.id)
    return f"{settings().origin}/join?token={token}"


def _invitation(tx: Tx, staff_id: str) -> str:
    staff = tx.get(Staff, staff_id, lock=True)
    end_links(tx.session, OneTimeLink.staff_id == staff.id)
    log.note(tx, "staff_invited", staff.id, OPERATOR)
    return new_invitation(tx, staff)


def _reset(tx: Tx, staff_id: str) -> str:
    member = member_of(tx, staff_id)
    end_resets(tx.session, member.person)
    told(tx, member, "reset_asked", emails.link_made(member), OPERATOR)
    return new_reset(tx, member.person)


def reset_two_factor(email: str) -> str:
    """Turns it off, passkeys included, ends every session of theirs; the person's name. It needs no secret key."""
    joined = sorted((row for row in _staff(email, "") if row.state != "invited"), key=lambda row: row.state != "active")
    if not joined:
        raise NotFound(NOBODY.format(email=email))
    return write(job(joined[0].partner_id, BY), _reset_two_factor, joined[0].id)


def _reset_two_factor(tx: Tx, staff_id: str) -> str:
    member = member_of(tx, staff_id)
    factors.forget_all(tx, member.person)
    shut_out(tx, member.person)
    tx.record("staff.two_factor_off", member.staff, note=OPERATOR)
    told(tx, member, "two_factor_off", emails.two_factor_off(member), OPERATOR)
    return member.name


def unlock(email: str) -> int:
    """Forgets the failed tries to sign in with this address, as staff or in the portal: how many counts that were."""
    forgotten = forget_failures(email)
    if forgotten and (member := find_member(email)):
        write(job(member.staff.partner_id, BY), note_everywhere, member.person.id, "unlocked", OPERATOR)
    return forgotten


def _staff(email: str, partner: str) -> list[StaffRow]:
    key = mailbox_key(email)
    return [row for row in list_staff(partner) if mailbox_key(row.email) == key]
