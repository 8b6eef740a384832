"""The two-step modal "Add customer": what is typed, checked as one leaves a field, saved at Continue.

Everything typed lives in the state of the tab as soon as a field is left, so closing the modal loses nothing; from
Continue on it lives in the database, and the address says `?finish=<customer>`.
"""

from typing import Any

import reflex as rx

from ....customers.commands.lifecycle import SHIPPING
from ....customers.rules import rate
from ....customers.validation import ADDRESS
from ....customers.views.customers import CustomerView, customer_view
from ....kernel.actor import WRITERS
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base
from ...shell.choices import terms_choice
from .draft import FIELDS, PREFIX
from .step_one import StepOne
from .step_two import StepTwo


class AddCustomer(StepOne, StepTwo, Base):
    async def _begin(self, guest_of: str = "") -> None:
        """A new customer, or the one whose typing was interrupted by closing the modal."""
        self._guest_of = guest_of
        if self.open and self.step == 1:
            return
        await self._load_choices()
        if not self._draft_key or self.step == 2:
            self._blank()
        self._redraw()
        self.open, self.step = True, 1

    async def _resume(self, customer_id: str) -> Any:
        """Finish setup: step two of what Continue saved."""
        with self._refusals() as refused:
            view = await self._ask(customer_view, customer_id)
            if view.status != "setup":
                # Whoever types faster than pages load has finished it before this page, its own, came up.
                ours = customer_id == self._finished
                return rx.redirect(routes.profile(customer_id) + ("?created=1" if ours else ""))
            self._guest_of = ""
            if self.customer_id != customer_id:
                await self._load_choices()
                self._blank()
                self._take_over(view)
        if not refused:
            self.open, self.step = True, 2
        return None

    def _take_over(self, view: CustomerView) -> None:
        self.customer_id, self._draft_key = view.id, ""
        values = {**view.business, **view.billing, **view.tax}
        self.typed |= {name: str(values[name] or "") for name in FIELDS if name in values}
        self.typed["tax_rate"] = rate.write(view.tax["tax_rate"])
        choice, days = terms_choice(view.business["terms_days"])
        self.typed |= {"terms": choice or self._defaults["terms"], "custom_days": days, "group_id": view.group_id}
        for name in ("legal_entity_id", "language"):
            self.typed[name] = view.business[name] or self._defaults[name]
        self.shipping_same = view.shipping["same"]
        self.typed |= {SHIPPING + name: view.shipping[name] or self.typed[SHIPPING + name] for name in ADDRESS}
        self.external_ids = [alias.alias for alias in view.aliases if not alias.is_own] or [""]
        self.tag_ids = [tag.id for tag in view.tags]
        self._touched = ["currency", "terms", "language"]
        self._summarise()

    @rx.event
    @allow(*WRITERS)
    async def close(self):
        self.open = False
        if self._guest_of:
            return None
        kept = {k: str(v) for k, v in self.router.url.query_parameters.items() if k not in ("add", "finish")}
        return rx.redirect(routes.customers(**kept), replace=True)

    @rx.event
    @allow(*WRITERS)
    async def start_over(self):
        self._blank()
        self._redraw()
        self._look_at(PREFIX + "company")
