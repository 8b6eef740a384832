"""The profile's sections billing address, shipping address and tax settings."""

import reflex as rx

from ....customers.models import AddressFields, TaxFields
from ....ui.forms import combobox_field, tick
from ....ui.layout import facts
from .editing import PREFIX
from .profile import Profile
from .sections import editor, section, select, text, warning

S = Profile


def billing() -> rx.Component:
    return section("Billing address", "billing", _address_view("billing"), lambda: editor(*_address()))


def shipping() -> rx.Component:
    view = rx.cond(
        S.view.shipping["same"].to(bool),
        rx.el.p("Same as billing", class_name="quiet"),
        _address_view("shipping"),
    )
    return section("Shipping address", "shipping", view, _shipping_editor)


def _shipping_editor() -> rx.Component:
    return editor(
        rx.el.div(
            tick("Same as billing", "same", S.same, on_change=S.choose_same, id=PREFIX + "same"),
            style={"margin-bottom": "12px"},
        ),
        rx.cond(~S.same, rx.el.div(*_address())),
    )


def _address_view(kind: str) -> rx.Component:
    t = S.texts
    return facts(
        ("Address", t[f"{kind}_address_line1"]),
        ("Address line 2", t[f"{kind}_address_line2"]),
        ("City", t[f"{kind}_city"]),
        (t[f"{kind}_region_label"], t[f"{kind}_region"]),
        (t[f"{kind}_postal_label"], rx.el.span(t[f"{kind}_postal_code"], class_name="num")),
        ("Country", t[f"{kind}_country"]),
    )


def _address() -> list[rx.Component]:
    region = combobox_field(
        S.region_label,
        "region",
        S.typed["region"],
        S.regions,
        S.errors,
        prefix=PREFIX,
        below=[warning("region")],
        on_leave=lambda value: S.left("region", value),
    )
    postal = text(AddressFields, "postal_code", label=S.postal_label, required=True, below=[warning("postal_code")])
    return [
        text(AddressFields, "address_line1", required=True),
        text(AddressFields, "address_line2"),
        rx.el.div(text(AddressFields, "city", required=True), region, postal, class_name="g3"),
        select("Country", "country", S.countries),
    ]


# ---------------------------------------------------------------- tax


def tax() -> rx.Component:
    t = S.texts
    view = facts(
        ("Country", t["tax_country"]),
        ("Tax ID", rx.el.span(t["tax_id"], class_name="num")),
        ("Tax Rate", rx.el.span(S.view.tax_rate_text, class_name="num")),
        ("Tax exempt", t["exempt"]),
    )
    return section("Tax settings", "tax", view, _tax_editor)


def _tax_editor() -> rx.Component:
    return editor(
        rx.el.div(
            select("Country", "tax_country", S.countries, first="Billing country", optional=True),
            text(TaxFields, "tax_id", below=[warning("tax_id")]),
            text(TaxFields, "tax_rate", input_mode="decimal", max_length=9),
            class_name="g2",
        ),
        rx.el.div(
            tick("Tax exempt", "tax_exempt", S.exempt, on_change=S.choose_exempt), style={"margin-bottom": "12px"}
        ),
        rx.cond(S.exempt, text(TaxFields, "tax_certificate", required=True)),
    )
