"""The page that is not there."""

import reflex as rx

from ..ui.elements import link
from ..ui.layout import empty
from . import routes
from .frame import screen


def page() -> rx.Component:
    return screen(
        rx.el.h1("Not found", class_name="sr"),
        empty(
            "This page does not exist",
            "The address may be mistyped, or what stood here is gone.",
            link("Go to Customers", to=routes.CUSTOMERS, class_name="btn p"),
        ),
        here="",
    )
