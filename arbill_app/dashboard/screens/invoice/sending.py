"""Sending one invoice: to whom, and what they will read."""

import re
from dataclasses import dataclass

import reflex as rx
from babel import Locale

from ....customers.commands.contacts import contacts_of
from ....invoices.commands.sending import message_of, send_invoice
from ....invoices.views.invoices import InvoiceView
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....messages.render import Rendered, is_spoken, language_name, rendered
from ...shell.access import Form, allow
from ...shell.base import Base
from .showing import InvoicePage, people

PREFIX = "send-"


@dataclass(frozen=True)
class Recipient:
    """`billing`: this contact gets invoices, so is chosen from the start."""

    id: str
    name: str
    email: str
    billing: bool


class Sending(Base):
    """`nth` is how often it had been sent when the dialog opened: a second click sends nothing more."""

    open: bool = False
    number: str = ""
    customer_id: str = ""
    contacts: list[Recipient] = []
    chosen: list[str] = []
    nobody: bool = False
    subject: str = ""
    html: str = ""
    language: str = ""
    errors: dict[str, str] = {}

    _invoice_id: str = ""
    _nth: int = 0

    @rx.event
    @allow(*WRITERS)
    async def begin(self):
        view = (await self.get_state(InvoicePage)).view
        with self._refusals() as refused:
            self.contacts = await self._ask(_recipients, view.customer_id)
            self._invoice_id, self._nth, self.number, self.customer_id = (
                view.id,
                view.times_sent,
                view.number,
                view.customer_id,
            )
            self.chosen = [one.id for one in self.contacts if one.billing]
            self.nobody = not self.chosen
            self.language, self.errors = _language(view), {}
            await self._look()
        self.open = not refused

    async def _look(self) -> None:
        letter = await self._ask(_letter, self._invoice_id, list(self.chosen))
        self.subject, self.html = letter.subject, letter.html

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open = False

    @rx.event
    @allow(*WRITERS)
    async def toggle(self, contact_id: str):
        if contact_id in self.chosen:
            self.chosen = [id for id in self.chosen if id != contact_id]
        elif contact_id in [one.id for one in self.contacts]:
            self.chosen = [*self.chosen, contact_id]
        self.errors = {name: said for name, said in self.errors.items() if name != "to"}
        with self._refusals():
            await self._look()

    @rx.event
    @allow(*WRITERS)
    async def send(self, form: Form):
        if not self.open:
            return
        cc = [one for one in re.split("[,;]", form.get("cc", "")) if one.strip()]
        page = await self.get_state(InvoicePage)
        with self._refusals(PREFIX) as refused:
            effect = await self._run(send_invoice, self._invoice_id, self.chosen, cc, nth=self._nth)
            await page._refresh()
        self.errors = refused.errors
        if not refused:
            self.open = False
            count = len(effect.payload["to"]) + len(effect.payload["cc"])
            self._say(f"{self.number} sent to {people(count)}", undo=effect.id)


def _recipients(tx: Tx, customer_id: str) -> list[Recipient]:
    return [Recipient(who.id, who.name, who.email, who.mail_billing) for who in contacts_of(tx, customer_id)]


def _letter(tx: Tx, invoice_id: str, contact_ids: list[str]) -> Rendered:
    return rendered(tx, message_of(tx, invoice_id, contact_ids).payload())


def _language(view: InvoiceView) -> str:
    """ "In French", or that the customer's language is none of ours."""
    if not is_spoken(view.language):
        return f"{language_name(view.language)} is not available: it goes out in English."
    return f"In {Locale.parse(view.speaks).get_display_name('en')}"
