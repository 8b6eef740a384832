"""Verbs that want the password again: how often it may be tried, and that a wrong one is written down."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import anyio.to_thread

from ...kernel.actor import Actor
from ...kernel.db.transactions import Tx, write
from ...kernel.errors import Conflict, Invalid
from ...partners.auth.confirming import WrongPassword, note_refusal
from ...partners.auth.limits import for_session
from ...partners.auth.tries import forgive
from .base import Base

P = ParamSpec("P")
T = TypeVar("T")


async def with_password(state: Base, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    return await anyio.to_thread.run_sync(lambda: write_with_password(state._actor(), verb, *args, **kwargs))


def write_with_password(actor: Actor, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a verb that checks a password among `args` before anything else.

    TooMany beyond the wrong passwords that one session may try; a right one forgets them, also when the verb then
    refuses something else.
    """
    claim = for_session(actor.session_id)
    try:
        done = write(actor, verb, *args, **kwargs)
    except WrongPassword:
        write(actor, note_refusal, claim.tries)
        raise
    except (Invalid, Conflict):
        forgive(claim)
        raise
    forgive(claim)
    return done
