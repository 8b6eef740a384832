"""The invoices list: what its address asks for, what that adds up to, and the verbs for many."""

from collections.abc import Mapping
from urllib.parse import urlencode

import reflex as rx

from ....invoices.commands import issuing, sending
from ....invoices.models import Option
from ....invoices.views.listing import SORTS, Filter, InvoiceRow, Page, Sum, company_of, currencies, list_invoices, sums
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base
from ...shell.list_state import Ways, turned
from ...shell.selection import Picking

TABS = (("", "All"), ("draft", "Draft"), ("open", "Open"), ("overdue", "Overdue"), ("paid", "Paid"))
OPTIONS = [[option.value, option.label] for option in Option]
NOT_OPEN = ("draft", "voided")
VOID, SEND = "Void", "Send"
TOGETHER = 100  # invoices in one download


WAYS = Ways(
    names=("q", "tab", "customer", "currency", "option"),
    choices=("currency", "option"),
    usual="-created",
    sorts=[way + key for key in SORTS for way in ("", "-")],
    address=routes.invoices,
)


class Invoices(Picking, Base):
    rows: list[InvoiceRow] = []
    tab: str = ""
    customer: str = ""
    company: str = ""
    currency: str = ""
    option: str = ""
    sort: str = WAYS.usual
    hrefs: dict[str, str] = {f"tab_{tab}": routes.invoices(tab=tab) for tab, _ in TABS}
    currencies: list[list[str]] = []
    sums: list[Sum] = []
    zip_href: str = ""

    def _ways(self) -> Ways:
        return WAYS

    @rx.event
    @allow(*STAFF)
    async def load(self):
        wanted = _filter(self.router.url.query_parameters)
        changed = vars(wanted) | {"after": "", "before": "", "sort": ""} != self._shown()
        with self._refusals():
            page, self.company, self.currencies = await self._ask(_everything, wanted)
            self._show(wanted, page)
        self.loading = False
        if changed:
            self.sums = []
        return Invoices.add_up

    def _shown(self) -> dict[str, str]:
        return vars(self._wanted())

    def _wanted(self) -> Filter:
        return Filter(self.q, self.tab, self.customer, self.currency, self.option, "")

    def _show(self, wanted: Filter, page: Page) -> None:
        self.rows = page.rows
        self.q, self.tab, self.customer = wanted.q, wanted.tab, wanted.customer_id
        self.currency, self.option, self.sort = wanted.currency, wanted.option, wanted.sort
        self._take(page)
        self._select_shown()
        self.hrefs = self._steps(page) | {
            "export": routes.export_invoices(**self._asked()),
            "create": routes.create_invoice(customer=self.customer),
            "clear": routes.invoices(tab=self.tab),
            "anybody": self._href(customer=""),
        }
        self.hrefs |= {key: self._href(sort=turned(key, self.sort, WAYS.usual, upwards=key == "due")) for key in SORTS}
        self.hrefs |= {f"tab_{tab}": routes.invoices(tab=tab, customer=self.customer) for tab, _ in TABS}

    @rx.event
    @allow(*STAFF)
    async def add_up(self):
        """After the page is there: adding up reads every invoice that fits."""
        with self._refusals():
            self.sums = await self._ask(sums, self._wanted())

    # ---- several rows

    def _name(self, row: InvoiceRow) -> str:
        return f"{row.number} {row.company}"

    def _hold(self, ids: list[str]) -> None:
        super()._hold(ids)
        together = [("id", id) for id in ids[:TOGETHER]]
        self.zip_href = f"{routes.ZIP}?{urlencode(together)}" if ids else ""

    @rx.event
    @allow(*WRITERS)
    async def ask_send(self):
        """Asks about those of the selected that can be sent."""
        ids = [row.id for row in self.rows if row.id in self.selected and row.status not in NOT_OPEN]
        if ids:
            self._ask_first(SEND, invoices(len(ids)), ids)
        elif self.selected:
            self._say("None of these can be sent: they are drafts or void.", "bad")

    @rx.event
    @allow(*WRITERS)
    async def send_selected(self):
        ids = self._meant_by(SEND)
        if not ids:
            return
        with self._refusals() as refused:
            sent, nobody = await self._run(sending.send_many, ids)
        if not refused:
            self._say(_sent(sent, nobody))
            self._select([])
        return Invoices.load

    @rx.event
    @allow(*WRITERS)
    async def ask_void(self):
        if self.selected:
            self._ask_first(VOID, invoices(len(self.selected)), list(self.selected))

    @rx.event
    @allow(*WRITERS)
    async def void_selected(self):
        ids = self._meant_by(VOID)
        if not ids:
            return
        with self._refusals() as refused:
            count = await self._run(issuing.void_many, ids)
        if not refused:
            self._say(_voided(count, len(ids) - count))
            self._select([])
        return Invoices.load


def _filter(query: Mapping[str, str]) -> Filter:
    asked = WAYS.asked(query)
    return Filter(customer_id=asked.pop("customer"), **asked)


def _everything(tx: Tx, wanted: Filter) -> tuple[Page, str, list[list[str]]]:
    """All that the screen needs in one transaction, and so one thread hop."""
    name = company_of(tx, wanted.customer_id) if wanted.customer_id else ""
    return list_invoices(tx, wanted), name, [[code, code] for code in currencies(tx)]


def invoices(count: int) -> str:
    return f"{count} invoice{'' if count == 1 else 's'}"


def _sent(sent: int, nobody: int) -> str:
    said = [f"Sent {invoices(sent)}"]
    if nobody:
        said.append(f"{nobody} {'has' if nobody == 1 else 'have'} nobody to send it to")
    return "; ".join(said) + "."


def _voided(count: int, left: int) -> str:
    said = f"{invoices(count)} voided."
    return f"{said} {left} cannot be voided: drafts, void ones, and what was paid or credited." if left else said
