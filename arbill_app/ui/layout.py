"""Shapes that screens are made of: dialogs, cards, tables' skeletons, empty states."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from .elements import Modal, icon
from .forms import button, form


def dialog(open: Any, label: str, *content: rx.Component, on_close: Any, small: bool = False) -> rx.Component:
    """`content` is drawn only while open, so its fields start from their default values each time."""
    return Modal.create(
        rx.cond(open, rx.el.div(*content, class_name="sheet")),
        open=open,
        label=label,
        on_dismiss=on_close,
        class_name="narrow" if small else "",
    )


def dialog_head(title: Any, on_close: Any, *below: rx.Component) -> rx.Component:
    return rx.el.header(
        rx.el.div(rx.el.h2(title), *below, class_name="grow"),
        rx.el.button(
            icon("x"),
            type="button",
            on_click=on_close,
            class_name="icb",
            custom_attrs={"aria-label": "Close", "data-close": ""},
        ),
        class_name="dh",
    )


def dialog_foot(on_close: Any, *verbs: rx.Component, no: str = "Cancel") -> rx.Component:
    """The way out first, the main verb last, where the eye ends."""
    return rx.el.footer(rx.el.span(class_name="grow"), button(no, kind="g", on_click=on_close), *verbs)


def form_dialog(
    open: Any,
    label: Any,
    *fields: rx.Component,
    verbs: Sequence[rx.Component],
    on_submit: Any,
    on_close: Any,
    title: Any = None,
    under: Sequence[rx.Component] = (),
    no: str = "Cancel",
    small: bool = False,
    **body: Any,
) -> rx.Component:
    """A dialog that is a form; the last of `verbs` submits it. `title` is the label unless said; `under` it."""
    return dialog(
        open,
        label,
        dialog_head(label if title is None else title, on_close, *under),
        form(
            rx.el.div(*fields, class_name="db", **body),
            dialog_foot(on_close, *verbs, no=no),
            on_submit=on_submit,
            class_name="sheet",
        ),
        on_close=on_close,
        small=small,
    )


def question(
    open: Any, label: Any, title: Any, *body: rx.Component, verb: rx.Component, on_close: Any, no: str = "Keep"
) -> rx.Component:
    """A small dialog that asks once more before something is done."""
    return dialog(
        open,
        label,
        dialog_head(title, on_close),
        rx.el.div(*body, class_name="db"),
        dialog_foot(on_close, verb, no=no),
        on_close=on_close,
        small=True,
    )


def missing(what: str, why: str, all_of: rx.Component) -> rx.Component:
    """Instead of a page whose subject is not there; `all_of` leads to where it could be."""
    return rx.fragment(
        rx.el.h1(f"{what} not found", class_name="sr"), empty(f"This {what.lower()} does not exist", why, all_of)
    )


def steps(rows: Any) -> rx.Component:
    """What happens next: `title`, `why` and a `kind` ("", warn or done) each."""

    def one(step: Any) -> rx.Component:
        dot = rx.match(step.kind, ("warn", "dot warn"), ("done", "dot"), "dot on")
        words = rx.el.div(rx.el.div(step.title), rx.el.div(step.why, class_name="muted"))
        return rx.el.li(rx.el.span(class_name=dot), words, key=step.title)

    return rx.el.ul(rx.foreach(rows, one), class_name="steps-next")


def figures(loading: Any, *pairs: tuple[str, Any]) -> rx.Component:
    """What matters most of a page's subject, side by side."""

    def one(label: str, value: Any) -> rx.Component:
        shown = rx.cond(loading, "–", rx.cond(value != "", value, "–"))
        return rx.el.div(rx.el.div(label, class_name="l"), rx.el.div(shown, class_name="v"), class_name="kpi")

    return rx.el.div(*(one(*pair) for pair in pairs), class_name="kpis")


def card(
    title: Any, *body: rx.Component, actions: Sequence[rx.Component] = (), padded: bool = True, **props: Any
) -> rx.Component:
    inside = rx.el.div(*body, class_name="in-card") if padded else rx.fragment(*body)
    return rx.el.section(rx.el.header(rx.el.h2(title), *actions), inside, class_name="card", **props)


def facts(*pairs: tuple[Any, Any]) -> rx.Component:
    """Names and values, one a line."""
    return rx.el.dl(*(part for name, value in pairs for part in (rx.el.dt(name), rx.el.dd(value))), class_name="facts")


def empty(title: Any, text: Any, *verbs: rx.Component) -> rx.Component:
    """Says what to do next."""
    return rx.el.div(rx.el.h2(title), rx.el.p(text), *verbs, class_name="empty")


def bone(width: str = "60%") -> rx.Component:
    return rx.el.span(class_name="bone", style={"width": width})


def bones(lines: int) -> rx.Component:
    """A skeleton of lines in a card."""
    rows = [rx.el.div(bone(f"{35 + i * 13 % 40}%"), style={"height": "28px"}) for i in range(lines)]
    return rx.el.div(*rows, class_name="in-card", custom_attrs={"aria-hidden": "true"})


def bone_rows(rows: int, columns: int) -> rx.Component:
    """A skeleton of the same height as the rows to come: nothing jumps."""
    row = rx.el.tr(
        *(rx.el.td(bone(f"{40 + (i * 17) % 45}%")) for i in range(columns)), custom_attrs={"aria-hidden": "true"}
    )
    return rx.fragment(*([row] * rows))


def badge(text: Any, kind: Any = "") -> rx.Component:
    return rx.el.span(text, class_name=f"badge {kind}")


def tag_chip(tag: Any) -> rx.Component:
    return rx.el.span(tag.name, class_name=f"tag {tag.colour}", title=tag.name)
