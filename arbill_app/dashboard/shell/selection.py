"""Selecting rows of a list, and bulk actions that ask for confirmation."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from ...kernel.actor import STAFF
from ...ui.elements import Check
from ...ui.forms import button
from ...ui.layout import question
from .access import allow
from .base import next_count
from .list_state import ListState

NAMED = 5  # of several rows, by name


class Picking(ListState, mixin=True):
    """`selected` are the ids of ticked rows, `picked` their names; a new `picks` draws the ticks again.

    `asking` is the verb that waits for a yes, `asked` its sentence: "Archive 2 customers: Alder & Finch Law, Atelier
    Lavande". A yes means exactly the rows of that sentence, even if others have been ticked since.
    """

    rows: list[Any] = []
    selected: list[str] = []
    picked: str = ""
    picks: int = 0
    asking: str = ""
    asked: str = ""

    _meant: list[str] = []

    def _name(self, row: Any) -> str:
        """What a row is called in a sentence."""
        return str(row.id)

    @rx.event
    @allow(*STAFF)
    async def pick(self, id: str, on: bool = True):
        """Says what the box is, not that it was clicked: sent twice or late, it comes to the same."""
        others = [other for other in self.selected if other != id]
        shown = {row.id for row in self.rows}
        self._hold([*others, id] if on and id in shown else others)

    @rx.event
    @allow(*STAFF)
    async def pick_all(self, on: bool = True):
        self._select([row.id for row in self.rows] if on else [])

    @rx.event
    @allow(*STAFF)
    async def pick_none(self):
        self._select([])

    @rx.event
    @allow(*STAFF)
    async def keep(self):
        self._forget()

    def _select(self, ids: list[str]) -> None:
        """Boxes keep their own tick, so that they answer at once; a new count makes them follow what is here."""
        self._hold(ids)
        self.picks = next_count(self.picks)

    def _select_shown(self) -> None:
        """After a page was read: what is on it no more is not selected, and no verb waits."""
        shown = {row.id for row in self.rows}
        self._select([id for id in self.selected if id in shown])
        self._forget()

    def _hold(self, ids: list[str]) -> None:
        self.selected, self.picked = ids, self._names(ids)

    def _names(self, ids: Sequence[str]) -> str:
        """In the order of the screen."""
        return named([self._name(row) for row in self.rows if row.id in ids])

    def _ask_first(self, verb: str, many: str, ids: list[str]) -> None:
        """`many` is how many rows of what: "2 customers"."""
        self.asking, self._meant = verb, ids
        self.asked = f"{verb} {many}: {self._names(ids)}"

    def _meant_by(self, verb: str) -> list[str]:
        """The rows that a yes to this verb is about, once; none when nobody was asked."""
        meant = self._meant if self.asking == verb else []
        self._forget()
        return meant

    def _forget(self) -> None:
        self.asking, self.asked, self._meant = "", "", []


def named(names: Sequence[str]) -> str:
    """The first five, and how many more: "Alder & Finch Law, Atelier Lavande"."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" … and {more} more" if more > 0 else "")


# ---------------------------------------------------------------- how it looks; `S` is the list's state


def pick_all(S: Any) -> rx.Component:
    return Check.create(
        name="all",
        checked=(S.rows.length() > 0) & (S.selected.length() == S.rows.length()),
        count=S.picks,
        on_pick=S.pick_all,
        custom_attrs={"aria-label": "Select all on this page"},
    )


def pick_one(S: Any, row: Any, name: Any) -> rx.Component:
    return Check.create(
        name="pick",
        checked=S.selected.contains(row.id),
        count=S.picks,
        on_pick=lambda on: S.pick(row.id, on),
        class_name="over",
        custom_attrs={"aria-label": "Select " + name},
    )


def picked(S: Any) -> list[rx.Component]:
    """How many are ticked, and which."""
    return [
        rx.el.span(S.selected.length(), " selected", class_name="strong", role="status"),
        rx.el.span(S.picked, class_name="quiet small wrap"),
    ]


def ask_first(S: Any, verb: str, of: str, why: str, on_yes: Any, kind: str = "p") -> rx.Component:
    """The dialog that names the rows of `verb` and asks."""
    return question(
        S.asking == verb,
        f"{verb} {of}",
        f"{verb} {of}",
        rx.el.p(S.asked, class_name="strong wrap"),
        rx.el.p(why, class_name="quiet"),
        verb=button(verb, kind=kind, on_click=on_yes),
        on_close=S.keep,
        no="Cancel",
    )
