"""The profile's invoices: the latest ten, and the way to all of them."""

from typing import Any

import reflex as rx

from ...ui.elements import link
from ...ui.layout import card
from .. import routes
from ..base import Base
from ..invoices.rows import short_list
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
