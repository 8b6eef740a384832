"""How step two of the modal looks: the users."""

from typing import Any

import reflex as rx

from ....customers.models import ContactFields
from ....ui.elements import icon
from ....ui.forms import button, form, text_field, tick
from .add import AddCustomer
from .draft import PREFIX
from .duplicate_hint import duplicate_hint

S = AddCustomer


def users_form() -> rx.Component:
    return form(
        rx.el.div(
            rx.el.p(
                S.typed["company"], rx.el.span(S.summary, class_name="muted"), class_name="hint info between wraps row"
            ),
            rx.el.p(
                "Users sign in to the portal, see this company’s invoices and pay them. "
                "The first one is the primary contact.",
                class_name="quiet small",
                style={"margin-bottom": "12px"},
            ),
            duplicate_hint(),
            rx.el.div(rx.foreach(S.users, _user), key=S.version),
            button(icon("plus", 14), "Add another user", kind="sm", on_click=S.add_user),
            rx.el.div(
                tick("Send a welcome email", "welcome", S.welcome, on_change=S.choose_welcome),
                style={"margin-top": "16px"},
            ),
            class_name="db",
        ),
        rx.el.footer(
            button("Back", on_click=S.back),
            rx.el.span(class_name="grow"),
            button("Finish later", kind="g", on_click=S.close),
            button("Create Customer", kind="p", type="submit"),
        ),
        on_submit=S.submit_users,
        class_name="sheet",
    )


def _user(user: Any, i: Any) -> rx.Component:
    def one(name: str, **props: Any) -> rx.Component:
        return text_field(
            ContactFields,
            name,
            user[name],
            S.errors,
            prefix=PREFIX,
            named=name + "_" + i.to_string(),
            on_blur=lambda value: S.user_left(i, name, value),
            **props,
        )

    number = (i + 1).to_string()
    return rx.el.fieldset(
        rx.el.legend("User " + number, class_name="sr"),
        rx.el.header(
            rx.el.h3(rx.cond(i == 0, "Primary contact", "User " + number), class_name="grow"),
            rx.cond(
                i > 0,
                button(
                    icon("trash-2", 14),
                    kind="g sm",
                    on_click=S.remove_user(i),
                    custom_attrs={"aria-label": "Remove user " + number},
                ),
            ),
        ),
        rx.el.div(one("first_name"), one("last_name"), class_name="g2"),
        one("email", type="email"),
        class_name="user",
        key=i.to_string(),
    )
