"""The screen "Invoices"."""

from typing import Any

import reflex as rx

from ....ui.elements import Download, icon, link
from ....ui.forms import button
from ....ui.layout import empty
from ...shared.invoice_rows import opens, status_badge
from ...shell import lists, routes
from ...shell.base import Base
from ...shell.frame import head, screen
from ...shell.selection import ask_first, pick_all, pick_one, picked
from .listing import OPTIONS, SEND, TABS, TOGETHER, VOID, Invoices

S = Invoices
# Narrow screens leave out the lesser columns, in the skeleton as well.
COLUMNS = ("pick", "number", "flex less less-s", "flex less-m", "less-s", "", "less-s", "", "less-m")
FILTERED = (S.q != "") | (S.currency != "") | (S.option != "") | (S.customer != "")


def page() -> rx.Component:
    return screen(
        head(
            "Invoices",
            Download.create(icon("download", 15), "Export", to=S.hrefs["export"], class_name="btn"),
            rx.cond(Base.may_write, link(icon("plus", 15), "Create invoice", to=S.hrefs["create"], class_name="btn p")),
        ),
        lists.tabs(S, TABS, S.tab, "invoice-list", "Invoice lists"),
        rx.cond(S.selected.length() > 0, _bulk(), _filters()),
        _table(),
        lists.foot(S, f"{S.first}–{S.last} of {S.total}"),
        _sums(),
        _void_dialog(),
        _send_dialog(),
        here=routes.INVOICES,
        wide=True,
    )


def _filters() -> rx.Component:
    return lists.filters(
        S,
        "Search invoices",
        "Number, customer, memo, amount",
        lists.choice(S, "Currency", "currency", S.currency, S.currencies),
        lists.choice(S, "Payment option", "option", S.option, OPTIONS),
        lists.customer_chip(S),
        filtered=FILTERED,
    )


def _bulk() -> rx.Component:
    download_all = Download.create(icon("download", 15), "Download", to=S.zip_href, class_name="btn")
    too_many = rx.cond(
        S.selected.length() > TOGETHER, rx.el.span(f"A download holds the first {TOGETHER}.", class_name="muted small")
    )
    return rx.el.div(
        *picked(S),
        rx.cond(Base.may_write, button(icon("send", 15), "Send", on_click=S.ask_send)),
        download_all,
        rx.cond(Base.may_write, button(icon("ban", 15), "Void", on_click=S.ask_void)),
        button("Clear selection", kind="g", on_click=S.pick_none),
        too_many,
        class_name="bulk",
    )


def _send_dialog() -> rx.Component:
    why = "Each goes to the customer’s billing contacts by email. Drafts and void invoices are left out."
    return ask_first(S, SEND, "invoices", why, S.send_selected)


def _void_dialog() -> rx.Component:
    why = (
        "They are owed no more, for good. Their numbers stay used. Drafts, and what was paid or credited, are left as "
        "they are."
    )
    return ask_first(S, VOID, "invoices", why, S.void_selected, kind="bad")


# ---------------------------------------------------------------- the table


def _table() -> rx.Component:
    heads = [
        rx.el.th(pick_all(S), class_name="pick", scope="col"),
        rx.el.th("Number", scope="col"),
        rx.el.th("Customer", scope="col", class_name="less-s"),
        rx.el.th("Memo", scope="col", class_name="less-m"),
        lists.sorted_head(S, "Due", "due", "less-s"),
        lists.sorted_head(S, "Amount", "amount", "r"),
        rx.el.th("Balance", class_name="r less-s", scope="col"),
        rx.el.th("Status", scope="col"),
        lists.sorted_head(S, "Issued", "created", "less-m"),
    ]
    return lists.table(S, "Invoices", heads, lists.bones(COLUMNS), _row, _empty(), "invoice-list")


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(pick_one(S, row, row.number + ", " + row.company), class_name="pick"),
        rx.el.td(
            opens(row),
            rx.el.div(row.company, class_name="only-s quiet small"),
            class_name="number",
        ),
        rx.el.td(row.company, class_name="flex less less-s"),
        rx.el.td(row.memo, class_name="flex quiet less-m"),
        rx.el.td(row.due, class_name="num less-s"),
        rx.el.td(row.total, class_name="r num"),
        rx.el.td(row.balance, class_name="r num less-s"),
        rx.el.td(status_badge(row)),
        rx.el.td(row.issued, class_name="muted num less-m"),
        class_name="go",
        key=row.id,
    )


def _empty() -> rx.Component:
    create = rx.cond(Base.may_write, link(icon("plus", 15), "Create invoice", to=S.hrefs["create"], class_name="btn p"))
    first = empty(
        "No invoices yet",
        "Create the first one: who it is for, how much, when it is due. It takes a minute.",
        create,
    )
    clear = link("Clear filters", to=S.hrefs["clear"], class_name="btn")
    of_theirs = empty("Nothing for this customer", "No invoice of this customer is in this list.", create)
    return rx.cond(
        (S.q != "") | (S.currency != "") | (S.option != ""),
        empty("Nothing matches", "No invoice fits this search and these filters.", clear),
        rx.cond(
            S.customer != "",
            of_theirs,
            rx.match(
                S.tab,
                ("draft", empty("No drafts", "What you save as a draft waits here to be finished.")),
                ("open", empty("Nothing is open", "Every invoice is settled. New ones are here until they are paid.")),
                ("overdue", empty("Nothing is overdue", "Nobody owes you anything beyond its due date.")),
                ("paid", empty("Nothing is paid yet", "Invoices come here once they are settled in full.")),
                first,
            ),
        ),
    )


def _sums() -> rx.Component:
    """What the filter comes to, a quiet line a currency; its place is kept while it is added up."""

    def one(sum: Any) -> rx.Component:
        many = rx.cond(sum.count == "1", " invoice", " invoices")
        what = rx.cond(S.tab == "draft", " in drafts", " invoiced")
        still = rx.cond(S.tab == "draft", "", f" · {sum.balance} open")
        return rx.el.li(sum.count, many, " · ", sum.total, what, still, key=sum.currency)

    return rx.el.ul(rx.foreach(S.sums, one), class_name="sums-line num", custom_attrs={"aria-label": "Totals"})
