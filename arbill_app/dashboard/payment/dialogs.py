"""The dialogs of Refund and Apply to invoice."""

import reflex as rx

from ...ui.forms import button, form, plain_field, select_field
from ...ui.layout import dialog, dialog_head
from .showing import PREFIX, REASONS, PaymentPage

S = PaymentPage


def refund_dialog() -> rx.Component:
    return dialog(
        S.dialog == "refund",
        "Refund",
        dialog_head(rx.fragment("Refund ", S.view.company), S.close),
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
                _owed_again(),
                rx.el.p(S.outcome, class_name="quiet small outcome", role="status"),
                class_name="db",
            ),
            _verbs("Cancel", "Refund"),
            on_submit=S.refund,
            class_name="sheet",
        ),
        on_close=S.close,
        small=True,
    )


def _owed_again() -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        name="owed_again",
        default_checked=S.owed_again,
        on_change=lambda _: S.toggle_owed_again(),
    )
    return rx.el.div(
        rx.el.label(box, rx.el.span("The invoice is owed again"), class_name="check plain"), class_name="f"
    )


def apply_dialog() -> rx.Component:
    return dialog(
        S.dialog == "apply",
        "Apply to invoice",
        dialog_head(
            "Apply to invoice", S.close, rx.el.p(f"{S.view.on_account} is on account", class_name="muted small")
        ),
        form(
            rx.el.div(
                select_field("Invoice", "invoice", S.choices[0][0], S.choices, S.errors, prefix=PREFIX),
                plain_field(
                    "Amount",
                    "part",
                    "",
                    S.errors,
                    prefix=PREFIX,
                    optional=True,
                    placeholder="As much as fits",
                    input_mode="decimal",
                    max_length=40,
                ),
                class_name="db",
            ),
            _verbs("Cancel", "Apply"),
            on_submit=S.apply,
            class_name="sheet",
        ),
        on_close=S.close,
        small=True,
    )


def _verbs(no: str, yes: str) -> rx.Component:
    return rx.el.footer(
        rx.el.span(class_name="grow"),
        button(no, kind="g", on_click=S.close),
        button(yes, kind="p", type="submit"),
    )
