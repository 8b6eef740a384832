"""What the invoice says, and what belongs to it: the paper, files, credit notes, the note for staff."""

from typing import Any

import reflex as rx

from ....invoices.commands.attachments import ACCEPTED, LARGEST
from ....ui.elements import Download, Upload, icon, link
from ....ui.forms import button, error_line
from ....ui.layout import badge, card, facts
from ...shell import routes
from ...shell.base import Base
from .showing import InvoicePage

S = InvoicePage


def paper() -> rx.Component:
    v = S.view
    return rx.el.section(
        rx.el.header(
            rx.el.h2("Invoice", class_name="grow"),
            rx.cond(v.number != "", rx.el.span(v.number, class_name="num strong")),
        ),
        _parties(),
        _when(),
        rx.cond(v.itemised, _lines(), _single()),
        rx.el.dl(rx.foreach(v.sums, _sum), class_name="sums num"),
        rx.cond(v.itemised & (v.memo != ""), rx.el.p(v.memo, class_name="quiet small wrap memo")),
        class_name="card paper still",
        custom_attrs={"aria-label": "Invoice"},
    )


def _parties() -> rx.Component:
    def one(label: str, lines: Any) -> rx.Component:
        first = rx.el.div(label, class_name="muted")
        return rx.el.div(first, rx.foreach(lines, lambda line: rx.el.div(line, class_name="wrap")))

    ship_to = rx.cond(S.view.ship_to.length() > 0, one("Ship to", S.view.ship_to))
    return rx.el.div(one("From", S.view.seller), one("To", S.view.buyer), ship_to, class_name="parties thirds")


def _when() -> rx.Component:
    def fact(label: str, value: Any) -> rx.Component:
        shown = rx.el.div(rx.el.dt(label, class_name="muted"), rx.el.dd(value, class_name="wrap"))
        return rx.cond(value != "", shown)

    v = S.view
    return rx.el.dl(
        fact("Issued", v.issued),
        fact("Due", v.due),
        fact("Terms", v.terms),
        fact("PO number", v.po_number),
        class_name="when num",
    )


def _single() -> rx.Component:
    def one(line: Any) -> rx.Component:
        words = rx.el.span(line.description, class_name="grow wrap")
        return rx.el.li(words, rx.el.span(line.net, class_name="num nowrap"))

    return rx.el.ul(rx.foreach(S.view.lines, one), class_name="paper-lines")


def _lines() -> rx.Component:
    def one(line: Any, i: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(line.description, _narrow(line), class_name="what"),
            rx.el.td(line.quantity, class_name="r num less-s"),
            rx.el.td(line.unit_price, class_name="r num less-s"),
            rx.el.td(line.discount, class_name="r num quiet less-s"),
            rx.el.td(line.tax_rate, class_name="r num quiet less-s"),
            rx.el.td(line.net, class_name="r num"),
            key=i,
        )

    def name(label: str, kind: str = "r") -> rx.Component:
        return rx.el.th(label, scope="col", class_name=kind)

    heads = (
        name("Description", ""),
        name("Quantity", "r less-s"),
        name("Unit price", "r less-s"),
        name("Discount", "r less-s"),
        name("Tax", "r less-s"),
        name("Amount"),
    )
    table = rx.el.table(rx.el.thead(rx.el.tr(*heads)), rx.el.tbody(rx.foreach(S.view.lines, one)))
    return rx.el.div(table, class_name="tbl items", tab_index=0, role="group", custom_attrs={"aria-label": "Lines"})


def _narrow(line: Any) -> rx.Component:
    """On narrow screens: the values of the hidden columns, below the description."""
    off = rx.cond(line.discount != "", " · " + line.discount, "")
    return rx.el.div(
        line.quantity, " × ", line.unit_price, off, " · tax ", line.tax_rate, class_name="only-s muted num"
    )


def _sum(row: Any) -> rx.Component:
    kind = rx.cond((row.label == "Total") | (row.label == "Balance"), "total", "")
    return rx.el.div(rx.el.dt(row.label), rx.el.dd(row.value), class_name=kind, key=row.label)


# ---------------------------------------------------------------- what belongs to it


def credits() -> rx.Component:
    def one(credit: Any) -> rx.Component:
        pdf = Download.create(
            icon("download", 14),
            "PDF",
            to=f"{routes.CREDIT_PDF}/{credit.id}.pdf",
            class_name="btn g sm",
            custom_attrs={"aria-label": "PDF of " + credit.number},
        )
        sent = rx.cond(
            credit.sent, badge("Sent"), button("Send credit note", kind="sm", on_click=S.send_credit(credit.id))
        )
        about = rx.el.div(credit.reason, " · ", credit.issued, " · ", credit.applied, class_name="muted small wrap")
        words = rx.el.div(rx.el.span(credit.number, class_name="strong num nowrap"), about, class_name="grow")
        amount = rx.el.span(credit.total, class_name="num nowrap")
        return rx.el.li(
            words,
            amount,
            rx.el.div(pdf, rx.cond(Base.may_write, sent), class_name="row"),
            class_name="person centred wraps",
            key=credit.id,
        )

    shown = rx.el.ul(rx.foreach(S.view.credits, one))
    section = card("Credit notes", shown, padded=False, custom_attrs={"aria-label": "Credit notes"})
    return rx.cond(S.view.credits.length() > 0, section)


def files() -> rx.Component:
    def one(file: Any) -> rx.Component:
        name = Download.create(file.name, to=f"{routes.ATTACHMENT}/{file.id}", class_name="link wrap")
        return rx.el.li(icon("paperclip", 13), name, rx.el.span(file.size, class_name="muted num nowrap"), key=file.id)

    attach = Upload.create(
        id="attach",
        url=routes.ATTACHMENT,
        fields={"invoice": S.view.id},
        accept=ACCEPTED,
        most=LARGEST,
        label="Attach file",
        class_name="btn g sm",
        on_done=S.attached,
    )
    none = rx.el.p("Nothing is attached. What you attach goes out with the invoice.", class_name="quiet small")
    return card(
        "Attachments",
        rx.cond(S.view.files.length() > 0, rx.el.ul(rx.foreach(S.view.files, one), class_name="files"), none),
        error_line(S.file_error, "file"),
        actions=[rx.cond(Base.may_write & (S.view.status != "voided"), attach)],
        custom_attrs={"aria-label": "Attachments"},
    )


def more() -> rx.Component:
    """What the customer does not see."""
    v = S.view
    note = rx.cond(v.note != "", rx.el.span(v.note, class_name="wrap lines-kept"), "—")
    copied = rx.cond(
        v.duplicate_of != "",
        link("Open the original", to=f"{routes.INVOICES}/" + v.duplicate_of, class_name="link"),
        "—",
    )
    return card(
        "Internal",
        facts(("Internal note", note), ("Payment option", v.option), ("Copy of", copied)),
        custom_attrs={"aria-label": "Internal"},
    )
