"""A tab whose web process was killed goes on with another one as the same tab, with all that was typed in it.

Reflex notes in Redis which process holds the socket of which tab. A tab that connects while this note exists is taken
for a copy of the tab, and begins anew. A killed process leaves its note behind; PUBSUB shows that it no longer listens.
"""

import pickle
from contextlib import suppress

import reflex as rx
from redis.exceptions import RedisError
from reflex.state import StateUpdate
from reflex.utils.token_manager import LocalTokenManager, LostAndFoundRecord, RedisTokenManager

from .states import MemoryStates

FORGET = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"


class Tabs(RedisTokenManager):
    async def link_token_to_sid(self, token: str, sid: str) -> str | None:
        with suppress(RedisError):
            await self._forget_the_dead(self._get_redis_key(token))
        return await super().link_token_to_sid(token, sid)

    async def _forget_the_dead(self, key: str) -> None:
        note = await self.redis.get(key)
        if note and not await self._listens(pickle.loads(note).instance_id):
            # Only this note: another process may have written its own meanwhile.
            await self.redis.eval(FORGET, 1, key, note)  # type: ignore[misc]

    async def _listens(self, process: str) -> bool:
        """Each waits on a channel of its own for what others did for its tabs; for no tab at all it does nothing."""
        nothing = pickle.dumps(LostAndFoundRecord(token="", update=StateUpdate()))
        return bool(await self.redis.publish(f"channel:{self._get_lost_and_found_key(process)}", nothing))


class LocalTabs(LocalTokenManager):
    """Where there is no Redis there is one process; it keeps the states of closed tabs for a while."""

    def __init__(self, states: MemoryStates) -> None:
        super().__init__()
        self._states = states

    async def link_token_to_sid(self, token: str, sid: str) -> str | None:
        copy = await super().link_token_to_sid(token, sid)
        self._states.opened(copy or token)
        return copy

    async def disconnect_token(self, token: str, sid: str) -> None:
        await super().disconnect_token(token, sid)
        self._states.closed(token)


def look_after_tabs(app: rx.App) -> None:
    """After `look_after_states`."""
    sockets = app.event_namespace
    if sockets is None:
        return
    if isinstance(sockets._token_manager, RedisTokenManager):
        sockets._token_manager = Tabs(sockets._token_manager.redis)
    elif isinstance(app._state_manager, MemoryStates):
        sockets._token_manager = LocalTabs(app._state_manager)
