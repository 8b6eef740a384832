"""The paper beside the form: what the customer will see, as it is typed."""

from typing import Any

import reflex as rx

from .editor import InvoiceEditor

S = InvoiceEditor


def paper() -> rx.Component:
    state = rx.cond(S.paper.due != "", "Draft · due " + S.paper.due, "Draft")
    return rx.el.aside(
        rx.el.header(
            rx.el.div(
                rx.el.h2("Invoice"),
                rx.el.p(state, class_name="muted small num"),
                class_name="grow",
            ),
            rx.cond(S.customer & (S.customer["logo"] != ""), rx.el.img(src=S.customer["logo"], alt="")),
        ),
        rx.cond(S.customer, _filled(), rx.el.p("Choose a customer to preview the invoice.", class_name="quiet small")),
        class_name="card paper",
        custom_attrs={"aria-label": "Preview"},
    )


def _filled() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            _party("From", S.seller),
            _party("To", S.buyer),
            rx.cond(S.ship_to.length() > 0, _party("Ship to", S.ship_to)),
            class_name="parties",
        ),
        rx.el.ul(rx.foreach(S.paper.lines, _line), class_name="paper-lines"),
        rx.el.dl(
            rx.foreach(S.paper.sums, lambda pair: _sum(pair[0], pair[1])),
            rx.el.div(rx.el.dt("Total"), rx.el.dd(S.paper.total), class_name="total"),
            class_name="sums num",
            custom_attrs={"aria-live": "polite"},
        ),
        rx.cond(S.itemised & (S.typed["memo"] != ""), rx.el.p(S.typed["memo"], class_name="quiet small wrap memo")),
    )


def _party(label: str, lines: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(label, class_name="muted"),
        rx.foreach(lines, lambda line: rx.el.div(line, class_name="wrap")),
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(line.description, class_name="wrap"),
            rx.cond(line.detail != "", rx.el.div(line.detail, class_name="muted num")),
            class_name="grow",
        ),
        rx.el.div(line.amount, class_name="num nowrap"),
    )


def _sum(label: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(value))
