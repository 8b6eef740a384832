"""The settings' team as a table, and its dialogs."""

from typing import Any

import reflex as rx

from ....partners.models import StaffFields
from ....ui.elements import Menu, icon, item
from ....ui.forms import button, select_field, text_field
from ....ui.layout import badge, bone_rows, card, form_dialog, question
from .company import Settings
from .team import MAY, PREFIX, Team

S = Settings
T = Team


def team() -> rx.Component:
    table = rx.el.table(
        rx.el.caption("Team", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Name", scope="col"),
                rx.el.th("Email", scope="col", class_name="less-m"),
                rx.el.th("Role", scope="col", class_name="less-s"),
                rx.el.th("Status", scope="col"),
                rx.el.th("Two-factor", scope="col", class_name="less-m"),
                rx.el.th("Last sign-in", scope="col", class_name="less-s"),
                rx.el.th(rx.el.span("Actions", class_name="sr"), scope="col"),
            )
        ),
        rx.el.tbody(rx.cond(S.loading, bone_rows(4, 7), rx.foreach(S.team, _row))),
        custom_attrs={"aria-busy": rx.cond(S.loading, "true", "false")},
    )
    invite = button(icon("plus", 14), "Invite", kind="g sm", on_click=T.ask_invite)
    body = rx.el.div(table, class_name="tbl free")
    return card("Team", body, actions=[invite], padded=False, id="team", custom_attrs={"aria-label": "Team"})


def _row(person: Any) -> rx.Component:
    status = rx.match(
        person.status, ("Active", badge("Active", "ok")), ("Invited", badge("Invited", "setup")), badge("Removed")
    )
    return rx.el.tr(
        rx.el.td(
            rx.el.span(person.name, class_name="strong"),
            rx.cond(person.me, rx.el.span(" (you)", class_name="muted")),
            rx.el.div(person.email, class_name="muted small only-m"),
            rx.el.div(person.role_label, class_name="muted small only-s"),
            class_name="lead",
        ),
        rx.el.td(person.email, class_name="quiet less-m"),
        rx.el.td(person.role_label, class_name="less-s"),
        rx.el.td(status),
        rx.el.td(rx.cond(person.two_factor, "On", rx.el.span("Off", class_name="muted")), class_name="less-m"),
        rx.el.td(rx.cond(person.last_sign_in != "", person.last_sign_in, "Never"), class_name="muted num less-s"),
        rx.el.td(rx.cond(S.is_owner | (person.role != "owner"), _verbs(person)), class_name="act"),
        key=person.id,
    )


def _verbs(person: Any) -> rx.Component:
    removed = person.status == "Removed"
    return Menu.create(
        icon("ellipsis"),
        rx.cond(~removed, item(icon("user-cog"), "Change role", on_click=T.ask_role(person.id))),
        rx.cond(
            person.status == "Invited", item(icon("mail"), "Send invitation again", on_click=T.invite_again(person.id))
        ),
        rx.cond(removed, item(icon("user-check"), "Bring back", on_click=T.bring_back(person.id))),
        rx.cond(
            ~removed & ~person.me, item(icon("user-x"), "Remove", on_click=T.ask_remove(person.id), class_name="bad")
        ),
        label="Actions for " + person.name,
        class_name="icb",
    )


# ---------------------------------------------------------------- dialogs


def role_dialogs() -> list[rx.Component]:
    def text(name: str, **props: Any) -> rx.Component:
        return text_field(StaffFields, name, T.typed[name], T.errors, prefix=PREFIX, **props)

    invite = _form(
        "invite", "Invite to the team", "Send invitation", T.invite, text("name"), text("email", type="email"), _role()
    )
    return [
        invite,
        _form("role", rx.fragment("Role of ", T.who), "Change role", T.change_role, _role(), label="Change role"),
    ]


def _form(name: str, title: Any, verb: str, on_submit: Any, *fields: rx.Component, label: str = "") -> rx.Component:
    return form_dialog(
        T.dialog == name,
        label or title,
        *fields,
        verbs=[button(verb, kind="p", type="submit")],
        title=title,
        on_submit=on_submit,
        on_close=T.close,
        small=True,
    )


def _role() -> rx.Component:
    may = rx.match(T.typed["role"], *((role.value, said) for role, said in MAY.items()), "")
    return select_field(
        "Role",
        "role",
        T.typed["role"],
        T.roles,
        T.errors,
        prefix=PREFIX,
        on_change=T.choose_role,
        below=[rx.el.p(may, class_name="muted small", role="status")],
    )


def remove_dialog() -> rx.Component:
    return question(
        T.dialog == "remove",
        "Remove from the team",
        rx.fragment("Remove ", T.who, "?"),
        rx.el.p(
            "They are signed out everywhere at once and cannot sign in again. What they did stays in the history, "
            "and you can bring them back.",
            class_name="quiet",
        ),
        verb=button("Remove", kind="bad", on_click=T.remove),
        on_close=T.close,
    )
