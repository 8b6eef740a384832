"""The profile's contacts as cards and dialogs, and the dialog that merges a duplicate."""

from typing import Any

import reflex as rx

from ....customers.models import ContactFields, Permission
from ....ui.elements import Menu, icon, item
from ....ui.forms import button, text_field
from ....ui.layout import badge, card, dialog, dialog_foot, dialog_head, form_dialog, question
from ...shell.base import Base
from .people import PREFIX, Merging, People
from .profile import Profile

S = People
MAILS = (("mail_billing", "Billing"), ("mail_updates", "Updates"), ("mail_legal", "Legal"))


def contacts() -> rx.Component:
    new = rx.cond(
        Base.may_write,
        button(
            icon("plus", 14),
            rx.el.span("New Contact"),
            kind="g sm",
            on_click=S.add,
            custom_attrs={"aria-label": "+ New Contact"},
        ),
    )
    people = rx.el.ul(rx.foreach(Profile.view.contacts, _person))
    return card("Contacts", people, actions=[new], padded=False, custom_attrs={"aria-label": "Contacts"}, id="contacts")


def _person(contact: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(contact.name, class_name="strong wrap"),
                rx.cond(contact.is_primary, badge("Primary")),
                rx.cond(contact.portal_access, badge("Portal", "ok"), badge("No portal")),
                class_name="row wraps",
            ),
            rx.el.div(
                contact.email,
                rx.cond(contact.phone != "", rx.fragment(" · ", contact.phone)),
                rx.cond(contact.position != "", rx.fragment(" · ", contact.position)),
                class_name="quiet wrap",
            ),
            rx.el.div(
                "Email: ",
                contact.preferences,
                rx.cond(contact.portal_access, rx.fragment(" · Portal: ", contact.permission_names)),
                " · Last sign-in: ",
                contact.last_sign_in,
                class_name="muted small",
            ),
            class_name="grow stack tight",
        ),
        rx.cond(Base.may_write, _verbs(contact)),
        class_name="person",
        key=contact.id,
    )


def _verbs(contact: Any) -> rx.Component:
    return Menu.create(
        icon("ellipsis"),
        item(icon("pencil"), "Edit", on_click=S.edit(contact.id)),
        rx.cond(~contact.is_primary, item(icon("star"), "Make primary", on_click=S.make_primary(contact.id))),
        rx.cond(
            contact.portal_access, item(icon("mail"), "Resend welcome email", on_click=S.resend_welcome(contact.id))
        ),
        item(icon("trash-2"), "Remove", on_click=S.ask_remove(contact.id), class_name="bad"),
        label="Actions for " + contact.name,
        class_name="icb",
    )


# ---------------------------------------------------------------- one contact


def contact_dialog() -> rx.Component:
    title = rx.cond(S.contact_id == "", "New contact", "Edit contact")
    theirs = rx.cond(S.stale.length() > 0, button("Use theirs", on_click=S.take_theirs))
    return form_dialog(
        S.open,
        title,
        rx.el.div(_text("first_name"), _text("last_name"), class_name="g2"),
        _text("email", type="email"),
        rx.el.div(_text("phone", type="tel"), _text("position"), class_name="g2"),
        _ticks("Email preferences", MAILS),
        rx.el.div(_tick("portal_access", "Portal access"), style={"margin": "14px 0 10px"}),
        rx.cond(
            S.ticks["portal_access"],
            _ticks("Portal permissions", tuple((p.value, p.label) for p in Permission)),
        ),
        rx.cond(
            (S.contact_id == "") & S.ticks["portal_access"],
            rx.el.div(_tick("welcome", "Send a welcome email"), style={"margin-top": "14px"}),
        ),
        _consequences(),
        _meanwhile(),
        verbs=[theirs, button(_save_words(), kind="p", type="submit")],
        on_submit=S.save,
        on_close=S.close,
        key=S.contact_version,
    )


def _text(name: str, **props: Any) -> rx.Component:
    return text_field(
        ContactFields, name, S.typed[name], S.errors, prefix=PREFIX, on_blur=lambda value: S.left(name, value), **props
    )


def _ticks(legend: str, names: Any) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="lab", style={"margin-bottom": "6px"}),
        rx.el.div(*(_tick(name, label) for name, label in names), class_name="checks"),
    )


def _tick(name: str, label: str) -> rx.Component:
    box = rx.el.input(type="checkbox", name=name, default_checked=S.ticks[name], on_change=lambda on: S.tick(name, on))
    return rx.el.label(box, rx.el.span(label), class_name="check")


def _consequences() -> rx.Component:
    return rx.cond(
        S.warned.length() > 0,
        rx.el.div(
            icon("triangle-alert"),
            rx.el.div(rx.foreach(S.warned, lambda line: rx.el.p(line))),
            class_name="hint",
            role="alert",
            style={"margin": "14px 0 0"},
        ),
    )


def _save_words() -> rx.Component:
    return rx.cond(S.stale.length() > 0, "Save mine", rx.cond(S.warned.length() > 0, "Save anyway", "Save contact"))


def _meanwhile() -> rx.Component:
    """What somebody else saved while this was being edited."""
    return rx.cond(
        S.stale.length() > 0,
        rx.el.div(
            icon("users"),
            rx.el.div(
                rx.el.p(S.stale_who, " changed this contact while you were editing."),
                rx.foreach(S.stale, lambda line: rx.el.p(line)),
            ),
            class_name="hint",
            role="alert",
            style={"margin": "14px 0 0"},
        ),
    )


def removal_dialog() -> rx.Component:
    words = "The contact and its portal access are removed. What was sent stays in the history."
    return question(
        S.removing != "",
        "Remove contact",
        rx.fragment("Remove ", S.removing_name, "?"),
        rx.el.p(words, class_name="quiet"),
        _consequences(),
        verb=button("Remove contact", kind="bad", on_click=S.remove),
        on_close=S.close,
    )


# ---------------------------------------------------------------- merging


def merge_dialog() -> rx.Component:
    m = Merging

    def hit(found: Any) -> rx.Component:
        return rx.el.li(
            button(
                rx.el.span(found.company, class_name="grow"),
                rx.el.span(found.place, class_name="muted"),
                kind="g block",
                on_click=m.choose(found.id),
            ),
            key=found.id,
        )

    search = rx.el.div(
        rx.el.label("Merge into", html_for="merge-into", class_name="lab"),
        rx.el.input(
            id="merge-into",
            type="search",
            name="into",
            class_name="in",
            auto_complete="off",
            placeholder="Search the customer to keep",
            default_value="",
            on_change=m.look.debounce(200),
            style={"margin": "5px 0 8px"},
        ),
        rx.el.ul(rx.foreach(m.hits, hit)),
    )
    plan = rx.el.div(
        rx.el.h3("Into ", m.into),
        rx.el.ul(
            rx.foreach(m.moves, lambda line: rx.el.li("→ ", line)), class_name="stack tight", style={"margin": "10px 0"}
        ),
        rx.el.ul(rx.foreach(m.stays, lambda line: rx.el.li(line, class_name="muted")), class_name="stack tight"),
    )
    return dialog(
        m.open,
        "Merge customer",
        dialog_head(rx.fragment("Merge ", Profile.view.company), m.close),
        rx.el.div(rx.cond(m.into_id == "", search, plan), class_name="db"),
        dialog_foot(m.close, rx.cond(m.into_id != "", button("Merge", kind="p", on_click=m.merge))),
        on_close=m.close,
    )
