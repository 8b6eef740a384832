"""The screen "Settings": company, legal entities, team. Owners and admins only."""

from typing import Any

import reflex as rx

from ...partners.models import LegalEntityFields, PartnerFields
from ...ui.elements import Combobox, Menu, icon, item
from ...ui.forms import button, combobox_field, described, field, form, select_field, text_field
from ...ui.layout import badge, bone, card, dialog, dialog_head, facts
from .. import routes
from ..base import Base
from ..choices import LANGUAGES, TERMS
from ..frame import head, screen
from .company import ENTITY_PREFIX, PREFIX, Entities, Settings
from .people import remove_dialog, role_dialogs, team
from .places import every_country, near_zones, other_zones

S = Settings
E = Entities


def page() -> rx.Component:
    return screen(
        head("Settings"),
        rx.cond(Base.may_manage, rx.el.div(_company(), _entities(), team(), class_name="narrow")),
        _entity_dialog(),
        *role_dialogs(),
        remove_dialog(),
        here=routes.SETTINGS,
    )


def _skeleton(lines: int) -> rx.Component:
    rows = [rx.el.div(bone(f"{35 + i * 13 % 40}%"), style={"height": "28px"}) for i in range(lines)]
    return rx.el.div(*rows, class_name="in-card", custom_attrs={"aria-hidden": "true"})


# ---------------------------------------------------------------- company


def _company() -> rx.Component:
    edit = rx.cond(
        ~S.editing & ~S.loading,
        button("Edit", kind="g sm", on_click=S.edit, id="edit-company", custom_attrs={"aria-label": "Edit company"}),
    )
    view = facts(
        ("Company name", S.view.name),
        ("Time zone", S.texts["timezone"]),
        ("Language", S.texts["language"]),
        ("Currency", S.texts["currency"]),
        ("Payment Terms", S.texts["terms"]),
        ("Countries you bill", S.texts["countries"]),
    )
    body = rx.cond(S.editing, rx.el.div(_editor(), class_name="in-card"), rx.el.div(view, class_name="in-card"))
    return card(
        "Company",
        rx.cond(S.loading, _skeleton(6), body),
        actions=[edit],
        padded=False,
        custom_attrs={"aria-label": "Company"},
    )


def _editor() -> rx.Component:
    def choose(label: str, name: str, options: Any, **props: Any) -> rx.Component:
        return select_field(label, name, S.typed[name], options, S.errors, prefix=PREFIX, **props)

    return form(
        text_field(PartnerFields, "name", S.typed["name"], S.errors, prefix=PREFIX, auto_complete="organization"),
        rx.el.div(
            _zones(),
            choose("Language", "language", LANGUAGES),
            choose("Currency", "currency", S.currencies),
            rx.el.div(
                choose("Payment Terms", "terms", TERMS, on_change=S.choose_terms),
                rx.cond(S.typed["terms"] == "custom", _days()),
            ),
            class_name="g2",
        ),
        _countries(),
        rx.el.div(
            button("Cancel", kind="g", on_click=S.cancel), button("Save", kind="p", type="submit"), class_name="actions"
        ),
        on_submit=S.save,
    )


def _days() -> rx.Component:
    control = rx.el.input(
        id=PREFIX + "custom_days",
        name="custom_days",
        default_value=S.typed["custom_days"],
        input_mode="numeric",
        max_length=3,
        class_name="in",
        custom_attrs=described(S.errors, "custom_days", PREFIX),
    )
    return field("Days", "custom_days", control, S.errors, prefix=PREFIX)


def _zones() -> rx.Component:
    def group(label: str, pairs: Any) -> rx.Component:
        return rx.el.optgroup(rx.foreach(pairs, lambda pair: rx.el.option(pair[1], value=pair[0])), label=label)

    control = rx.el.select(
        group("North America", near_zones()),
        group("Everywhere", other_zones()),
        id=PREFIX + "timezone",
        name="timezone",
        default_value=S.typed["timezone"],
        class_name="in",
        custom_attrs=described(S.errors, "timezone", PREFIX),
    )
    return field("Time zone", "timezone", control, S.errors, prefix=PREFIX)


def _countries() -> rx.Component:
    """Chosen ones as chips; more by typing."""

    def chip(pair: Any) -> rx.Component:
        drop = rx.el.button(
            icon("x", 12),
            type="button",
            on_click=S.drop_country(pair[0]),
            custom_attrs={"aria-label": "Remove " + pair[1]},
        )
        return rx.el.li(pair[1], drop, class_name="tag chip", key=pair[0])

    add = Combobox.create(
        id=PREFIX + "countries",
        options=every_country(),
        default_value="",
        placeholder="Type a country",
        on_pick=S.add_country,
        on_leave=S.add_country,
        key=S.version.to_string(),
        custom_attrs=described(S.errors, "countries", PREFIX),
    )
    return rx.el.fieldset(
        rx.el.legend("Countries you bill", class_name="lab"),
        rx.el.ul(rx.foreach(S.countries, chip), class_name="tags"),
        rx.el.div(field("Add country", "countries", add, S.errors, prefix=PREFIX), class_name="half"),
        class_name="f",
    )


# ---------------------------------------------------------------- legal entities


def _entities() -> rx.Component:
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
            _entity_verbs(entity),
            class_name="person",
            key=entity.id,
        )

    new = button(icon("plus", 14), "New legal entity", kind="g sm", on_click=E.add)
    body = rx.cond(S.loading, _skeleton(3), rx.el.ul(rx.foreach(S.entities, one)))
    return card("Legal entities", body, actions=[new], padded=False, custom_attrs={"aria-label": "Legal entities"})


def _entity_verbs(entity: Any) -> rx.Component:
    return Menu.create(
        icon("ellipsis"),
        item(icon("pencil"), "Edit", on_click=E.edit(entity.id)),
        rx.cond(~entity.is_default, item(icon("star"), "Make default", on_click=E.make_default(entity.id))),
        label="Actions for " + entity.name,
        class_name="icb",
    )


def _entity_dialog() -> rx.Component:
    title = rx.cond(E.entity_id == "", "New legal entity", "Edit legal entity")
    return dialog(
        E.open,
        title,
        dialog_head(title, E.close),
        form(
            rx.el.div(
                rx.el.div(_entity_text("name", auto_complete="organization"), _entity_text("tax_id"), class_name="g2"),
                _entity_text("address_line1"),
                _entity_text("address_line2"),
                rx.el.div(*_place(), class_name="g3"),
                select_field(
                    "Country",
                    "country",
                    E.typed["country"],
                    every_country(),
                    E.errors,
                    prefix=ENTITY_PREFIX,
                    on_change=E.choose_country,
                ),
                class_name="db",
            ),
            rx.el.footer(
                rx.el.span(class_name="grow"),
                button("Cancel", kind="g", on_click=E.close),
                button("Save legal entity", kind="p", type="submit"),
            ),
            on_submit=E.save,
            class_name="sheet",
        ),
        on_close=E.close,
    )


def _place() -> list[rx.Component]:
    region = combobox_field(
        E.region_label,
        "region",
        E.typed["region"],
        E.regions,
        E.errors,
        prefix=ENTITY_PREFIX,
        optional=True,
        on_leave=lambda value: E.left("region", value),
    )
    return [_entity_text("city"), region, _entity_text("postal_code", label=E.postal_label)]


def _entity_text(name: str, **props: Any) -> rx.Component:
    return text_field(
        LegalEntityFields,
        name,
        E.typed[name],
        E.errors,
        prefix=ENTITY_PREFIX,
        on_blur=lambda value: E.left(name, value),
        **props,
    )
