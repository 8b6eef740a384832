"""Commands on the partner itself: creating it, inviting staff, changing roles and settings."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, or_, select

from ..kernel import clock
from ..kernel.actor import MANAGERS, Role, job
from ..kernel.db.activity import apply
from ..kernel.db.transactions import Tx, new_id, transaction
from ..kernel.errors import Conflict, Invalid
from ..kernel.fields import check
from ..kernel.text.mailbox import mailbox_key
from . import emails, invitation_limits
from .auth.confirming import confirmed
from .auth.links import INVITED_FOR, accept, end_links, new_invitation
from .auth.secrets import hash_password, password_complaint
from .auth.sessions import end_place
from .entities import make_default_entity as make_default_entity
from .entities import save_legal_entity as save_legal_entity
from .models import (
    LegalEntity,
    LegalEntityFields,
    OneTimeLink,
    Partner,
    PartnerFields,
    Person,
    Staff,
    StaffFields,
    is_country,
)
from .people import email_of, find_person
from .security_log.log import note

HAS_PASSWORD = "This person signs in already, with a password of their own. Leave it out: they join by a link."


def found_partner(name: str, owner: str, email: str, password: str = "", country: str = "US") -> tuple[str, str]:
    """A new partner with its owner and first legal entity: (partner id, set-password token, empty with a password)."""
    if password and (complaint := password_complaint(password, owner, email)):
        raise Invalid(password=complaint)
    partner_id = new_id(Partner.prefix)
    with transaction(job(partner_id)) as tx:
        tx.create(Partner, check(PartnerFields, {"name": name}), id=partner_id, created_at=clock.now())
        tx.flush()
        tx.create(LegalEntity, check(LegalEntityFields, {"name": name, "country": country}), is_default=True)
        staff = _add_staff(tx, {"name": owner, "email": email}, Role.OWNER)
        token = new_invitation(tx, staff)
        if password:
            accept(tx.session, staff, _new_person(tx, staff, password))
            return partner_id, ""
        return partner_id, token


def _new_person(tx: Tx, staff: Staff, password: str) -> Person:
    """Whoever runs arbill answers for the address and hands the password over."""
    key = mailbox_key(staff.invited_email)
    if find_person(tx.session, key):
        raise Invalid(password=HAS_PASSWORD)
    hashed, at = hash_password(password), clock.now()
    person = tx.create(Person, email=staff.invited_email, email_key=key, password_hash=hashed, created_at=at)
    tx.flush()
    return person


# ---------------------------------------------------------------- staff


@confirmed
def invite_staff(tx: Tx, values: Mapping[str, str], role: Role) -> Staff:
    """Invites by email. Only an owner makes another owner."""
    tx.actor.must_be(*MANAGERS)
    if role == Role.OWNER:
        tx.actor.must_be(Role.OWNER)
    staff = _add_staff(tx, values, role)
    _send_invitation(tx, staff)
    tx.record("staff.invited", staff, note=f"{staff.name} as {role.label}")
    note(tx, "staff_invited", detail=f"{staff.name}, {staff.invited_email}, {role.label}")
    return staff


def _add_staff(tx: Tx, values: Mapping[str, str], role: Role) -> Staff:
    """Looks at the own team only: whether the address works elsewhere makes no difference, and takes no time."""
    fields = check(StaffFields, values)
    key = mailbox_key(fields.email)
    here = or_(
        col(Staff.invited_key) == key, col(Staff.person_id).in_(select(Person.id).where(Person.email_key == key))
    )
    if tx.first(tx.own(Staff).where(here)):
        raise Invalid(email="Somebody with this email is on the team already.")
    at = clock.now()
    invited = {"invited_email": fields.email, "invited_key": key, "invited_at": at}
    staff = tx.create(Staff, None, name=fields.name, role=role, **invited)
    tx.flush()
    return staff


@confirmed
def invite_again(tx: Tx, staff_id: str) -> Staff:
    tx.actor.must_be(*MANAGERS)
    staff = tx.get(Staff, staff_id)
    if staff.joined_at:
        raise Conflict(f"{staff.name} has joined already.")
    if staff.disabled_at:
        raise Conflict(f"{staff.name} was removed. Bring them back first.")
    _send_invitation(tx, staff)
    note(tx, "staff_invited", detail=f"{staff.name}, {staff.invited_email}, again")
    return staff


def _send_invitation(tx: Tx, staff: Staff) -> None:
    partner = invitation_limits.inviting_partner(tx, staff)
    end_links(tx.session, OneTimeLink.staff_id == staff.id)  # the newest mail counts
    token = new_invitation(tx, staff)
    letter = emails.invitation(staff, partner.name, tx.actor.name, token, clock.now() + INVITED_FOR)
    tx.later("email", f"invite:{staff.id}:{clock.now().timestamp()}", letter.payload())


@confirmed
def change_role(tx: Tx, staff_id: str, role: Role) -> Staff:
    """The last owner stays one; nobody raises themselves; only owners touch owners."""
    staff = _staff_to_manage(tx, staff_id)
    if role == Role.OWNER:
        tx.actor.must_be(Role.OWNER)
    if staff.role == Role.OWNER and role != Role.OWNER:
        _not_the_last_owner(tx, staff)
    before, staff.role = staff.role, role
    tx.record("staff.role", staff, {"role": [before, role]}, note=staff.name)
    note(tx, "role_changed", detail=f"{staff.name}: {Role(before).label} to {role.label}")
    return staff


@confirmed
def disable_staff(tx: Tx, staff_id: str) -> Staff:
    """Removes a member of staff: their sessions in this company end at once; other companies are not affected."""
    staff = _staff_to_manage(tx, staff_id)
    if staff.id == tx.actor.id:
        raise Conflict("You cannot remove yourself. Ask another owner.")
    if staff.role == Role.OWNER:
        _not_the_last_owner(tx, staff)
    staff.disabled_at = clock.now()
    end_links(tx.session, OneTimeLink.staff_id == staff.id)
    end_place(tx, staff)
    tx.record("staff.disabled", staff, note=staff.name)
    note(tx, "staff_removed", detail=f"{staff.name}, {email_of(tx, staff)}")
    return staff


@confirmed
def enable_staff(tx: Tx, staff_id: str) -> Staff:
    staff = _staff_to_manage(tx, staff_id)
    staff.disabled_at = None
    tx.record("staff.enabled", staff, note=staff.name)
    note(tx, "staff_restored", detail=f"{staff.name}, {email_of(tx, staff)}")
    return staff


def _staff_to_manage(tx: Tx, staff_id: str) -> Staff:
    tx.actor.must_be(*MANAGERS)
    staff = tx.get(Staff, staff_id, lock=True)
    if staff.role == Role.OWNER:
        tx.actor.must_be(Role.OWNER)
    return staff


def _not_the_last_owner(tx: Tx, staff: Staff) -> None:
    """Conflict for the last owner; owners who have not accepted their invitation do not count."""
    present = col(Staff.disabled_at).is_(None), col(Staff.joined_at).is_not(None)
    owners = tx.own(Staff).where(Staff.role == Role.OWNER, *present)
    if [row.id for row in tx.all(owners.with_for_update())] == [staff.id]:
        raise Conflict("This is the only owner. Make somebody else an owner first.")


# ---------------------------------------------------------------- the company


@confirmed
def change_company(tx: Tx, values: Mapping[str, Any], countries: list[str]) -> Partner:
    """`countries` are ISO codes: "Countries you bill". Confirmed, because customers' answers go to `reply_to`."""
    tx.actor.must_be(*MANAGERS)
    fields = check(PartnerFields, values)
    if not countries or not all(map(is_country, countries)):
        raise Invalid(countries="Choose at least one country.")
    partner = tx.get(Partner, tx.actor.partner_id, lock=True)
    tx.record("partner.changed", partner, apply(partner, fields.model_dump() | {"countries": sorted(set(countries))}))
    return partner
