"""The settings' card "Branding": the accent as it is chosen, and the company's logo."""

import reflex as rx

from ....kernel.actor import MANAGERS
from ....kernel.errors import Invalid
from ....kernel.fields import check
from ....partners import branding
from ....partners.models import BrandingFields
from ...shell.access import Form, allow
from ...shell.base import Base
from .company import Settings, look_of

PREFIX = "branding-"


class Branding(Base):
    """The colour at hand stands in `Settings.look`, saved or not. A new `version` is another one typed."""

    errors: dict[str, str] = {}
    version: int = 0

    @rx.event
    @allow(*MANAGERS)
    async def pick(self, value: str):
        """From the colour's own dialog, while it is open."""
        await self._try(value)

    @rx.event
    @allow(*MANAGERS)
    async def leave(self, value: str):
        """What was typed."""
        if await self._try(value):
            self.version += 1

    async def _try(self, value: str) -> bool:
        try:
            accent = check(BrandingFields, {"accent": value}).accent
        except Invalid as wrong:
            self.errors = wrong.errors
            return False
        self.errors = {}
        (await self.get_state(Settings)).look = look_of(accent)
        return True

    @rx.event
    @allow(*MANAGERS)
    async def save(self, form: Form):
        with self._refusals(PREFIX) as refused:
            await self._run(branding.change_branding, {"accent": form.get("accent", "")})
        self.errors = refused.errors
        if not refused:
            await self._tell("Accent colour saved.")
            settings = await self.get_state(Settings)
            settings.look = look_of(settings.view.accent)

    @rx.event
    @allow(*MANAGERS)
    async def logo_sent(self, wrong: str):
        self.errors = {"file": wrong[:200]} if wrong else {}
        if not wrong:
            await self._tell("Logo saved.")

    @rx.event
    @allow(*MANAGERS)
    async def remove_logo(self):
        with self._refusals() as refused:
            await self._run(branding.remove_logo)
        if not refused:
            await self._tell("Logo removed.")

    async def _tell(self, said: str) -> None:
        self.errors = {}
        await (await self.get_state(Settings))._refresh()
        self._say(said)
