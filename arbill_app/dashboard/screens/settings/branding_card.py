"""The settings' card "Branding" with a small paper beside it, and the row of a logo that legal entities show too."""

from typing import Any

import reflex as rx

from ....partners.branding import LARGEST
from ....ui.elements import Upload, icon
from ....ui.forms import button, described, error_line, field, form
from ....ui.layout import card
from ...shell import routes
from .branding import PREFIX, Branding
from .company import Settings

S = Settings
B = Branding
PICTURES = "image/png,image/jpeg,image/svg+xml"


def branding() -> rx.Component:
    logo = logo_row(S.view.logo_id, "", B.errors, B.logo_sent, B.remove_logo, prefix=PREFIX)
    return card(
        "Branding",
        rx.el.div(rx.el.div(_accent(), logo), _sample(), class_name="halves"),
        custom_attrs={"aria-label": "Branding"},
    )


def _accent() -> rx.Component:
    typed = rx.el.input(
        id=PREFIX + "accent",
        name="accent",
        default_value=S.look["accent"],
        on_blur=B.leave,
        max_length=7,
        auto_complete="off",
        class_name="in num",
        key=S.look["accent"],
        custom_attrs=described(B.errors, "accent", PREFIX),
    )
    picked = rx.el.input(
        type="color",
        default_value=S.look["accent"],
        on_change=B.pick.throttle(120),
        key=B.version.to_string(),
        class_name="in",
        custom_attrs={"aria-label": "Choose the accent colour"},
    )
    pale = rx.cond(
        S.look["pale"] != "",
        rx.el.p(
            icon("triangle-alert", 13),
            rx.el.span("White text would be hard to read on this colour, so buttons get dark text."),
            class_name="msg warn",
            role="status",
        ),
    )
    save = button("Save colour", type="submit")
    return form(
        field(
            "Accent colour",
            "accent",
            rx.el.div(picked, typed, save, class_name="colour"),
            B.errors,
            prefix=PREFIX,
            below=[pale],
        ),
        on_submit=B.save,
    )


def logo_row(
    logo_id: Any, entity_id: Any, errors: Any, on_done: Any, on_remove: Any, *, prefix: str, note: str = ""
) -> rx.Component:
    shown = rx.cond(
        logo_id, rx.el.img(src=f"{routes.LOGO}/{logo_id}", alt="Logo"), rx.el.span("No logo", class_name="muted small")
    )
    send = Upload.create(
        id=prefix + "file",
        url=routes.LOGO,
        fields={"entity_id": entity_id},
        accept=PICTURES,
        most=LARGEST,
        label=rx.cond(logo_id, "Replace", "Upload logo"),
        class_name="btn sm",
        on_done=on_done,
    )
    return rx.el.div(
        rx.el.div("Logo", class_name="lab"),
        rx.el.div(
            rx.el.div(shown, class_name="logo-box"),
            send,
            rx.cond(logo_id, button("Remove", kind="g sm", on_click=on_remove)),
            class_name="row wraps",
        ),
        error_line(errors, "file", prefix),
        rx.el.p(note or "PNG, JPEG or SVG, at most 512 KB.", class_name="muted small"),
        class_name="f",
        role="group",
        custom_attrs={"aria-label": "Logo"},
    )


def _sample() -> rx.Component:
    """What a customer sees, roughly: it is paper, so it stays white in the dark."""
    top = rx.el.div(
        rx.el.div(
            rx.el.div("Invoice", class_name="title"),
            rx.el.div("INV-0042", class_name="number", style={"color": S.look["text"]}),
        ),
        rx.cond(S.view.logo_id, rx.el.img(src=f"{routes.LOGO}/{S.view.logo_id}", alt="")),
        class_name="top-line",
    )
    total = rx.el.div(rx.el.span("Total"), rx.el.span("$1,180.00"), class_name="total num")
    pay = rx.el.span("Pay online", class_name="pay", style={"background": S.look["accent"], "color": S.look["ink"]})
    rule = rx.el.div(class_name="rule", style={"background": S.look["accent"]})
    return rx.el.figure(
        rx.el.div(top, rule, rx.el.div("December managed IT services"), total, pay, class_name="sample"),
        rx.el.figcaption("Preview", class_name="muted small"),
        custom_attrs={"aria-label": "Sample of an invoice"},
    )
