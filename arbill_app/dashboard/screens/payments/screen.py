"""The screen "Payments"."""

from typing import Any

import reflex as rx

from ....ui.elements import Download, icon, link
from ....ui.layout import empty
from ...shared.payment_rows import opens, status_badge
from ...shared.record_payment.record_dialog import record_dialog
from ...shell import lists, routes
from ...shell.base import Base
from ...shell.frame import head, screen
from .listing import METHODS, TABS, Payments

S = Payments
# Narrow screens leave out the lesser columns, in the skeleton as well.
COLUMNS = ("number", "less-s", "less-s", "less-m", "less-m", "", "less-m less-l", "")
FILTERED = (S.q != "") | (S.kind != "") | (S.currency != "") | (S.customer != "")


def page() -> rx.Component:
    record = link(icon("plus", 15), "Record payment", to=S.hrefs["record"], class_name="btn p")
    return screen(
        head(
            "Payments",
            Download.create(icon("download", 15), "Export", to=S.hrefs["export"], class_name="btn"),
            rx.cond(Base.may_write, record),
        ),
        lists.tabs(S, TABS, S.tab, "payment-list", "Payment lists"),
        _filters(),
        _table(),
        lists.foot(S, f"{S.first}–{S.last} of {S.total}"),
        record_dialog(routes.PAYMENTS),
        here=routes.PAYMENTS,
        wide=True,
    )


def _filters() -> rx.Component:
    return lists.filters(
        S,
        "Search payments",
        "Customer, reference, amount",
        lists.choice(S, "Method", "kind", S.kind, METHODS),
        lists.choice(S, "Currency", "currency", S.currency, S.currencies),
        lists.customer_chip(S),
        filtered=FILTERED,
    )


# ---------------------------------------------------------------- the table


def _table() -> rx.Component:
    heads = [
        lists.sorted_head(S, "Received", "received"),
        rx.el.th("Customer", scope="col", class_name="less-s"),
        rx.el.th("Method", scope="col", class_name="less-s"),
        rx.el.th("Reference", scope="col", class_name="less-m"),
        rx.el.th("Invoices", scope="col", class_name="less-m"),
        lists.sorted_head(S, "Amount", "amount", "r"),
        rx.el.th("On account", scope="col", class_name="r less-m less-l"),
        rx.el.th("Status", scope="col"),
    ]
    return lists.table(S, "Payments", heads, lists.bones(COLUMNS), _row, _empty(), "payment-list")


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            opens(row),
            rx.el.div(row.company, class_name="only-s quiet small"),
            class_name="number",
        ),
        rx.el.td(row.company, class_name="less-s", title=row.company),
        rx.el.td(row.label, class_name="quiet less-s", title=row.label),
        rx.el.td(row.reference, class_name="muted num less-m", title=row.reference),
        rx.el.td(row.invoices, class_name="muted num less-m", title=row.invoices),
        rx.el.td(row.amount, class_name="r num"),
        rx.el.td(row.on_account, class_name="r num quiet less-m less-l"),
        rx.el.td(status_badge(row)),
        class_name="go",
        key=row.id,
    )


def _empty() -> rx.Component:
    record = rx.cond(Base.may_write, link("Record payment", to=S.hrefs["record"], class_name="btn p"))
    first = empty(
        "No payments yet", "What customers pay online comes here by itself; record what came otherwise.", record
    )
    clear = link("Clear filters", to=S.hrefs["clear"], class_name="btn")
    of_theirs = empty("Nothing from this customer", "No payment of this customer is in this list.", record)
    return rx.cond(
        (S.q != "") | (S.kind != "") | (S.currency != ""),
        empty("Nothing matches", "No payment fits this search and these filters.", clear),
        rx.cond(
            S.customer != "",
            of_theirs,
            rx.match(
                S.tab,
                ("on_account", empty("Nothing is on account", "Every payment is used for invoices.")),
                ("refunded", empty("Nothing was refunded", "Payments you give back, in part or in full, come here.")),
                ("disputed", empty("Nothing is disputed", "No customer’s bank holds a payment back.")),
                first,
            ),
        ),
    )
