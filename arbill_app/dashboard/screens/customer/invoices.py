"""The profile's invoices and payments: the latest, and the way to all of them."""

from typing import Any

import reflex as rx

from ....ui.elements import link
from ....ui.layout import card
from ...shared import payment_rows as payment_rows
from ...shared.invoice_rows import short_list
from ...shared.record_payment.record_dialog import record_button
from ...shell import routes
from ...shell.base import Base
from .profile import Profile

S = Profile


def create_href() -> Any:
    return f"{routes.CREATE_INVOICE}?customer=" + S.view.id


def invoices() -> rx.Component:
    every = link("All invoices", to=f"{routes.INVOICES}?customer=" + S.view.id, class_name="btn g sm")
    none = rx.el.p(
        "No invoice yet. ",
        rx.cond(Base.may_write, link("Create the first one", to=create_href(), class_name="link")),
        class_name="in-card quiet",
    )
    some = S.invoices.length() > 0
    return card(
        "Invoices",
        rx.cond(some, short_list(S.invoices, with_company=False), none),
        actions=[rx.cond(some, every)],
        padded=False,
        custom_attrs={"aria-label": "Invoices"},
        id="invoices",
    )


def payments() -> rx.Component:
    every = link("All payments", to=f"{routes.PAYMENTS}?customer=" + S.view.id, class_name="btn g sm")
    none = rx.el.p("No payment yet.", class_name="in-card quiet")
    some = S.payments.length() > 0
    return card(
        "Payments",
        rx.cond(some, payment_rows.short_list(S.payments), none),
        actions=[rx.cond(some, every), rx.cond(Base.may_write, record_button(S.view.id, "", "g sm"))],
        padded=False,
        custom_attrs={"aria-label": "Payments"},
        id="payments",
    )
