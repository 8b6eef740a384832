"""The customers list: what its address asks for, selecting, and the verbs for many."""

import reflex as rx

from ...customers import labels, service
from ...customers.label_queries import group_choices, tag_choices
from ...customers.listing import SORTS, CustomerRow, Filter, Page, TagChip, list_customers
from ...customers.queries import unfinished_count
from ...kernel.actor import STAFF, WRITERS
from ...kernel.db import Tx
from ...partners.queries import company
from .. import routes
from ..access import Form, allow
from ..base import Base
from ..choices import country_pairs
from ..listed import Listed, Ways
from .add import AddCustomer

TABS = (("", "All Customers"), ("active", "Active"), ("setup", "Setup not finished"), ("archived", "Archived"))


WAYS = Ways(
    names=("q", "tag", "group", "status", "country"),
    choices=("tag", "group", "country"),
    usual="company",
    sorts=SORTS,
    address=routes.customers,
)


class Customers(Listed, Base):
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
    selected: list[str] = []
    picks: int = 0

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
        shown = {row.id for row in page.rows}
        self._select([id for id in self.selected if id in shown])
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

    @rx.event
    @allow(*WRITERS)
    async def pick(self, id: str):
        self.selected = [i for i in self.selected if i != id] if id in self.selected else [*self.selected, id]

    @rx.event
    @allow(*WRITERS)
    async def pick_all(self):
        shown = [row.id for row in self.rows]
        self._select([] if len(self.selected) == len(shown) else shown)

    @rx.event
    @allow(*WRITERS)
    async def pick_none(self):
        self._select([])

    def _select(self, ids: list[str]) -> None:
        """Checkboxes keep their own tick, so that they answer at once; a new count draws them afresh."""
        self.selected, self.picks = ids, self.picks + 1

    @rx.event
    @allow(*WRITERS)
    async def tag_selected(self, tag_id: str):
        if tag_id:
            with self._refusals() as refused:
                count = await self._run(service.tag_many, self.selected, tag_id)
            if not refused:
                self._say(f"Tag added to {_customers(count)}.")
            return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def group_selected(self, group_id: str):
        if group_id:
            with self._refusals() as refused:
                count = await self._run(service.group_many, self.selected, "" if group_id == "none" else group_id)
            if not refused:
                self._say(f"Group of {_customers(count)} changed.")
            return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def archive_selected(self):
        with self._refusals() as refused:
            count = await self._run(service.archive_many, self.selected)
        if not refused:
            self._say(f"{_customers(count)} archived. They can be restored at any time.")
            self._select([])
        return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def restore_selected(self):
        with self._refusals() as refused:
            count = await self._run(service.restore_many, self.selected)
        if not refused:
            self._say(f"{_customers(count)} restored.")
            self._select([])
        return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def discard(self, id: str):
        with self._refusals() as refused:
            await self._run(service.discard_customer, id)
        if not refused:
            self._say("Setup discarded.")
        return Customers.load

    @rx.event
    @allow(*WRITERS)
    async def new_tag_for_selected(self, form: Form):
        with self._refusals("bulk-") as refused:
            tag = await self._run(labels.save_tag, "", {"name": form.get("name", "")})
            count = await self._run(service.tag_many, self.selected, tag.id)
        if not refused:
            self._say(f"Tag {tag.name} added to {_customers(count)}.")
        return Customers.load


def _filter(query: dict[str, str]) -> Filter:
    asked = WAYS.asked(query)
    return Filter(tag_id=asked.pop("tag"), group_id=asked.pop("group"), **asked)


def _everything(tx: Tx, wanted: Filter) -> tuple[Page, list[TagChip], list, list[list[str]], int]:
    """All that the screen needs in one transaction, and so one thread hop."""
    countries = country_pairs(company(tx).countries)
    return list_customers(tx, wanted), tag_choices(tx), group_choices(tx), countries, unfinished_count(tx)


def _customers(count: int) -> str:
    return f"{count} customer{'' if count == 1 else 's'}"
