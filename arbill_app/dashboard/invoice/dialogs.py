"""The dialogs of Void, Credit and Renew payment link."""

import reflex as rx

from ...ui.elements import icon
from ...ui.forms import button, form, plain_field, select_field
from ...ui.layout import dialog, dialog_head
from .correcting import PREFIX, REASONS, Correcting

S = Correcting


def void_dialog() -> rx.Component:
    return dialog(
        S.dialog == "void",
        "Void " + S.number,
        dialog_head(rx.fragment("Void ", S.number, "?"), S.close),
        form(
            rx.el.div(
                rx.el.p(
                    "Nothing is owed on it any more, for good, and its payment link ends. The number stays used: a "
                    "void invoice remains in your books.",
                    class_name="quiet f",
                ),
                plain_field("Reason", "reason", "", S.errors, prefix=PREFIX, optional=True, max_length=500),
                class_name="db",
            ),
            _verbs("Keep", "Void invoice", "bad"),
            on_submit=S.void,
            class_name="sheet",
        ),
        on_close=S.close,
        small=True,
    )


def credit_dialog() -> rx.Component:
    return dialog(
        S.dialog == "credit",
        "Credit " + S.number,
        dialog_head(rx.fragment("Credit ", S.number), S.close),
        form(
            rx.el.div(
                plain_field(
                    "Amount",
                    "amount",
                    S.amount,
                    S.errors,
                    prefix=PREFIX,
                    input_mode="decimal",
                    max_length=40,
                    on_change=S.type_amount.debounce(200),
                ),
                select_field("Reason", "reason", "", REASONS, S.errors, prefix=PREFIX, first="Choose a reason"),
                _apply(),
                rx.el.p(S.outcome, class_name="quiet small outcome", role="status"),
                class_name="db",
            ),
            _verbs("Cancel", "Create credit note", "p"),
            on_submit=S.credit,
            class_name="sheet",
        ),
        on_close=S.close,
        small=True,
    )


def renew_dialog() -> rx.Component:
    words = "Whoever has the old link can open nothing with it any more, what was sent already included: send it again."
    return dialog(
        S.dialog == "renew",
        "Renew payment link",
        dialog_head(rx.fragment("Renew the payment link of ", S.number, "?"), S.close),
        rx.el.p(words, class_name="db quiet"),
        rx.el.footer(
            rx.el.span(class_name="grow"),
            button("Keep", kind="g", on_click=S.close),
            button("Renew payment link", kind="p", on_click=S.renew),
        ),
        on_close=S.close,
        small=True,
    )


def _apply() -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        name="apply",
        default_checked=S.apply,
        disabled=~S.is_open,
        on_change=lambda _: S.toggle_apply(),
    )
    nothing = rx.cond(
        S.is_open,
        rx.fragment(),
        rx.el.p(icon("info", 13), rx.el.span("Nothing is open on this invoice any more."), class_name="msg info"),
    )
    return rx.el.div(
        rx.el.label(box, rx.el.span("Apply to this invoice"), class_name="check plain"), nothing, class_name="f"
    )


def _verbs(no: str, yes: str, kind: str) -> rx.Component:
    return rx.el.footer(
        rx.el.span(class_name="grow"),
        button(no, kind="g", on_click=S.close),
        button(yes, kind=kind, type="submit"),
    )
