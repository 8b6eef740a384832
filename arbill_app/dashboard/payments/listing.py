"""The payments list: what its address asks for, and the dialog that its address may open."""

import reflex as rx

from ...invoices.listing import company_of, currencies
from ...kernel.actor import STAFF
from ...kernel.db import Tx
from ...payments.listing import KINDS, SORTS, Filter, Page, PaymentRow, list_payments
from .. import routes
from ..access import allow
from ..base import Base
from .recording import Recording

TABS = (("", "All"), ("on_account", "On account"), ("refunded", "Refunded"), ("disputed", "Disputed"))
METHODS = [[kind, label] for kind, label in KINDS.items()]
NAMES = ("q", "tab", "customer", "kind", "currency")
NEWEST = "-received"


class Payments(Base):
    """Filter, sort and page live in the address: reload, Back and a restart show the same."""

    loading: bool = True
    rows: list[PaymentRow] = []
    total: str = ""
    first: int = 0
    last: int = 0
    q: str = ""
    tab: str = ""
    customer: str = ""
    company: str = ""
    kind: str = ""
    currency: str = ""
    sort: str = NEWEST
    currencies: list[list[str]] = []
    hrefs: dict[str, str] = {}
    finds: int = 0

    _typed: list[str] = [""]

    @rx.event
    @allow(*STAFF)
    async def load(self):
        asked = self.router.url.query_parameters
        wanted = _filter(asked)
        with self._refusals():
            page, self.company, self.currencies = await self._ask(_everything, wanted)
            self._show(wanted, page)
        self.loading = False
        recording = await self.get_state(Recording)
        if asked.get("record") and self.may_write:
            whose, which = (str(asked.get(name) or "")[:40] for name in ("customer", "invoice"))
            await recording._begin(whose, which)
        else:
            recording.open = ""

    def _show(self, wanted: Filter, page: Page) -> None:
        self.rows, self.total, self.first, self.last = page.rows, page.total, page.first, page.last
        self.q, self.tab, self.customer = wanted.q, wanted.tab, wanted.customer_id
        self.kind, self.currency, self.sort = wanted.kind, wanted.currency, wanted.sort
        self._keep_search(wanted.q)
        self.hrefs = {
            "next": self._href(after=page.next) if page.next else "",
            "previous": self._href(before=page.previous) if page.previous else "",
            "export": routes.export_payments(**self._asked()),
            "record": routes.payments(**self._asked(record="1")),
            "clear": routes.payments(tab=self.tab),
            "anybody": self._href(customer=""),
        }
        self.hrefs |= {key: self._href(sort=_turned(key, self.sort)) for key in SORTS}
        self.hrefs |= {f"tab_{tab}": routes.payments(tab=tab, customer=self.customer) for tab, _ in TABS}

    def _keep_search(self, words: str) -> None:
        """The box keeps what is being typed; words from elsewhere (Back, Clear, a link) draw it afresh."""
        if words in self._typed:
            self._typed = self._typed[self._typed.index(words) :]
        else:
            self._typed, self.finds = [words], self.finds + 1

    def _asked(self, **changes: str) -> dict[str, str]:
        now = {name: getattr(self, name) for name in NAMES} | {"sort": "" if self.sort == NEWEST else self.sort}
        return now | changes

    def _href(self, **changes: str) -> str:
        return routes.payments(**self._asked(**changes))

    @rx.event
    @allow(*STAFF)
    async def search(self, words: str):
        self._typed = [*self._typed, words.strip()]
        return rx.redirect(self._href(q=words.strip()), replace=True)

    @rx.event
    @allow(*STAFF)
    async def narrow(self, name: str, value: str):
        """`name` is kind or currency; an empty value takes the filter away."""
        if name in ("kind", "currency"):
            return rx.redirect(self._href(**{name: value}), replace=True)


def _turned(key: str, now: str) -> str:
    """What a click on a column's head asks for: the newest or greatest first, then the other way round."""
    wanted = key if now == f"-{key}" else f"-{key}"
    return "" if wanted == NEWEST else wanted


def _filter(asked: dict[str, str]) -> Filter:
    """Whatever stands in the address: what is none of ours is left out."""
    text = {name: str(asked.get(name) or "")[:100].replace("\0", "") for name in NAMES}
    sort = str(asked.get("sort") or NEWEST)
    place = {name: str(asked.get(name) or "")[:2000] for name in ("after", "before")}
    text["customer_id"] = text.pop("customer")
    return Filter(**text, sort=sort if sort.lstrip("-") in SORTS else NEWEST, **place)


def _everything(tx: Tx, wanted: Filter) -> tuple[Page, str, list[list[str]]]:
    """All that the screen needs in one transaction, and so one thread hop."""
    name = company_of(tx, wanted.customer_id) if wanted.customer_id else ""
    return list_payments(tx, wanted), name, [[code, code] for code in currencies(tx)]
