"""What we write to staff."""

from datetime import datetime

from ..kernel.message import StaffMessage
from ..kernel.settings import settings
from .models import Staff
from .people import Member
from .views import browser


def invitation(staff: Staff, partner: str, by: str, token: str, expires_at: datetime) -> StaffMessage:
    return StaffMessage(
        to=staff.invited_email,
        name=staff.name,
        subject=f"{by} invites you to {partner} on arbill",
        lines=[
            f"{by} has invited you to work on {partner}’s invoices and customers.",
            "Accept the invitation to get started. The link works once, for seven days.",
        ],
        action=("Accept the invitation", f"{settings().origin}/join?token={token}"),
        secret=True,
        about="invite",
        expires_at=expires_at.isoformat(),
    )


def password_reset(member: Member, token: str, expires_at: datetime) -> StaffMessage:
    return StaffMessage(
        to=member.email,
        name=member.name,
        subject="Set a new password for arbill",
        lines=[
            "Somebody, hopefully you, asked for a new password. The link works once, for one hour.",
            "If it was not you, ignore this message: nothing has changed.",
        ],
        action=("Set a new password", f"{settings().origin}/join?token={token}"),
        secret=True,
        about="reset",
        expires_at=expires_at.isoformat(),
    )


def _warning(member: Member, subject: str, about: str, *lines: str) -> StaffMessage:
    """About something done to the account that somebody else may have done."""
    action = ("Reset my password", f"{settings().origin}/forgot")
    return StaffMessage(
        to=member.email, name=member.name, subject=subject, lines=list(lines), action=action, about=about
    )


NOT_YOU = "Was it not you? Reset your password now."
REMOVE = "Then remove the passkeys that you do not know under “Your profile”: a new password does not remove them."


def _from(ip: str) -> str:
    return f" from the network address {ip}" if ip else ""


def password_changed(member: Member, ip: str = "", passkeys: int = 0) -> StaffMessage:
    """`passkeys` are those that the person has: they go on signing in."""
    changed = f"Your password was changed{_from(ip)} and every other browser was signed out."
    kept = (f"{_passkeys(passkeys)} without it: remove any that you do not know.",) if passkeys else ()
    return _warning(member, "Your arbill password was changed", "password", changed, *kept, NOT_YOU)


def _passkeys(count: int) -> str:
    return "Your passkey still signs in" if count == 1 else f"Your {count} passkeys still sign in"


def link_made(member: Member) -> StaffMessage:
    """The operator made a link to set a new password and hands it over in another way."""
    made = "Whoever runs arbill for you made a link with which a new password can be set for your account."
    lines = made, "If you did not ask for one, ask them at once. The link works for one hour."
    return _warning(member, "A link to set a new arbill password was made", "reset", *lines)


def many_tries(member: Member, tries: int, ip: str) -> StaffMessage:
    return _warning(
        member,
        "Failed sign-ins to your arbill account",
        "tries",
        f"Somebody tried to sign in as you and failed {tries} times, last{_from(ip) or ' from an unknown address'}.",
        "Nobody got in by that, and you can sign in as always: further tries from elsewhere are slowed down.",
        "If you do not use this password anywhere else, there is nothing to do. Otherwise choose a new one.",
    )


def new_device(member: Member, agent: str, ip: str) -> StaffMessage:
    return _warning(
        member,
        "New sign-in to your arbill account",
        "device",
        f"Your account was signed in to from a browser that was not used for it before: {browser(agent)}{_from(ip)}.",
        NOT_YOU,
    )


def recovery_code_used(member: Member, left: int) -> StaffMessage:
    codes = "1 is left" if left == 1 else f"{left} are left"
    used = f"One of your recovery codes was used to sign in. {codes}: make new ones under “Your profile”."
    return _warning(member, "A recovery code of your arbill account was used", "recovery", used, NOT_YOU)


def two_factor_on(member: Member) -> StaffMessage:
    said = "Two-factor sign-in was turned on, and every other browser was signed out."
    return _warning(member, "Two-factor sign-in was turned on", "two_factor", said, NOT_YOU)


def passkey_added(member: Member, name: str) -> StaffMessage:
    said = f"The passkey “{name}” was added. It signs in without the password."
    return _warning(member, "A passkey was added to your arbill account", "passkey", said, NOT_YOU, REMOVE)


def passkey_removed(member: Member, name: str, left: bool) -> StaffMessage:
    said = f"The passkey “{name}” was removed and signs in no more."
    alone = () if left else ("From now on the password alone lets in.",)
    return _warning(member, "A passkey of your arbill account was removed", "passkey", said, *alone, NOT_YOU)


def two_factor_off(member: Member, left: bool = False) -> StaffMessage:
    """`left`: passkeys still are a second factor."""
    alone = "Your authenticator app was removed: from now on a passkey is asked for besides the password."
    said = alone if left else "Two-factor sign-in was turned off: from now on the password alone lets in."
    return _warning(member, "Two-factor sign-in was turned off", "two_factor", said, NOT_YOU)


def new_recovery_codes(member: Member) -> StaffMessage:
    said = "New recovery codes were made. The old ones no longer work."
    return _warning(member, "New recovery codes for your arbill account", "recovery", said, NOT_YOU)
