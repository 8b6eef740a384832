"""How the modal "Add customer" looks: its frame, and step one."""

from typing import Any

import reflex as rx

from ....customers.commands.lifecycle import SHIPPING
from ....customers.models import AliasFields, CustomerFields
from ....ui.elements import icon
from ....ui.forms import (
    button,
    combobox_field,
    days_field,
    form,
    plain_field,
    select_field,
    text_field,
    tick,
    tick_list,
    warning_line,
)
from ....ui.layout import dialog, dialog_head
from .add import AddCustomer
from .draft import PREFIX
from .duplicate_hint import duplicate_hint
from .users_form import users_form

S = AddCustomer


def add_customer_dialog() -> rx.Component:
    return dialog(
        S.open,
        "Add customer",
        dialog_head("Add customer", S.close, _steps()),
        rx.cond(S.step == 1, _details(), users_form()),
        on_close=S.close,
    )


def _steps() -> rx.Component:
    def step(number: int, label: str) -> rx.Component:
        current = {"aria-current": rx.cond(S.step == number, "step", "false")}
        return rx.el.li(
            rx.cond(S.step == number, rx.el.b(f"{number} {label}", custom_attrs=current), f"{number} {label}")
        )

    return rx.el.ol(step(1, "Details"), icon("chevron-right", 12), step(2, "Users"), class_name="steps")


def _text(name: str, **props: Any) -> rx.Component:
    """A field of the customer, checked as it is left."""
    model_name = name.removeprefix(SHIPPING)
    return text_field(
        CustomerFields,
        model_name,
        S.typed[name],
        S.errors,
        prefix=PREFIX,
        named=name,
        on_blur=lambda value: S.left(name, value),
        **props,
    )


def _select(label: Any, name: str, options: Any, **props: Any) -> rx.Component:
    return select_field(
        label,
        name,
        S.typed[name],
        options,
        S.errors,
        prefix=PREFIX,
        on_change=lambda value: S.left(name, value),
        **props,
    )


# ---------------------------------------------------------------- step one


def _details() -> rx.Component:
    return form(
        rx.el.div(
            rx.el.div(
                _text("company", required=True, on_change=S.company_typed.debounce(300), auto_complete="organization"),
                duplicate_hint(),
                rx.el.div(
                    _text("legal_name"), _text("ein", below=[_warning("ein")], input_mode="numeric"), class_name="g2"
                ),
                *_address(""),
                _more(),
                key=S.version,
            ),
            class_name="db",
        ),
        rx.el.footer(
            rx.el.span("Saved as you continue; finish later if you like.", class_name="muted small grow"),
            button("Cancel", kind="g", on_click=S.close),
            button("Continue", kind="p", type="submit"),
        ),
        on_submit=S.submit_details,
        class_name="sheet",
    )


def _warning(name: str) -> rx.Component:
    return warning_line(S.warnings, name, on_fix=S.fix(name))


def _address(kind: str) -> list[rx.Component]:
    """Billing ("") or shipping, each with its country's labels and rules."""
    shipping = kind == SHIPPING
    regions, region_label, postal_label = (
        (S.shipping_regions, S.shipping_region_label, S.shipping_postal_label)
        if shipping
        else (S.regions, S.region_label, S.postal_label)
    )
    where = "shipping" if shipping else "billing"
    region = combobox_field(
        region_label,
        kind + "region",
        S.typed[kind + "region"],
        regions,
        S.errors,
        prefix=PREFIX,
        below=[_warning(kind + "region")],
        on_leave=lambda value: S.left(kind + "region", value),
    )
    return [
        _text(kind + "address_line1", required=True, auto_complete=f"{where} address-line1"),
        _text(kind + "address_line2", placeholder="Suite, floor, building", auto_complete=f"{where} address-line2"),
        rx.el.div(
            _text(kind + "city", required=True, auto_complete=f"{where} address-level2"),
            region,
            _text(
                kind + "postal_code",
                label=postal_label,
                required=True,
                below=[_warning(kind + "postal_code")],
                auto_complete=f"{where} postal-code",
            ),
            class_name="g3",
        ),
        _select("Country", kind + "country", S.countries),
    ]


def _more() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("chevron-right", 14),
            "More details ",
            rx.el.span(
                S.typed["currency"],
                " · ",
                _terms_said(),
                " · tax ",
                S.typed["tax_rate"],
                "%",
                class_name="muted",
                style={"font-weight": "400"},
            ),
            on_click=S.toggle_more.prevent_default,
        ),
        rx.cond(S.more_open, rx.el.div(*_more_fields())),
        open=S.more_open,
        class_name="more",
    )


def _terms_said() -> rx.Component:
    return rx.match(
        S.typed["terms"],
        ("0", "Due on receipt"),
        ("custom", "Net " + S.typed["custom_days"]),
        "Net " + S.typed["terms"],
    )


def _more_fields() -> list[rx.Component]:
    days = days_field(S.typed["custom_days"], S.errors, PREFIX, on_blur=lambda value: S.left("custom_days", value))
    return [
        rx.el.div(
            _select("Billing Currency", "currency", S.currencies),
            _text("tax_rate", below=[_warning("tax_rate")], input_mode="decimal", max_length=9),
            _text("tax_id", below=[_warning("tax_id")]),
            rx.el.div(
                _select("Payment Terms", "terms", S.terms),
                rx.cond(S.typed["terms"] == "custom", days),
            ),
            _select("Legal Entity", "legal_entity_id", S.entities),
            _select("Language", "language", S.languages),
            class_name="g2",
        ),
        _externals(),
        rx.el.div(
            _select("Group", "group_id", S.groups, first="No group", optional=True, key=S.groups_version),
            _new("New group", "new_group", S.new_group),
            class_name="g2",
        ),
        _tags(),
        _shipping(),
    ]


def _externals() -> rx.Component:
    def one(value: Any, i: Any) -> rx.Component:
        name = "external_id_" + i.to_string()
        label = rx.cond(i == 0, "External ID", "External ID " + (i + 1).to_string())
        return text_field(
            AliasFields,
            "alias",
            value,
            S.errors,
            prefix=PREFIX,
            named=name,
            label=label,
            required=False,
            on_blur=lambda typed: S.external_left(i, typed),
        )

    return rx.el.div(
        rx.foreach(S.external_ids, one),
        button(icon("plus", 14), "Add another external ID", kind="g sm", on_click=S.add_external),
        class_name="f",
    )


def _new(label: str, name: str, on_add: Any) -> rx.Component:
    """A small input that adds a tag or a group, as it is left, without leaving the form."""
    return plain_field(label, name, "", S.errors, prefix=PREFIX, optional=True, max_length=60, on_blur=on_add)


def _tags() -> rx.Component:
    return rx.el.div(
        tick_list("Tags", "tag", S.tags, S.tag_ids, S.toggle_tag),
        _new("New tag", "new_tag", S.new_tag),
    )


def _shipping() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Shipping address", class_name="lab", style={"margin-bottom": "6px"}),
        tick("Same as billing", "shipping_same", S.shipping_same, on_change=S.same_shipping),
        rx.cond(~S.shipping_same, rx.el.div(*_address(SHIPPING), style={"margin-top": "12px"})),
    )
