"""The dialog "Confirm it is you": asks for the password again, then does what was asked for, with what was typed."""

import inspect
from typing import Any

import anyio.to_thread
import reflex as rx
from reflex_base.registry import RegistrationContext

from ...kernel.actor import STAFF
from ...partners.auth.confirming import confirm
from ...partners.auth.secrets import MOST
from ...partners.passkeys.challenges import Purpose, take
from ...partners.passkeys.passkeys import ask_to_confirm, confirm_with_passkey, known_to_actor
from ...partners.passkeys.protocol import is_possible
from ...ui.elements import PasskeyPrompt
from ...ui.forms import button, described, error_line, field
from ...ui.layout import form_dialog
from .access import Form, allow
from .base import Base, Refused, next_count
from .passkey_errors import failure
from .passwords import with_password
from .session import forget

PREFIX = "confirm-"


class Confirming(Base):
    """`_event` and `_payload` are what waits for the password, or a passkey.

    `asked` is what the browser is to sign, JSON; new with each `asked_count`.
    """

    open: bool = False
    errors: dict[str, str] = {}
    has_passkey: bool = False
    asked: str = ""
    asked_count: int = 0

    _event: str = ""
    _payload: dict[str, Any] = {}

    @rx.event
    @allow(*STAFF)
    async def ask(self, event: str, payload: dict[str, Any]):
        """Called by the guard, through the browser. What it names is checked like any other event when it is sent."""
        self._event, self._payload = event, payload
        self.open, self.errors, self.asked = True, {}, ""
        self.has_passkey = is_possible() and bool(await self._ask(known_to_actor))
        self._look_at(PREFIX + "password")

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self._close()

    def _close(self) -> None:
        self.open, self.errors, self.asked, self._event, self._payload = False, {}, "", "", {}

    @rx.event
    @allow(*STAFF)
    async def give(self, form: Form):
        if not self.open:
            return None
        with self._refusals(PREFIX) as refused:
            await with_password(self, confirm, form.get("password", ""))
        return self._given(refused)

    @rx.event
    @allow(*STAFF)
    async def begin_passkey(self):
        """Asks the browser for a passkey instead."""
        if not self.open:
            return
        known, session_id = await self._ask(known_to_actor), self._actor().session_id
        self.asked = await anyio.to_thread.run_sync(ask_to_confirm, session_id, known)
        self.asked_count, self.errors = next_count(self.asked_count), {}

    @rx.event
    @allow(*STAFF)
    async def give_passkey(self, answer: str):
        if not self.open or not self.asked:
            return None
        self.asked = ""
        with self._refusals(PREFIX) as refused:
            proof = await anyio.to_thread.run_sync(take, answer, Purpose.CONFIRM, self._actor().session_id)
            await with_password(self, confirm_with_passkey, proof)
        return self._given(refused)

    @rx.event
    @allow(*STAFF)
    async def passkey_failed(self, why: str):
        if self.asked:
            self.asked, self.errors = "", {"passkey": failure(why)}

    def _given(self, refused: Refused) -> Any:
        """Does what waited, unless it was refused."""
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
        error_line(Confirming.errors, "passkey", PREFIX),
        PasskeyPrompt.create(
            options=Confirming.asked,
            kind="get",
            count=Confirming.asked_count,
            on_answer=Confirming.give_passkey,
            on_failed=Confirming.passkey_failed,
        ),
        verbs=[
            rx.cond(Confirming.has_passkey, button("Use a passkey", on_click=Confirming.begin_passkey)),
            button("Confirm", kind="p", type="submit"),
        ],
        on_submit=Confirming.give,
        on_close=Confirming.close,
        small=True,
    )
