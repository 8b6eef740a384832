"""The customers list: what its address asks for, selecting, and the verbs for many."""

from collections.abc import Callable, Mapping, Sequence

import reflex as rx

from ....customers.commands import bulk, labels, lifecycle
from ....customers.views.customers import unfinished_count
from ....customers.views.labels import group_choices, tag_choices
from ....customers.views.listing import SORTS, CustomerRow, Filter, Page, TagChip, list_customers
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....partners.views import company
from ...shared.add_customer.add import AddCustomer
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import country_pairs
from ...shell.list_state import Ways
from ...shell.selection import Picking

ARCHIVE, RESTORE = "Archive", "Restore"
TABS = (("", "All Customers"), ("active", "Active"), ("setup", "Setup not finished"), ("archived", "Archived"))


WAYS = Ways(
    names=("q", "tag", "group", "status", "country"),
    choices=("tag", "group", "country"),
    usual="company",
    sorts=SORTS,
    address=routes.customers,
)


class Customers(Picking, Base):
    rows: list[CustomerRow] = []
    tag: str = ""
    group: str = ""
    status: str = ""
    country: str = ""
    sort: str = WAYS.usual
    hrefs: dict[str, str] = {f"tab_{tab}": routes.customers(status=tab) for tab, _ in TABS}
    setups: int = 0
    tags: list[list[str]] = []
    groups: list[list[str]] = []
    countries: list[list[str]] = []

    def _ways(self) -> Ways:
        return WAYS

    @rx.event
    @allow(*STAFF)
    async def load(self):
        asked = self.router.url.query_parameters
        wanted = _filter(asked)
        with self._refusals():
            page, tags, groups, countries, self.setups = await self._ask(_everything, wanted)
            self._show(wanted, page)
            self.tags = [[tag.id, tag.name] for tag in tags]
            self.groups = [[group.id, group.name] for group in groups]
            self.countries = countries
        self.loading = False
        adding = await self.get_state(AddCustomer)
        if asked.get("finish"):
            return await adding._resume(str(asked["finish"]))
        if asked.get("add"):
            return await adding._begin()
        adding.open = False

    def _show(self, wanted: Filter, page: Page) -> None:
        self.rows = page.rows
        self.q, self.tag, self.group = wanted.q, wanted.tag_id, wanted.group_id
        self.status, self.country, self.sort = wanted.status, wanted.country, wanted.sort
        self._take(page)
        self._select_shown()
        self.hrefs = (
            self._steps(page)
            | {
                "company": self._href(sort="-company" if self.sort == "company" else "company"),
                "created": self._href(sort="created" if self.sort == "-created" else "-created"),
                "export": routes.export(**self._asked()),
                "clear": routes.customers(status=self.status),
            }
            | {f"tab_{tab}": routes.customers(status=tab) for tab, _ in TABS}
        )

    # ---- several rows

    def _name(self, row: CustomerRow) -> str:
        return row.company

    def _whom(self, count: int, ids: list[str]) -> str:
        """By name, unless some of them were left as they are."""
        return f"{_customers(count)}: {self._names(ids)}" if count == len(ids) else _customers(count)

    @rx.event
    @allow(*WRITERS)
    async def tag_selected(self, tag_id: str):
        if tag_id:
            with self._refusals() as refused:
                count = await self._run(bulk.tag_many, self.selected, tag_id)
            if not refused:
                self._say(f"Tag added to {self._whom(count, self.selected)}.")
            return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def group_selected(self, group_id: str):
        if group_id:
            with self._refusals() as refused:
                count = await self._run(bulk.group_many, self.selected, "" if group_id == "none" else group_id)
            if not refused:
                self._say(f"Group changed for {self._whom(count, self.selected)}.")
            return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def ask_archive(self):
        self._ask_for(ARCHIVE, "active", "Only customers whose setup is finished can be archived.")

    @rx.event
    @allow(*WRITERS)
    async def ask_restore(self):
        self._ask_for(RESTORE, "archived", "None of these is archived.")

    def _ask_for(self, verb: str, status: str, why_not: str) -> None:
        """Asks about those of the selected that are in this status."""
        ids = [row.id for row in self.rows if row.id in self.selected and row.status == status]
        if ids:
            self._ask_first(verb, _customers(len(ids)), ids)
        elif self.selected:
            self._say(why_not, "bad")

    @rx.event
    @allow(*WRITERS)
    async def archive_selected(self):
        await self._do(ARCHIVE, bulk.archive_many, "{} archived. They can be restored at any time.")
        return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def restore_selected(self):
        await self._do(RESTORE, bulk.restore_many, "{} restored.")
        return Customers.load

    async def _do(self, verb: str, change: Callable[[Tx, Sequence[str]], int], said: str) -> None:
        """To exactly those that were asked about."""
        ids = self._meant_by(verb)
        if not ids:
            return
        with self._refusals() as refused:
            count = await self._run(change, ids)
        if not refused:
            self._say(said.format(_customers(count)))
            self._select([])

    @rx.event
    @allow(*WRITERS)
    async def discard(self, id: str):
        with self._refusals() as refused:
            await self._run(lifecycle.discard_customer, id)
        if not refused:
            self._say("Setup discarded.")
        return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def new_tag_for_selected(self, form: Form):
        with self._refusals("bulk-") as refused:
            tag = await self._run(labels.save_tag, "", {"name": form.get("name", "")})
            count = await self._run(bulk.tag_many, self.selected, tag.id)
        if not refused:
            self._say(f"Tag {tag.name} added to {self._whom(count, self.selected)}.")
        return Customers.load


def _filter(query: Mapping[str, str]) -> Filter:
    asked = WAYS.asked(query)
    return Filter(tag_id=asked.pop("tag"), group_id=asked.pop("group"), **asked)


def _everything(tx: Tx, wanted: Filter) -> tuple[Page, list[TagChip], list, list[list[str]], int]:
    """All that the screen needs in one transaction, and so one thread hop."""
    countries = country_pairs(company(tx).countries)
    return list_customers(tx, wanted), tag_choices(tx), group_choices(tx), countries, unfinished_count(tx)


def _customers(count: int) -> str:
    return f"{count} customer{'' if count == 1 else 's'}"
