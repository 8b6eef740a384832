"""Message templates: what customers get in each language, and the partner's own words instead of ours."""

from dataclasses import dataclass

import reflex as rx

from ....kernel.actor import MANAGERS, STAFF
from ....kernel.db.transactions import Tx
from ....kernel.errors import Invalid
from ....messages.render import Rendered
from ....messages.templates import (
    KindView,
    TemplateView,
    check_words,
    preview,
    previews,
    reset_template,
    save_template,
    templates,
    warnings,
)
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base

PREFIX = "message-"


@dataclass(frozen=True)
class KindRow:
    label: str
    href: str
    chosen: bool
    changed: bool


@dataclass(frozen=True)
class Frame:
    """One language of the kind at hand, as a customer would get it."""

    language: str
    label: str
    subject: str
    html: str
    own: bool


class Wording(Base):
    """`editing` is the language whose words are being changed; `dialog` is "reset" or none."""

    loading: bool = True
    kind: str = ""
    kind_label: str = ""
    kinds: list[KindRow] = []
    variables: list[str] = []
    frames: list[Frame] = []
    untranslated: list[str] = []

    editing: str = ""
    editing_label: str = ""
    own: bool = False
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    shown_subject: str = ""
    shown_html: str = ""
    dialog: str = ""

    @rx.event
    @allow(*STAFF)
    async def load(self):
        if self._actor().role not in MANAGERS:
            self._say("Message templates are for owners and admins.", "bad")
            return rx.redirect(routes.OVERVIEW, replace=True)
        self.editing = self.dialog = ""
        with self._refusals():
            await self._refresh()
        self.loading = False

    async def _refresh(self) -> None:
        asked = str(self.router.url.query_parameters.get("kind", ""))
        views, kind, rendered, self.untranslated = await self._ask(_everything, asked)
        self.kind, self.kind_label, self.variables = kind.kind, kind.label, kind.variables
        self.kinds = [
            KindRow(one.label, routes.messages(kind=one.kind), one.kind == kind.kind, one.changed) for one in views
        ]
        self.frames = [_frame(*pair) for pair in zip(kind.languages, rendered, strict=True)]

    # ---- one language

    @rx.event
    @allow(*MANAGERS)
    async def edit(self, language: str):
        with self._refusals():
            found, rendered = await self._ask(_one, self.kind, language)
            self.editing, self.editing_label, self.own = found.language, found.language_label, found.own
            self.typed, self.errors = {"subject": found.subject, "body": found.body}, {}
            self._show(rendered)
            self._look_at(PREFIX + "subject")

    def _show(self, rendered: Rendered) -> None:
        self.shown_subject, self.shown_html = rendered.subject, rendered.html

    @rx.event
    @allow(*STAFF)
    async def cancel(self):
        self._close()

    def _close(self) -> None:
        """The focus returns to where editing began."""
        if self.editing:
            self._look_at(f"edit-{self.editing}")
        self.editing = self.dialog = ""

    @rx.event
    @allow(*MANAGERS)
    async def typing_subject(self, text: str):
        await self._typing(subject=text)

    @rx.event
    @allow(*MANAGERS)
    async def typing_body(self, text: str):
        await self._typing(body=text)

    async def _typing(self, **changed: str) -> None:
        """The preview follows; a late keystroke after Save changes nothing."""
        if not self.editing:
            return
        self.typed = self.typed | changed
        subject, body = self.typed["subject"], self.typed["body"]
        with self._refusals():
            self._show(await self._ask(preview, self.kind, self.editing, subject, body))
        try:
            self.errors = {}
            check_words(self.kind, subject, body)
        except Invalid as wrong:
            self.errors = wrong.errors

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def save(self, form: Form):
        if not self.editing:  # a second click, after the first one has saved and closed
            return
        self.typed = {name: form.get(name, "") for name in ("subject", "body")}
        with self._refusals(PREFIX) as refused:
            await self._run(save_template, self.kind, self.editing, self.typed["subject"], self.typed["body"])
            await self._refresh()
        self.errors = refused.errors
        if not refused:
            self._done("saved")

    @rx.event
    @allow(*MANAGERS)
    async def ask_reset(self):
        if self.editing and self.own:
            self.dialog = "reset"

    @rx.event
    @allow(*STAFF)
    async def keep(self):
        self.dialog = ""

    @rx.event
    @allow(*MANAGERS)
    async def reset_words(self):
        if self.dialog != "reset":
            return
        with self._refusals() as refused:
            await self._run(reset_template, self.kind, self.editing)
            await self._refresh()
        self.dialog = ""
        if not refused:
            self._done("has our words again")

    def _done(self, what: str) -> None:
        self._say(f"{self.kind_label} in {self.editing_label} {what}.")
        self._close()


def _everything(tx: Tx, kind: str) -> tuple[list[KindView], KindView, list[Rendered], list[str]]:
    """Every kind, and the one that is asked for, else the first."""
    views = templates(tx)
    chosen = next((view for view in views if view.kind == kind), views[0])
    return views, chosen, previews(tx, chosen.kind), warnings(tx)


def _one(tx: Tx, kind: str, language: str) -> tuple[TemplateView, Rendered]:
    rendered = preview(tx, kind, language)
    views = next(view for view in templates(tx) if view.kind == kind).languages
    return next(view for view in views if view.language == language), rendered


def _frame(view: TemplateView, rendered: Rendered) -> Frame:
    return Frame(view.language, view.language_label, rendered.subject, rendered.html, view.own)
