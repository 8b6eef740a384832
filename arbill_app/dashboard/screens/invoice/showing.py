"""The invoice page's state: one invoice as it stands, and the verbs that need no dialog."""

import secrets

import reflex as rx

from ....invoices.commands.credit_notes import send_credit_note
from ....invoices.commands.issuing import duplicate_invoice
from ....invoices.views.invoices import InvoiceView, invoice_view
from ....invoices.views.next_steps import Step
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....payments.views.next_steps import money_steps
from ....payments.views.payments import AttemptView, InvoiceMoney, invoice_money
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base
from ...shell.record_page import Subject, shows_one_of


@shows_one_of(routes.INVOICES)
class InvoicePage(Subject, Base):
    """`waiting`: a message is on its way, so that the page looks again by itself; `charging`: a payment is, and after
    how many seconds to look, 0 for none. `copy_key` makes one copy of it."""

    view: InvoiceView = InvoiceView()
    money: InvoiceMoney = InvoiceMoney()
    steps: list[Step] = []
    waiting: bool = False
    charging: int = 0
    file_error: dict[str, str] = {}

    _copy_key: str = ""

    @rx.event
    @allow(*STAFF)
    async def load(self):
        wanted = self._wanted_id()
        if wanted != self.view.id:
            self.loading, self.view, self.money = True, InvoiceView(), InvoiceMoney()
        self._copy_key, self.file_error = secrets.token_hex(16), {}
        with self._refusals() as refused:
            await self._refresh(wanted)
        self.missing = refused.missing
        if self.view.draft:
            return rx.redirect(routes.create_invoice(draft=self.view.id), replace=True)
        self.loading = False

    async def _refresh(self, invoice_id: str = "") -> None:
        before = {attempt.id for attempt in self.money.attempts if attempt.live}
        first = invoice_id not in ("", self.view.id)
        self.view, self.money, self.steps = await self._ask(_everything, invoice_id or self.view.id)
        if first:
            # A card may have answered before the page of its new invoice was there.
            before = {attempt.id for attempt in self.money.attempts if attempt.recent}
        self.waiting = any(mail.waiting for mail in self.view.mails)
        self.charging = min((_pause(attempt) for attempt in self.money.attempts if attempt.live), default=0)
        for ended in reversed([one for one in self.money.attempts if one.id in before and not one.live]):
            self._say(*_said(ended))

    @rx.event
    @allow(*WRITERS)
    async def duplicate(self):
        with self._refusals() as refused:
            copy = await self._run(duplicate_invoice, self.view.id, self._copy_key)
        if not refused:
            self._say(f"This is a copy of {self.view.number or 'the draft'}.")
            return rx.redirect(routes.create_invoice(draft=copy.id))

    @rx.event
    @allow(*WRITERS)
    async def attached(self, said: str):
        """An upload ended: `said` is what was wrong with it, or nothing."""
        self.file_error = {"file": said} if said else {}
        with self._refusals():
            await self._refresh()
        if not said:
            self._say("File attached.")

    @rx.event
    @allow(*WRITERS)
    async def send_credit(self, credit_id: str):
        with self._refusals() as refused:
            effect = await self._run(send_credit_note, credit_id)
            await self._refresh()
        if not refused:
            self._say(f"Credit note sent to {people(len(effect.payload['to']))}", undo=effect.id)


def _everything(tx: Tx, invoice_id: str) -> tuple[InvoiceView, InvoiceMoney, list[Step]]:
    """All that the screen needs in one transaction, and so one thread hop. Money comes first of what happens next."""
    view, found = invoice_view(tx, invoice_id), invoice_money(tx, invoice_id)
    return view, found, [*money_steps(tx, invoice_id, found), *view.next]


def _pause(attempt: AttemptView) -> int:
    """A card answers within seconds; banks and customers take their time."""
    return 2 if attempt.state in ("started", "unknown") else 15


def _said(attempt: AttemptView) -> tuple[str, str]:
    if attempt.state == "succeeded":
        return f"{attempt.amount} charged to {attempt.method}.", ""
    if attempt.state == "declined":
        return f"{attempt.method} was declined. {attempt.why}", "bad"
    return f"The payment of {attempt.amount} was called off: nothing was charged.", ""


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"
