"""Payments as rows, wherever they are listed: how a status looks, the short list inside a card."""

from typing import Any

import reflex as rx

from ...ui.elements import link
from ...ui.layout import badge
from ..shell import routes


def status_badge(row: Any) -> rx.Component:
    """Of a row or a view: its `status` is a look already."""
    return badge(row.status_label, row.status)


def href(row: Any) -> Any:
    return f"{routes.PAYMENTS}/" + row.id


def opens(row: Any) -> rx.Component:
    """The row's link: it shows the day, and is called by what it is."""
    name = f"Payment of {row.amount} from {row.company}, {row.received}"
    return link(row.received, to=href(row), class_name="cover num", custom_attrs={"aria-label": name})


def short_list(rows: Any) -> rx.Component:
    """A customer's few newest: when, how, what for, how much."""

    def one(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(opens(row)),
            rx.el.td(row.label, class_name="flex quiet"),
            rx.el.td(row.invoices, class_name="num muted less-m"),
            rx.el.td(row.amount, class_name="r num"),
            rx.el.td(status_badge(row), class_name="less-s"),
            class_name="go",
            key=row.id,
        )

    heads = (
        rx.el.th("Received", scope="col"),
        rx.el.th("Method", scope="col"),
        rx.el.th("Invoices", scope="col", class_name="less-m"),
        rx.el.th("Amount", scope="col", class_name="r"),
        rx.el.th("Status", scope="col", class_name="less-s"),
    )
    return rx.el.div(rx.el.table(rx.el.thead(rx.el.tr(*heads)), rx.el.tbody(rx.foreach(rows, one))), class_name="tbl")
