"""The dialog "Record payment"."""

from typing import Any

import reflex as rx

from ...kernel.fields import limit_of
from ...payments.models import PaymentFields
from ...ui.elements import Finder, icon
from ...ui.forms import button, described, error_line, field, form, select_field, text_field
from ...ui.layout import dialog, dialog_head
from .recording import KINDS, PREFIX, Recording

S = Recording
SOON = 150  # milliseconds of not typing
# Where the customer is known already, the amount is where to begin.
FIRST = {"data-first": rx.cond(S.customer, "", rx.Var("undefined"))}


def record_dialog(here: Any) -> rx.Component:
    """`here` is the path of the page it stands on."""
    return dialog(
        S.open == here,
        "Record payment",
        dialog_head("Record payment", S.close),
        form(
            rx.el.div(
                _customer(),
                rx.el.div(
                    _amount(),
                    _day(),
                    select_field(
                        "How",
                        "kind",
                        S.typed["kind"],
                        KINDS,
                        S.errors,
                        prefix=PREFIX,
                        on_change=lambda kind: S.type("kind", kind),
                    ),
                    _text("reference", placeholder="Check number, wire reference"),
                    class_name="g2",
                ),
                _text("note"),
                rx.cond(S.customer, _parts()),
                rx.el.p(S.outcome, class_name="quiet small outcome", role="status"),
                _receipt(),
                class_name="db",
                key=S.version,
            ),
            rx.el.footer(
                rx.el.span(class_name="grow"),
                button("Cancel", kind="g", on_click=S.close),
                button("Record payment", kind="p", type="submit"),
            ),
            on_submit=S.record,
            class_name="sheet",
        ),
        on_close=S.close,
    )


def _typing(name: str) -> dict[str, Any]:
    """The state follows while somebody types, and at the latest when they leave: one pause is known at a time."""
    return {
        "on_change": lambda value: S.type(name, value).debounce(SOON),
        "on_blur": lambda value: S.type(name, value),
    }


def _customer() -> rx.Component:
    control = Finder.create(
        id=PREFIX + "customer",
        name="customer",
        chosen=rx.cond(S.customer, S.customer["company"], ""),
        options=S.customers,
        found_for=S.customers_for,
        placeholder="Search customers",
        on_find=S.find_customer,
        on_pick=S.choose_customer,
        custom_attrs=described(S.errors, "customer", PREFIX) | {"aria-required": "true"},
    )
    return field("Customer", "customer", control, S.errors, prefix=PREFIX)


def _amount() -> rx.Component:
    control = rx.el.div(
        rx.el.input(
            id=PREFIX + "amount",
            name="amount",
            default_value=S.typed["amount"],
            input_mode="decimal",
            auto_complete="off",
            placeholder="0.00",
            max_length=30,
            class_name="in num",
            **_typing("amount"),
            custom_attrs=described(S.errors, "amount", PREFIX) | {"aria-required": "true"} | FIRST,
        ),
        rx.el.span(
            rx.cond(S.customer, S.customer["currency"], ""), class_name="unit", custom_attrs={"aria-hidden": "true"}
        ),
        class_name="with-unit",
    )
    return field("Amount", "amount", control, S.errors, prefix=PREFIX)


def _day() -> rx.Component:
    control = rx.el.input(
        id=PREFIX + "received_on",
        name="received_on",
        type="date",
        default_value=S.typed["received_on"],
        max=S.today,
        class_name="in num",
        **_typing("received_on"),
        custom_attrs=described(S.errors, "received_on", PREFIX) | {"aria-required": "true"},
    )
    return field("Date received", "received_on", control, S.errors, prefix=PREFIX)


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
