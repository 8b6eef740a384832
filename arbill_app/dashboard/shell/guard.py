"""Checked before every event: default deny.

Reflex makes every public method of a State callable from any browser, does not check arguments against annotations, and
hands the state of a tab to whoever knows its token. So: an event runs only when it names a handler marked `@allow`, its
caller's role is among the allowed, its payload fits the handler's signature, and the tab's state belongs to this login.
"""

import functools
import inspect
import logging
import typing
from collections.abc import Callable
from typing import Any

import pydantic
import reflex as rx
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import form_data_as_dict

from ...kernel.errors import Unavailable
from ...kernel.monitoring.logs import note_status
from ...partners.auth.confirming import is_fresh
from ...partners.auth.sign_in import Who
from .base import Base
from .confirming import Confirming
from .notices import notice
from .routes import LOGIN, asking
from .session import current, let_in

log = logging.getLogger(__name__)
NEXT = 400  # characters of the page to come back to
LONGEST = 10_000  # characters of one text in a payload

_ROOT = "reflex___state____"
HYDRATE = frozenset({f"{_ROOT}state.hydrate", f"{_ROOT}state.hydrate_and_load"})
_LOADING = f"{_ROOT}state.{_ROOT}on_load_internal_state"
# Exact names: `setvar`, which exists on every state, is not among them.
FRAMEWORK = HYDRATE | {
    f"{_ROOT}state.set_is_hydrated",
    f"{_LOADING}.on_load_internal",
    f"{_LOADING}.set_is_hydrated",
}


class Guard(rx.middleware.Middleware):
    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        update = await self._checked(state, event)
        if update is not None:
            note_status("refused")
        return update

    async def _checked(self, state: BaseState, event: Event) -> StateUpdate | None:
        root = state._get_root_state()
        try:
            who = await let_in(root.router.headers.cookie, used=_is_use(event.name))
        except Unavailable as away:  # nobody is signed out because the database cannot be asked
            return StateUpdate(delta=notice(away.message))
        current.set(who)
        if who is None or not await _belongs(root, who.actor.session_id, event.name):
            return _to_login(event)
        if event.name in FRAMEWORK:
            return None
        return _refuse(event, who.actor.role) or _ask_first(event, who)


def _is_use(name: str) -> bool:
    """Whether a person did this, and not an open page by itself."""
    registered = RegistrationContext.get().event_handlers.get(name)
    automatic = registered is None or getattr(registered.handler.fn, "__automatic__", False)
    return name not in FRAMEWORK and not automatic


def _to_login(event: Event) -> StateUpdate:
    """And from there back to the page that the event came from."""
    page = str((event.router_data or {}).get("asPath") or "")
    to = asking(LOGIN, {"next": page}) if 1 < len(page) <= NEXT else LOGIN
    return StateUpdate(events=Event.from_event_type(rx.redirect(to)))


async def _belongs(root: BaseState, session_id: str, name: str) -> bool:
    """Binds a tab's state to a login; a state of somebody else is emptied before anything of it is sent."""
    base = await root.get_state(Base)
    if base._owner == session_id:
        return True
    if name not in HYDRATE:
        return False  # with Redis only part of the tree is loaded here: emptying it would be partial
    root.reset()
    base._owner = session_id
    return True


def _refuse(event: Event, role: str) -> StateUpdate | None:
    registered = RegistrationContext.get().event_handlers.get(event.name)
    allowed = access(registered.handler.fn) if registered else None
    if not registered or allowed is None:
        log.warning("refused event %.100s: not open to browsers", event.name)
        return StateUpdate()
    if role not in allowed:
        log.warning("refused event %.100s: role %s", event.name, role)
        return StateUpdate(events=Event.from_event_type(Base.denied()))
    try:
        # A submitted form arrives wrapped; Reflex would unwrap it after us, and only as it likes.
        payload = {name: form_data_as_dict(value) for name, value in event.payload.items()}
        checked = _signature(registered.handler.fn).model_validate(payload)
    except pydantic.ValidationError as error:
        log.warning("refused event %.100s: %s", event.name, [found["loc"] for found in error.errors()])
        return StateUpdate()
    event.payload.clear()
    event.payload.update({name: getattr(checked, name) for name in type(checked).model_fields})
    return None


def _ask_first(event: Event, who: Who) -> StateUpdate | None:
    """What needs a password given lately waits: the dialog asks for it and then sends the same event again."""
    handler = RegistrationContext.get().event_handlers[event.name].handler.fn
    if not getattr(handler, "__confirmed__", False) or is_fresh(who.confirmed_at):
        return None
    return StateUpdate(events=Event.from_event_type(Confirming.ask(event.name, event.payload)))


def access(fn: Callable[..., Any]) -> frozenset[str] | None:
    return getattr(fn, "__access__", None)


@functools.cache
def _signature(fn: Callable[..., Any]) -> type[pydantic.BaseModel]:
    """A model of the handler's arguments: strict about names, bounded in length."""
    hints = typing.get_type_hints(fn, include_extras=True)
    arguments = list(inspect.signature(fn).parameters.values())[1:]
    fields: Any = {
        arg.name: (hints.get(arg.name, Any), ... if arg.default is arg.empty else arg.default) for arg in arguments
    }
    config = pydantic.ConfigDict(extra="forbid", str_max_length=LONGEST)
    return pydantic.create_model(fn.__qualname__, __config__=config, **fields)
