"""The screen "Settings": company, legal entities, team. Owners and admins only."""

from typing import Any

import reflex as rx

from ....partners.models import PartnerFields
from ....ui.elements import Combobox, icon, link
from ....ui.forms import button, described, field, form, select_field, text_field
from ....ui.layout import bones, card, facts
from ...shell import routes
from ...shell.base import Base
from ...shell.choices import LANGUAGES, TERMS
from ...shell.frame import head, screen
from .branding_card import branding
from .company import PREFIX, ROUNDING, Settings
from .entity_dialog import entity_dialog, legal_entities
from .people import remove_dialog, role_dialogs, team
from .places import every_country, near_zones, other_zones
from .protection import protection

S = Settings


def page() -> rx.Component:
    return screen(
        head("Settings"),
        rx.cond(
            Base.may_manage,
            rx.el.div(
                _company(), branding(), legal_entities(), _templates(), team(), protection(), class_name="narrow"
            ),
        ),
        entity_dialog(),
        *role_dialogs(),
        remove_dialog(),
        here=routes.SETTINGS,
    )


def _templates() -> rx.Component:
    edit = link("Edit templates", to=routes.MESSAGES, class_name="btn g sm")
    words = rx.el.p(
        "What your customers read in emails about invoices and payments, in each language.", class_name="quiet"
    )
    return card("Message templates", words, actions=[edit], custom_attrs={"aria-label": "Message templates"})


# ---------------------------------------------------------------- company


def _company() -> rx.Component:
    edit = rx.cond(
        ~S.editing & ~S.loading,
        button("Edit", kind="g sm", on_click=S.edit, id="edit-company", custom_attrs={"aria-label": "Edit company"}),
    )
    view = facts(
        ("Company name", S.view.name),
        ("Reply-to email", rx.cond(S.view.reply_to != "", S.view.reply_to, "None")),
        ("Time zone", S.texts["timezone"]),
        ("Language", S.texts["language"]),
        ("Currency", S.texts["currency"]),
        ("Payment Terms", S.texts["terms"]),
        ("Tax rounding", S.texts["tax_rounding"]),
        ("Countries you bill", S.texts["countries"]),
    )
    body = rx.cond(S.editing, rx.el.div(_editor(), class_name="in-card"), rx.el.div(view, class_name="in-card"))
    return card(
        "Company",
        rx.cond(S.loading, bones(8), body),
        actions=[edit],
        padded=False,
        custom_attrs={"aria-label": "Company"},
    )


def _editor() -> rx.Component:
    def choose(label: str, name: str, options: Any, **props: Any) -> rx.Component:
        return select_field(label, name, S.typed[name], options, S.errors, prefix=PREFIX, **props)

    return form(
        text_field(PartnerFields, "name", S.typed["name"], S.errors, prefix=PREFIX, auto_complete="organization"),
        text_field(
            PartnerFields, "reply_to", S.typed["reply_to"], S.errors, prefix=PREFIX, type="email", below=[_reply()]
        ),
        rx.el.div(
            _zones(),
            choose("Language", "language", LANGUAGES),
            choose("Currency", "currency", S.currencies),
            rx.el.div(
                choose("Payment Terms", "terms", TERMS, on_change=S.choose_terms),
                rx.cond(S.typed["terms"] == "custom", _days()),
            ),
            choose("Tax rounding", "tax_rounding", ROUNDING),
            class_name="g2",
        ),
        _countries(),
        rx.el.div(
            button("Cancel", kind="g", on_click=S.cancel), button("Save", kind="p", type="submit"), class_name="actions"
        ),
        on_submit=S.save,
    )


def _reply() -> rx.Component:
    return rx.el.p("Answers to your messages and questions from the portal go there.", class_name="muted small")


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
