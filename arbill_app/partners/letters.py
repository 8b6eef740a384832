"""What we write to staff."""

from datetime import datetime

from ..kernel.letter import Letter
from ..kernel.settings import settings
from .models import Staff


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


def password_changed(staff: Staff) -> Letter:
    return Letter(
        to=staff.email,
        name=staff.name,
        subject="Your arbill password was changed",
        lines=["Your password was changed and every other browser was signed out.", "Was it not you? Reset it now."],
        action=("Reset my password", f"{settings().origin}/forgot"),
        about="password",
    )
