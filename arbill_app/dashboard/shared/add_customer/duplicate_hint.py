"""The quiet hint that the customer being typed may exist already."""

import reflex as rx

from ....ui.elements import icon, link
from .add import AddCustomer

S = AddCustomer


def duplicate_hint() -> rx.Component:
    """The quiet hint: this one may exist already."""
    return rx.cond(
        S.hint.contains("href"),
        rx.el.p(
            icon("info"),
            rx.el.span(
                "Looks like ",
                rx.el.b(S.hint["company"]),
                " (",
                S.hint["why"],
                "): ",
                link("open it", to=S.hint["href"]),
            ),
            class_name="hint",
            role="status",
        ),
    )
