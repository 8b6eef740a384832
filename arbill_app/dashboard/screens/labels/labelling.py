"""Tags and groups: making, changing, merging and deleting them, and saying first what that does to customers."""

from typing import Any

import reflex as rx

from ....customers.commands import labels
from ....customers.rules import terms
from ....customers.views.labels import GroupRow, TagRow, all_groups, all_tags, tagged_both
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....kernel.errors import Invalid
from ....kernel.problems import BadValue
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import Pairs, currency_pairs, terms_choice
from ...shell.record_page import Dialogs

PREFIX = "label-"
TAG = ("name", "colour", "description")
GROUP = ("name", "terms", "custom_days", "currency", "language")
KINDS = {"tag": labels.save_tag, "group": labels.save_group}


class Labels(Dialogs, Base):
    """`dialog` is the one that is open: tag, group, merge, delete_tag, delete_group, or none."""

    loading: bool = True
    tags: list[TagRow] = []
    groups: list[GroupRow] = []

    label_id: str = ""
    label: str = ""
    typed: dict[str, str] = {}
    currencies: Pairs = []
    others: Pairs = []
    into_id: str = ""
    effects: list[str] = []

    @rx.event
    @allow(*STAFF)
    async def load(self):
        with self._refusals():
            await self._refresh()
        self.loading, self.dialog = False, ""

    async def _refresh(self) -> None:
        self.tags, self.groups = await self._ask(_both)

    def _tag(self, tag_id: str) -> TagRow | None:
        return next((tag for tag in self.tags if tag.id == tag_id), None)

    def _group(self, group_id: str) -> GroupRow | None:
        return next((group for group in self.groups if group.id == group_id), None)

    def _open(self, dialog: str, row: TagRow | GroupRow | None = None, **typed: str) -> None:
        self.dialog, self.errors, self.typed = dialog, {}, typed
        self.label_id, self.label = (row.id, row.name) if row else ("", "")

    # ---- adding and changing

    @rx.event
    @allow(*WRITERS)
    async def new_tag(self):
        self._open("tag", name="", colour="grey", description="")

    @rx.event
    @allow(*WRITERS)
    async def edit_tag(self, tag_id: str):
        if tag := self._tag(tag_id):
            self._open("tag", tag, name=tag.name, colour=tag.colour, description=tag.description)

    @rx.event
    @allow(*WRITERS)
    async def new_group(self):
        self.currencies = self.currencies or currency_pairs()
        self._open("group", None, **dict.fromkeys(GROUP, ""))

    @rx.event
    @allow(*WRITERS)
    async def edit_group(self, group_id: str):
        self.currencies = self.currencies or currency_pairs()
        if group := self._group(group_id):
            choice, days = terms_choice(int(group.terms_days) if group.terms_days else None)
            own = {"name": group.name, "currency": group.currency, "language": group.language}
            self._open("group", group, **own, terms=choice, custom_days=days)

    @rx.event
    @allow(*WRITERS)
    async def choose_terms(self, value: str):
        self.typed["terms"] = value
        if value == "custom":
            self._look_at(PREFIX + "custom_days")

    @rx.event
    @allow(*WRITERS)
    async def save(self, form: Form):
        kind = self.dialog
        if kind not in KINDS:  # a second click, after the first one has saved and closed
            return
        self.typed = {name: form.get(name, "") for name in (TAG if kind == "tag" else GROUP)}
        with self._refusals(PREFIX) as refused:
            saved = await self._run(KINDS[kind], self.label_id, _values(kind, self.typed))
            await self._refresh()
        self.errors = refused.errors
        if not refused:
            self.dialog = ""
            self._say(f"{kind.capitalize()} {saved.name} saved.")

    # ---- merging and deleting

    @rx.event
    @allow(*WRITERS)
    async def ask_merge(self, tag_id: str):
        if tag := self._tag(tag_id):
            self._open("merge", tag)
            self.others = [[other.id, other.name] for other in self.tags if other.id != tag_id]
            self.into_id, self.effects = "", []

    @rx.event
    @allow(*WRITERS)
    async def choose_into(self, tag_id: str):
        tag, into = self._tag(self.label_id), self._tag(tag_id)
        self.into_id, self.effects, self.errors = "", [], {}
        if tag and into:
            with self._refusals():
                both = await self._ask(tagged_both, tag.id, into.id)
                self.into_id, self.effects = into.id, _merging(tag, into, both)

    @rx.event
    @allow(*WRITERS)
    async def merge(self):
        if self.dialog != "merge":
            return
        with self._refusals(PREFIX) as refused:
            if not self.into_id:
                raise Invalid(into="Choose the tag to keep.")
            into = await self._run(labels.merge_tags, self.label_id, self.into_id)
            await self._refresh()
        self.errors = refused.errors
        if not refused:
            self._gone(f"{self.label} merged into {into.name}.", "new-tag")

    @rx.event
    @allow(*WRITERS)
    async def ask_delete_tag(self, tag_id: str):
        if tag := self._tag(tag_id):
            self._open("delete_tag", tag)
            self.effects = [_affected(tag, "loses this tag", "lose this tag")]

    @rx.event
    @allow(*WRITERS)
    async def ask_delete_group(self, group_id: str):
        if group := self._group(group_id):
            self._open("delete_group", group)
            self.effects = [_affected(group, "is then in no group", "are then in no group")]
            if group.defaults and group.customers + group.archived:
                self.effects = [*self.effects, f"What they inherit from it ends: {group.defaults}."]

    @rx.event
    @allow(*WRITERS)
    async def delete(self):
        kind = self.dialog.removeprefix("delete_")
        verb = {"delete_tag": labels.delete_tag, "delete_group": labels.delete_group}.get(self.dialog)
        if verb is None:
            return
        with self._refusals() as refused:
            await self._run(verb, self.label_id)
        await self._refresh()
        self.dialog = ""
        if not refused:
            self._gone(f"{kind.capitalize()} {self.label} deleted.", f"new-{kind}")

    def _gone(self, said: str, then: str) -> None:
        """The row that the focus would return to is gone."""
        self.dialog = ""
        self._say(said)
        self._look_at(then)


def _both(tx: Tx) -> tuple[list[TagRow], list[GroupRow]]:
    return all_tags(tx), all_groups(tx)


def _values(kind: str, typed: dict[str, str]) -> dict[str, Any]:
    if kind == "tag":
        return typed
    values: dict[str, Any] = {k: v for k, v in typed.items() if k not in ("terms", "custom_days")}
    try:
        return values | {"terms_days": terms.parse(typed["terms"], typed["custom_days"])}
    except BadValue as wrong:
        raise Invalid(custom_days=wrong.problem) from None


def _affected(row: TagRow | GroupRow, one: str, many: str) -> str:
    """How many customers something happens to, archived ones too: "14 customers lose this tag, 1 of them archived."."""
    every = row.customers + row.archived
    if every <= 1:
        return f"1 customer {one}." if every else "No customer is affected."
    return f"{every:,} customers {many}" + (f", {row.archived:,} of them archived." if row.archived else ".")


def _merging(tag: TagRow, into: TagRow, both: int) -> list[str]:
    swap = f"{tag.name} for {into.name}"
    already = [f"{both:,} of them {'has' if both == 1 else 'have'} {into.name} already."] if both else []
    return [_affected(tag, f"swaps {swap}", f"swap {swap}"), *already, f"The tag {tag.name} is gone afterwards."]
