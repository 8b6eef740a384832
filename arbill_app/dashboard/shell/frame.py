"""The frame around every screen: navigation, top bar, command palette, notices."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.style import set_color_mode

from ...ui.elements import Focus, Menu, NativeForm, Notice, OneCompany, Palette, PaletteButton, icon, item, link
from ...ui.layout import bone
from . import routes
from .base import Base
from .confirming import confirm_dialog
from .undo import Undoing

NAV = (
    ("", (("Overview", routes.OVERVIEW, "layout-dashboard"),)),
    (
        "Account Receivable",
        (
            ("Customers", routes.CUSTOMERS, "users"),
            ("Invoices", routes.INVOICES, "file-text"),
            ("Payments", routes.PAYMENTS, "credit-card"),
            ("Tags and groups", routes.LABELS, "tags"),
        ),
    ),
    (
        "Business",
        (
            ("Automations", routes.AUTOMATIONS, "zap"),
            ("Settings", routes.SETTINGS, "settings"),
        ),
    ),
)
VERBS = [
    [routes.ADD, "New customer", "N"],
    [routes.CREATE_INVOICE, "Create invoice", "I"],
    [routes.RECORD, "Record payment", "P"],
    [routes.CUSTOMERS, "Go to Customers", ""],
    [routes.INVOICES, "Go to Invoices", ""],
    [routes.PAYMENTS, "Go to Payments", ""],
    [routes.LABELS, "Go to Tags and groups", ""],
    [routes.OVERVIEW, "Go to Overview", ""],
    [routes.AUTOMATIONS, "Go to Automations", ""],
    [routes.SETTINGS, "Go to Settings", ""],
    [routes.MESSAGES, "Go to Message templates", ""],
    [routes.ACCOUNT, "Go to your profile", ""],
]
TEST_MODE = "Test mode: no real money moves. Only the test cards and accounts of the sandbox can be charged."
SHORTCUTS = [
    ["Ctrl K  or  ⌘ K", "Search or jump to"],
    ["N", "New customer"],
    ["I", "Create invoice"],
    ["P", "Record payment"],
    ["?", "This list"],
    ["Esc", "Close what is open"],
    ["↑ ↓ Enter", "Choose in a list or menu"],
]


def screen(*body: Any, here: str, wide: bool = False) -> rx.Component:
    """A page in the frame; `here` is the navigation's entry it belongs to."""
    return rx.el.div(
        rx.el.a("Skip to content", href="#main", class_name="skip"),
        _side(here),
        rx.el.div(
            rx.cond(Base.test_mode, rx.el.p(TEST_MODE, class_name="testing", role="note")),
            _top(),
            rx.el.main(*body, id="main", tab_index=-1, class_name="main wide" if wide else "main"),
        ),
        Palette.create(verbs=VERBS, shortcuts=SHORTCUTS, found=Base.found, found_for=Base.found_for, on_find=Base.find),
        Notice.create(
            text=Base.notice,
            kind=Base.notice_kind,
            count=Base.notice_count,
            action=rx.cond(Base.notice_undo != "", "Undo", ""),
            on_action=Undoing.undo,
        ),
        confirm_dialog(),
        Focus.create(target=Base.focus, count=Base.focus_count),
        OneCompany.create(company=Base.company),
        class_name="app",
    )


def _side(here: str) -> rx.Component:
    return rx.el.nav(
        rx.el.div(rx.el.img(src="/logo.svg", alt=""), rx.el.span(Base.partner), class_name="org"),
        *(part for title, entries in NAV for part in _group(title, entries, here)),
        class_name="side",
        custom_attrs={"aria-label": "Main"},
    )


def _group(title: str, entries: Any, here: str) -> list[rx.Component]:
    heading = [rx.el.h2(title)] if title else []
    return [*heading, *(_entry(*entry, here=here) for entry in entries)]


def _entry(label: str, to: str, symbol: str, *, here: str) -> rx.Component:
    current = {"aria-current": "page"} if to == here else {}
    entry = link(icon(symbol), rx.el.span(label), to=to, title=label, custom_attrs=current)
    return rx.cond(Base.may_manage, entry) if to.startswith(routes.SETTINGS) else entry


