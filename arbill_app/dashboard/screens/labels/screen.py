"""The screen "Tags and groups"."""

from typing import Any

import reflex as rx

from ....customers.commands.labels import COLOURS
from ....customers.models import GroupFields, TagFields
from ....ui.elements import Menu, icon, item, link
from ....ui.forms import button, days_field, select_field, text_field
from ....ui.layout import bone_rows, card, empty, form_dialog, question, tag_chip
from ...shell import routes
from ...shell.base import Base
from ...shell.choices import LANGUAGES, TERMS
from ...shell.frame import head, screen
from .labelling import PREFIX, Labels

S = Labels


def page() -> rx.Component:
    return screen(
        head(
            "Tags and groups",
            below=rx.el.p("Tags sort and filter customers. A group also gives them defaults.", class_name="muted"),
        ),
        _tags(),
        _groups(),
        _tag_dialog(),
        _group_dialog(),
        _merge_dialog(),
        _delete_dialog("tag"),
        _delete_dialog("group"),
        here=routes.LABELS,
    )


# ---------------------------------------------------------------- the two tables


def _tags() -> rx.Component:
    def row(tag: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(tag_chip(tag)),
            rx.el.td(tag.description, class_name="quiet rest less-s", title=tag.description),
            _count(tag, "tag"),
            rx.cond(Base.may_write, rx.el.td(_tag_verbs(tag), class_name="act")),
            key=tag.id,
        )

    none = empty(
        "No tags yet", "Tags say what a customer is to you: VIP, Retainer, Managed IT. A customer has any number."
    )
    return _section("Tags", "tag", S.new_tag, ("Name", "Description"), S.tags, row, none)


def _groups() -> rx.Component:
    def row(group: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(group.name, class_name="strong"),
            rx.el.td(rx.cond(group.defaults != "", group.defaults, "—"), class_name="quiet rest less-s"),
            _count(group, "group"),
            rx.cond(Base.may_write, rx.el.td(_group_verbs(group), class_name="act")),
            key=group.id,
        )

    none = empty(
        "No groups yet", "A customer is in one group at most, and inherits its payment terms, currency and language."
    )
    return _section("Groups", "group", S.new_group, ("Name", "Defaults"), S.groups, row, none)


def _section(
    title: str, kind: str, on_new: Any, columns: tuple[str, str], rows: Any, row: Any, none: rx.Component
) -> rx.Component:
    new = button(icon("plus", 14), f"New {kind}", kind="g sm", on_click=on_new, id=f"new-{kind}")
    table = rx.el.table(
        rx.el.caption(title, class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th(columns[0], scope="col"),
                rx.el.th(columns[1], scope="col", class_name="less-s"),
                rx.el.th("Customers", scope="col", class_name="r"),
                rx.cond(Base.may_write, rx.el.th(rx.el.span("Actions", class_name="sr"), scope="col")),
            )
        ),
        rx.el.tbody(rx.cond(S.loading, bone_rows(4, 3), rx.foreach(rows, row))),
        custom_attrs={"aria-busy": rx.cond(S.loading, "true", "false")},
    )
    body = rx.cond(S.loading | (rows.length() > 0), rx.el.div(table, class_name="tbl free"), none)
    return card(title, body, actions=[rx.cond(Base.may_write, new)], padded=False, custom_attrs={"aria-label": title})


def _count(row: Any, kind: str) -> rx.Component:
    """How many customers the list shows, and the way there."""
    number = row.customers.to_string()
    to_list = link(
        number,
        to=f"{routes.CUSTOMERS}?{kind}=" + row.id,
        class_name="link",
        custom_attrs={"aria-label": number + f" customers with {kind} " + row.name},
    )
    return rx.el.td(rx.cond(row.customers > 0, to_list, rx.el.span("0", class_name="muted")), class_name="r num")


def _tag_verbs(tag: Any) -> rx.Component:
    return Menu.create(
        icon("ellipsis"),
        item(icon("pencil"), "Edit", on_click=S.edit_tag(tag.id)),
        rx.cond(S.tags.length() > 1, item(icon("merge"), "Merge into…", on_click=S.ask_merge(tag.id))),
        item(icon("trash-2"), "Delete", on_click=S.ask_delete_tag(tag.id), class_name="bad"),
        label="Actions for " + tag.name,
        class_name="icb",
    )


def _group_verbs(group: Any) -> rx.Component:
    return Menu.create(
        icon("ellipsis"),
        item(icon("pencil"), "Edit", on_click=S.edit_group(group.id)),
        item(icon("trash-2"), "Delete", on_click=S.ask_delete_group(group.id), class_name="bad"),
        label="Actions for " + group.name,
        class_name="icb",
    )


# ---------------------------------------------------------------- dialogs


def _editor(kind: str, *fields: rx.Component) -> rx.Component:
    title = rx.cond(S.label_id == "", f"New {kind}", f"Edit {kind}")
    return form_dialog(
        S.dialog == kind,
        title,
        *fields,
        verbs=[button(f"Save {kind}", kind="p", type="submit")],
        on_submit=S.save,
        on_close=S.close,
        small=True,
    )


def _tag_dialog() -> rx.Component:
    def swatch(colour: str) -> rx.Component:
        radio = rx.el.input(type="radio", name="colour", value=colour, default_checked=S.typed["colour"] == colour)
        return rx.el.label(radio, rx.el.span(colour.capitalize(), class_name=f"tag {colour}"), class_name="check")

    return _editor(
        "tag",
        text_field(TagFields, "name", S.typed["name"], S.errors, prefix=PREFIX),
        rx.el.fieldset(
            rx.el.legend("Colour", class_name="lab"),
            rx.el.div(*map(swatch, COLOURS), class_name="checks swatches"),
            class_name="f",
        ),
        text_field(TagFields, "description", S.typed["description"], S.errors, prefix=PREFIX),
    )


def _group_dialog() -> rx.Component:
    def choose(label: str, name: str, options: Any, first: str, **props: Any) -> rx.Component:
        return select_field(
            label, name, S.typed[name], options, S.errors, prefix=PREFIX, first=first, optional=True, **props
        )

    days = days_field(S.typed["custom_days"], S.errors, PREFIX)
    return _editor(
        "group",
        text_field(GroupFields, "name", S.typed["name"], S.errors, prefix=PREFIX),
        choose("Payment Terms", "terms", TERMS, "Company default", on_change=S.choose_terms),
        rx.cond(S.typed["terms"] == "custom", days),
        choose("Billing Currency", "currency", S.currencies, "Currency of the customer’s country"),
        choose("Language", "language", LANGUAGES, "Company default"),
    )


def _merge_dialog() -> rx.Component:
    into = select_field(
        "Into", "into", S.into_id, S.others, S.errors, prefix=PREFIX, first="Choose a tag", on_change=S.choose_into
    )
    return question(
        S.dialog == "merge",
        "Merge tag",
        rx.fragment("Merge ", S.label),
        into,
        _effects(),
        verb=button("Merge tags", kind="p", on_click=S.merge),
        on_close=S.close,
        no="Cancel",
    )


def _delete_dialog(kind: str) -> rx.Component:
    return question(
        S.dialog == f"delete_{kind}",
        f"Delete {kind}",
        rx.fragment("Delete ", S.label, "?"),
        _effects(),
        verb=button(f"Delete {kind}", kind="bad", on_click=S.delete),
        on_close=S.close,
    )


def _effects() -> rx.Component:
    return rx.el.ul(
        rx.foreach(S.effects, lambda line: rx.el.li(line, key=line)),
        class_name="stack tight quiet",
        custom_attrs={"aria-live": "polite"},
    )
