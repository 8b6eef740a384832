"""The dialog that sends an invoice: to whom, in copy to whom, and what they will read."""

from typing import Any

import reflex as rx

from ....ui.elements import icon, link
from ....ui.forms import button, error_line, plain_field
from ....ui.layout import form_dialog
from ...shell import routes
from .sending import PREFIX, Sending
from .showing import InvoicePage

S = Sending


def send_dialog() -> rx.Component:
    return form_dialog(
        S.open,
        "Send " + S.number,
        _recipients(),
        plain_field("CC", "cc", "", S.errors, prefix=PREFIX, optional=True, max_length=1000, placeholder=CC),
        _preview(),
        verbs=[button(icon("send", 15), "Send invoice", kind="p", type="submit")],
        under=[rx.el.p(S.language, class_name="muted small")],
        on_submit=S.send,
        on_close=S.close,
    )


CC = "books@accountant.example, …"


def _recipients() -> rx.Component:
    def one(who: Any) -> rx.Component:
        box = rx.el.input(
            type="checkbox",
            name="to_" + who.id,
            default_checked=S.chosen.contains(who.id),
            on_change=lambda _: S.toggle(who.id),
        )
        words = rx.el.span(who.name, " ", rx.el.span(who.email, class_name="muted wrap"))
        return rx.el.label(box, words, class_name="check", key=who.id)

    profile = link("Open the profile", to=f"{routes.CUSTOMERS}/" + S.customer_id)
    nobody = rx.el.p(
        icon("triangle-alert"),
        rx.el.span("No contact has Billing emails on. Choose somebody, or turn it on for next time: ", profile, "."),
        class_name="hint",
    )
    return rx.el.fieldset(
        rx.el.legend("To", class_name="lab"),
        rx.cond(S.nobody, nobody),
        rx.el.div(rx.foreach(S.contacts, one), class_name="stack ticks"),
        error_line(S.errors, "to", PREFIX),
        id=PREFIX + "to",
        tab_index=-1,
        class_name="f",
    )


def _preview() -> rx.Component:
    """As a mail program shows it, but for links and scripts: the frame is locked."""
    subject = rx.el.p(rx.el.span("Subject ", class_name="muted"), S.subject, class_name="small wrap grow")
    letter = rx.el.iframe(src_doc=S.html, title="Preview of the email", class_name="mail", custom_attrs={"sandbox": ""})
    return rx.el.div(rx.el.div(subject, _pdf()), letter, class_name="previewed")


def _pdf() -> rx.Component:
    href = f"{routes.INVOICE_PDF}/{InvoicePage.view.id}.pdf?view=1"
    return link(icon("file-text", 14), "Preview PDF", to=href, target="_blank", rel="noopener", class_name="btn g sm")
