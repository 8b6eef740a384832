"""The screen "Your profile"."""

from typing import Any

import reflex as rx

from ....partners.auth.secrets import LEAST
from ....partners.models import StaffFields
from ....ui.elements import icon
from ....ui.forms import button, described, field, form, text_field
from ....ui.layout import badge, bone, card, dialog, dialog_head, facts, form_dialog, question
from ...shell.frame import head, screen
from .email import EmailChanging, email_dialog
from .fields import secret_field, whose
from .me import FACTOR, PREFIX, Account, TwoFactor
from .passkeys import Passkeys, passkey_dialogs, passkeys_card

S = Account
F = TwoFactor


def page() -> rx.Component:
    return screen(
        head("Your profile"),
        rx.el.div(_me(), _password(), _two_factor(), passkeys_card(), _browsers(), class_name="narrow"),
        _prove_dialog(),
        _codes_dialog(),
        _password_dialog("renew", "New recovery codes", "The old ones stop working at once.", F.renew, "p"),
        _password_dialog(
            "end",
            "Turn off the authenticator app",
            rx.cond(
                Passkeys.rows.length() > 0,
                "A passkey will then be asked for besides the password.",
                "Your password alone will then let anybody in.",
            ),
            F.end,
            "bad",
        ),
        _leave_dialog(),
        email_dialog(),
        *passkey_dialogs(),
        here="",
    )


def _card(title: str, body: rx.Component, *actions: rx.Component) -> rx.Component:
    return card(title, body, actions=actions, custom_attrs={"aria-label": title})


def _me() -> rx.Component:
    edit = rx.cond(
        ~S.editing & ~S.loading,
        rx.fragment(
            button("Change email", kind="g sm", on_click=EmailChanging.ask),
            button("Edit", kind="g sm", on_click=S.edit, id="edit-me", custom_attrs={"aria-label": "Edit your name"}),
        ),
    )
    wait = bone("40%")
    view = facts(
        ("Name", rx.cond(S.loading, wait, S.view.name)),
        ("Email", rx.cond(S.loading, wait, S.view.email)),
        ("Role", rx.cond(S.loading, wait, S.view.role_label)),
    )
    editor = form(
        text_field(StaffFields, "name", S.view.name, S.errors, prefix=PREFIX, auto_complete="name"),
        rx.el.div(
            button("Cancel", kind="g", on_click=S.cancel), button("Save", kind="p", type="submit"), class_name="actions"
        ),
        on_submit=S.save,
    )
    return _card("You", rx.cond(S.editing, editor, view), edit)


def _password() -> rx.Component:
    rule = rx.el.p(f"At least {LEAST} characters; a few unrelated words make a good one.", class_name="muted small")
    fields = rx.el.div(
        secret_field("Current password", "current", S.errors, PREFIX, "current-password"),
        secret_field("New password", "password", S.errors, PREFIX, "new-password", rule),
        class_name="g2",
        key=S.cleared.to_string(),
    )
    verb = rx.el.div(
        rx.el.span("Every other browser is signed out.", class_name="muted small grow"),
        button("Change password", type="submit"),
        class_name="actions",
    )
    return _card("Password", form(whose(), fields, verb, on_submit=S.change_password))


# ---------------------------------------------------------------- two-factor


def _two_factor() -> rx.Component:
    required = rx.el.p(S.required_by, " requires it of everyone.", class_name="muted small")
    on = rx.cond(
        S.app,
        "Signing in with the password asks for a code from your phone as well.",
        "Signing in with the password asks for a passkey as well.",
    )
    off = "Ask for a code from an app on your phone as well as the password."
    body = rx.el.div(
        rx.el.div(
            rx.el.p(rx.cond(S.view.two_factor, on, off), class_name="quiet"),
            rx.cond(S.required_by != "", required),
            class_name="grow",
            style={"flex-basis": "240px"},
        ),
        rx.cond(S.view.two_factor, button("New recovery codes", on_click=F.ask_renew)),
        rx.cond(~S.app, button(rx.cond(S.view.two_factor, "Set up an app", "Set up two-factor"), on_click=F.begin)),
        rx.cond(
            S.app & ((S.required_by == "") | (Passkeys.rows.length() > 0)),
            button("Turn off", kind="bad", on_click=F.ask_end),
        ),
        class_name="row wraps",
    )
    state = rx.cond(S.loading, rx.fragment(), rx.cond(S.view.two_factor, badge("On", "ok"), badge("Off")))
    return _card("Two-factor sign-in", rx.cond(S.loading, bone("60%"), body), state)


