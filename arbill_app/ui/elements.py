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


class Radio(rx.Component):
    """One of several with the same `name`: ticked at once by the browser, and again by the server's `checked`."""

    library = KIT
    tag = "Radio"
    name: rx.Var[str]
    value: rx.Var[str]
    checked: rx.Var[bool]
    disabled: rx.Var[bool]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Check(rx.Component):
    """A checkbox, ticked at once by the browser, and again by the server's `checked` with each new `count`."""

    library = KIT
    tag = "Check"
    name: rx.Var[str]
    checked: rx.Var[bool]
    count: rx.Var[int]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(bool)]


class Download(rx.Component):
    """A link to a file, fetched without leaving the page: a plain link would close the page's websocket."""

    library = KIT
    tag = "Download"
    to: rx.Var[str]


class Upload(rx.Component):
    """A button that sends one file, with `fields` beside it, to `url`: a route that answers as
    dashboard/files/uploads.py does.

    `on_done` gets what was wrong with it, or "". `most` bytes are known to be too much before anything is sent.
    """

    library = KIT
    tag = "Upload"
    url: rx.Var[str]
    fields: rx.Var[dict[str, str]]
    accept: rx.Var[str]
    label: rx.Var[str]
    most: rx.Var[int]
    on_done: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Finder(rx.Component):
    """A combobox whose [id, label, more] options the server finds: `found_for` says for which words.

    `action` is the last entry, `on_action` gets what was typed.
    """

    library = KIT
    tag = "Finder"
    name: rx.Var[str]
    chosen: rx.Var[str]
    options: rx.Var[list[list[str]]]
    found_for: rx.Var[str]
    action: rx.Var[str]
    placeholder: rx.Var[str]
    on_find: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_pick: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_action: rx.EventHandler[rx.event.passthrough_event_spec(str)]


class Sortable(rx.Component):
    """Rows with `data-key`, put in another order by a `data-grip` inside: `on_move` gets the key and the new place."""

    library = KIT
    tag = "Sortable"
    on_move: rx.EventHandler[rx.event.passthrough_event_spec(str, int)]


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
    """With `action`, the label of a button, it stays for half a minute."""

    library = KIT
    tag = "Notice"
    text: rx.Var[str]
    kind: rx.Var[str]
    count: rx.Var[int]
    action: rx.Var[str]
    on_action: rx.EventHandler[rx.event.no_args_event_spec]


class CopyButton(rx.Component):
    """Puts `text` on the clipboard and says `said`."""

    library = KIT
    tag = "CopyButton"
    text: rx.Var[str]
    said: rx.Var[str]


class Tick(rx.Component):
    """While `on`, asks every so many `seconds`, unless nobody is looking."""

    library = KIT
    tag = "Tick"
    on: rx.Var[bool]
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


class Focus(rx.Component):
    library = KIT
    tag = "Focus"
    target: rx.Var[str]
    count: rx.Var[int]


class OneCompany(rx.Component):
    """Draws nothing. Tabs of this browser that show another company load anew; "" is not known yet."""

    library = KIT
    tag = "OneCompany"
    company: rx.Var[str]


class PasskeyPrompt(rx.Component):
    """Asks the browser's authenticator each time `count` is new: `options` is JSON, `kind` "create" or "get"."""

    library = KIT
    tag = "PasskeyPrompt"
    options: rx.Var[str]
    kind: rx.Var[str]
    count: rx.Var[int]
    on_answer: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_failed: rx.EventHandler[rx.event.passthrough_event_spec(str)]


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
