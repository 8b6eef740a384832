"""The dialog "Confirm it is you": asks for the password again, then does what was asked for, with what was typed."""

import inspect
from typing import Any

import reflex as rx
from reflex_base.registry import RegistrationContext

from ..kernel.actor import STAFF
from ..partners.confirming import confirm
from ..partners.secrets import MOST
from ..ui.forms import button, described, field
from ..ui.layout import form_dialog
from .access import Form, allow
from .base import Base
from .passwords import with_password
from .session import forget

PREFIX = "confirm-"


class Confirming(Base):
    """`_event` and `_payload` are what waits for the password."""

    open: bool = False
    errors: dict[str, str] = {}

    _event: str = ""
    _payload: dict[str, Any] = {}

    @rx.event
    @allow(*STAFF)
    async def ask(self, event: str, payload: dict[str, Any]):
        """Called by the guard, through the browser. What it names is checked like any other event when it is sent."""
        self._event, self._payload = event, payload
        self.open, self.errors = True, {}
        self._look_at(PREFIX + "password")

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self._close()

    def _close(self) -> None:
        self.open, self.errors, self._event, self._payload = False, {}, "", {}

    @rx.event
    @allow(*STAFF)
    async def give(self, form: Form):
        if not self.open:
            return None
        with self._refusals(PREFIX) as refused:
            await with_password(self, confirm, form.get("password", ""))
        self.errors = refused.errors
        if refused:
            return None
        forget()
        again = _again(self._event, self._payload)
        self._close()
        return again


def _again(name: str, payload: dict[str, Any]) -> Any:
    """The event that waited; nothing when there is no such handler, or it takes other arguments."""
    registered = RegistrationContext.get().event_handlers.get(name)
    if registered is None or not set(payload) <= set(inspect.signature(registered.handler.fn).parameters) - {"self"}:
        return None
    return registered.handler(**payload)


def confirm_dialog() -> rx.Component:
    control = rx.el.input(
        id=PREFIX + "password",
        name="password",
        type="password",
        auto_complete="current-password",
        max_length=MOST,
        class_name="in",
        custom_attrs=described(Confirming.errors, "password", PREFIX) | {"aria-required": "true", "data-first": ""},
    )
    username = rx.el.input(
        type="text", name="username", value=Base.my_email, read_only=True, auto_complete="username", hidden=True
    )
    return form_dialog(
        Confirming.open,
        "Confirm it is you",
        rx.el.p("You signed in some time ago. Give your password to go on.", class_name="quiet"),
        username,
        field("Password", "password", control, Confirming.errors, prefix=PREFIX),
        verbs=[button("Confirm", kind="p", type="submit")],
        on_submit=Confirming.give,
        on_close=Confirming.close,
        small=True,
    )
