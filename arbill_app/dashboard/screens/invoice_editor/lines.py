"""The lines of an itemised invoice: typed, added, removed, moved."""

import reflex as rx

from ....customers.rules import rate
from ....invoices import validation as rules
from ....invoices.rules.taxes import combined_rate
from ....kernel.actor import WRITERS
from ...shell.access import allow
from .held import PREFIX, SINGLE, Held


class Lines(Held, mixin=True):
    @rx.event
    @allow(*WRITERS)
    async def type_line(self, key: str, name: str, value: str):
        if self._keep(key, name, value):
            self.errors.pop(f"{name}_{key}", None)
            self.errors.pop("lines", None)
            self._show_paper()

    @rx.event
    @allow(*WRITERS)
    async def left_line(self, key: str, name: str, value: str):
        """What cannot be read is said now, what is only missing waits for the button."""
        if self._keep(key, name, value):
            self._show_paper()
        at = self._place(key)
        if at is not None and self._chosen and (said := self._checked().unreadable.get(f"{name}_{at}")):
            self.errors[f"{name}_{key}"] = str(said)

    def _keep(self, key: str, name: str, value: str) -> bool:
        """Whether that changed anything."""
        at = self._place(key)
        if at is None or name not in rules.LINE or self.lines[at][name] == value:
            return False
        self.lines[at][name], self.began = value, True
        if name == "tax_rate":
            self._touched = [*self._touched, "tax_rate " + key]
        return True

    @rx.event
    @allow(*WRITERS)
    async def itemise(self):
        """The single amount becomes the first line."""
        if not self.lines:
            first = {"description": self.typed["memo"], "unit_price": self.typed["amount"]}
            self.lines = [self._new_line() | first]
            if taxes := self._taxes.pop(SINGLE, ()):
                self.lines[0]["tax_rate"] = rate.write(combined_rate(taxes))
                self._taxes = {self.lines[0]["key"]: taxes}
            if self.typed["memo"]:
                self.typed["memo"] = ""
        self.itemised, self.began, self.version = True, True, self.version + 1
        self.errors.pop("amount", None)
        self._show_paper()
        self._look_at(f"{PREFIX}description_{self.lines[0]['key']}")

    @rx.event
    @allow(*WRITERS)
    async def single_amount(self):
        """Back to one amount: the first line's, whose description is the memo again."""
        if self.lines:
            self.typed["amount"] = self.lines[0]["unit_price"]
            self._taxes = {SINGLE: self._taxes_of(self.lines[0])}
            self.typed["memo"] = self.typed["memo"] or self.lines[0]["description"]
        self.itemised, self.lines, self.version = False, [], self.version + 1
        self.errors = {}
        self._show_paper()
        self._look_at(PREFIX + "amount")

    @rx.event
    @allow(*WRITERS)
    async def add_line(self):
        if len(self.lines) < rules.MOST_LINES:
            self.lines = [*self.lines, self._new_line()]
            self._look_at(f"{PREFIX}description_{self.lines[-1]['key']}")

    @rx.event
    @allow(*WRITERS)
    async def remove_line(self, key: str):
        at = self._place(key)
        if at is None or len(self.lines) < 2:
            return
        self.lines = [line for line in self.lines if line["key"] != key]
        self.errors = {name: said for name, said in self.errors.items() if not name.endswith(key)}
        self._show_paper()
        self._look_at(f"{PREFIX}description_{self.lines[max(at - 1, 0)]['key']}")

    @rx.event
    @allow(*WRITERS)
    async def move_line(self, key: str, to: int):
        at = self._place(key)
        if at is None or not 0 <= to < len(self.lines):
            return
        lines = list(self.lines)
        lines.insert(to, lines.pop(at))
        self.lines = lines
        self._show_paper()
