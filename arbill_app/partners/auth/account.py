"""What a person does about their own account: password, second factor, browsers, name.

All but the name is the person's, whatever company they have open: each of their companies has it in its security log.
"""

from ...kernel import clock
from ...kernel.db.transactions import Tx, personal
from ...kernel.encryption.values import encrypt
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import check
from .. import emails
from ..models import TOTP, StaffFields
from ..people import Member, member_of, myself, note_everywhere
from . import factors
from .confirming import WrongPassword
from .links import RESET_FOR, end_resets, new_reset
from .secrets import hash_password, new_totp_secret, password_complaint, password_matches, totp_step
from .sessions import shut_out
from .sign_in_notices import told
from .two_factor_policy import must_not_be_required


def ask_reset(tx: Tx, staff_id: str, ip: str = "", agent: str = "") -> None:
    """Mails a link to set a new password. For the public "Forgot password" page; no screen of the dashboard offers
    it."""
    member = member_of(tx, staff_id)
    note_everywhere(tx, member.person.id, "reset_asked", ip=ip, agent=agent)
    letter = emails.password_reset(member, new_reset(tx, member.person), clock.now() + RESET_FOR)
    tx.later("email", f"reset:{staff_id}:{clock.now().timestamp()}", letter.payload())


@personal
def change_password(tx: Tx, current: str, password: str) -> None:
    """Ends every other session of this person; no browser stays a known device."""
    me = myself(tx)
    if not password_matches(current, me.person.password_hash):
        raise WrongPassword("This is not your current password.", "current")
    if complaint := password_complaint(password, me.name, me.email):
        raise Invalid(password=complaint)
    me.person.password_hash = hash_password(password)
    shut_out(tx, me.person, but=tx.actor.session_id)
    end_resets(tx.session, me.person)
    letter = emails.password_changed(me, passkeys=factors.passkeys_of(tx, me.person))
    tx.later("email", f"password:{me.staff.id}:{clock.now().timestamp()}", letter.payload())
    tx.record("staff.password", me.staff)
    note_everywhere(tx, me.person.id, "password_changed")


@personal
def sign_out_everywhere(tx: Tx) -> None:
    me = myself(tx)
    shut_out(tx, me.person)
    note_everywhere(tx, me.person.id, "session_ended", "Signed out everywhere")
    tx.record("staff.signed_out_everywhere", me.staff)


@personal
def rename_me(tx: Tx, name: str) -> None:
    """In the company that is open: others may know the person by another name."""
    me = myself(tx)
    me.staff.name = check(StaffFields, {"name": name, "email": me.email}).name


@personal
def begin_two_factor(tx: Tx) -> str:
    """A new TOTP secret, not yet in force: it counts once a first code has proved it."""
    person = myself(tx).person
    if person.totp_since:
        raise Conflict("Two-factor sign-in is on already.")
    secret = new_totp_secret()
    person.totp_sealed = encrypt(secret, TOTP)
    return secret


@personal
def confirm_two_factor(tx: Tx, code: str, password: str) -> list[str]:
    """Turns the authenticator app on. Returns recovery codes, shown this once, when it is the first second factor."""
    me = _confirmed_myself(tx, password)
    person = me.person
    if person.totp_since:
        raise Conflict("Two-factor sign-in is on already.")
    step = totp_step(person.totp_secret, code, after=0) if person.totp_secret else None
    if step is None:
        raise Invalid(code="That code is not right. Check the clock of your phone and try the next one.")
    person.totp_since, person.totp_last_step = clock.now(), step
    tx.record("staff.two_factor_on", me.staff)
    told(tx, me, "two_factor_on", emails.two_factor_on(me))
    return factors.added(tx, me)


@personal
def renew_recovery_codes(tx: Tx, password: str) -> list[str]:
    me = _confirmed_myself(tx, password)
    if not me.person.second_factor_since:
        raise Conflict("Turn two-factor on first.")
    told(tx, me, "recovery_codes_made", emails.new_recovery_codes(me))
    return factors.renew_codes(tx, me.person)


@personal
def end_two_factor(tx: Tx, password: str) -> bool:
    """Removes the authenticator app: whether passkeys are left. Conflict when it is the last and one is required."""
    me = _confirmed_myself(tx, password)
    if not factors.passkeys_of(tx, me.person):
        must_not_be_required(tx, me.person.id)
    me.person.totp_sealed, me.person.totp_since, me.person.totp_last_step = "", None, 0
    left = factors.removed(tx, me.person)
    tx.record("staff.two_factor_off", me.staff)
    told(tx, me, "two_factor_off", emails.two_factor_off(me, left))
    return left


def _confirmed_myself(tx: Tx, password: str) -> Member:
    me = myself(tx)
    if not password_matches(password, me.person.password_hash):
        raise WrongPassword()
    return me
