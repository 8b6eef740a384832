"""Settings of signing in: after how long without use staff are signed out."""

import reflex as rx

from ...kernel.actor import MANAGERS
from ...partners.idle import CHOICES, set_idle_timeout
from ...ui.elements import link
from ...ui.forms import button, form, select_field
from ...ui.layout import bone, card
from .. import routes
from ..access import Form, allow
from ..base import Base
from ..choices import Pairs
from ..session import forget
from .company import Settings

PREFIX = "protection-"
IDLE: Pairs = [[str(minutes), said] for minutes, said in CHOICES.items()]


class Protection(Base):
    errors: dict[str, str] = {}

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def save(self, form: Form):
        typed = form.get("idle", "")
        minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else -1
        with self._refusals(PREFIX) as refused:
            await self._run(set_idle_timeout, minutes)
            await (await self.get_state(Settings))._refresh()
        self.errors = refused.errors
        if not refused:
            forget()  # a session knows whether it times out
            self._say("Saved.")


def protection() -> rx.Component:
    show = link("Show the log", to=routes.SECURITY, class_name="btn g sm")
    words = "Sign-ins, exports, and changes to passwords, roles and the team stand in the security log."
    now = Settings.view.idle_minutes.to_string()
    fields = form(
        rx.el.div(
            select_field("Sign staff out when idle for", "idle", now, IDLE, Protection.errors, prefix=PREFIX, key=now),
            class_name="half",
        ),
        rx.el.div(
            rx.el.span("Never: a sign-in lasts 14 days.", class_name="muted small grow"),
            button("Save", type="submit"),
            class_name="actions",
        ),
        on_submit=Protection.save,
    )
    body = rx.cond(Settings.loading, bone("60%"), fields)
    about = rx.el.p(words, class_name="quiet", style={"margin-bottom": "12px"})
    return card("Security", about, body, actions=[show], custom_attrs={"aria-label": "Security"})
