"""Undo: a message that has not left yet is taken back, from the notice or from its invoice's page."""

import reflex as rx

from ...invoices.commands.sending import take_back
from ...kernel.actor import WRITERS
from .access import allow
from .base import Base
from .record_page import page_at


class Undoing(Base):
    @rx.event
    @allow(*WRITERS)
    async def undo(self):
        """What the notice offered."""
        if self.notice_undo:
            await self._take_back(self.notice_undo)

    @rx.event
    @allow(*WRITERS)
    async def take_back(self, effect_id: str):
        await self._take_back(effect_id)

    async def _take_back(self, effect_id: str) -> None:
        shown = page_at(str(self.router.url.path))
        page = await self.get_state(shown) if shown else None
        with self._refusals() as refused:
            invoice = await self._run(take_back, effect_id)
            if page and page.view.id == invoice.id:
                await page._refresh()
        if not refused:
            self._say(f"Taken back: nothing of {invoice.number} was sent.")
