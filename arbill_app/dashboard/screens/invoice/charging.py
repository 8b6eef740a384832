"""An invoice's money: charging it now, calling off what is planned or waits, and using what is on account."""

import secrets
from typing import Any

import reflex as rx

from ....kernel import money
from ....kernel.actor import STAFF, WRITERS
from ....kernel.errors import Conflict, Invalid
from ....payments.charging.attempts import cancel_attempt
from ....payments.charging.charge_schedule import cancel_planned
from ....payments.forms import Chargeable, charge_invoice, chargeable
from ....payments.recording import apply_on_account
from ...shell.access import Form, allow
from ...shell.base import Base
from .showing import InvoicePage

PREFIX = "charge-"


class Charging(Base):
    """Each opening of the dialog has a key of its own: a second click charges nothing more."""

    open: bool = False
    number: str = ""
    amount: str = ""
    currency: str = ""
    customer_id: str = ""
    company: str = ""
    methods: list[list[str]] = []
    errors: dict[str, str] = {}

    _key: str = ""

    @rx.event
    @allow(*WRITERS)
    async def begin(self):
        view = (await self.get_state(InvoicePage)).view
        with self._refusals() as refused:
            ground: Chargeable = await self._ask(chargeable, view.id)
            self._key, self.errors = secrets.token_hex(16), {}
            self.number, self.company, self.customer_id = view.number, view.company, view.customer_id
            self.amount, self.currency = money.plain(ground.free, ground.currency), ground.currency
            self.methods = ground.methods
        self.open = not refused

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open = False

    @rx.event
    @allow(*WRITERS)
    async def charge(self, form: Form):
        if not self.open:
            return
        page = await self.get_state(InvoicePage)
        method, amount = form.get("method", ""), form.get("amount", "")
        with self._refusals(PREFIX) as refused:
            await self._charge(page.view.id, method, amount)
        self.errors, self.open = refused.errors, bool(refused)
        if not refused:
            await self._show(page)

    async def _charge(self, invoice_id: str, method: str, amount: str) -> None:
        """What was open a moment ago and is no more concerns the amount: it is said there, nothing typed is lost."""
        try:
            await self._run(charge_invoice, invoice_id, method, amount, self._key)
        except Conflict as gone:
            raise Invalid(amount=gone.message) from gone

    async def _show(self, page: Any) -> None:
        with self._refusals():
            await page._refresh()

    # ---- without a dialog

    @rx.event
    @allow(*WRITERS)
    async def cancel_planned(self):
        page = await self.get_state(InvoicePage)
        with self._refusals() as refused:
            await self._run(cancel_planned, page.view.id)
        if not refused:
            self._say(f"The planned charge of {page.view.number} is cancelled.")
        await self._show(page)

    @rx.event
    @allow(*WRITERS)
    async def apply_credit(self):
        page = await self.get_state(InvoicePage)
        with self._refusals() as refused:
            applied = await self._run(apply_on_account, page.view.id)
        if not refused:
            self._say(f"{money.Money(applied, page.view.currency).text()} applied to {page.view.number}.")
        await self._show(page)

    @rx.event
    @allow(*WRITERS)
    async def call_off(self, attempt_id: str):
        """A charge that waits for the customer's approval."""
        page = await self.get_state(InvoicePage)
        with self._refusals():
            await self._run(cancel_attempt, attempt_id)
        await self._show(page)
