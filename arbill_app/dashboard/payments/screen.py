"""The screen "Payments"."""

from typing import Any

import reflex as rx

from ...ui.elements import icon, link
from ...ui.layout import bone, empty
from .. import routes
from ..base import Base
from ..frame import head, screen
from .listing import METHODS, TABS, Payments
from .record_dialog import record_dialog
from .rows import href, status_badge

S = Payments
# Narrow screens leave out the lesser columns, in the skeleton as well.
COLUMNS = ("number", "flex less less-s", "less-s", "less-m", "less-m", "", "less-m", "")
FILTERED = (S.q != "") | (S.kind != "") | (S.currency != "") | (S.customer != "")


def page() -> rx.Component:
    record = link(icon("plus", 15), "Record payment", to=S.hrefs["record"], class_name="btn p")
    return screen(
        head(
            "Payments",
            link(icon("download", 15), "Export", to=S.hrefs["export"], class_name="btn", reload_document=True),
            rx.cond(Base.may_write, record),
        ),
        _tabs(),
        _filters(),
        _table(),
        _foot(),
        record_dialog(routes.PAYMENTS),
        here=routes.PAYMENTS,
        wide=True,
    )


def _tabs() -> rx.Component:
    """Each is a link too, so that it opens in a new window and the address says which one is shown."""

    def tab(key: str, label: str) -> rx.Component:
        chosen = rx.cond(S.tab == key, "true", "false")
        attributes = {"aria-selected": chosen, "aria-controls": "payment-list"}
        return link(label, to=S.hrefs[f"tab_{key}"], role="tab", custom_attrs=attributes)

    return rx.el.div(
        *(tab(*entry) for entry in TABS),
        class_name="tabs",
        role="tablist",
        custom_attrs={"aria-label": "Payment lists"},
    )


def _filters() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            icon("search", 14),
            rx.el.input(
                id="find",
                name="q",
                type="search",
                default_value=S.q,
                key=S.finds,
                placeholder="Customer, reference, amount",
                on_change=S.search.debounce(250),
                class_name="in",
                auto_complete="off",
                custom_attrs={"aria-label": "Search payments"},
            ),
            class_name="find",
            style={"width": "300px"},
        ),
        _filter("Method", "kind", S.kind, METHODS),
        _filter("Currency", "currency", S.currency, S.currencies),
        rx.cond(S.customer != "", _customer_chip()),
        rx.cond(FILTERED, link("Clear", to=S.hrefs["clear"], class_name="btn g sm")),
        class_name="filters",
        role="search",
    )


def _filter(label: str, name: str, value: Any, options: Any) -> rx.Component:
    return rx.el.select(
        rx.el.option(label, value=""),
        rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0])),
        value=value,
        name=name,
        on_change=lambda chosen: S.narrow(name, chosen),
        class_name=rx.cond(value != "", "in on", "in"),
        custom_attrs={"aria-label": f"Filter by {label.lower()}"},
    )


def _customer_chip() -> rx.Component:
    name = rx.cond(S.company != "", S.company, "Unknown customer")
    remove = link(icon("x", 13), to=S.hrefs["anybody"], custom_attrs={"aria-label": "Show every customer"})
    return rx.el.span(rx.el.span(name), remove, class_name="picked")


# ---------------------------------------------------------------- the table


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption("Payments", class_name="sr"),
            rx.el.thead(
                rx.el.tr(
                    _sorted_head("Received", "received"),
                    rx.el.th("Customer", scope="col", class_name="less-s"),
                    rx.el.th("Method", scope="col", class_name="less-s"),
                    rx.el.th("Reference", scope="col", class_name="less-m"),
                    rx.el.th("Invoices", scope="col", class_name="less-m"),
                    _sorted_head("Amount", "amount", "r"),
                    rx.el.th("On account", scope="col", class_name="r less-m"),
                    rx.el.th("Status", scope="col"),
                )
            ),
            rx.el.tbody(rx.cond(S.loading, _bones(), rx.foreach(S.rows, _row))),
            custom_attrs={"aria-busy": rx.cond(S.loading, "true", "false")},
        ),
        rx.cond(~S.loading & (S.rows.length() == 0), _empty()),
        id="payment-list",
        role="tabpanel",
        class_name="tbl",
        custom_attrs={"aria-label": "Payments"},
    )


def _bones() -> rx.Component:
    cells = [rx.el.td(bone(f"{40 + (i * 17) % 45}%"), class_name=kind) for i, kind in enumerate(COLUMNS)]
    return rx.fragment(*([rx.el.tr(*cells, custom_attrs={"aria-hidden": "true"})] * 10))


def _sorted_head(label: str, key: str, kind: str = "") -> rx.Component:
    upwards, downwards = S.sort == key, S.sort == "-" + key
    arrow = rx.cond(upwards, icon("arrow-up", 12), rx.cond(downwards, icon("arrow-down", 12)))
    sorting = rx.cond(upwards, "ascending", rx.cond(downwards, "descending", "none"))
    return rx.el.th(
        link(label, arrow, to=S.hrefs[key]), scope="col", class_name=kind, custom_attrs={"aria-sort": sorting}
    )


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            link(row.received, to=href(row), class_name="cover num"),
            rx.el.div(row.company, class_name="only-s quiet small"),
            class_name="number",
        ),
        rx.el.td(row.company, class_name="flex less less-s"),
        rx.el.td(row.label, class_name="quiet less-s"),
        rx.el.td(row.reference, class_name="muted num less-m"),
        rx.el.td(row.invoices, class_name="muted num less-m"),
        rx.el.td(row.amount, class_name="r num"),
        rx.el.td(row.on_account, class_name="r num quiet less-m"),
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


def _foot() -> rx.Component:
    def step(label: str, name: str) -> rx.Component:
        to = S.hrefs[name]
        return rx.cond(
            S.hrefs.contains(name) & (to != ""),
            link(label, to=to, class_name="btn"),
            rx.el.button(label, type="button", disabled=True, class_name="btn"),
        )

    return rx.el.div(
        rx.el.span(
            rx.cond(S.rows.length() > 0, f"{S.first}–{S.last} of {S.total}", ""), class_name="num", role="status"
        ),
        rx.el.div(step("Previous", "previous"), step("Next", "next"), class_name="row"),
        class_name="foot",
    )
