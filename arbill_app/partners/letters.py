"""What we write to staff."""

from datetime import datetime

from ..kernel.letter import Letter
from ..kernel.settings import settings
from .models import Staff
from .queries import browser


def invitation(staff: Staff, partner: str, by: str, token: str, expires_at: datetime) -> Letter:
    return Letter(
        to=staff.email,
        name=staff.name,
        subject=f"{by} invites you to {partner} on arbill",
        lines=[
            f"{by} has invited you to work on {partner}’s invoices and customers.",
            "Choose a password to get started. The link works once, for seven days.",
        ],
        action=("Choose a password", f"{settings().origin}/join?token={token}"),
        secret=True,
        about="invite",
        expires_at=expires_at.isoformat(),
    )


def password_reset(staff: Staff, token: str, expires_at: datetime) -> Letter:
    return Letter(
        to=staff.email,
        name=staff.name,
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


def _warning(staff: Staff, subject: str, about: str, *lines: str) -> Letter:
    """About something done to the account that somebody else may have done."""
    action = ("Reset my password", f"{settings().origin}/forgot")
    return Letter(to=staff.email, name=staff.name, subject=subject, lines=list(lines), action=action, about=about)


NOT_YOU = "Was it not you? Reset your password now."


def _from(ip: str) -> str:
    return f" from the network address {ip}" if ip else ""


def password_changed(staff: Staff, ip: str = "") -> Letter:
    changed = f"Your password was changed{_from(ip)} and every other browser was signed out."
    return _warning(staff, "Your arbill password was changed", "password", changed, NOT_YOU)


def link_made(staff: Staff) -> Letter:
    """The operator made a link to set a new password and hands it over in another way."""
    made = "Whoever runs arbill for you made a link with which a new password can be set for your account."
    lines = made, "If you did not ask for one, ask them at once. The link works for one hour."
    return _warning(staff, "A link to set a new arbill password was made", "reset", *lines)


def many_tries(staff: Staff, tries: int, ip: str) -> Letter:
    return _warning(
        staff,
        "Failed sign-ins to your arbill account",
        "tries",
        f"Somebody tried to sign in as you and failed {tries} times, last{_from(ip) or ' from an unknown address'}.",
        "Nobody got in by that, and you can sign in as always: further tries from elsewhere are slowed down.",
        "If you do not use this password anywhere else, there is nothing to do. Otherwise choose a new one.",
    )


def new_device(staff: Staff, agent: str, ip: str) -> Letter:
    return _warning(
        staff,
        "New sign-in to your arbill account",
        "device",
        f"Your account was signed in to from a browser that was not used for it before: {browser(agent)}{_from(ip)}.",
        NOT_YOU,
    )


def recovery_code_used(staff: Staff, left: int) -> Letter:
    codes = "1 is left" if left == 1 else f"{left} are left"
    used = f"One of your recovery codes was used to sign in. {codes}: make new ones under “Your profile”."
    return _warning(staff, "A recovery code of your arbill account was used", "recovery", used, NOT_YOU)


def two_factor_on(staff: Staff) -> Letter:
    said = "Two-factor sign-in was turned on, and every other browser was signed out."
    return _warning(staff, "Two-factor sign-in was turned on", "two_factor", said, NOT_YOU)


def two_factor_off(staff: Staff) -> Letter:
    said = "Two-factor sign-in was turned off: from now on the password alone lets in."
    return _warning(staff, "Two-factor sign-in was turned off", "two_factor", said, NOT_YOU)


def new_recovery_codes(staff: Staff) -> Letter:
    said = "New recovery codes were made. The old ones no longer work."
    return _warning(staff, "New recovery codes for your arbill account", "recovery", said, NOT_YOU)
