"""The screen "Automations"."""

from typing import Any

import reflex as rx

from ....ui.elements import Tick, icon, link
from ....ui.forms import button
from ....ui.layout import badge, bone_rows, card, empty, question
from ...shell import lists, routes
from ...shell.base import Base
from ...shell.frame import head, screen
from .activity import FILTERS, Automations

S = Automations
COLUMNS = 7
SECONDS = 10  # between looks while somebody watches


def page() -> rx.Component:
    return screen(
        head("Automations", below=rx.el.p("What arbill does by itself, and how it went.", class_name="muted")),
        _banner(),
        _tabs(),
        rx.el.div(
            _filters(),
            _failed_emails(),
            _table(),
            lists.foot(S, f"{S.first}–{S.last}"),
            _sweeps(),
            id="activity",
            role="tabpanel",
            custom_attrs={"aria-label": "Activity"},
        ),
        _retry_emails(),
        Tick.create(on=~S.loading, seconds=SECONDS, on_tick=S.look_again),
        here=routes.AUTOMATIONS,
        wide=True,
    )


def _banner() -> rx.Component:
    words = rx.el.div(
        rx.el.p("Work is late: what arbill should do by itself is not being done.", class_name="strong"),
        rx.foreach(S.warnings, lambda line: rx.el.p(line, key=line)),
        rx.el.p("Nothing is lost, it will be done. Ask whoever runs arbill whether a worker is running."),
    )
    return rx.cond(
        S.warnings.length() > 0, rx.el.div(icon("triangle-alert"), words, class_name="hint bad", role="alert")
    )


def _tabs() -> rx.Component:
    attributes = {"aria-selected": "true", "aria-controls": "activity"}
    return rx.el.div(
        link("Activity", to=routes.AUTOMATIONS, role="tab", custom_attrs=attributes),
        class_name="tabs",
        role="tablist",
        custom_attrs={"aria-label": "Automations"},
    )


def _filters() -> rx.Component:
    """Links, so that the address says what is shown."""

    def choice(state: str, label: str) -> rx.Component:
        return link(
            label,
            to=routes.automations(state=state),
            class_name=rx.cond(S.shown == state, "btn sm", "btn g sm"),
            custom_attrs={"aria-current": rx.cond(S.shown == state, "true", "false")},
        )

    return rx.el.nav(*(choice(*entry) for entry in FILTERS), class_name="filters", custom_attrs={"aria-label": "State"})


def _failed_emails() -> rx.Component:
    many = rx.cond(S.failed_emails == 1, "1 email has failed.", S.failed_emails.to_string() + " emails have failed.")
    verb = button("Try all failed again", kind="sm", on_click=S.ask_retry_emails)
    return rx.cond(
        (S.failed_emails > 0) & Base.may_manage,
        rx.el.div(rx.el.p(many, class_name="grow"), verb, class_name="hint row wraps", role="status"),
    )


def _retry_emails() -> rx.Component:
    title = rx.cond(
        S.asking == 1, "Send 1 failed email again?", "Send " + S.asking.to_string() + " failed emails again?"
    )
    return question(
        S.asking > 0,
        "Try all failed emails again",
        title,
        rx.el.p("Whoever got one already does not get it twice. Codes and links that have run out are not sent."),
        verb=button("Try all again", kind="p", on_click=S.retry_emails),
        on_close=S.keep_failed,
        no="Cancel",
    )


# ---------------------------------------------------------------- the table


def _table() -> rx.Component:
    heads = ("What", "About", "State", "Tries", "Next attempt / finished", "Why", "")
    return rx.el.div(
        rx.el.table(
            rx.el.caption("What arbill did and will do", class_name="sr"),
            rx.el.thead(rx.el.tr(*(_head(label) for label in heads))),
            rx.el.tbody(rx.cond(S.loading, bone_rows(8, COLUMNS), rx.foreach(S.rows, _row))),
            custom_attrs={"aria-busy": rx.cond(S.loading, "true", "false")},
        ),
        rx.cond(~S.loading & (S.rows.length() == 0), _empty()),
        class_name="tbl",
    )


