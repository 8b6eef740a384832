"""The payment page's state: one payment as it stands, its receipt, giving it back, applying what is on account."""

import secrets

import reflex as rx

from ....kernel import money
from ....kernel.actor import STAFF, WRITERS
from ....payments import refunding
from ....payments.forms import apply_typed
from ....payments.receipts.send import send_receipt
from ....payments.refunding import refund_payment
from ....payments.views.next_steps import refunding as refunding_of
from ....payments.views.payments import PaymentView, payment_view
from ...shell.access import Form, allow
from ...shell.amount_preview import AmountPreview
from ...shell.base import Base
from ...shell.record_page import Dialogs, Subject

PREFIX = "payment-"
REASONS = [[reason, reason] for reason in refunding.REASONS]


class PaymentPage(Subject, Dialogs, AmountPreview, Base):
    """`dialog` is "refund", "apply" or "". Each opening has a key of its own: a second click refunds nothing more."""

    view: PaymentView = PaymentView()
    choices: list[list[str]] = []

    _key: str = ""

    @rx.event
    @allow(*STAFF)
    async def load(self):
        wanted = self._wanted_id()
        if wanted != self.view.id:
            self.loading, self.view = True, PaymentView()
        self.dialog = ""
        with self._refusals() as refused:
            await self._refresh(wanted)
        self.missing, self.loading = refused.missing, False

    async def _refresh(self, payment_id: str = "") -> None:
        self.view = await self._ask(payment_view, payment_id or self.view.id)
        self.choices = [[id, f"{number} · {amount} open"] for id, number, amount in self.view.owed]

    @rx.event
    @allow(*WRITERS)
    async def send_receipt(self):
        with self._refusals() as refused:
            names = await self._run(send_receipt, self.view.id)
            await self._refresh()
        if not refused:
            self._say(f"Receipt sent to {names}")

    # ---- refund

    @rx.event
    @allow(*WRITERS)
    async def ask_refund(self):
        with self._refusals() as refused:
            ground = await self._ask(refunding_of, self.view.id)
            self._ground, self._key = ground, secrets.token_hex(16)
            self.amount, self.currency = money.plain(ground.left, ground.currency), ground.currency
            self.ticked, self.errors = False, {}
            self._foretell()
        self.dialog = "" if refused else "refund"

    @rx.event
    @allow(*WRITERS, confirmed=True)
    async def refund(self, form: Form):
        if self.dialog != "refund":
            return
        values = {"amount": form.get("amount", ""), "reason": form.get("reason", ""), "owed_again": self.ticked}
        with self._refusals(PREFIX) as refused:
            made = await self._run(refund_payment, self.view.id, values, self._key)
        await self._done(self, refused.errors)
        if not refused:
            said = money.Money(made.amount, self.currency).text()
            self._say(f"{said} refunded." if made.state == "succeeded" else f"Refund of {said} is on its way.")

    # ---- apply

    @rx.event
    @allow(*WRITERS)
    async def ask_apply(self):
        self.dialog, self.errors = ("apply" if self.view.owed else ""), {}

    @rx.event
    @allow(*WRITERS)
    async def apply(self, form: Form):
        if self.dialog != "apply":
            return
        with self._refusals(PREFIX) as refused:
            applied = await self._run(apply_typed, self.view.id, form.get("invoice", ""), form.get("part", ""))
        await self._done(self, refused.errors)
        if not refused:
            self._say(f"{applied} applied.")
