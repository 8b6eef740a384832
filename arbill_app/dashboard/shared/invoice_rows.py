"""Invoices as rows, wherever they are listed: where one leads, how its status looks, the short list inside a card."""

from typing import Any

import reflex as rx

from ...ui.elements import link
from ...ui.layout import badge
from ..shell import routes

LOOKS = {"draft": "setup", "open": "info", "partly_paid": "info", "overdue": "bad", "paid": "ok"}


def status_badge(row: Any) -> rx.Component:
    """Of a row or a view."""
    return badge(row.status_label, rx.match(row.status, *LOOKS.items(), ""))


def href(row: Any) -> Any:
    """A draft is gone on with; others have a page."""
    return rx.cond(row.status == "draft", f"{routes.CREATE_INVOICE}?draft=" + row.id, f"{routes.INVOICES}/" + row.id)


def opens(row: Any) -> rx.Component:
    """The row's link. All drafts are numbered "Draft": theirs says which one it is."""
    draft = f"{row.number} of {row.total} for {row.company}"
    name = {"aria-label": rx.cond(row.status == "draft", draft, row.number)}
    return link(row.number, to=href(row), class_name="cover num", custom_attrs=name)


def short_list(rows: Any, *, with_company: bool) -> rx.Component:
    """The few newest: number, whose or what for, due, amount, status."""

    def one(row: Any) -> rx.Component:
        about = row.company if with_company else row.memo
        return rx.el.tr(
            rx.el.td(
                opens(row),
                rx.el.div(about, class_name="only-s quiet small"),
                class_name="number",
            ),
            rx.el.td(about, class_name="flex quiet less-s"),
            rx.el.td(row.due, class_name="num muted less-m"),
            rx.el.td(row.total, class_name="r num"),
            rx.el.td(status_badge(row)),
            class_name="go",
            key=row.id,
        )

    heads = (
        rx.el.th("Number", scope="col"),
        rx.el.th("Customer" if with_company else "Memo", scope="col", class_name="less-s"),
        rx.el.th("Due", scope="col", class_name="less-m"),
        rx.el.th("Amount", scope="col", class_name="r"),
        rx.el.th("Status", scope="col"),
    )
    return rx.el.div(rx.el.table(rx.el.thead(rx.el.tr(*heads)), rx.el.tbody(rx.foreach(rows, one))), class_name="tbl")
