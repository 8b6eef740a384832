"""The dialogs of Void, Credit and Renew payment link."""

import reflex as rx

from ....ui.elements import icon
from ....ui.forms import amount_field, button, plain_field, select_field
from ....ui.layout import form_dialog, question
from .correcting import PREFIX, REASONS, Correcting

S = Correcting


def void_dialog() -> rx.Component:
    return form_dialog(
        S.dialog == "void",
        "Void " + S.number,
        rx.el.p(
            "Nothing is owed on it any more, for good, and its payment link ends. The number stays used: a "
            "void invoice remains in your books.",
            class_name="quiet f",
        ),
        plain_field("Reason", "reason", "", S.errors, prefix=PREFIX, optional=True, max_length=500),
        verbs=[button("Void invoice", kind="bad", type="submit")],
        title=rx.fragment("Void ", S.number, "?"),
        on_submit=S.void,
        on_close=S.close,
        no="Keep",
        small=True,
    )


def credit_dialog() -> rx.Component:
    typing = {"on_change": S.type_amount.debounce(200)}
    return form_dialog(
        S.dialog == "credit",
        "Credit " + S.number,
        amount_field("Amount", "amount", S.amount, S.errors, prefix=PREFIX, unit=S.currency, **typing),
        select_field("Reason", "reason", "", REASONS, S.errors, prefix=PREFIX, first="Choose a reason"),
        _apply(),
        rx.el.p(S.outcome, class_name="quiet small outcome", role="status"),
        verbs=[button("Create credit note", kind="p", type="submit")],
        on_submit=S.credit,
        on_close=S.close,
        small=True,
    )


def renew_dialog() -> rx.Component:
    words = "Whoever has the old link can open nothing with it any more, what was sent already included: send it again."
    return question(
        S.dialog == "renew",
        "Renew payment link",
        rx.fragment("Renew the payment link of ", S.number, "?"),
        rx.el.p(words, class_name="quiet"),
        verb=button("Renew payment link", kind="p", on_click=S.renew),
        on_close=S.close,
    )


def _apply() -> rx.Component:
    box = rx.el.input(
        type="checkbox",
        name="apply",
        default_checked=S.ticked,
        disabled=~S.is_open,
        on_change=lambda _: S.toggle(),
    )
    nothing = rx.cond(
        S.is_open,
        rx.fragment(),
        rx.el.p(icon("info", 13), rx.el.span("Nothing is open on this invoice any more."), class_name="msg info"),
    )
    return rx.el.div(
        rx.el.label(box, rx.el.span("Apply to this invoice"), class_name="check plain"), nothing, class_name="f"
    )
