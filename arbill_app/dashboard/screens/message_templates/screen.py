"""The screen "Message templates": each message in every language side by side, and the editor of one."""

from typing import Any

import reflex as rx

from ....kernel.fields import label_of, limit_of
from ....messages.models import TemplateFields
from ....ui.elements import link
from ....ui.forms import button, described, field, form, text_field
from ....ui.layout import badge, bone, card, question
from ...shell import routes
from ...shell.base import Base
from ...shell.frame import head, screen
from .wording import PREFIX, Wording

S = Wording


def page() -> rx.Component:
    return screen(
        head(
            "Message templates",
            below=rx.el.p("What your customers read, in their language and in your words.", class_name="muted"),
        ),
        rx.cond(Base.may_manage, rx.el.div(_kinds(), rx.el.div(_untranslated(), _shown()), class_name="wording")),
        _reset_dialog(),
        here=routes.MESSAGES,
        wide=True,
    )


def _kinds() -> rx.Component:
    def one(kind: Any) -> rx.Component:
        current = rx.cond(kind.chosen, "page", "false")
        changed = rx.cond(kind.changed, rx.el.span("changed", class_name="muted small"))
        return rx.el.li(
            link(rx.el.span(kind.label), changed, to=kind.href, custom_attrs={"aria-current": current}), key=kind.href
        )

    return rx.el.nav(rx.el.ul(rx.foreach(S.kinds, one)), class_name="kinds", custom_attrs={"aria-label": "Messages"})


def _untranslated() -> rx.Component:
    return rx.foreach(S.untranslated, lambda line: rx.el.p(line, class_name="hint", key=line))


def _shown() -> rx.Component:
    bones = rx.el.div(*(bone(f"{width}%") for width in (40, 90, 70)), class_name="stack in-card")
    side_by_side = rx.el.div(rx.foreach(S.frames, _frame), class_name="letters-row")
    return rx.cond(S.loading, bones, rx.cond(S.editing != "", _editor(), side_by_side))


# ---------------------------------------------------------------- side by side


def _frame(frame: Any) -> rx.Component:
    edit = button(
        "Edit",
        kind="g sm",
        on_click=S.edit(frame.language),
        id="edit-" + frame.language,
        custom_attrs={"aria-label": "Edit " + frame.label},
    )
    return card(
        frame.label,
        _mail(frame.subject, frame.html, "Preview in " + frame.label),
        actions=[rx.cond(frame.own, badge("Your words", "ok")), edit],
        padded=False,
        key=frame.language,
        custom_attrs={"aria-label": frame.label},
    )


def _mail(subject: Any, html: Any, title: Any) -> rx.Component:
    """As a mail program shows it, but for links and scripts: the frame is locked."""
    return rx.fragment(
        rx.el.p(rx.el.span("Subject", class_name="muted small"), rx.el.br(), subject, class_name="subject wrap"),
        rx.el.iframe(src_doc=html, title=title, class_name="mail", custom_attrs={"sandbox": ""}),
    )


# ---------------------------------------------------------------- the editor


def _editor() -> rx.Component:
    return rx.el.div(
        card(
            rx.fragment(S.kind_label, " · ", S.editing_label),
            form(
                text_field(
                    TemplateFields,
                    "subject",
                    S.typed["subject"],
                    S.errors,
                    prefix=PREFIX,
                    on_change=S.typing_subject.debounce(300),
                ),
                _body(),
                _help(),
                _verbs(),
                on_submit=S.save,
            ),
        ),
        card("Preview", _mail(S.shown_subject, S.shown_html, "Preview"), padded=False),
        class_name="editor",
    )


def _body() -> rx.Component:
    control = rx.el.textarea(
        id=PREFIX + "body",
        name="body",
        default_value=S.typed["body"],
        rows="14",
        max_length=limit_of(TemplateFields, "body"),
        class_name="in",
        on_change=S.typing_body.debounce(300),
        custom_attrs=described(S.errors, "body", PREFIX) | {"aria-required": "true"},
    )
    return field(label_of(TemplateFields, "body"), "body", control, S.errors, prefix=PREFIX)


def _help() -> rx.Component:
    def one(name: Any) -> rx.Component:
        return rx.el.li("{" + name + "}", class_name="tag", key=name)

    return rx.el.div(
        rx.el.h3("Variables"),
        rx.el.ul(rx.foreach(S.variables, one), class_name="tags"),
        rx.el.p(
            "A blank line starts a paragraph, **two stars** make bold. A line is left out when all its variables are "
            "empty; {name} is empty when a message goes to several people. The table and the button stand below.",
            class_name="muted small",
        ),
        class_name="stack tight f",
    )


def _verbs() -> rx.Component:
    return rx.el.div(
        button("Reset", kind="g", on_click=S.ask_reset, disabled=~S.own, title="Back to the words arbill comes with"),
        rx.el.span(class_name="grow"),
        button("Cancel", kind="g", on_click=S.cancel),
        button("Save", kind="p", type="submit"),
        class_name="actions",
    )


def _reset_dialog() -> rx.Component:
    title = rx.fragment("Reset ", S.kind_label, " in ", S.editing_label, "?")
    return question(
        S.dialog == "reset",
        "Reset words",
        title,
        rx.el.p("Your own words go, and those that arbill comes with are sent again.", class_name="quiet"),
        verb=button("Reset", kind="bad", on_click=S.reset_words),
        on_close=S.keep,
    )
