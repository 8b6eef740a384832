"""Elements that Reflex lacks: in-app links, native forms, and the parts of assets/kit.jsx."""

from typing import Any

import reflex as rx
from reflex_components_core.el.element import Element
from reflex_components_core.react_router.dom import ReactRouterLink

KIT = "$/public/kit.jsx"


def link(*children: Any, to: Any, **props: Any) -> rx.Component:
    """An in-app link: no reload, no new socket."""
    return ReactRouterLink.create(*children, to=to, **props)


class NativeForm(Element):
    """A form the browser posts itself: Reflex's own form prevents that."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]


class Modal(rx.Component):
    library = KIT
    tag = "Modal"
    open: rx.Var[bool]
    label: rx.Var[str]
    on_dismiss: rx.EventHandler[rx.event.no_args_event_spec]


class Menu(rx.Component):
    library = KIT
    tag = "Menu"
    label: rx.Var[str]


class Combobox(rx.Component):
    """`options` are [value, label] pairs; typing either is understood. `on_leave` gets the value, or what was typed."""

    library = KIT
    tag = "Combobox"
    name: rx.Var[str]
    options: rx.Var[list[list[str]]]
    default_value: rx.Var[str]
    placeholder: rx.Var[str]
    required: rx.Var[bool]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_leave: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Palette(rx.Component):
    library = KIT
    tag = "Palette"
    verbs: rx.Var[list[list[str]]]
    found: rx.Var[list[list[str]]]
    found_for: rx.Var[str]
    shortcuts: rx.Var[list[list[str]]]
    on_find: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class PaletteButton(rx.Component):
    library = KIT
    tag = "PaletteButton"
    opens: rx.Var[str]
    label: rx.Var[str]


class Notice(rx.Component):
    library = KIT
    tag = "Notice"
    text: rx.Var[str]
    kind: rx.Var[str]
    count: rx.Var[int]


class Focus(rx.Component):
    library = KIT
    tag = "Focus"
    target: rx.Var[str]
    count: rx.Var[int]


class Elsewhere(rx.Component):
    """Around the page of unknown addresses: `paths` are pages of the server's own, outside the app."""

    library = KIT
    tag = "Elsewhere"
    paths: rx.Var[list[str]]


def icon(name: str, size: int = 16) -> rx.Component:
    """Decoration beside words: hidden from screen readers."""
    return rx.icon(name, size=size, stroke_width=1.75, custom_attrs={"aria-hidden": "true"})


def item(*children: Any, to: str = "", **props: Any) -> rx.Component:
    """An entry of a Menu: a link with `to`, else a button."""
    common: dict[str, Any] = {"role": "menuitem", "tab_index": -1} | props
    return link(*children, to=to, **common) if to else rx.el.button(*children, type="button", **common)
