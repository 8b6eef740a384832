"""Verbs that want the password again: how often it may be tried, and that a wrong one is written down."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import anyio.to_thread

from ..kernel.db import Tx
from ..kernel.errors import Conflict, Invalid
from ..partners.confirming import WrongPassword, note_refusal
from ..partners.limits import for_session
from ..partners.tries import forgive
from .base import Base

P = ParamSpec("P")
T = TypeVar("T")


async def with_password(state: Base, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a verb that checks a password among `args` before anything else.

    TooMany beyond the wrong passwords that one session may try; a right one forgets them, also when the verb then
    refuses something else.
    """
    claim = await anyio.to_thread.run_sync(for_session, state._actor().session_id)
    try:
        done = await state._run(verb, *args, **kwargs)
    except WrongPassword:
        await state._run(note_refusal, claim.tries)
        raise
    except (Invalid, Conflict):
        await anyio.to_thread.run_sync(forgive, claim)
        raise
    await anyio.to_thread.run_sync(forgive, claim)
    return done
