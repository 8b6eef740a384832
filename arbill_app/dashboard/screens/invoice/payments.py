"""The invoice's payments: what settles it, what was tried and why it failed, what is planned; and the charge dialog."""

from typing import Any

import reflex as rx

from ....ui.elements import Tick, icon, link
from ....ui.forms import amount_field, button, select_field
from ....ui.layout import badge, card, form_dialog
from ...shared.record_payment.record_dialog import record_button
from ...shell import routes
from ...shell.base import Base
from .charging import PREFIX, Charging
from .showing import InvoicePage

S, C = InvoicePage, Charging


def payments() -> rx.Component:
    """Looks again by itself while a payment is under way."""
    nothing = (S.money.rows.length() == 0) & (S.money.planned == "")
    none = rx.el.p("Nothing was paid or charged yet.", class_name="in-card quiet")
    rows = rx.el.ul(
        rx.cond(S.money.planned != "", _planned()),
        rx.foreach(S.money.rows, _happened),
    )
    return card(
        "Payments",
        rx.cond(S.money.on_account != "", _credit()),
        rx.cond(nothing, none, rows),
        Tick.create(on=S.charging > 0, seconds=S.charging, on_tick=S.look_again),
        actions=[rx.cond(Base.may_write & (S.money.free != ""), _charge())],
        padded=False,
        custom_attrs={"aria-label": "Payments"},
    )


def _charge() -> rx.Component:
    """What brings money in, for as long as something is owed and not under way."""
    charge = button(icon("credit-card", 15), "Charge", kind="sm", on_click=C.begin)
    offered = rx.cond(Base.takes_payments, charge)
    return rx.el.div(record_button("", S.view.id, kind="sm"), offered, class_name="row wraps")


def _row(title: Any, about: Any, *more: Any, **props: Any) -> rx.Component:
    words = rx.el.div(rx.el.div(title, class_name="strong"), rx.el.div(about, class_name="muted small wrap"))
    return rx.el.li(rx.el.div(words, class_name="grow"), *more, class_name="person centred wraps", **props)


def _credit() -> rx.Component:
    apply = rx.cond(Base.may_write & (S.money.free != ""), button("Apply credit", kind="sm", on_click=C.apply_credit))
    return rx.el.div(
        icon("piggy-bank"),
        rx.el.span(S.money.on_account, " of ", S.view.company, " is on account.", class_name="grow"),
        apply,
        class_name="hint ok in-rows",
    )


def _planned() -> rx.Component:
    cancel = button("Cancel planned charge", kind="sm", on_click=C.cancel_planned)
    return _row(
        "Charge planned",
        rx.fragment(rx.cond(S.money.planned_method != "", S.money.planned_method + " · ", ""), S.money.planned),
        rx.el.div(badge("Planned", "info"), rx.cond(Base.may_write, cancel), class_name="row"),
        rx.el.span(S.money.planned_amount, class_name="num nowrap"),
    )


def _happened(row: Any) -> rx.Component:
    """A payment leads to its page; a badge only where something is noteworthy."""
    payment = link(row.what, to=f"{routes.PAYMENTS}/" + row.payment_id, class_name="link")
    why = rx.cond(row.why != "", rx.el.div(row.why, class_name="small wrap"))
    call_off = button("Call off", kind="sm", on_click=C.call_off(row.attempt_id))
    busy = rx.cond(row.busy, rx.el.span(class_name="spinner", custom_attrs={"aria-hidden": "true"}))
    state = rx.fragment(busy, badge(row.badge, row.look), rx.cond(Base.may_write & (row.attempt_id != ""), call_off))
    return _row(
        rx.cond(row.payment_id != "", payment, row.what),
        rx.fragment(row.about, why),
        rx.cond(row.badge != "", rx.el.div(state, class_name="row")),
        rx.el.span(row.amount, class_name="num nowrap"),
        key=row.id,
    )


# ---------------------------------------------------------------- charge now


def charge_dialog() -> rx.Component:
    amount = amount_field("Amount", "amount", C.amount, C.errors, prefix=PREFIX, unit=C.currency)
    method = select_field("Payment method", "method", C.methods[0][0], C.methods, C.errors, prefix=PREFIX)
    add = link("Add one on the profile", to=f"{routes.CUSTOMERS}/" + C.customer_id + "?tab=methods", class_name="link")
    none = rx.el.p(
        icon("triangle-alert"),
        rx.el.span(C.company, " has no payment method that can be charged. ", add, ", or send the payment link."),
        class_name="hint",
    )
    some = C.methods.length() > 0
    return form_dialog(
        C.open,
        "Charge " + C.number,
        rx.cond(some, rx.fragment(method, amount), none),
        verbs=[rx.cond(some, button("Charge now", kind="p", type="submit"))],
        on_submit=C.charge,
        on_close=C.close,
        small=True,
    )
