"""The screen "Security log". Owners and admins only."""

from typing import Any

import reflex as rx

from ....ui.elements import Download, icon, link
from ....ui.layout import badge, empty
from ...shell import lists, routes
from ...shell.base import Base
from ...shell.frame import head, screen
from .listing import KINDS, SecurityLog

S = SecurityLog
COLUMNS = ("", "", "less-s", "less-m", "less-m", "less-m less-l")
FILTERED = (S.action != "") | (S.person != "")


def page() -> rx.Component:
    return screen(
        head(
            "Security log",
            Download.create(icon("download", 15), "Export", to=S.hrefs["export"], class_name="btn"),
            crumb=link("Settings", to=routes.SETTINGS, class_name="quietly quiet small"),
            below=rx.el.p("Nothing here can be changed or deleted. It is kept for two years.", class_name="muted"),
        ),
        rx.cond(Base.may_manage, rx.fragment(_filters(), _table(), lists.foot(S, f"{S.first}–{S.last} of {S.total}"))),
        here=routes.SETTINGS,
        wide=True,
    )


def _filters() -> rx.Component:
    return rx.el.div(
        lists.choice(S, "Kind", "action", S.action, KINDS),
        lists.choice(S, "Person", "person", S.person, S.people),
        rx.cond(FILTERED, link("Clear", to=S.hrefs["clear"], class_name="btn g sm")),
        class_name="filters",
        role="search",
    )


def _table() -> rx.Component:
    heads = [
        rx.el.th("When", scope="col"),
        rx.el.th("What", scope="col"),
        rx.el.th("Person", scope="col", class_name="less-s"),
        rx.el.th("Detail", scope="col", class_name="less-m"),
        rx.el.th("Device", scope="col", class_name="less-m"),
        rx.el.th("Network address", scope="col", class_name="less-m less-l"),
    ]
    clear = link("Clear filters", to=S.hrefs["clear"], class_name="btn")
    nothing = rx.cond(
        FILTERED,
        empty("Nothing matches", "Nothing of this kind has happened.", clear),
        empty("Nothing yet", "Sign-ins, exports and changes of rights come here by themselves."),
    )
    return lists.table(S, "Security log", heads, lists.bones(COLUMNS), _row, nothing, "security-events")


def _row(row: Any) -> rx.Component:
    more = rx.el.div(row.who, rx.cond(row.detail != "", " · ", ""), row.detail, class_name="only-m quiet small wrap")
    return rx.el.tr(
        rx.el.td(row.at, class_name="num muted"),
        rx.el.td(rx.cond(row.bad, badge(row.what, "bad"), row.what), more),
        rx.el.td(row.who, class_name="less-s", title=row.who),
        rx.el.td(row.detail, class_name="quiet less-m", title=row.detail),
        rx.el.td(row.device, class_name="muted less-m", title=row.device),
        rx.el.td(row.ip, class_name="muted num less-m less-l", title=row.ip),
        key=row.id,
    )
