"""The dialogs of Refund and Apply to invoice."""

from typing import Any

import reflex as rx

from ....ui.forms import amount_field, button, select_field
from ....ui.layout import form_dialog
from .showing import PREFIX, REASONS, PaymentPage

S = PaymentPage


def refund_dialog() -> rx.Component:
    typing = {"on_change": S.type_amount.debounce(200)}
    return form_dialog(
        S.dialog == "refund",
        "Refund",
        amount_field("Amount", "amount", S.amount, S.errors, prefix=PREFIX, unit=S.currency, **typing),
        select_field("Reason", "reason", "", REASONS, S.errors, prefix=PREFIX, first="Choose a reason"),
        _owed_again(),
        rx.el.p(S.outcome, class_name="quiet small outcome", role="status"),
        verbs=[button("Refund", kind="p", type="submit")],
        title=rx.fragment("Refund ", S.view.company),
        on_submit=S.refund,
        on_close=S.close,
        small=True,
    )


def _owed_again() -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        name="owed_again",
        default_checked=S.ticked,
        on_change=lambda _: S.toggle(),
    )
    return rx.el.div(
        rx.el.label(box, rx.el.span("The invoice is owed again"), class_name="check plain"), class_name="f"
    )


def apply_dialog() -> rx.Component:
    fits: dict[str, Any] = {"optional": True, "placeholder": "As much as fits"}
    return form_dialog(
        S.dialog == "apply",
        "Apply to invoice",
        select_field("Invoice", "invoice", S.choices[0][0], S.choices, S.errors, prefix=PREFIX),
        amount_field("Amount", "part", "", S.errors, prefix=PREFIX, **fits),
        verbs=[button("Apply", kind="p", type="submit")],
        under=[rx.el.p(f"{S.view.on_account} is on account", class_name="muted small")],
        on_submit=S.apply,
        on_close=S.close,
        small=True,
    )
