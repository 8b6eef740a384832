"""The base of every screen's state: the signed-in person, notices, focus, and running commands and queries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

import reflex as rx

from ...customers.views import customers
from ...invoices.views.listing import Filter, InvoiceRow, first_invoices
from ...kernel import clock
from ...kernel.actor import MANAGERS, STAFF, WRITERS, Actor
from ...kernel.db.transactions import Tx, ask, run
from ...kernel.errors import ArbillError, Forbidden, NotFound, Unavailable
from ...payments.gateway.choose import is_test_mode, takes_payments
from . import routes
from .access import allow
from .session import current

P = ParamSpec("P")
T = TypeVar("T")
FOUND = 6  # invoices in the command palette


class Base(rx.State):
    """`errors` are the sentences under the fields of the form at hand; a new `notice_count` is a new notice.

    `companies` are [id, name] of those that the person works for; `company` is the id of the one that is open.
    """

    _owner: str = ""

    me: str = ""
    my_email: str = ""
    initials: str = ""
    partner: str = ""
    company: str = ""
    companies: list[list[str]] = []
    may_write: bool = False
    may_manage: bool = False
    test_mode: bool = False
    takes_payments: bool = True
    notice: str = ""
    notice_kind: str = ""
    notice_count: int = 0
    notice_undo: str = ""
    focus: str = ""
    focus_count: int = 0
    found: list[list[str]] = []
    found_for: str = ""

    @rx.event
    @allow(*STAFF)
    async def arrive(self) -> None:
        """First of every page's on_load."""
        who = current.get()
        if who is None:
            return
        self.me, self.my_email, self.partner = who.actor.name, who.email, who.partner_name
        self.company, self.companies = who.actor.id, [list(one) for one in who.companies]
        self.initials = "".join(word[0] for word in who.actor.name.split()[:2]).upper()
        self.test_mode, self.takes_payments = is_test_mode(), takes_payments()
        self.may_write, self.may_manage = who.actor.role in WRITERS, who.actor.role in MANAGERS

    @rx.event
    @allow(*STAFF)
    async def find(self, words: str) -> None:
        """The command palette asks: [address, name, place] of each customer and invoice found."""
        self.found = await self._ask(_find, words[:100])
        self.found_for = words

    @rx.event
    @allow(*STAFF)
    async def denied(self) -> None:
        self._say("Your role does not allow this.", "bad")

    # ---- for the screens; a leading underscore keeps a method from being callable by browsers

    def _actor(self) -> Actor:
        who = current.get()
        if who is None:
            raise Forbidden("Sign in again.")
        return who.actor

    async def _run(self, verb: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await run(self._actor(), verb, *args, **kwargs)

    async def _ask(self, query: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await ask(self._actor(), query, *args, **kwargs)

    def _say(self, text: str, kind: str = "", undo: str = "") -> None:
        """`undo` is the id of a message that can still be taken back: see undo.py."""
        self.notice, self.notice_kind, self.notice_count = text, kind, next_count(self.notice_count)
        self.notice_undo = undo

    def _look_at(self, element_id: str) -> None:
        """Moves the focus once this update has been drawn."""
        self.focus, self.focus_count = element_id, next_count(self.focus_count)

    @contextmanager
    def _refusals(self, prefix: str = "") -> Iterator["Refused"]:
        """Turns a refusal into sentences under the fields, the first one focused, or into a notice.

        `prefix` begins the ids of the form's fields. The result is true when it was refused. An outage while a page is
        loaded for the first time goes on to `on_crash`: nothing was read, so nothing may be said to be empty.
        """
        refused = Refused()
        try:
            yield refused
        except ArbillError as error:
            if isinstance(error, Unavailable) and getattr(self, "loading", False):
                raise
            refused.error = error
            refused.errors = error.errors
            if error.errors:
                self._look_at(prefix + next(iter(error.errors)))
            else:
                self._say(error.message, "bad")


def _find(tx: Tx, words: str) -> list[list[str]]:
    papers = first_invoices(tx, Filter(q=words), FOUND) if words.strip() else []
    return [
        *([routes.profile(hit.id), hit.company, hit.place] for hit in customers.find(tx, words)),
        *([_paper(row), f"{row.number} · {row.company}", f"{row.total} · {row.status_label}"] for row in papers),
    ]


def _paper(row: InvoiceRow) -> str:
    return routes.create_invoice(draft=row.id) if row.status == "draft" else routes.invoice(row.id)


def next_count(count: int) -> int:
    """The tab remembers counts longer than this state lives: after a restart or a new sign-in they go on, not anew."""
    return max(count + 1, int(clock.now().timestamp() * 1000))


class Refused:
    """How a try ended."""

    def __init__(self) -> None:
        self.error: ArbillError | None = None
        self.errors: dict[str, str] = {}

    def __bool__(self) -> bool:
        return self.error is not None

    @property
    def missing(self) -> bool:
        return isinstance(self.error, NotFound)
