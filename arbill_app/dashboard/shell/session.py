"""Resolves the session cookie. auth_pages/pages.py sets it HttpOnly: scripts and events never see it."""

import time
from contextlib import suppress
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie

import anyio.to_thread

from ...kernel.db.transactions import run
from ...kernel.errors import ArbillError
from ...kernel.monitoring.logs import note_actor
from ...kernel.settings import settings
from ...partners.auth.idle import NOTED, note_use
from ...partners.auth.sign_in import Who, resolve

FRESH = 5.0  # seconds a session is cached: a revoked one may work that long on another web process
MOST = 10_000

current: ContextVar[Who | None] = ContextVar("current", default=None)
_known: dict[str, tuple[float, Who | None]] = {}
_used: dict[str, float] = {}  # when the use of a session was last written down, by its id


def cookie_name() -> str:
    # __Host- ties the cookie to this host and to https; browsers refuse the prefix on plain http.
    return "__Host-arbill_session" if settings().https else "arbill_session"


def secret_in(cookie_header: str) -> str:
    """The session's secret from a Cookie header; empty when there is none."""
    try:
        morsel = SimpleCookie(cookie_header).get(cookie_name())
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def who_holds(secret: str) -> Who | None:
    """The person, also while a second factor is still to be given or set up; None for nobody. Unavailable with the
    database."""
    if not secret or len(secret) > 100:
        return None
    at, who = _known.get(secret, (0.0, None))
    if time.monotonic() - at < FRESH and at:
        return _noted(who)
    who = await anyio.to_thread.run_sync(resolve, secret)
    if len(_known) > MOST:
        _known.clear()
    _known[secret] = (time.monotonic(), who)
    return _noted(who)


def _noted(who: Who | None) -> Who | None:
    if who:
        note_actor(who.actor.id)
    return who


async def let_in(cookie_header: str, *, used: bool = True) -> Who | None:
    """The person, once fully signed in. `used`: a person did something; an open page that connects again did not."""
    who = await who_holds(secret_in(cookie_header))
    if who is None or not who.is_in:
        return None
    if used and who.times_out:
        await _note_use(who)
    return who


async def _note_use(who: Who) -> None:
    """At most once a minute. Where it cannot be written down at the moment, what was asked for goes on."""
    session_id, at = who.actor.session_id, time.monotonic()
    if at - _used.get(session_id, -60.0) < NOTED.total_seconds():
        return
    if len(_used) > MOST:
        _used.clear()
    _used[session_id] = at
    with suppress(ArbillError):
        await run(who.actor, note_use)


def forget(secret: str = "") -> None:
    """Clears the cache of sessions, for one secret or for all: after a session ended or a role changed."""
    if secret:
        _known.pop(secret, None)
    else:
        _known.clear()
