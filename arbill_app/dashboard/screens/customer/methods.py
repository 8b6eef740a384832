"""The profile's payment methods, added on the gateway's own page, and Auto Pay."""

import secrets
from typing import Any

import anyio.to_thread
import reflex as rx

from ....kernel.actor import WRITERS
from ....kernel.db.transactions import Tx
from ....kernel.settings import settings
from ....payments.forms import Planned, planned_for, turn_auto_pay, words_of_auto_pay
from ....payments.methods.methods import label_of, make_default, remove_method
from ....payments.methods.setup import begin_adding, finish_adding
from ....payments.methods.views import removal
from ....payments.views.payments import AutoPayView, MethodView, auto_pay_view, methods_view
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base
from ...shell.record_page import Dialogs


class Methods(Dialogs, Base):
    """`dialog` is "remove", "on", "off" or ""; `consequences` is what would stop without the method or take its place,
    `charged` what is planned to be charged to it.
    """

    methods: list[MethodView] = []
    auto_pay: AutoPayView = AutoPayView()
    planned: list[Planned] = []
    agreement: str = ""
    adding: bool = False
    chosen: str = ""
    chosen_label: str = ""
    consequences: str = ""
    charged: list[Planned] = []

    _customer_id: str = ""

    async def _load(self, customer_id: str) -> None:
        """By the profile, whenever it looks anew."""
        self._customer_id = customer_id
        self.methods, self.auto_pay, self.planned, self.agreement = await self._ask(_everything, customer_id)
        self.adding = False

    async def _again(self) -> None:
        with self._refusals():
            await self._load(self._customer_id)

    # ---- adding

    @rx.event
    @allow(*WRITERS)
    async def add(self):
        """Off to the gateway's page, which takes the number; none passes here."""
        self.adding = True
        yield
        actor, key = self._actor(), secrets.token_urlsafe(12)
        back = _back(self._customer_id, key)
        with self._refusals() as refused:
            url = await anyio.to_thread.run_sync(begin_adding, actor, self._customer_id, key, back)
        self.adding = False
        if not refused:
            yield rx.redirect(url.removeprefix(settings().origin))

    async def _returned(self, customer_id: str, key: str) -> Any:
        """Back from the gateway's page, with something typed there or not; once said, the address forgets it."""
        with self._refusals() as refused:
            kept = await anyio.to_thread.run_sync(finish_adding, self._actor(), customer_id, key)
        if not refused:
            self._say(f"{label_of(kept)} added." if kept else "No payment method was added.")
        return rx.redirect(routes.methods(customer_id), replace=True)

    # ---- changing

    @rx.event
    @allow(*WRITERS)
    async def make_default(self, method_id: str):
        with self._refusals() as refused:
            method = await self._run(make_default, method_id)
        if not refused:
            self._say(f"{label_of(method)} is the default now.")
        await self._again()

    @rx.event
    @allow(*WRITERS)
    async def ask_remove(self, method_id: str):
        found = [method for method in self.methods if method.id == method_id]
        if found:
            self.chosen, self.chosen_label = found[0].id, found[0].label
            self.consequences, self.charged = await self._ask(removal, method_id)
            self.dialog = "remove"

    @rx.event
    @allow(*WRITERS)
    async def remove(self):
        if self.dialog != "remove":
            return
        self.dialog = ""
        with self._refusals() as refused:
            await self._run(remove_method, self.chosen, confirmed=True)
        if not refused:
            self._say(f"{self.chosen_label} removed.")
        await self._again()

    # ---- Auto Pay

    @rx.event
    @allow(*WRITERS)
    async def ask_auto_pay(self):
        self.dialog = "off" if self.auto_pay.on else "on"

    @rx.event
    @allow(*WRITERS)
    async def switch_auto_pay(self):
        if self.dialog not in ("on", "off"):
            return
        on, self.dialog = self.dialog == "on", ""
        with self._refusals() as refused:
            await self._run(turn_auto_pay, self._customer_id, on)
        if not refused:
            self._say("Auto Pay is on." if on else "Auto Pay is off.")
        await self._again()


def _back(customer_id: str, key: str) -> str:
    return f"{settings().origin}{routes.methods(customer_id, method=key)}"


def _everything(tx: Tx, customer_id: str) -> tuple[list[MethodView], AutoPayView, list[Planned], str]:
    return (
        methods_view(tx, customer_id),
        auto_pay_view(tx, customer_id),
        planned_for(tx, customer_id),
        words_of_auto_pay(tx, customer_id),
    )
