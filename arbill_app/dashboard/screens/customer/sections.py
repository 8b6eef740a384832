"""The profile's sections: what they show, and how they are edited in place."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from ....customers.models import BusinessFields
from ....ui.elements import icon
from ....ui.forms import (
    button,
    days_field,
    described,
    error_line,
    form,
    plain_field,
    select_field,
    text_field,
    tick_list,
    warning_line,
)
from ....ui.layout import card, facts, tag_chip
from ...shell.base import Base
from ...shell.choices import FLOWS, LANGUAGES, TERMS
from .editing import PREFIX
from .methods_cards import text_of_auto_pay
from .profile import Profile

S = Profile


def section(title: str, name: str, view: rx.Component, editor: Callable[[], rx.Component]) -> rx.Component:
    """A card that is read until somebody presses Edit."""
    edit = rx.cond(
        Base.may_write & (S.editing != name),
        button(
            "Edit",
            kind="g sm",
            on_click=S.edit(name),
            id=f"edit-{name}-button",
            custom_attrs={"aria-label": f"Edit {title.lower()}"},
        ),
    )
    return card(
        title, rx.cond(S.editing == name, editor(), view), actions=[edit], custom_attrs={"aria-label": title}, id=name
    )


def editor(*fields: rx.Component) -> rx.Component:
    return form(
        _stale(),
        rx.el.div(*fields, key=S.version),
        rx.el.div(
            button("Cancel", kind="g", on_click=S.cancel), button("Save", kind="p", type="submit"), class_name="actions"
        ),
        on_submit=S.save,
    )


def _stale() -> rx.Component:
    """Both versions, side by side: nothing is overwritten silently."""

    def one(change: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(change["label"], scope="row"),
            rx.el.td(change["theirs"]),
            rx.el.td(change["mine"]),
            key=change["label"],
        )

    return rx.cond(
        S.stale.length() > 0,
        rx.el.div(
            rx.el.div(
                icon("users"),
                rx.el.span(S.stale_who, " changed this section while you were editing. Whose version counts?"),
                class_name="hint",
            ),
            rx.el.div(
                rx.el.table(
                    rx.el.thead(
                        rx.el.tr(
                            rx.el.th("Field", scope="col"),
                            rx.el.th("Saved now", scope="col"),
                            rx.el.th("Yours", scope="col"),
                        )
                    ),
                    rx.el.tbody(rx.foreach(S.stale, one)),
                ),
                class_name="tbl",
                style={"margin-bottom": "10px"},
            ),
            rx.el.div(
                button("Use theirs", on_click=S.take_theirs),
                button("Save mine", kind="p", on_click=S.keep_mine),
                class_name="row",
                style={"margin-bottom": "16px"},
            ),
            id="stale",
            tab_index=-1,
            role="alert",
        ),
    )


def text(model: type, name: str, **props: Any) -> rx.Component:
    return text_field(
        model, name, S.typed[name], S.errors, prefix=PREFIX, on_blur=lambda value: S.left(name, value), **props
    )


def select(label: Any, name: str, options: Any, **props: Any) -> rx.Component:
    return select_field(
        label, name, S.typed[name], options, S.errors, prefix=PREFIX, on_change=lambda v: S.left(name, v), **props
    )


def warning(name: str) -> rx.Component:
    return warning_line(S.warnings, name, on_fix=S.fix(name))


# ---------------------------------------------------------------- business information


def business() -> rx.Component:
    v, t = S.view, S.texts
    view = facts(
        ("Business Name", v.company),
        ("Legal Name", t["legal_name"]),
        ("EIN", rx.el.span(t["ein"], class_name="num")),
        ("Currency", rx.fragment(t["currency"], _quiet(v.currency_lock))),
        ("Invoicing Flow", v.flow_label),
        ("Payment Terms", rx.fragment(v.terms_text, _quiet(v.terms_from))),
        ("Auto Pay", text_of_auto_pay()),
        ("Legal Entity", v.entity_name),
        ("Language", rx.fragment(t["language"], _quiet(v.language_from))),
    )
    return section("Business information", "business", view, _business_editor)


def _quiet(text: Any) -> rx.Component:
    return rx.cond(text != "", rx.el.span(" · ", text, class_name="muted"))


def _business_editor() -> rx.Component:
    locked = S.view.currency_lock != ""
    reason = rx.cond(locked, rx.el.p(icon("lock", 13), rx.el.span(S.view.currency_lock), class_name="msg info"))
    days = days_field(S.typed["custom_days"], S.errors, PREFIX)
    return editor(
        text(BusinessFields, "company", label="Business Name"),
        rx.el.div(
            text(BusinessFields, "legal_name"),
            text(BusinessFields, "ein", below=[warning("ein")], input_mode="numeric"),
            select("Currency", "currency", S.currencies, disabled=locked, below=[reason]),
            select("Invoicing Flow", "flow", FLOWS),
            rx.el.div(
                select("Payment Terms", "terms", TERMS, first="Default of group or company"),
                rx.cond(S.typed["terms"] == "custom", days),
            ),
            select("Legal Entity", "legal_entity_id", S.entities, first="Default legal entity"),
            select("Language", "language", LANGUAGES, first="Default of group or company"),
            class_name="g2",
        ),
    )


# ---------------------------------------------------------------- identifiers, tags, group


def aliases() -> rx.Component:
    def one(alias: Any) -> rx.Component:
        remove = button(
            icon("x", 14),
            kind="g sm",
            on_click=S.remove_alias(alias.id),
            custom_attrs={"aria-label": "Remove " + alias.alias},
        )
        return rx.el.li(
            rx.el.span(alias.alias, class_name="grow wrap num"),
            rx.cond(alias.is_own, rx.el.span("arbill ID", class_name="badge"), rx.cond(Base.may_write, remove)),
            class_name="row",
            style={"min-height": "32px"},
            key=alias.id,
        )

    add = form(
        rx.el.div(
            rx.el.input(
                id="alias",
                name="alias",
                default_value="",
                max_length=120,
                class_name="in",
                placeholder="PSA-1042",
                auto_complete="off",
                custom_attrs={"aria-label": "Alias"} | described(S.errors, "alias"),
            ),
            button(icon("plus", 14), "Add", type="submit"),
            class_name="row",
        ),
        error_line(S.errors, "alias"),
        on_submit=S.add_alias,
        style={"margin-top": "10px", "max-width": "420px"},
    )
    return card(
        "External identifiers (Aliases)",
        rx.el.ul(rx.foreach(S.view.aliases, one)),
        rx.cond(Base.may_write, add),
        custom_attrs={"aria-label": "External identifiers (Aliases)"},
        id="aliases",
    )


def labels() -> rx.Component:
    none = rx.el.span("No tag", class_name="muted")
    tags = rx.cond(S.view.tags.length() > 0, rx.el.div(rx.foreach(S.view.tags, tag_chip), class_name="tags"), none)
    view = facts(("Tags", tags), ("Group", rx.cond(S.view.group != "", S.view.group, "—")))
    return section("Tags and group", "labels", view, _labels_editor)


def _labels_editor() -> rx.Component:
    return editor(
        tick_list("Tags", "tag", S.tags, S.tag_ids, S.toggle_tag),
        rx.el.div(
            _new("New tag", "new_tag", S.new_tag),
            select("Group", "group_id", S.groups, first="No group", key=S.groups_version),
            _new("New group", "new_group", S.new_group),
            class_name="g2",
        ),
    )


def _new(label: str, name: str, on_add: Any) -> rx.Component:
    return plain_field(label, name, "", S.errors, prefix=PREFIX, optional=True, max_length=60, on_blur=on_add)


# ---------------------------------------------------------------- activity


def activity() -> rx.Component:
    def one(entry: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(entry.what),
            rx.foreach(entry.changes, lambda change: rx.el.span(change, class_name="quiet small wrap")),
            rx.el.span(entry.who, " · ", entry.at, class_name="muted"),
            key=entry.id,
        )

    return card(
        "Activity", rx.el.ul(rx.foreach(S.feed, one), class_name="feed"), custom_attrs={"aria-label": "Activity"}
    )
