"""Attachments of a draft: it is saved first, because a file needs something to belong to."""

from typing import Any

import reflex as rx

from ....invoices.commands.attachments import ACCEPTED, LARGEST
from ....ui.elements import Upload, icon
from ....ui.forms import button, error_line
from ...shell import routes
from .editor import InvoiceEditor
from .held import PREFIX

S = InvoiceEditor


def files() -> rx.Component:
    return rx.el.div(
        rx.el.div("Attachments", class_name="lab"),
        rx.cond(S.files.length() > 0, rx.el.ul(rx.foreach(S.files, _file), class_name="files")),
        rx.cond(
            S.draft_id != "",
            Upload.create(
                url=routes.ATTACHMENT,
                fields={"invoice": S.draft_id},
                accept=ACCEPTED,
                label="Attach file",
                most=LARGEST,
                on_done=S.attached,
            ),
            button(icon("paperclip", 14), "Add attachments", kind="sm", on_click=S.begin_attaching),
        ),
        error_line(S.errors, "file", PREFIX),
        class_name="f",
    )


def _file(file: Any) -> rx.Component:
    return rx.el.li(
        icon("paperclip", 13),
        rx.el.span(file.name, class_name="grow wrap"),
        rx.el.span(file.size, class_name="muted num"),
        rx.el.button(
            icon("x", 13),
            type="button",
            on_click=S.detach(file.id),
            class_name="icb",
            custom_attrs={"aria-label": "Remove " + file.name},
        ),
        key=file.id,
    )
