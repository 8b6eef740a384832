"""What a partner does about itself: found, invite, change roles, passwords, two-factor, settings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from ..kernel import clock
from ..kernel.activity import apply
from ..kernel.actor import MANAGERS, Kind, Role, job
from ..kernel.db import Tx, new_id, personal, transaction
from ..kernel.encryption import encrypt
from ..kernel.errors import Conflict, Forbidden, Invalid
from ..kernel.fields import check
from ..kernel.mailbox import mailbox_key
from . import letters
from .confirming import WrongPassword, confirmed
from .entities import make_default_entity as make_default_entity
from .entities import save_legal_entity as save_legal_entity
from .models import (
    RECOVERY,
    TOTP,
    LegalEntity,
    LegalEntityFields,
    OneTimeLink,
    Partner,
    PartnerFields,
    RecoveryCode,
    Staff,
    StaffFields,
    StaffSession,
    is_country,
)
from .secrets import (
    hash_password,
    new_recovery_codes,
    new_token,
    new_totp_secret,
    password_complaint,
    password_matches,
    recovery_digest,
    totp_step,
)
from .security_log import note
from .sign_in import end_links, end_sessions, shut_out
from .sign_in_notices import told
from .two_factor_policy import must_not_be_required

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(hours=1)


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
        if password:
            staff.password_hash, staff.joined_at = hash_password(password), clock.now()
            return partner_id, ""
        return partner_id, new_link(tx, staff, "invite", INVITED_FOR)


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
    note(tx, "staff_invited", detail=f"{staff.name}, {staff.email}, {role.label}")
    return staff


def _add_staff(tx: Tx, values: Mapping[str, str], role: Role) -> Staff:
    fields = check(StaffFields, values)
    key = mailbox_key(fields.email)
    # The unique index looks across partners; here we only see our own, and the index says the rest.
    if tx.first(tx.own(Staff).where(Staff.email_key == key)):
        raise Invalid(email="Somebody with this email is on the team already.")
    staff = tx.create(Staff, fields, email_key=key, role=role, invited_at=clock.now())
    try:
        with tx.session.begin_nested():
            tx.flush()
    except IntegrityError as taken:
        raise Invalid(email="This email cannot be invited: it signs in elsewhere.") from taken
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
    return staff


def _send_invitation(tx: Tx, staff: Staff) -> None:
    token = new_link(tx, staff, "invite", INVITED_FOR)
    partner = tx.get(Partner, tx.actor.partner_id)
    letter = letters.invitation(staff, partner.name, tx.actor.name, token, clock.now() + INVITED_FOR)
    tx.later("email", f"invite:{staff.id}:{clock.now().timestamp()}", letter.payload())


def new_link(tx: Tx, staff: Staff, kind: str, lasts: timedelta) -> str:
    secret, hashed = new_token()
    at = clock.now()
    tx.create(OneTimeLink, kind=kind, staff_id=staff.id, token_hash=hashed, created_at=at, expires_at=at + lasts)
    return secret


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
    """Takes the key away at once: every session of theirs ends."""
    staff = _staff_to_manage(tx, staff_id)
    if staff.id == tx.actor.id:
        raise Conflict("You cannot remove yourself. Ask another owner.")
    if staff.role == Role.OWNER:
        _not_the_last_owner(tx, staff)
    staff.disabled_at = clock.now()
    shut_out(tx, staff)
    tx.record("staff.disabled", staff, note=staff.name)
    note(tx, "staff_removed", detail=f"{staff.name}, {staff.email}")
    return staff


@confirmed
def enable_staff(tx: Tx, staff_id: str) -> Staff:
    staff = _staff_to_manage(tx, staff_id)
    staff.disabled_at = None
    tx.record("staff.enabled", staff, note=staff.name)
    note(tx, "staff_restored", detail=f"{staff.name}, {staff.email}")
    return staff


def _staff_to_manage(tx: Tx, staff_id: str) -> Staff:
    tx.actor.must_be(*MANAGERS)
    staff = tx.get(Staff, staff_id, lock=True)
    if staff.role == Role.OWNER:
        tx.actor.must_be(Role.OWNER)
    return staff


def _not_the_last_owner(tx: Tx, staff: Staff) -> None:
    """Somebody invited as an owner who never came could let nobody in."""
    present = col(Staff.disabled_at).is_(None), col(Staff.joined_at).is_not(None)
    owners = tx.own(Staff).where(Staff.role == Role.OWNER, *present)
    if [row.id for row in tx.all(owners.with_for_update())] == [staff.id]:
        raise Conflict("This is the only owner. Make somebody else an owner first.")


# ---------------------------------------------------------------- one's own account


def ask_reset(tx: Tx, staff_id: str, ip: str = "", agent: str = "") -> None:
    staff = tx.get(Staff, staff_id)
    note(tx, "reset_asked", staff.id, ip=ip, agent=agent)
    letter = letters.password_reset(staff, new_link(tx, staff, "reset", RESET_FOR), clock.now() + RESET_FOR)
    tx.later("email", f"reset:{staff.id}:{clock.now().timestamp()}", letter.payload())


@personal
def change_password(tx: Tx, current: str, password: str) -> None:
    """Ends every other session of this person; no browser stays a known device."""
    staff = _myself(tx)
    if not password_matches(current, staff.password_hash):
        raise WrongPassword("This is not your current password.", "current")
    if complaint := password_complaint(password, staff.name, staff.email):
        raise Invalid(password=complaint)
    staff.password_hash = hash_password(password)
    shut_out(tx, staff, but=tx.actor.session_id)
    end_links(tx.session, staff.id, clock.now())
    tx.later("email", f"password:{staff.id}:{clock.now().timestamp()}", letters.password_changed(staff).payload())
    tx.record("staff.password", staff)
    note(tx, "password_changed")


@personal
def sign_out_everywhere(tx: Tx) -> None:
    staff = _myself(tx)
    shut_out(tx, staff)
    note(tx, "session_ended", detail="Signed out everywhere")
    tx.record("staff.signed_out_everywhere", staff)


@personal
def rename_me(tx: Tx, name: str) -> None:
    staff = _myself(tx)
    staff.name = check(StaffFields, {"name": name, "email": staff.email}).name


@personal
def begin_two_factor(tx: Tx) -> str:
    """A new TOTP secret, not yet in force: it counts once a first code has proved it."""
    staff = _myself(tx)
    if staff.totp_since:
        raise Conflict("Two-factor sign-in is on already.")
    secret = new_totp_secret()
    staff.totp_sealed = encrypt(secret, TOTP)
    return secret


@personal
def confirm_two_factor(tx: Tx, code: str, password: str) -> list[str]:
    """Turns two-factor on and returns the recovery codes, shown this once."""
    staff = _confirmed_myself(tx, password)
    if staff.totp_since:
        raise Conflict("Two-factor sign-in is on already.")
    step = totp_step(staff.totp_secret, code, after=0) if staff.totp_secret else None
    if step is None:
        raise Invalid(code="That code is not right. Check the clock of your phone and try the next one.")
    staff.totp_since, staff.totp_last_step = clock.now(), step
    if tx.actor.session_id:
        tx.get(StaffSession, tx.actor.session_id).second_factor_at = clock.now()
    end_sessions(tx, staff, but=tx.actor.session_id)
    tx.record("staff.two_factor_on", staff)
    told(tx, staff, "two_factor_on", letters.two_factor_on(staff))
    return _new_recovery_codes(tx, staff)


@personal
def renew_recovery_codes(tx: Tx, password: str) -> list[str]:
    staff = _confirmed_myself(tx, password)
    if not staff.totp_since:
        raise Conflict("Turn two-factor on first.")
    told(tx, staff, "recovery_codes_made", letters.new_recovery_codes(staff))
    return _new_recovery_codes(tx, staff)


@personal
def end_two_factor(tx: Tx, password: str) -> None:
    staff = _confirmed_myself(tx, password)
    must_not_be_required(tx)
    staff.totp_sealed, staff.totp_since, staff.totp_last_step = "", None, 0
    tx.delete(*tx.all(tx.own(RecoveryCode).where(RecoveryCode.staff_id == staff.id)))
    tx.record("staff.two_factor_off", staff)
    told(tx, staff, "two_factor_off", letters.two_factor_off(staff))


def _new_recovery_codes(tx: Tx, staff: Staff) -> list[str]:
    tx.delete(*tx.all(tx.own(RecoveryCode).where(RecoveryCode.staff_id == staff.id)))
    codes = new_recovery_codes()
    for code in codes:
        tx.create(RecoveryCode, staff_id=staff.id, code_sealed=encrypt(recovery_digest(code), RECOVERY))
    return codes


def _confirmed_myself(tx: Tx, password: str) -> Staff:
    staff = _myself(tx)
    if not password_matches(password, staff.password_hash):
        raise WrongPassword()
    return staff


def _myself(tx: Tx) -> Staff:
    if tx.actor.kind != Kind.STAFF:
        raise Forbidden("Only a person has an account.")
    return tx.get(Staff, tx.actor.id, lock=True)


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
