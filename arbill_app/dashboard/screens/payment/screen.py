"""The screen of one payment."""

from typing import Any

import reflex as rx

from ....ui.elements import Download, Tick, icon, link
from ....ui.forms import button
from ....ui.layout import badge, bones, card, facts, figures, missing
from ...shared.payment_rows import status_badge
from ...shell import routes
from ...shell.base import Base
from ...shell.frame import head_of, screen
from .dialogs import apply_dialog, refund_dialog
from .showing import PaymentPage

S = PaymentPage
LOOKS = (("Succeeded", "ok"), ("Won", "ok"), ("Failed", "bad"), ("Lost", "bad"), ("Open", "warn"))


def page() -> rx.Component:
    found = rx.fragment(_head(), _kpis(), rx.cond(S.loading, _skeleton(), _body()))
    return screen(
        rx.cond(S.missing, _missing(), found),
        refund_dialog(),
        apply_dialog(),
        Tick.create(on=S.view.waiting, seconds=3, on_tick=S.look_again),
        here=routes.PAYMENTS,
    )


def _missing() -> rx.Component:
    return missing(
        "Payment", "The address may be mistyped.", link("All payments", to=routes.PAYMENTS, class_name="btn p")
    )


def _head() -> rx.Component:
    back = link("Payments", to=routes.PAYMENTS, class_name="crumb")
    return head_of(S, "Payment", f"Payment of {S.view.amount}", _verbs(), status_badge(S.view), back)


def _verbs() -> rx.Component:
    send = rx.cond(S.view.receipt != "", "Send receipt again", "Send receipt")
    writing = rx.fragment(
        button(icon("send", 15), send, on_click=S.send_receipt),
        rx.cond(S.view.owed.length() > 0, button("Apply to invoice", kind="p", on_click=S.ask_apply)),
    )
    refund = button(icon("undo-2", 15), "Refund", on_click=S.ask_refund)
    return rx.el.div(
        rx.cond(Base.may_write & (S.view.refundable != ""), refund),
        _download(),
        rx.cond(Base.may_write, writing),
        class_name="verbs",
    )


def _download() -> rx.Component:
    return Download.create(
        icon("download", 15), "Download receipt", to=f"{routes.RECEIPT_PDF}/{S.view.id}.pdf", class_name="btn"
    )


def _kpis() -> rx.Component:
    return figures(
        S.loading,
        ("Amount", S.view.amount),
        ("Received", S.view.received),
        ("On account", S.view.on_account),
        ("Can be refunded", S.view.refundable),
    )


def _body() -> rx.Component:
    return rx.el.div(
        rx.el.div(_details(), _invoices(), _gone("Refunds", S.view.refunds), _gone("Disputes", S.view.disputes)),
        rx.el.div(_activity()),
        class_name="cols",
    )


def _skeleton() -> rx.Component:
    def block(lines: int) -> rx.Component:
        return rx.el.div(bones(lines), class_name="card")

    return rx.el.div(rx.el.div(block(5), block(3)), rx.el.div(block(4)), class_name="cols")


def _details() -> rx.Component:
    def dash(text: Any) -> Any:
        return rx.cond(text != "", rx.el.span(text, class_name="wrap"), "—")

    v = S.view
    return card(
        "Payment",
        facts(
            ("Customer", link(v.company, to=f"{routes.CUSTOMERS}/" + v.customer_id, class_name="link")),
            ("Method", v.label),
            ("Reference", dash(v.reference)),
            ("Note", dash(v.note)),
            ("Receipt", rx.cond(v.receipt != "", v.receipt, "Not sent")),
        ),
        custom_attrs={"aria-label": "Payment"},
    )


def _invoices() -> rx.Component:
    def one(row: Any) -> rx.Component:
        number = link(row[1], to=f"{routes.INVOICES}/" + row[0], class_name="link num grow")
        return rx.el.li(number, rx.el.span(row[2], class_name="num"), class_name="person centred", key=row[0])

    nothing = rx.el.p("It pays no invoice.", class_name="in-card quiet")
    could = rx.cond(
        S.view.owed.length() > 0,
        "Apply it to an open invoice, or keep it for the next one.",
        "Nothing else is open: it is kept until something is.",
    )
    rest = rx.el.li(
        rx.el.div(
            rx.el.div("On account", class_name="strong"), rx.el.div(could, class_name="muted small"), class_name="grow"
        ),
        rx.el.span(S.view.on_account, class_name="num"),
        class_name="person centred",
    )
    paid = rx.el.ul(rx.foreach(S.view.invoices, one), rx.cond(S.view.on_account != "", rest))
    something = (S.view.invoices.length() > 0) | (S.view.on_account != "")
    return card(
        "Invoices it pays",
        rx.cond(something, paid, nothing),
        padded=False,
        custom_attrs={"aria-label": "Invoices it pays"},
    )


def _gone(title: str, rows: Any) -> rx.Component:
    """Rows of [amount, state, reason, when, what to do]."""

    def one(row: Any, i: Any) -> rx.Component:
        about = rx.el.div(row[2], " · ", row[3], class_name="muted small wrap")
        more = rx.cond(row[4] != "", rx.el.div(row[4], class_name="small wrap"))
        words = rx.el.div(rx.el.div(row[0], class_name="strong num"), about, more, class_name="grow")
        return rx.el.li(words, badge(row[1], rx.match(row[1], *LOOKS, "")), class_name="person centred", key=i)

    shown = card(title, rx.el.ul(rx.foreach(rows, one)), padded=False, custom_attrs={"aria-label": title})
    return rx.cond(rows.length() > 0, shown)


def _activity() -> rx.Component:
    def one(event: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(event.what, class_name="wrap"),
            rx.el.span(event.who, " · ", event.at, class_name="muted num"),
            key=event.id,
        )

    return card(
        "Activity", rx.el.ul(rx.foreach(S.view.events, one), class_name="feed"), custom_attrs={"aria-label": "Activity"}
    )
