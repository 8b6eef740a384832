"""Automations, tab Activity: what ran, what waits, what failed and why; and the sweeps."""

from typing import Any

import reflex as rx

from ....customers.models import Customer
from ....invoices.models import Invoice
from ....kernel import automations
from ....kernel.actor import MANAGERS, STAFF, WRITERS
from ....kernel.automations import STATES, Activities, EffectRow, SweepRow, TryRow
from ....kernel.db.transactions import Tx
from ....kernel.jobs import effects
from ....partners.views import timezone
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base

FILTERS = (
    ("", "All"),
    ("waiting", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("review", "Needs review"),
    ("ignored", "Ignored"),
)


class Automations(Base):
    """Filter and page live in the address. `abouts` are [address, name] by the id of what an effect is about."""

    loading: bool = True
    rows: list[EffectRow] = []
    abouts: dict[str, list[str]] = {}
    first: int = 0
    last: int = 0
    shown: str = ""
    hrefs: dict[str, str] = {}
    opened: str = ""
    tries: list[TryRow] = []
    sweeps: list[SweepRow] = []
    warnings: list[str] = []
    failed_emails: int = 0
    asking: int = 0

    @rx.event
    @allow(*STAFF)
    async def load(self):
        self.opened, self.tries = "", []
        await self._refresh()
        self.loading = False

    @rx.event
    @allow(*STAFF, automatic=True)
    async def look_again(self):
        """While somebody watches; what is opened stays open."""
        await self._refresh()

    async def _refresh(self) -> None:
        asked = {name: str(self.router.url.query_parameters.get(name) or "")[:2000] for name in _NAMES}
        self.shown = asked["state"] if asked["state"] in STATES else ""
        with self._refusals():
            asked["state"] = self.shown
            page, self.abouts, self.sweeps, self.warnings, self.tries = await self._ask(_everything, asked, self.opened)
            self.failed_emails = await self._ask(effects.failed, EMAIL)
            self.rows, self.first, self.last = page.rows, page.first, page.last
            self.hrefs = {
                "next": routes.automations(state=self.shown, after=page.next) if page.next else "",
                "previous": routes.automations(state=self.shown, before=page.previous) if page.previous else "",
            }

    @rx.event
    @allow(*STAFF)
    async def open(self, effect_id: str):
        """Its tries, below it; once more closes it."""
        self.opened = "" if self.opened == effect_id else effect_id
        await self._refresh()

    @rx.event
    @allow(*WRITERS)
    async def retry(self, effect_id: str):
        with self._refusals() as refused:
            await self._run(effects.retry, effect_id)
        if not refused:
            self._say("It is tried again now.")
        await self._refresh()

    @rx.event
    @allow(*MANAGERS)
    async def ask_retry_emails(self):
        """`asking` is how many the dialog speaks of, 0 while it is closed."""
        with self._refusals():
            self.asking = self.failed_emails = await self._ask(effects.failed, EMAIL)

    @rx.event
    @allow(*STAFF)
    async def keep_failed(self):
        self.asking = 0

    @rx.event
    @allow(*MANAGERS)
    async def retry_emails(self):
        if not self.asking:
            return
        self.asking = 0
        with self._refusals() as refused:
            count = await self._run(effects.retry_failed, EMAIL)
        if not refused:
            self._say("One email is tried again now." if count == 1 else f"{count:,} emails are tried again now.")
        await self._refresh()


EMAIL = "email"
_NAMES = ("state", "after", "before")
_Everything = tuple[Activities, dict[str, list[str]], list[SweepRow], list[str], list[TryRow]]


def _everything(tx: Tx, asked: dict[str, Any], opened: str) -> _Everything:
    """All that the screen needs in one transaction, and so one thread hop."""
    zone = timezone(tx)
    page = automations.activities(tx, zone, **asked)
    shown = {row.id for row in page.rows}
    tries = automations.tries(tx, opened, zone) if opened in shown else []
    about = _abouts(tx, {row.about for row in page.rows if row.about})
    return page, about, automations.sweep_rows(zone), automations.warnings(zone), tries


def _abouts(tx: Tx, ids: set[str]) -> dict[str, list[str]]:
    """Where it leads and what it is called, of those that have a page."""
    if not ids:
        return {}
    customers = tx.all(tx.own(Customer).where(Customer.id.in_(ids)))
    invoices = tx.all(tx.own(Invoice).where(Invoice.id.in_(ids)))
    return {row.id: [routes.profile(row.id), row.company] for row in customers} | {
        row.id: [routes.invoice(row.id), row.number or "Draft"] for row in invoices
    }
