"""Another email address to sign in with: asked for here, confirmed in the new mailbox."""

import reflex as rx

from ....kernel.actor import STAFF
from ....partners.auth.email_change import ask_email_change
from ....partners.models import StaffFields
from ....ui.forms import button, text_field
from ....ui.layout import form_dialog
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.passwords import with_password
from .fields import secret_field, whose

PREFIX = "email-"


class EmailChanging(Base):
    """`typed` is the address as it was sent, also when it was refused."""

    open: bool = False
    typed: str = ""
    errors: dict[str, str] = {}

    @rx.event
    @allow(*STAFF)
    async def ask(self):
        self.open, self.typed, self.errors = True, "", {}

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open = False

    @rx.event
    @allow(*STAFF)
    async def send(self, form: Form):
        if not self.open:
            return
        self.typed = form.get("email", "").strip()
        with self._refusals(PREFIX) as refused:
            await with_password(self, ask_email_change, self.typed, form.get("password", ""))
        self.errors = refused.errors
        if not refused:
            self.open = False
            self._say(f"A link was sent to {self.typed}. Your address changes once you open it.")


def email_dialog() -> rx.Component:
    S = EmailChanging
    said = "We send a link there. Until you open it you sign in as before; then every other browser is signed out."
    return form_dialog(
        S.open,
        "Change your email",
        rx.el.p(said, class_name="quiet", style={"margin-bottom": "12px"}),
        text_field(StaffFields, "email", S.typed, S.errors, prefix=PREFIX, label="New email", auto_complete="email"),
        whose(),
        secret_field("Password", "password", S.errors, PREFIX, "current-password", first=False),
        verbs=[button("Send link", kind="p", type="submit")],
        on_submit=S.send,
        on_close=S.close,
        small=True,
    )