def _head(label: str) -> rx.Component:
    if not label:
        return rx.el.th(rx.el.span("Actions", class_name="sr"), scope="col")
    return rx.el.th(label, scope="col", class_name={"Tries": "r", "About": "less-m", "Why": "less-m"}.get(label, ""))


def _row(row: Any) -> rx.Component:
    opened = S.opened == row.id
    name = rx.el.button(
        rx.cond(opened, icon("chevron-down", 14), icon("chevron-right", 14)),
        rx.el.span(row.what, class_name="grow", style={"overflow": "hidden", "text-overflow": "ellipsis"}),
        type="button",
        on_click=S.open(row.id),
        class_name="row strong",
        style={"width": "100%"},
        title=row.what,
        custom_attrs={"aria-expanded": rx.cond(opened, "true", "false")},
    )
    again = rx.cond(
        row.may_retry & Base.may_write,
        rx.el.button(
            "Retry now",
            type="button",
            on_click=S.retry(row.id),
            class_name="btn sm",
            custom_attrs={"aria-label": "Retry now: " + row.what},
        ),
    )
    return rx.fragment(
        rx.el.tr(
            rx.el.td(name, class_name="rest", style={"min-width": "200px"}),
            rx.el.td(_about(row), class_name="less-m"),
            rx.el.td(badge(row.state, row.badge)),
            rx.el.td(row.tries, class_name="r num"),
            rx.el.td(row.when, class_name="quiet num"),
            rx.el.td(row.why, class_name="quiet less-m", title=row.why, style={"max-width": "220px"}),
            rx.el.td(again, class_name="act"),
        ),
        rx.cond(opened, rx.el.tr(rx.el.td(_tries(row), col_span=COLUMNS, style=_OPEN))),
        key=row.id,
    )


_OPEN = {"white-space": "normal", "max-width": "none", "padding-top": "8px", "padding-bottom": "12px"}


def _about(row: Any) -> rx.Component:
    known = S.abouts.contains(row.about)
    place = S.abouts[row.about]
    return rx.cond(known, link(place[1], to=place[0], class_name="link"))


def _tries(row: Any) -> rx.Component:
    def one(entry: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(entry.at, class_name="quiet num"),
            rx.el.span(entry.outcome, class_name="strong"),
            rx.el.span(entry.error, class_name="quiet", style={"overflow-wrap": "anywhere"}),
            class_name="row wraps",
            key=entry.id,
        )

    return rx.fragment(
        rx.el.p(row.what, class_name="strong"),
        rx.cond(
            S.tries.length() > 0,
            rx.el.ol(rx.foreach(S.tries, one), class_name="stack tight", custom_attrs={"aria-label": "Tries"}),
            rx.el.p("Not tried yet.", class_name="muted"),
        ),
    )


def _empty() -> rx.Component:
    return rx.cond(
        S.shown == "",
        empty("Nothing yet", "Each message that arbill sends by itself stands here, with every try."),
        empty("Nothing here", "Nothing is in this state at the moment."),
    )


# ---------------------------------------------------------------- sweeps


def _sweeps() -> rx.Component:
    def one(sweep: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(sweep.name, class_name="strong"),
            rx.el.td(rx.cond(sweep.last != "", sweep.last, "Running for the first time"), class_name="quiet num"),
            rx.el.td(sweep.found, class_name="r num"),
            rx.el.td(badge(sweep.state, sweep.badge), title=sweep.error),
            key=sweep.name,
        )

    table = rx.el.table(
        rx.el.caption("Sweeps", class_name="sr"),
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Looks after", scope="col"),
                rx.el.th("Last run", scope="col"),
                rx.el.th("Found", scope="col", class_name="r"),
                rx.el.th("State", scope="col"),
            )
        ),
        rx.el.tbody(rx.cond(S.loading, bone_rows(2, 4), rx.foreach(S.sweeps, one))),
    )
    none = empty("No sweep has run yet", "They begin a few seconds after arbill has started.")
    body = rx.cond(S.loading | (S.sweeps.length() > 0), rx.el.div(table, class_name="tbl"), none)
    return card("Sweeps", body, padded=False, custom_attrs={"aria-label": "Sweeps"})
