"""Void, Credit and Renew payment link: each asked in a dialog that says first what it does."""

import secrets

import reflex as rx

from ....invoices.commands import credit_notes
from ....invoices.commands.credit_notes import credit_invoice, creditable
from ....invoices.commands.issuing import void_invoice
from ....invoices.payment_links import renew_link
from ....kernel import money
from ....kernel.actor import WRITERS
from ...shell.access import Form, allow
from ...shell.amount_preview import AmountPreview
from ...shell.base import Base
from ...shell.record_page import Dialogs
from .showing import InvoicePage

PREFIX = "correct-"
REASONS = [[reason, reason] for reason in credit_notes.REASONS]


class Correcting(Dialogs, AmountPreview, Base):
    """`dialog` is "void", "credit", "renew" or "". Each opening has a key of its own: a second click does no more."""

    number: str = ""
    is_open: bool = True

    _key: str = ""

    @rx.event
    @allow(*WRITERS)
    async def ask_void(self):
        view = (await self.get_state(InvoicePage)).view
        self.dialog, self.number, self.errors = "void", view.number, {}

    @rx.event
    @allow(*WRITERS)
    async def void(self, form: Form):
        if self.dialog != "void":
            return
        page = await self.get_state(InvoicePage)
        with self._refusals(PREFIX) as refused:
            await self._run(void_invoice, page.view.id, form.get("reason", ""))
        await self._done(page, refused.errors)
        if not refused:
            self._say(f"{self.number} is void. Its number stays used.")

    @rx.event
    @allow(*WRITERS)
    async def ask_renew(self):
        view = (await self.get_state(InvoicePage)).view
        self.dialog, self.number, self.errors = "renew", view.number, {}

    @rx.event
    @allow(*WRITERS)
    async def renew(self):
        if self.dialog != "renew":
            return
        page = await self.get_state(InvoicePage)
        with self._refusals() as refused:
            await self._run(renew_link, page.view.id)
        await self._done(page, {})
        if not refused:
            self._say(f"{self.number} has a new payment link. The old one opens nothing any more.")

    @rx.event
    @allow(*WRITERS)
    async def ask_credit(self):
        view = (await self.get_state(InvoicePage)).view
        with self._refusals() as refused:
            ground = await self._ask(creditable, view.id)
            self._ground, self._key = ground, secrets.token_hex(16)
            self.number, self.errors = ground.number, {}
            self.amount, self.currency = money.plain(ground.rest, ground.currency), ground.currency
            self.ticked = self.is_open = ground.balance > 0
            self._foretell()
        self.dialog = "" if refused else "credit"

    @rx.event
    @allow(*WRITERS)
    async def credit(self, form: Form):
        if self.dialog != "credit":
            return
        page = await self.get_state(InvoicePage)
        values = {
            "amount": form.get("amount", ""),
            "reason": form.get("reason", ""),
            "apply": self.ticked and self.is_open,
        }
        with self._refusals(PREFIX) as refused:
            made = await self._run(credit_invoice, page.view.id, self._key, values)
        await self._done(page, refused.errors)
        if not refused:
            self._say(f"Credit note {made.number} created.")