def _top() -> rx.Component:
    return rx.el.header(
        PaletteButton.create(
            icon("search", 15),
            rx.el.span("Search or jump to…"),
            rx.el.kbd("Ctrl K"),
            opens="jump",
            label="Search or jump to",
            class_name="jump",
        ),
        rx.el.span(class_name="grow"),
        rx.cond(
            Base.may_write,
            Menu.create(
                icon("plus"),
                item(icon("user-plus"), "New customer", to=routes.ADD),
                item(icon("file-plus"), "Create invoice", to=routes.CREATE_INVOICE),
                item(icon("banknote"), "Record payment", to=routes.RECORD),
                label="Quick insert",
                class_name="icb b",
            ),
        ),
        PaletteButton.create(icon("circle-help"), opens="keys", label="Keyboard shortcuts", class_name="icb"),
        _person(),
        class_name="top",
    )


def _person() -> rx.Component:
    return Menu.create(
        rx.el.span(Base.initials, class_name="avatar"),
        rx.el.div(
            rx.el.div(Base.me, class_name="strong"),
            rx.el.div(Base.my_email, class_name="muted small"),
            class_name="who",
        ),
        item(icon("user"), "Your profile", to=routes.ACCOUNT),
        rx.cond(Base.companies.length() > 1, _companies()),  # type: ignore[attr-defined]
        rx.el.hr(),
        _theme("sun", "Light", "light"),
        _theme("moon", "Dark", "dark"),
        _theme("monitor", "System", "system"),
        rx.el.hr(),
        NativeForm.create(
            rx.el.button(icon("log-out"), "Sign out", type="submit", role="menuitem", tab_index=-1),
            action="/auth/sign-out",
            method="post",
        ),
        label="Your account",
        class_name="",
    )


def _companies() -> rx.Component:
    """Native forms: another company is another session, so the browser leaves the app and comes back."""

    def one(company: Any) -> rx.Component:
        here = company[0] == Base.company
        entry = rx.el.button(
            rx.cond(here, icon("check"), rx.el.span(class_name="unticked")),
            rx.el.span(company[1], class_name="cut"),
            type="submit",
            name="company",
            value=company[0],
            title=company[1],
            role="menuitemradio",
            tab_index=-1,
            custom_attrs={"aria-checked": rx.cond(here, "true", "false")},
        )
        return NativeForm.create(entry, action="/auth/switch", method="post", key=company[0])

    return rx.el.div(
        rx.el.hr(),
        rx.el.div("Switch company", class_name="who muted small", id="switch-company"),
        rx.foreach(Base.companies, one),
        role="group",
        custom_attrs={"aria-labelledby": "switch-company"},
    )


def _theme(symbol: str, label: str, mode: str) -> rx.Component:
    return item(icon(symbol), f"{label} theme", on_click=set_color_mode(mode))  # type: ignore[arg-type]


def head(
    title: Any, *verbs: rx.Component, crumb: rx.Component | None = None, below: rx.Component | None = None
) -> rx.Component:
    """A page's heading with its verbs."""
    words = [part for part in (crumb, rx.el.h1(title), below) if part is not None]
    return rx.el.div(rx.el.div(*words, class_name="grow"), *verbs, class_name="head")


def head_of(state: Any, what: str, title: Any, verbs: rx.Component, status: rx.Component, back: rx.Component) -> Any:
    """The heading of a customer's document: `state` has its `view` and `loading`; `back` leads to all of them."""
    company = link(state.view.company, to=f"{routes.CUSTOMERS}/" + state.view.customer_id, class_name="quietly quiet")
    below = rx.cond(state.loading, bone("160px"), rx.fragment(status, company))
    return head(
        rx.cond(state.loading, what, title),
        rx.cond(state.loading, rx.fragment(), verbs),
        crumb=back,
        below=rx.el.div(below, class_name="row wraps under"),
    )


Page = Callable[[], rx.Component]