def _prove_dialog() -> rx.Component:
    code = rx.el.input(
        id=FACTOR + "code",
        name="code",
        input_mode="numeric",
        auto_complete="one-time-code",
        max_length=10,
        class_name="in num",
        custom_attrs=described(F.errors, "code", FACTOR) | {"aria-required": "true"},
    )
    key = rx.el.div(rx.el.div("Key", class_name="lab"), rx.el.code(F.secret, class_name="key"), class_name="grow")
    return form_dialog(
        F.dialog == "prove",
        "Set up two-factor sign-in",
        rx.el.p("1. Scan this with an authenticator app, or type the key into it.", class_name="quiet"),
        rx.el.div(
            rx.el.img(src=F.qr, alt="QR code for your authenticator app", class_name="qr"),
            key,
            class_name="row wraps scan",
        ),
        rx.el.p("2. Type the six digits that the app shows.", class_name="quiet", style={"margin-bottom": "8px"}),
        whose(),
        rx.el.div(
            field("Code", "code", code, F.errors, prefix=FACTOR),
            secret_field("Password", "password", F.errors, FACTOR, "current-password"),
            class_name="g2",
        ),
        verbs=[button("Turn on", kind="p", type="submit")],
        on_submit=F.prove,
        on_close=F.close,
        on_unmount=F.gone("prove"),
    )


def _codes_dialog() -> rx.Component:
    """Shown this once; the text can be selected and printed, and nothing else keeps it."""
    return dialog(
        F.dialog == "codes",
        "Recovery codes",
        dialog_head("Recovery codes", F.close),
        rx.el.div(
            rx.el.p(
                "Each lets you in once when your phone is not at hand. Write them down now: they are not shown again.",
                class_name="quiet",
            ),
            rx.el.ol(rx.foreach(F.codes, lambda code: rx.el.li(code, key=code)), class_name="codes num"),
            class_name="db",
            on_unmount=F.gone("codes"),
        ),
        rx.el.footer(rx.el.span(class_name="grow"), button("I have written them down", kind="p", on_click=F.close)),
        on_close=F.close,
        small=True,
    )


def _password_dialog(name: str, title: str, text: Any, verb: Any, kind: str) -> rx.Component:
    return form_dialog(
        F.dialog == name,
        title,
        rx.el.p(text, class_name="quiet", style={"margin-bottom": "12px"}),
        whose(),
        secret_field("Password", "password", F.errors, FACTOR, "current-password"),
        verbs=[button("Make new codes" if name == "renew" else "Turn off", kind=kind, type="submit")],
        on_submit=verb,
        on_close=F.close,
        small=True,
    )


# ---------------------------------------------------------------- signed-in browsers


def _browsers() -> rx.Component:
    def one(session: Any) -> rx.Component:
        return rx.el.li(
            icon("monitor"),
            rx.el.div(
                rx.el.div(session.agent, class_name="wrap"),
                rx.el.div("Signed in ", session.since, class_name="muted small num"),
                class_name="grow",
            ),
            rx.cond(session.here, badge("This browser", "ok")),
            class_name="person centred",
            key=session.id,
        )

    leave = button("Sign out everywhere", kind="g sm", on_click=S.ask_leave)
    body = rx.cond(
        S.loading,
        rx.el.div(bone("60%"), class_name="in-card"),
        rx.el.ul(rx.foreach(S.sessions, one)),
    )
    return card(
        "Signed-in browsers", body, actions=[leave], padded=False, custom_attrs={"aria-label": "Signed-in browsers"}
    )


def _leave_dialog() -> rx.Component:
    return question(
        S.leaving,
        "Sign out everywhere",
        "Sign out everywhere?",
        rx.el.p("Every browser where you are signed in, this one too, has to sign in again.", class_name="quiet"),
        verb=button("Sign out everywhere", kind="bad", on_click=S.sign_out_everywhere),
        on_close=S.stay,
        no="Stay signed in",
    )
