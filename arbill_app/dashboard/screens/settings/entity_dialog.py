"""The settings' legal entities as a list, and the dialog of one."""

from typing import Any

import reflex as rx

from ....partners.models import LegalEntityFields
from ....ui.elements import Menu, icon, item
from ....ui.forms import button, combobox_field, select_field, text_field
from ....ui.layout import badge, bones, card, form_dialog
from .branding_card import logo_row
from .company import Settings
from .entities import NUMBERED, PREFIX, Entities
from .places import every_country

S = Settings
E = Entities


def legal_entities() -> rx.Component:
    def one(entity: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(
                    rx.el.span(entity.name, class_name="strong wrap"),
                    rx.cond(entity.is_default, badge("Default", "ok")),
                    class_name="row wraps",
                ),
                rx.el.div(S.places[entity.id], class_name="quiet wrap"),
                rx.cond(entity.tax_id != "", rx.el.div("Tax ID ", entity.tax_id, class_name="muted small num")),
                class_name="grow stack tight",
            ),
            _verbs(entity),
            class_name="person",
            key=entity.id,
        )

    new = button(icon("plus", 14), "New legal entity", kind="g sm", on_click=E.add)
    body = rx.cond(S.loading, bones(3), rx.el.ul(rx.foreach(S.entities, one)))
    return card("Legal entities", body, actions=[new], padded=False, custom_attrs={"aria-label": "Legal entities"})


def _verbs(entity: Any) -> rx.Component:
    return Menu.create(
        icon("ellipsis"),
        item(icon("pencil"), "Edit", on_click=E.edit(entity.id)),
        rx.cond(~entity.is_default, item(icon("star"), "Make default", on_click=E.make_default(entity.id))),
        label="Actions for " + entity.name,
        class_name="icb",
    )


def entity_dialog() -> rx.Component:
    title = rx.cond(E.entity_id == "", "New legal entity", "Edit legal entity")
    return form_dialog(
        E.open,
        title,
        _text("name", auto_complete="organization"),
        rx.el.div(_text("tax_id"), _text("second_tax_id"), class_name="g2"),
        _text("address_line1"),
        _text("address_line2"),
        rx.el.div(*_place(), class_name="g3"),
        select_field(
            "Country",
            "country",
            E.typed["country"],
            every_country(),
            E.errors,
            prefix=PREFIX,
            on_change=E.choose_country,
        ),
        _tax_name(),
        rx.el.div(*map(_pattern, NUMBERED), class_name="g2"),
        rx.cond(E.entity_id != "", _logo()),
        verbs=[button("Save legal entity", kind="p", type="submit")],
        on_submit=E.save,
        on_close=E.close,
    )


def _place() -> list[rx.Component]:
    region = combobox_field(
        E.region_label,
        "region",
        E.typed["region"],
        E.regions,
        E.errors,
        prefix=PREFIX,
        optional=True,
        on_leave=lambda value: E.left("region", value),
    )
    return [_text("city"), region, _text("postal_code", label=E.postal_label)]


def _text(name: str, **props: Any) -> rx.Component:
    return text_field(
        LegalEntityFields,
        name,
        E.typed[name],
        E.errors,
        prefix=PREFIX,
        on_blur=lambda value: E.left(name, value),
        **props,
    )


def _tax_name() -> rx.Component:
    note = "Printed before the rate on invoices, for example GST 5.00%. Empty: Tax."
    return _text("tax_name", placeholder="Tax", below=[rx.el.p(note, class_name="muted small")])


def _pattern(name: str) -> rx.Component:
    """Empty is the usual one, shown in grey; below, while one types, what comes of it."""
    told = rx.cond(~E.errors.contains(name), rx.el.p(E.sample[name], class_name="muted small", role="status"))
    return _text(name, placeholder=NUMBERED[name], on_change=lambda value: E.type_pattern(name, value), below=[told])


def _logo() -> rx.Component:
    note = "Only for this legal entity. Without one, its papers show the company’s."
    return logo_row(E.logo_id, E.entity_id, E.errors, E.logo_sent, E.remove_logo, prefix=PREFIX, note=note)
