"""What the create screen holds while an invoice is typed, and what it comes to so far."""

import uuid
from typing import Any

from ....customers.rules import rate
from ....invoices import validation as rules
from ....invoices.models import Option
from ....invoices.rules.taxes import Components, combined_rate
from ....invoices.views.invoices import FileView
from ....invoices.views.preview import Chosen, OptionView, PaperView, options, paper
from ....kernel.text.formatting import date_text
from ...shell.base import Base
from ...shell.choices import Pairs

FIELDS = ("due_on", "amount", "memo", "po_number", "note", "option", "payment_method_id")
PREFIX = "invoice-"
SINGLE = ""  # the single amount's place among the lines' keys


class Held(Base, mixin=True):
    """`lines` hold the text of rules.LINE and a `key` each; `version` draws the controls afresh from what is here.

    `_taxes` are the taxes that a program gave by name, by the line's key. Another rate or customer puts one tax at that
    rate in their place.
    """

    loading: bool = True
    version: int = 0
    draft_id: str = ""
    customer: dict[str, str] = {}
    typed: dict[str, str] = dict.fromkeys(FIELDS, "")
    itemised: bool = False
    lines: list[dict[str, str]] = []
    errors: dict[str, str] = {}
    options: list[OptionView] = []
    methods: Pairs = []
    paper: PaperView = PaperView()
    seller: list[str] = []
    buyer: list[str] = []
    ship_to: list[str] = []
    files: list[FileView] = []
    began: bool = False
    more_open: bool = False

    _draft_key: str = ""
    _chosen: Chosen | None = None
    _touched: list[str] = []
    _taxes: dict[str, Components] = {}

    def _blank(self) -> None:
        """Empty controls stay as they are: somebody quick may be typing into them while the page loads."""
        self.version += int(self.began)
        self._draft_key, self._chosen, self._touched = uuid.uuid4().hex, None, []
        self.draft_id, self.customer, self.files = "", {}, []
        self.typed = dict.fromkeys(FIELDS, "") | {"option": str(Option.LATER)}
        self.itemised, self.lines, self.errors, self.began, self.more_open = False, [], {}, False, False
        self.seller, self.buyer, self.ship_to, self.methods = [], [], [], []
        self._taxes = {}

    def _new_line(self) -> dict[str, str]:
        tax_rate = self._chosen.tax_rate if self._chosen else "0.00"
        key = uuid.uuid4().hex[:8]
        return dict.fromkeys(rules.LINE, "") | {"quantity": "1", "tax_rate": tax_rate, "key": key}

    def _place(self, key: str) -> int | None:
        return next((i for i, line in enumerate(self.lines) if line["key"] == key), None)

    def _values(self) -> dict[str, Any]:
        lines = [{name: line[name] for name in rules.LINE} | {"taxes": self._taxes_of(line)} for line in self.lines]
        values = {"customer_id": self.customer.get("id", ""), "itemised": self.itemised, "lines": lines}
        return {**self.typed, **values, "taxes": self._taxes.get(SINGLE, ())}

    def _taxes_of(self, line: dict[str, str]) -> Components:
        taxes = self._taxes.get(line["key"], ())
        return taxes if line["tax_rate"] == rate.write(combined_rate(taxes)) else ()

    def _checked(self) -> rules.Checked:
        assert self._chosen
        return rules.check(self._values(), self._chosen.defaults)

    def _show_paper(self) -> None:
        chosen = self._chosen
        checked = self._checked() if chosen else None
        day = date_text(checked.due_on) if checked else ""
        self.options = options(chosen, day)
        if chosen and checked:
            memo = "" if self.itemised else self.typed["memo"].strip()
            self.paper = paper(checked, chosen.defaults.currency, memo, itemised=self.itemised)
        else:
            self.paper = PaperView()
