"""The dialog "Record payment"."""

from typing import Any

import reflex as rx

from ....kernel.fields import limit_of
from ....payments.models import PaymentFields
from ....ui.elements import icon
from ....ui.forms import amount_field, button, date_field, described, error_line, select_field, text_field
from ....ui.layout import form_dialog
from ..customer_picker import customer_field
from .recording import KINDS, PREFIX, Recording

S = Recording
SOON = 150  # milliseconds of not typing
# Where the customer is known already, the amount is where to begin.
FIRST = {"data-first": rx.cond(S.customer, "", rx.Var("undefined"))}


def record_dialog(here: Any) -> rx.Component:
    """`here` is the path of the page it stands on."""
    change: dict[str, Any] = {"on_change": lambda kind: S.type("kind", kind)}
    return form_dialog(
        S.open == here,
        "Record payment",
        customer_field(S, PREFIX),
        rx.el.div(
            _amount(),
            date_field(
                "Date received",
                "received_on",
                S.typed["received_on"],
                S.errors,
                prefix=PREFIX,
                max=S.today,
                **_typing("received_on"),
            ),
            select_field("How", "kind", S.typed["kind"], KINDS, S.errors, prefix=PREFIX, **change),
            _text("reference", placeholder="Check number, wire reference"),
            class_name="g2",
        ),
        _text("note"),
        rx.cond(S.customer, _parts()),
        rx.el.p(S.outcome, class_name="quiet small outcome", role="status"),
        _receipt(),
        verbs=[button("Record payment", kind="p", type="submit")],
        on_submit=S.record,
        on_close=S.close,
        key=S.version,
    )


def _typing(name: str) -> dict[str, Any]:
    """The state follows while somebody types, and at the latest when they leave: one pause is known at a time."""
    return {
        "on_change": lambda value: S.type(name, value).debounce(SOON),
        "on_blur": lambda value: S.type(name, value),
    }


def _amount() -> rx.Component:
    shown = {"unit": rx.cond(S.customer, S.customer["currency"], ""), "placeholder": "0.00", "attrs": FIRST}
    return amount_field("Amount", "amount", S.typed["amount"], S.errors, prefix=PREFIX, **shown, **_typing("amount"))


def _text(name: str, **props: Any) -> rx.Component:
    return text_field(
        PaymentFields,
        name,
        S.typed[name],
        S.errors,
        prefix=PREFIX,
        **_typing(name),
        max_length=limit_of(PaymentFields, name),
        **props,
    )


def _parts() -> rx.Component:
    """What each open invoice gets of it."""
    heading = rx.el.div(
        rx.el.legend("Invoices it pays", class_name="lab"),
        rx.cond(S.by_hand, button("Oldest first", kind="g sm", on_click=S.oldest_first)),
        class_name="row between part-head",
    )
    none = rx.el.p("Nothing is open: all of it stays on account.", class_name="quiet small")
    rows = rx.el.ul(rx.foreach(S.owed, _part), class_name="parts", key=S.parts_version)
    return rx.el.fieldset(heading, rx.cond(S.owed.length() > 0, rows, none), class_name="f")


def _part(one: Any) -> rx.Component:
    name = "part_" + one.id
    control = rx.el.input(
        id=PREFIX + name,
        name=name,
        default_value=rx.cond(S.parts.contains(one.id), S.parts[one.id], ""),
        input_mode="decimal",
        auto_complete="off",
        placeholder="0.00",
        max_length=30,
        class_name="in num r",
        on_change=lambda value: S.type_part(one.id, value).debounce(SOON),
        on_blur=lambda value: S.type_part(one.id, value),
        custom_attrs=described(S.errors, name, PREFIX) | {"aria-label": "Part for " + one.number},
    )
    words = rx.el.div(
        rx.el.div(one.number, class_name="strong num"),
        rx.el.div("Due ", one.due, " · ", one.balance, " open", class_name="muted small num"),
        rx.cond(one.coming != "", rx.el.div(one.coming, " is on its way", class_name="muted small num")),
        class_name="grow",
    )
    return rx.el.li(
        rx.el.div(words, control),
        error_line(S.errors, name, PREFIX),
        key=one.id,
    )


def _receipt() -> rx.Component:
    """A tick, and whom it concerns once the customer is known."""
    hint = PREFIX + "receipt-hint"
    tick = rx.el.input(
        type="checkbox",
        name="receipt",
        default_checked=S.receipt,
        on_change=lambda _: S.toggle_receipt(),
        custom_attrs={"aria-describedby": hint},
    )
    nobody = rx.fragment("Nobody at ", S.customer["company"], " gets billing emails: no receipt goes out.")
    told = rx.cond(S.customer["told"] != "", rx.fragment("To ", S.customer["told"]), nobody)
    return rx.el.div(
        rx.el.label(tick, rx.el.span("Email a receipt"), class_name="check plain"),
        rx.el.p(rx.cond(S.customer, told, ""), id=hint, class_name="muted small"),
        class_name="f",
        style={"marginTop": "8px"},
    )


def record_button(customer_id: Any, invoice_id: Any, kind: str = "") -> rx.Component:
    """Opens the dialog where one is."""
    return button(icon("banknote", 15), "Record payment", kind=kind, on_click=S.begin(customer_id, invoice_id))
