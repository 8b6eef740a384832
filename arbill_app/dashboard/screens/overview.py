"""The screen "Overview": how many customers there are, what waits to be finished, what happened lately."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from babel.dates import format_date

from ...customers.models import Status
from ...customers.views.customers import unfinished
from ...customers.views.history import recent_activity
from ...customers.views.listing import Filter, list_customers
from ...invoices.views import listing as invoices
from ...invoices.views.listing import InvoiceRow, first_invoices, list_invoices
from ...kernel import clock
from ...kernel.actor import STAFF
from ...kernel.db.transactions import Tx
from ...partners.views import company
from ...payments.views.alerts import DAYS, Alert, received, troubles
from ...ui.elements import link
from ...ui.layout import badge, bone, card, empty
from ..shared.invoice_rows import short_list
from ..shell import routes
from ..shell.access import allow
from ..shell.base import Base
from ..shell.frame import head, screen

KPIS = (("", "Customers"), (Status.SETUP, "Setups not finished"))
COUNTED = ("", Status.SETUP, Status.ARCHIVED)
OWED = (("open", "Open invoices"), ("overdue", "Overdue"))
WAITING = 6
RECENT = 6


@dataclass(frozen=True)
class Waiting:
    """A set-up that somebody began."""

    company: str
    since: str
    href: str


@dataclass(frozen=True)
class Happened:
    id: str
    what: str
    who: str
    at: str
    company: str
    href: str


class Overview(Base):
    loading: bool = True
    greeting: str = ""
    totals: dict[str, str] = {}
    owed: dict[str, str] = {}
    received: list[str] = []
    troubles: list[Alert] = []
    recent: list[InvoiceRow] = []
    waiting: list[Waiting] = []
    feed: list[Happened] = []
    nobody: bool = False

    @rx.event
    @allow(*STAFF)
    async def load(self):
        with self._refusals():
            everything = await self._ask(_everything)
            hello, self.totals, self.owed, money, self.waiting, self.feed, self.recent = everything
            self.received, self.troubles = money
            self.greeting = hello.format(name=self.me.partition(" ")[0])
            self.nobody = all(total == "0" for total in self.totals.values())
        self.loading = False


Totals = dict[str, str]
Money = tuple[list[str], list[Alert]]
Everything = tuple[str, Totals, Totals, Money, list[Waiting], list[Happened], list[InvoiceRow]]


def _everything(tx: Tx) -> Everything:
    """All that the screen needs in one transaction, and so one thread hop."""
    return (
        _hello(company(tx).timezone),
        {status: list_customers(tx, Filter(status=status), size=1).total for status in COUNTED},
        {tab: list_invoices(tx, invoices.Filter(tab=tab), size=1).total for tab, _ in OWED},
        (received(tx), troubles(tx)),
        [Waiting(name, since, f"{routes.CUSTOMERS}?finish={id}") for id, name, since in unfinished(tx, WAITING)],
        [
            Happened(row.id, row.what, row.who, row.at, name, routes.profile(id))
            for row, id, name in recent_activity(tx, 8)
        ],
        first_invoices(tx, invoices.Filter(), RECENT),
    )


def _hello(zone: str) -> str:
    now = clock.now().astimezone(ZoneInfo(zone))
    part = "morning" if 4 <= now.hour < 12 else "afternoon" if now.hour < 18 else "evening"
    return f"Good {part}, {{name}}. It is {format_date(now, 'EEEE, MMMM d', locale='en_US')}."


# ---------------------------------------------------------------- what it looks like

S = Overview


def page() -> rx.Component:
    greeting = rx.el.p(rx.cond(S.loading, bone("280px"), S.greeting), class_name="muted greeting")
    return screen(
        head("Overview", below=greeting),
        rx.cond(
            S.nobody,
            _first_steps(),
            rx.fragment(_kpis(), _troubles(), _recent(), rx.el.div(_waiting(), _feed(), class_name="halves")),
        ),
        here=routes.OVERVIEW,
    )


def _kpis() -> rx.Component:
    def kpi(label: str, number: Any, to: str) -> rx.Component:
        shown = rx.cond(S.loading, "–", number)
        return link(rx.el.div(label, class_name="l"), rx.el.div(shown, class_name="v"), to=to, class_name="kpi")

    more = rx.foreach(S.received[1:], lambda amount: rx.el.span(" + ", amount, class_name="muted small"))
    return rx.el.div(
        *(kpi(label, S.owed[tab], routes.invoices(tab=tab)) for tab, label in OWED),
        kpi(f"Received ({DAYS} days)", rx.fragment(S.received[0], more), routes.PAYMENTS),
        *(kpi(label, S.totals[status], routes.customers(status=status)) for status, label in KPIS),
        class_name="kpis five",
    )


def _troubles() -> rx.Component:
    """Only while there are any."""

    def one(row: Any) -> rx.Component:
        invoice, payment = f"{routes.INVOICES}/" + row.invoice_id, f"{routes.PAYMENTS}/" + row.payment_id
        words = rx.el.div(
            link(row.title, to=rx.cond(row.invoice_id != "", invoice, payment), class_name="strong quietly"),
            rx.el.div(row.why, class_name="muted small wrap"),
            class_name="grow",
        )
        look = rx.cond(row.kind == "bad", badge("Disputed", "bad"), badge("Declined", "warn"))
        return rx.el.li(words, look, class_name="person centred", key=row.id)

    shown = rx.el.ul(rx.foreach(S.troubles, one))
    return rx.cond(
        S.troubles.length() > 0,
        card("Needs you", shown, padded=False, custom_attrs={"aria-label": "Needs you"}),
    )


def _recent() -> rx.Component:
    """Once there are any: until then the quick insert menu and the customers are the way."""
    every = link("All", to=routes.INVOICES, class_name="btn g sm", custom_attrs={"aria-label": "All invoices"})
    shown = card(
        "Recent invoices",
        short_list(S.recent, with_company=True),
        actions=[every],
        padded=False,
        custom_attrs={"aria-label": "Recent invoices"},
    )
    return rx.cond(S.recent.length() > 0, shown)


def _bones() -> rx.Component:
    rows = [rx.el.div(bone(f"{45 + i * 17 % 40}%"), style={"height": "36px"}) for i in range(4)]
    return rx.el.div(*rows, class_name="in-card", custom_attrs={"aria-hidden": "true"})


def _waiting() -> rx.Component:
    def one(setup: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(setup.company, class_name="strong wrap"),
                rx.el.div("Started ", setup.since, class_name="muted small num"),
                class_name="grow",
            ),
            rx.cond(
                Base.may_write,
                link(
                    "Finish setup",
                    to=setup.href,
                    class_name="btn sm",
                    custom_attrs={"aria-label": "Finish setup of " + setup.company},
                ),
            ),
            class_name="person centred",
            key=setup.href,
        )

    every = link(
        "All",
        to=routes.customers(status=Status.SETUP),
        class_name="btn g sm",
        custom_attrs={"aria-label": "All setups to finish"},
    )
    none = rx.el.p("Nothing waits: every customer is set up.", class_name="in-card quiet")
    ready = rx.cond(S.waiting.length() > 0, rx.el.ul(rx.foreach(S.waiting, one)), none)
    return card(
        "Setups to finish",
        rx.cond(S.loading, _bones(), ready),
        actions=[rx.cond(S.waiting.length() > 0, every)],
        padded=False,
        custom_attrs={"aria-label": "Setups to finish"},
    )


def _feed() -> rx.Component:
    def one(event: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(
                link(event.company, to=event.href, class_name="strong quietly"), " · ", event.what, class_name="wrap"
            ),
            rx.el.span(event.who, " · ", event.at, class_name="muted num"),
            key=event.id,
        )

    none = rx.el.p("Nothing has happened yet.", class_name="in-card quiet")
    feed = rx.el.ul(rx.foreach(S.feed, one), class_name="feed in-card")
    ready = rx.cond(S.feed.length() > 0, feed, none)
    return card(
        "Recent activity",
        rx.cond(S.loading, _bones(), ready),
        padded=False,
        custom_attrs={"aria-label": "Recent activity"},
    )


def _first_steps() -> rx.Component:
    """A company without a customer: what to do, in order."""

    def step(number: int, title: str, text: str, verb: str, to: str, kind: str = "") -> rx.Component:
        return rx.el.li(
            rx.el.span(number, class_name="avatar", custom_attrs={"aria-hidden": "true"}),
            rx.el.div(rx.el.div(title, class_name="strong"), rx.el.div(text, class_name="quiet"), class_name="grow"),
            link(verb, to=to, class_name=f"btn {kind}"),
            class_name="person centred",
        )

    steps = [
        step(
            1,
            "Add your first customer",
            "Company and address, then the people who pay.",
            "Add customer",
            routes.ADD,
            "p",
        ),
        step(
            2,
            "Say who you are",
            "Time zone, currency, payment terms, legal entities.",
            "Open settings",
            routes.SETTINGS,
        ),
        step(3, "Invite your team", "Everybody with the role that fits.", "Open team", f"{routes.SETTINGS}#team"),
    ]
    shown = rx.el.ul(steps[0], rx.cond(Base.may_manage, rx.fragment(*steps[1:])))
    look = empty("No customers yet", "Your colleagues have not added any customer so far.")
    return card(
        "Next steps", rx.cond(Base.may_write, shown, look), padded=False, custom_attrs={"aria-label": "Next steps"}
    )
