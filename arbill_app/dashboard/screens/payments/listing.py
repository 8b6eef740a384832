"""The payments list: what its address asks for, and the dialog that its address may open."""

from collections.abc import Mapping

import reflex as rx

from ....invoices.views.listing import company_of, currencies
from ....kernel.actor import STAFF
from ....kernel.db.transactions import Tx
from ....payments.views.listing import KINDS, SORTS, Filter, Page, PaymentRow, list_payments
from ...shared.record_payment.recording import Recording
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base
from ...shell.list_state import ListState, Ways, turned

TABS = (("", "All"), ("on_account", "On account"), ("refunded", "Refunded"), ("disputed", "Disputed"))
METHODS = [[kind, label] for kind, label in KINDS.items()]


WAYS = Ways(
    names=("q", "tab", "customer", "kind", "currency"),
    choices=("kind", "currency"),
    usual="-received",
    sorts=[way + key for key in SORTS for way in ("", "-")],
    address=routes.payments,
)


class Payments(ListState, Base):
    rows: list[PaymentRow] = []
    tab: str = ""
    customer: str = ""
    company: str = ""
    kind: str = ""
    currency: str = ""
    sort: str = WAYS.usual
    hrefs: dict[str, str] = {f"tab_{tab}": routes.payments(tab=tab) for tab, _ in TABS}
    currencies: list[list[str]] = []

    def _ways(self) -> Ways:
        return WAYS

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
        self.rows = page.rows
        self.q, self.tab, self.customer = wanted.q, wanted.tab, wanted.customer_id
        self.kind, self.currency, self.sort = wanted.kind, wanted.currency, wanted.sort
        self._take(page)
        self.hrefs = self._steps(page) | {
            "export": routes.export_payments(**self._asked()),
            "record": routes.payments(**self._asked(record="1")),
            "clear": routes.payments(tab=self.tab),
            "anybody": self._href(customer=""),
        }
        self.hrefs |= {key: self._href(sort=turned(key, self.sort, WAYS.usual)) for key in SORTS}
        self.hrefs |= {f"tab_{tab}": routes.payments(tab=tab, customer=self.customer) for tab, _ in TABS}


def _filter(query: Mapping[str, str]) -> Filter:
    asked = WAYS.asked(query)
    return Filter(customer_id=asked.pop("customer"), **asked)


def _everything(tx: Tx, wanted: Filter) -> tuple[Page, str, list[list[str]]]:
    """All that the screen needs in one transaction, and so one thread hop."""
    name = company_of(tx, wanted.customer_id) if wanted.customer_id else ""
    return list_payments(tx, wanted), name, [[code, code] for code in currencies(tx)]
