"""The right column: what happens next and why, what was sent, what was done."""

from typing import Any

import reflex as rx

from ....ui.elements import Tick
from ....ui.forms import button
from ....ui.layout import badge, card, steps
from ...shell.base import Base
from ...shell.undo import Undoing
from .showing import InvoicePage

S = InvoicePage
LOOKS = {"done": "ok", "bad": "bad", "unknown": "warn", "review": "warn", "due": "info", "running": "info"}


def what_next() -> rx.Component:
    return card("What happens next", steps(S.steps), custom_attrs={"aria-label": "What happens next"})


def messages() -> rx.Component:
    """Looks again by itself while one is on its way."""
    none = rx.el.p("Nothing was sent about this invoice yet.", class_name="in-card quiet")
    sent = rx.el.ul(rx.foreach(S.view.mails, _mail))
    return card(
        "Messages",
        rx.cond(S.view.mails.length() > 0, sent, none),
        Tick.create(on=S.waiting, seconds=10, on_tick=S.look_again),
        padded=False,
        custom_attrs={"aria-label": "Messages"},
    )


def _mail(mail: Any) -> rx.Component:
    undo = button("Undo", kind="sm", on_click=Undoing.take_back(mail.id))
    top = rx.el.div(
        rx.el.span(mail.what, class_name="strong grow"),
        badge(mail.state_label, rx.match(mail.state, *LOOKS.items(), "")),
        class_name="row",
    )
    return rx.el.li(
        top,
        rx.el.div("To ", mail.people, class_name="quiet small wrap"),
        rx.cond(mail.cc != "", rx.el.div("CC ", mail.cc, class_name="quiet small wrap")),
        rx.cond(mail.why != "", rx.el.div(mail.why, class_name="small wrap")),
        rx.el.div(
            rx.el.span(mail.at, class_name="muted small num grow"),
            rx.cond(Base.may_write & mail.undoable, undo),
            class_name="row",
        ),
        class_name="message",
        key=mail.id,
    )


def activity() -> rx.Component:
    def one(event: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(event.what, class_name="wrap"),
            rx.el.span(event.who, " · ", event.at, class_name="muted num"),
            key=event.id,
        )

    done = rx.el.ul(rx.foreach(S.view.events, one), class_name="feed")
    return card("Activity", done, custom_attrs={"aria-label": "Activity"})
