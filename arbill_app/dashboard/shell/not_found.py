"""The 404 page. In-app navigation to /login ends here too, because that page is not part of the app."""

import reflex as rx

from ...ui.elements import Elsewhere, link
from ...ui.layout import empty
from . import routes
from .frame import screen

DOORS = [routes.LOGIN, routes.CODE, routes.FORGOT, routes.JOIN, routes.OUTBOX, routes.SANDBOX]


def page() -> rx.Component:
    return Elsewhere.create(_missing(), paths=DOORS)


def _missing() -> rx.Component:
    return screen(
        rx.el.h1("Not found", class_name="sr"),
        empty(
            "This page does not exist",
            "The address may be mistyped, or what stood here is gone.",
            link("Go to Customers", to=routes.CUSTOMERS, class_name="btn p"),
        ),
        here="",
    )
