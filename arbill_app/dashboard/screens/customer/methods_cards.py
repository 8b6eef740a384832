"""The profile's tab "Payment methods": the cards and their dialogs."""

from typing import Any

import reflex as rx

from ....ui.elements import icon, link
from ....ui.forms import button
from ....ui.layout import badge, card, question
from ...shell import routes
from ...shell.base import Base
from .methods import Methods
from .profile import Profile

S = Methods


def methods() -> rx.Component:
    add = button(icon("plus", 15), "Add payment method", kind="sm", on_click=S.add, disabled=S.adding)
    none = rx.el.p(
        rx.cond(
            Base.takes_payments,
            "No payment method yet. Add a card or bank account here, or let the customer do it in the portal.",
            "Card payments are not set up on this installation. Record what comes in by check, wire or cash.",
        ),
        class_name="in-card quiet",
    )
    return card(
        "Payment methods",
        rx.cond(S.methods.length() > 0, rx.el.ul(rx.foreach(S.methods, _method)), none),
        actions=[rx.cond(Base.may_write & Base.takes_payments, add)],
        padded=False,
        custom_attrs={"aria-label": "Payment methods"},
        id="methods",
    )


def _method(method: Any) -> rx.Component:
    expiry = rx.cond(method.expiry != "", " · expires " + method.expiry, "")
    about = rx.el.div(method.kind, expiry, " · added ", method.added, class_name="muted small wrap")
    why = rx.cond(
        method.why != "",
        rx.el.p(icon("triangle-alert", 13), rx.el.span(method.why), class_name="msg warn"),
    )
    title = rx.el.div(
        rx.el.span(method.label, class_name="strong"),
        rx.cond(method.is_default, badge("Default", "ok")),
        class_name="row wraps",
    )
    verbs = rx.el.div(
        rx.cond(
            ~method.is_default,
            button(
                "Make default",
                kind="sm",
                on_click=S.make_default(method.id),
                custom_attrs={"aria-label": "Make " + method.label + " the default"},
            ),
        ),
        button(
            "Remove",
            kind="g sm",
            on_click=S.ask_remove(method.id),
            custom_attrs={"aria-label": "Remove " + method.label},
        ),
        class_name="row",
    )
    return rx.el.li(
        rx.el.div(title, about, why, class_name="grow"),
        rx.cond(Base.may_write, verbs),
        class_name="person centred wraps",
        key=method.id,
    )


def auto_pay() -> rx.Component:
    on = S.auto_pay.on
    state = rx.cond(on, badge("On", "ok"), badge("Off"))
    what = rx.cond(
        on,
        rx.fragment(S.auto_pay.method, " is charged for each invoice on its due date."),
        "Each invoice is charged to the default payment method on its due date, once this is on.",
    )
    since = rx.cond(
        S.auto_pay.since != "",
        rx.el.p(rx.cond(on, "On", "Off"), " since ", S.auto_pay.since, class_name="muted small"),
    )
    agreed = rx.cond(on, rx.el.blockquote(S.auto_pay.text, class_name="quiet small agreed"))
    can = on | (S.methods.length() > 0)
    turn = button(rx.cond(on, "Turn off", "Turn on"), kind="sm", on_click=S.ask_auto_pay, disabled=~can)
    return card(
        "Auto Pay",
        rx.el.div(state, rx.el.span(what, class_name="wrap"), class_name="row top-aligned"),
        since,
        agreed,
        rx.cond(
            can | ~Base.takes_payments, rx.fragment(), rx.el.p("Add a payment method first.", class_name="muted small")
        ),
        rx.cond(S.planned.length() > 0, _planned("Charged next", S.planned)),
        actions=[rx.cond(Base.may_write, turn)],
        custom_attrs={"aria-label": "Auto Pay"},
        id="auto-pay",
    )


def _planned(title: str, rows: Any) -> rx.Component:
    def one(row: Any) -> rx.Component:
        number = link(row.number, to=f"{routes.INVOICES}/" + row.invoice_id, class_name="link num")
        first = rx.el.div(number, rx.el.span(row.amount, class_name="num nowrap"), class_name="row between")
        return rx.el.li(first, rx.el.div(row.at, class_name="muted small num"), key=row.invoice_id)

    return rx.el.div(rx.el.h3(title), rx.el.ul(rx.foreach(rows, one), class_name="stack tight"), class_name="planned")


# ---------------------------------------------------------------- dialogs


def methods_dialogs() -> rx.Component:
    return rx.fragment(_remove_dialog(), _auto_pay_dialog())


def _remove_dialog() -> rx.Component:
    consequences = rx.cond(
        S.consequences != "",
        rx.el.p(icon("triangle-alert"), rx.el.span(S.consequences), class_name="hint"),
        rx.el.p("Nothing is planned to be charged to it.", class_name="quiet"),
    )
    return question(
        S.dialog == "remove",
        "Remove payment method",
        rx.fragment("Remove ", S.chosen_label, "?"),
        consequences,
        rx.cond(S.charged.length() > 0, _planned("Planned to be charged to it", S.charged)),
        verb=button("Remove", kind="bad", on_click=S.remove),
        on_close=S.close,
    )


def _auto_pay_dialog() -> rx.Component:
    turning_on = S.dialog == "on"
    agree = rx.fragment(
        rx.el.p("You turn it on for the customer, who agreed to this:", class_name="quiet f"),
        rx.el.blockquote(S.agreement, class_name="agreed f"),
        rx.el.p("What is open is charged on its due date, from tomorrow on at the earliest.", class_name="quiet small"),
    )
    stop = rx.el.p(
        "Invoices are not charged by themselves any more, but for those made to be charged on their due date.",
        class_name="quiet",
    )
    return question(
        turning_on | (S.dialog == "off"),
        "Auto Pay",
        rx.cond(turning_on, "Turn Auto Pay on?", "Turn Auto Pay off?"),
        rx.cond(turning_on, agree, stop),
        verb=button(rx.cond(turning_on, "Turn on", "Turn off"), kind="p", on_click=S.switch_auto_pay),
        on_close=S.close,
        no="Keep as it is",
    )


def text_of_auto_pay() -> rx.Component:
    """For the section "Business information"."""
    change = link("Payment methods", to=f"{routes.CUSTOMERS}/" + Profile.view.id + "?tab=methods", class_name="link")
    on = rx.fragment(badge("On", "ok"), rx.el.span(" ", S.auto_pay.method, ", on the due date", class_name="muted"))
    return rx.fragment(rx.cond(S.auto_pay.on, on, "Off"), rx.el.span(" · ", change))
