"""Shared by pages about one record (customer, invoice, payment): the id in the address, reloading, dialogs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import reflex as rx

from ...kernel.actor import STAFF
from .access import allow
from .base import Base

LONGEST = 40  # characters of an id
_PAGES: "dict[str, type[Subject]]" = {}


class Subject(Base, mixin=True):
    """The page's `view` has an `id`, and `_refresh(id)` asks for everything anew."""

    loading: bool = True
    missing: bool = False

    if TYPE_CHECKING:
        view: Any

        async def _refresh(self, id: str = "") -> None: ...

    def _wanted_id(self) -> str:
        return str(self.router.url.path).rstrip("/").rpartition("/")[2][:LONGEST]

    @rx.event
    @allow(*STAFF, automatic=True)
    async def look_again(self):
        if self.view.id:
            with self._refusals():
                await self._refresh()


def shows_one_of(address: str) -> "Callable[[type[Subject]], type[Subject]]":
    """Says that this state's page stands below `address`, so that what is shared can have it look again."""

    def known(page: type[Subject]) -> type[Subject]:
        _PAGES[address] = page
        return page

    return known


def page_at(path: str) -> "type[Subject] | None":
    """The state of the page about one thing that this path shows."""
    return next((page for address, page in _PAGES.items() if path.startswith(f"{address}/")), None)


class Dialogs(Base, mixin=True):
    """`dialog` names the one that is open, "" none."""

    dialog: str = ""
    errors: dict[str, str] = {}

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.dialog = ""

    async def _done(self, page: Any, errors: dict[str, str]) -> None:
        """The dialog stays while a field is wrong; whatever happened, the page shows how it stands now."""
        self.errors = errors
        if not errors:
            self.dialog = ""
            with self._refusals():
                await page._refresh()
