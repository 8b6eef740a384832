"""What every list looks like around its own columns: tabs, search, filters, sortable heads, skeleton, steps.

`S` is the list's state, a `ListState`.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from ...ui.elements import icon, link
from ...ui.layout import bone

Tabs = Sequence[tuple[str, str]]


def tabs(S: Any, entries: Tabs, chosen: Any, panel: str, label: str, **counts: Any) -> rx.Component:
    """Each is a link too, so that it opens in a new window and the address says which one is shown.

    `panel` is the id of what they switch; a count stands behind the tab of its name.
    """

    def tab(key: str, words: str) -> rx.Component:
        attributes = {"aria-selected": rx.cond(chosen == key, "true", "false"), "aria-controls": panel}
        return link(words, counts.get(key, ""), to=S.hrefs[f"tab_{key}"], role="tab", custom_attrs=attributes)

    return rx.el.div(
        *(tab(*entry) for entry in entries), class_name="tabs", role="tablist", custom_attrs={"aria-label": label}
    )


def filters(S: Any, search: str, placeholder: str, *more: rx.Component, filtered: Any) -> rx.Component:
    """The search box, called `search`, the list's own filters, and Clear while any of them is in use."""
    box = rx.el.input(
        id="find",
        name="q",
        type="search",
        default_value=S.q,
        key=S.finds,
        placeholder=placeholder,
        on_change=S.search.debounce(250),
        class_name="in",
        auto_complete="off",
        custom_attrs={"aria-label": search},
    )
    return rx.el.div(
        rx.el.div(icon("search", 14), box, class_name="find", style={"width": "300px"}),
        *more,
        rx.cond(filtered, link("Clear", to=S.hrefs["clear"], class_name="btn g sm")),
        class_name="filters",
        role="search",
    )


def choice(S: Any, label: str, name: str, value: Any, options: Any) -> rx.Component:
    """A filter of [value, label] pairs."""
    return rx.el.select(
        rx.el.option(label, value=""),
        rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0])),
        value=value,
        name=name,
        on_change=lambda chosen: S.narrow(name, chosen),
        class_name=rx.cond(value != "", "in on", "in"),
        custom_attrs={"aria-label": f"Filter by {label.lower()}"},
    )


def customer_chip(S: Any) -> rx.Component:
    """One customer's rows alone, until that is taken away."""
    name = rx.cond(S.company != "", S.company, "Unknown customer")
    remove = link(icon("x", 13), to=S.hrefs["anybody"], custom_attrs={"aria-label": "Show every customer"})
    return rx.cond(S.customer != "", rx.el.span(rx.el.span(name), remove, class_name="picked"))


def sorted_head(S: Any, label: str, key: str, kind: str = "") -> rx.Component:
    upwards, downwards = S.sort == key, S.sort == "-" + key
    arrow = rx.cond(upwards, icon("arrow-up", 12), rx.cond(downwards, icon("arrow-down", 12)))
    sorting = rx.cond(upwards, "ascending", rx.cond(downwards, "descending", "none"))
    return rx.el.th(
        link(label, arrow, to=S.hrefs[key]), scope="col", class_name=kind, custom_attrs={"aria-sort": sorting}
    )


def bones(columns: Sequence[str]) -> rx.Component:
    """A skeleton of the rows to come; `columns` are the classes of its cells, so that it narrows as they do."""
    cells = [rx.el.td(bone(f"{40 + (i * 17) % 45}%"), class_name=kind) for i, kind in enumerate(columns)]
    return rx.fragment(*([rx.el.tr(*cells, custom_attrs={"aria-hidden": "true"})] * 10))


def table(
    S: Any, name: str, heads: Sequence[rx.Component], waiting: Any, row: Any, empty: Any, id: str
) -> rx.Component:
    """`waiting` are the rows' skeletons, `row` draws one, `empty` says what to do where there is none."""
    body = rx.el.tbody(rx.cond(S.loading, waiting, rx.foreach(S.rows, row)))
    busy = {"aria-busy": rx.cond(S.loading, "true", "false")}
    return rx.el.div(
        rx.el.table(rx.el.caption(name, class_name="sr"), rx.el.thead(rx.el.tr(*heads)), body, custom_attrs=busy),
        rx.cond(~S.loading & (S.rows.length() == 0), empty),
        id=id,
        role="tabpanel",
        class_name="tbl",
        custom_attrs={"aria-label": name},
    )


def foot(S: Any, place: Any) -> rx.Component:
    """`place` says which rows these are: "1–50 of 1,000+"."""

    def step(label: str, name: str) -> rx.Component:
        to = S.hrefs[name]
        return rx.cond(
            S.hrefs.contains(name) & (to != ""),
            link(label, to=to, class_name="btn"),
            rx.el.button(label, type="button", disabled=True, class_name="btn"),
        )

    return rx.el.div(
        rx.el.span(rx.cond(S.rows.length() > 0, place, ""), class_name="num", role="status"),
        rx.el.div(step("Previous", "previous"), step("Next", "next"), class_name="row"),
        class_name="foot",
    )
