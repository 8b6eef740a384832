"""The screen of one invoice."""

import reflex as rx

from ....invoices.rules.lifecycle import Verb
from ....ui.elements import CopyButton, Download, Menu, icon, item, link
from ....ui.forms import button
from ....ui.layout import bone, figures, missing
from ...shared.invoice_rows import status_badge
from ...shared.record_payment.record_dialog import record_dialog
from ...shell import routes
from ...shell.base import Base
from ...shell.frame import head_of, screen
from . import paper, payments, side
from .correcting import Correcting
from .dialogs import credit_dialog, renew_dialog, void_dialog
from .send_dialog import send_dialog
from .sending import Sending
from .showing import InvoicePage

S = InvoicePage


def page() -> rx.Component:
    found = rx.fragment(_head(), _kpis(), rx.cond(S.loading, _skeleton(), _body()))
    return screen(
        rx.cond(S.missing, _missing(), found),
        send_dialog(),
        credit_dialog(),
        void_dialog(),
        renew_dialog(),
        record_dialog(f"{routes.INVOICES}/" + S.view.id),
        payments.charge_dialog(),
        here=routes.INVOICES,
    )


def _missing() -> rx.Component:
    way = link("All invoices", to=routes.INVOICES, class_name="btn p")
    return missing("Invoice", "It may have been discarded, or the address is mistyped.", way)


def _head() -> rx.Component:
    back = link("Invoices", to=routes.INVOICES, class_name="crumb")
    return head_of(S, "Invoice", S.view.title, _verbs(), status_badge(S.view), back)


def _verbs() -> rx.Component:
    """The lifecycle's table says which are possible; the main one is the last, where the eye ends."""

    def when(verb: Verb, shown: rx.Component, writing: bool = True) -> rx.Component:
        possible = S.view.verbs.contains(verb.value)
        return rx.cond(possible & Base.may_write if writing else possible, shown)

    return rx.el.div(
        when(Verb.VOID, button("Void", kind="bad", on_click=Correcting.ask_void)),
        when(Verb.CREDIT, button("Credit", on_click=Correcting.ask_credit)),
        when(Verb.DUPLICATE, button("Duplicate", on_click=S.duplicate)),
        when(Verb.COPY_LINK, _copy(), writing=False),
        when(Verb.DOWNLOAD, _download(), writing=False),
        when(Verb.SEND, button(icon("send", 15), "Send", kind="p", on_click=Sending.begin)),
        rx.cond(Base.may_write & S.view.verbs.contains(Verb.COPY_LINK.value), _more()),
        class_name="verbs",
    )


def _more() -> rx.Component:
    """What is done seldom."""
    return Menu.create(
        icon("ellipsis"),
        item(icon("link-2-off"), "Renew payment link", on_click=Correcting.ask_renew),
        label="More actions",
        class_name="icb b",
    )


def _copy() -> rx.Component:
    return CopyButton.create(
        icon("link", 15), "Copy payment link", text=S.view.link, said="Payment link copied", class_name="btn"
    )


def _download() -> rx.Component:
    return Download.create(
        icon("download", 15), "Download PDF", to=f"{routes.INVOICE_PDF}/{S.view.id}.pdf", class_name="btn"
    )


def _kpis() -> rx.Component:
    return figures(
        S.loading,
        ("Balance", S.view.balance),
        ("Total", S.view.total),
        ("Due", S.view.due),
        ("Issued", S.view.issued),
    )


def _body() -> rx.Component:
    return rx.el.div(
        rx.el.div(paper.paper(), payments.payments(), paper.credits(), paper.files(), paper.more()),
        rx.el.div(side.what_next(), side.messages(), side.activity()),
        class_name="cols",
    )


def _skeleton() -> rx.Component:
    def block(lines: int) -> rx.Component:
        rows = [rx.el.div(bone(f"{35 + i * 13 % 40}%"), style={"height": "28px"}) for i in range(lines)]
        inside = rx.el.div(*rows, class_name="in-card")
        return rx.el.div(inside, class_name="card", custom_attrs={"aria-hidden": "true"})

    return rx.el.div(rx.el.div(block(12), block(3)), rx.el.div(block(4), block(3)), class_name="cols")
