"""The screen "Customers"."""

from typing import Any

import reflex as rx

from ....ui.elements import Download, icon, link
from ....ui.forms import button
from ....ui.layout import badge, bone_rows, empty, tag_chip
from ...shared.add_customer.add_form import add_customer_dialog
from ...shell import lists, routes
from ...shell.base import Base
from ...shell.frame import head, screen
from ...shell.selection import ask_first, pick_all, pick_one, picked
from .listing import ARCHIVE, RESTORE, TABS, Customers

S = Customers
FILTERED = (S.q != "") | (S.tag != "") | (S.group != "") | (S.country != "")
COLUMNS = 8


def page() -> rx.Component:
    return screen(
        head(
            "Customers",
            Download.create(icon("download", 15), "Export", to=S.hrefs["export"], class_name="btn"),
            rx.cond(
                Base.may_write,
                button(icon("plus", 15), "Add customer", kind="p", on_click=rx.redirect(routes.ADD)),
            ),
        ),
        lists.tabs(S, TABS, S.status, "customer-list", "Customer lists", setup=_setups()),
        rx.cond(S.selected.length() > 0, _bulk(), _filters()),
        _table(),
        lists.foot(S, f"{S.first}–{S.last} of {S.total}"),
        ask_first(S, ARCHIVE, "customers", "They can be restored at any time.", S.archive_selected),
        ask_first(S, RESTORE, "customers", "They come back into every list and search.", S.restore_selected),
        add_customer_dialog(),
        here=routes.CUSTOMERS,
        wide=True,
    )


def _setups() -> rx.Component:
    return rx.cond(S.setups > 0, rx.el.span(" ", S.setups))


def _filters() -> rx.Component:
    return lists.filters(
        S,
        "Search customers",
        "Company, contact, email, alias",
        lists.choice(S, "Tag", "tag", S.tag, S.tags),
        lists.choice(S, "Group", "group", S.group, S.groups),
        lists.choice(S, "Country", "country", S.country, S.countries),
        filtered=FILTERED,
    )


def _bulk() -> rx.Component:
    def choose(label: str, options: Any, handler: Any, *more: rx.Component) -> rx.Component:
        return rx.el.select(
            rx.el.option(label, value=""),
            *more,
            rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0])),
            value="",
            on_change=handler,
            class_name="in",
            style={"width": "auto", "height": "34px"},
            custom_attrs={"aria-label": label},
        )

    return rx.el.div(
        *picked(S),
        choose("Add tag", S.tags, S.tag_selected),
        choose("Set group", S.groups, S.group_selected, rx.el.option("No group", value="none")),
        rx.cond(
            S.status == "archived",
            button(icon("archive-restore", 15), "Restore", on_click=S.ask_restore),
            button(icon("archive", 15), "Archive", on_click=S.ask_archive),
        ),
        button("Clear selection", kind="g", on_click=S.pick_none),
        class_name="bulk",
    )


# ---------------------------------------------------------------- the table


def _table() -> rx.Component:
    heads = [
        rx.el.th(
            rx.cond(Base.may_write, pick_all(S), rx.el.span("Select", class_name="sr")), class_name="pick", scope="col"
        ),
        lists.sorted_head(S, "Company", "company"),
        rx.el.th("Primary contact", scope="col"),
        rx.el.th("Tags", scope="col"),
        rx.el.th("Group", scope="col"),
        rx.el.th("Balance", class_name="r", scope="col"),
        rx.el.th("Status", scope="col"),
        lists.sorted_head(S, "Created", "created"),
    ]
    return lists.table(S, "Customers", heads, bone_rows(10, COLUMNS), _row, _empty(), "customer-list")


def _row(row: Any) -> rx.Component:
    setup = row.status == "setup"
    return rx.el.tr(
        rx.el.td(
            rx.cond(Base.may_write, pick_one(S, row, row.company)),
            class_name="pick",
        ),
        rx.el.td(
            link(
                row.company,
                to=rx.cond(setup, "/customers?finish=" + row.id, "/customers/" + row.id),
                class_name="cover",
            ),
            class_name="flex less",
        ),
        rx.el.td(_contact(row), class_name="flex"),
        rx.el.td(rx.el.div(rx.foreach(row.tags, tag_chip), class_name="tags one")),
        rx.el.td(row.group, class_name="quiet"),
        rx.el.td(row.balance, class_name="r num"),
        rx.el.td(badge(row.status_label, row.status)),
        rx.el.td(row.created, class_name="muted num"),
        class_name="go",
        key=row.id,
    )


def _contact(row: Any) -> rx.Component:
    """The primary contact; while there is none yet, the way to finish or drop the setup."""
    person = rx.cond(row.contact != "", rx.fragment(row.contact, " ", rx.el.span(row.email, class_name="muted")), "—")
    verbs = rx.el.div(
        rx.el.button(
            "Finish setup",
            type="button",
            on_click=rx.redirect("/customers?finish=" + row.id),
            class_name="link over",
        ),
        rx.el.button("Discard", type="button", on_click=S.discard(row.id), class_name="muted over"),
        class_name="row",
        style={"gap": "14px"},
    )
    return rx.cond((row.status == "setup") & Base.may_write, verbs, person)


def _empty() -> rx.Component:
    return rx.cond(
        FILTERED,
        empty(
            "Nothing matches",
            "No customer fits this search and these filters.",
            link("Clear filters", to=S.hrefs["clear"], class_name="btn"),
        ),
        rx.cond(
            S.status == "",
            empty(
                "No customers yet",
                "Add the first one: company and address, then the people who pay. It takes a minute.",
                rx.cond(
                    Base.may_write, link(icon("plus", 15), "Add your first customer", to=routes.ADD, class_name="btn p")
                ),
            ),
            empty("Nothing here", "No customer is in this list at the moment."),
        ),
    )
