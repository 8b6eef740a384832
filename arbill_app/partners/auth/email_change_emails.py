"""What we write about a change of the address that somebody signs in with."""

from datetime import datetime

from ...kernel.message import StaffMessage
from ...kernel.settings import settings
from ..people import Member


def confirm_address(member: Member, new: str, token: str, expires_at: datetime) -> StaffMessage:
    """To the new address, which may be a stranger's: it names nobody and quotes nothing that was typed."""
    return StaffMessage(
        to=new,
        name="",
        subject="Confirm your new email address for arbill",
        lines=[
            "Somebody, hopefully you, wants to sign in to arbill with this address from now on.",
            "The link works once, for one hour. If it was not you, ignore this message: nothing changes without it.",
        ],
        action=("Confirm this address", f"{settings().origin}/email?token={token}"),
        secret=True,
        about="email_change",
        expires_at=expires_at.isoformat(),
    )


def change_asked(member: Member, new: str, token: str, expires_at: datetime) -> StaffMessage:
    said = f"Your account was asked to sign in with {new} instead of this address. It changes once that is confirmed."
    return _to_old(member, "Your arbill email address is about to change", said, token, expires_at)


def changed(member: Member, new: str, token: str, expires_at: datetime) -> StaffMessage:
    """Made while `member` still has the old address."""
    said = f"Your account signs in with {new} from now on; this address no longer does."
    return _to_old(member, "Your arbill email address was changed", said, token, expires_at)


def _to_old(member: Member, subject: str, said: str, token: str, expires_at: datetime) -> StaffMessage:
    stop = "Was it not you? Stop it within seven days: the address stays or comes back, every browser is signed out,"
    return StaffMessage(
        to=member.email,
        name=member.name,
        subject=subject,
        lines=[said, f"{stop} and you choose a new password."],
        action=("This was not me", f"{settings().origin}/email/stop?token={token}"),
        secret=True,
        about="email_change",
        expires_at=expires_at.isoformat(),
    )
