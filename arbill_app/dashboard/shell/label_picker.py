"""Choosing tags and a group in a form, and adding a new one of either without leaving it."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from ...customers.commands.labels import save_group, save_tag
from ...customers.rules.address import Warning
from ...kernel.actor import WRITERS
from .access import allow
from .base import Base
from .choices import Pairs


class LabelPicker(Base, mixin=True):
    """`groups_version` draws the group's select afresh: a new group can only be chosen once it is an option."""

    typed: dict[str, str] = {}
    tag_ids: list[str] = []
    errors: dict[str, str] = {}
    groups: Pairs = []
    tags: Pairs = []
    groups_version: int = 0

    def _prefix(self) -> str:
        """Begins the ids of the form's controls."""
        return ""

    @rx.event
    @allow(*WRITERS)
    async def toggle_tag(self, tag_id: str):
        has = tag_id in self.tag_ids
        self.tag_ids = [t for t in self.tag_ids if t != tag_id] if has else [*self.tag_ids, tag_id]

    @rx.event
    @allow(*WRITERS)
    async def new_tag(self, name: str):
        if tag := await self._add_named("new_tag", save_tag, name):
            self.tags, self.tag_ids = _with(self.tags, tag), [*self.tag_ids, tag.id]
            return rx.set_value(self._prefix() + "new_tag", "")

    @rx.event
    @allow(*WRITERS)
    async def new_group(self, name: str):
        if group := await self._add_named("new_group", save_group, name):
            self.groups, self.typed["group_id"] = _with(self.groups, group), group.id
            self.groups_version += 1
            return rx.set_value(self._prefix() + "new_group", "")

    async def _add_named(self, field: str, verb: Callable[..., Any], name: str) -> Any:
        """The new tag or group; None with the complaint under its field."""
        self.errors.pop(field, None)
        if not name.strip():
            return None
        with self._refusals() as refused:
            return await self._run(verb, "", {"name": name})
        self.errors[field] = refused.errors.get("name", "")
        self._look_at(self._prefix() + field)


def _with(pairs: Pairs, row: Any) -> Pairs:
    return sorted([*pairs, [row.id, row.name]], key=lambda pair: pair[1].casefold())


def plain(warning: Warning) -> dict[str, str]:
    """A warning as a state can hold it."""
    return {"message": warning.message, "action": warning.action, "field": warning.field, "value": warning.value}
