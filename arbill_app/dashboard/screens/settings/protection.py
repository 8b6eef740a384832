"""Settings of signing in: after how long without use staff are signed out, and whether all need a second factor."""

import reflex as rx

from ....kernel.actor import MANAGERS
from ....kernel.db.transactions import Tx
from ....partners.auth.idle import CHOICES, set_idle_timeout
from ....partners.auth.two_factor_policy import require_two_factor
from ....ui.elements import link
from ....ui.forms import button, form, select_field
from ....ui.layout import bone, card
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import Pairs
from ...shell.session import forget
from .company import Settings

PREFIX = "protection-"
IDLE: Pairs = [[str(minutes), said] for minutes, said in CHOICES.items()]
TWO_FACTOR: Pairs = [["", "Each person chooses"], ["required", "Required for everyone"]]


class Protection(Base):
    errors: dict[str, str] = {}

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def save(self, form: Form):
        typed = form.get("idle", "")
        minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else -1
        with self._refusals(PREFIX) as refused:
            await self._run(_save, minutes, form.get("two_factor") == "required")
            await (await self.get_state(Settings))._refresh()
        self.errors = refused.errors
        if not refused:
            forget()  # a session knows whether it times out, and what it needs
            self._say("Saved.")


def _save(tx: Tx, minutes: int, required: bool) -> None:
    set_idle_timeout(tx, minutes)
    require_two_factor(tx, required)


def protection() -> rx.Component:
    show = link("Show the log", to=routes.SECURITY, class_name="btn g sm")
    words = "Sign-ins, exports, and changes to passwords, roles and the team stand in the security log."
    view = Settings.view
    idle, factor = view.idle_minutes.to_string(), rx.cond(view.requires_two_factor, "required", "")
    errors = Protection.errors
    fields = form(
        rx.el.div(
            select_field("Sign staff out when idle for", "idle", idle, IDLE, errors, prefix=PREFIX, key=idle),
            select_field(
                "Two-factor sign-in", "two_factor", factor, TWO_FACTOR, errors, prefix=PREFIX, key="two" + factor
            ),
            class_name="g2",
        ),
        rx.el.div(
            rx.el.span(
                "Never: a sign-in lasts 14 days. Required: who has no second factor sets one up before anything else",
                rx.cond(Settings.without != "", rx.fragment("; ", Settings.without, " none yet"), ""),
                ".",
                class_name="muted small grow",
            ),
            button("Save", type="submit"),
            class_name="actions",
        ),
        on_submit=Protection.save,
    )
    body = rx.cond(Settings.loading, bone("60%"), fields)
    about = rx.el.p(words, class_name="quiet", style={"margin-bottom": "12px"})
    return card("Security", about, body, actions=[show], custom_attrs={"aria-label": "Security"})
