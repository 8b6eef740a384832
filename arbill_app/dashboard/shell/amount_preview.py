"""A dialog about an amount that says what it is going to do, while somebody types."""

from typing import Any

import reflex as rx

from ...kernel.actor import WRITERS
from .access import allow
from .base import Base


class AmountPreview(Base, mixin=True):
    """`_ground` was asked of the core as the dialog opened: `_ground.outcome(amount, ticked)` is the sentence."""

    amount: str = ""
    currency: str = ""
    ticked: bool = False
    outcome: str = ""

    _ground: Any = None

    def _foretell(self) -> None:
        self.outcome = self._ground.outcome(self.amount, self.ticked) if self._ground else ""

    @rx.event
    @allow(*WRITERS)
    async def type_amount(self, value: str):
        self.amount = value[:40]
        self._foretell()

    @rx.event
    @allow(*WRITERS)
    async def toggle(self):
        self.ticked = not self.ticked
        self._foretell()
