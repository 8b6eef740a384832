"""Giving the password again before what somebody at an open browser must not do: refunds, the team, security settings.

A verb marked `@confirmed` runs for staff only within `FOR` of the moment at which the password was last given. Jobs,
programs and the command line have no session and are not asked.
"""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from ...kernel import clock
from ...kernel.db.transactions import Tx, personal
from ...kernel.errors import Forbidden, Invalid
from ..models import StaffSession
from ..people import myself
from ..rules.throttle import worth_noting
from ..security_log.log import note
from .secrets import password_matches

FOR = timedelta(minutes=15)
P = ParamSpec("P")
T = TypeVar("T")


class WrongPassword(Invalid):
    """The password that was asked for again is not theirs; `field` is where it was typed."""

    def __init__(self, said: str = "This is not your password.", field: str = "password") -> None:
        super().__init__(**{field: said})


class Reconfirm(Forbidden):
    """The password has to be given again first."""

    def __init__(self) -> None:
        super().__init__("Confirm that it is you: give your password again.")


def confirmed(verb: Callable[Concatenate[Tx, P], T]) -> Callable[Concatenate[Tx, P], T]:
    """Marks a verb that needs a password given lately; raises Reconfirm."""

    @functools.wraps(verb)
    def checked(tx: Tx, *args: P.args, **kwargs: P.kwargs) -> T:
        must_be_confirmed(tx)
        return verb(tx, *args, **kwargs)

    checked.confirmed = True  # type: ignore[attr-defined]
    return checked


def must_be_confirmed(tx: Tx) -> None:
    if tx.actor.session_id and not is_fresh(tx.get(StaffSession, tx.actor.session_id).confirmed_at):
        raise Reconfirm()


def is_fresh(confirmed_at: datetime | None) -> bool:
    """A moment in the future, from a clock that ran ahead, is not believed."""
    return confirmed_at is not None and timedelta() <= clock.now() - confirmed_at < FOR


@personal
def confirm(tx: Tx, password: str) -> None:
    """The actor gives the password again; WrongPassword when it is not theirs. The caller limits tries."""
    if not password_matches(password, myself(tx).person.password_hash):
        raise WrongPassword()
    mark_confirmed(tx)


def mark_confirmed(tx: Tx) -> None:
    """The actor's browser gave the password, or a passkey, a moment ago."""
    tx.get(StaffSession, tx.actor.session_id, lock=True).confirmed_at = clock.now()
    note(tx, "confirmed")


@personal
def note_refusal(tx: Tx, tries: int) -> None:
    """A wrong password of somebody who is signed in; of many in a row the 1st, 2nd, 4th, 8th … are written down."""
    if worth_noting(tries):
        note(tx, "confirm_failed", detail=f"Try {tries}")
