"""Step one of the modal: fields checked as they are left, corrected with one click, saved at Continue."""

from typing import Any

import reflex as rx

from ....customers.commands.lifecycle import SHIPPING, SetupFinished, start_customer
from ....customers.rules import rate
from ....customers.rules.countries import currency_of
from ....customers.rules.ein import normalise_ein
from ....customers.validation import ADDRESS
from ....kernel.actor import WRITERS
from ....kernel.errors import Invalid
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.choices import CUSTOM, TERMS, by_value
from ...shell.label_picker import plain
from .draft import IN_MORE, PREFIX, Draft


class StepOne(Draft, mixin=True):
    @rx.event
    @allow(*WRITERS)
    async def left(self, name: str, value: str):
        """A field was left: keep what stands there, say what is wrong with it, put it into its usual form."""
        if name not in self.typed:
            return None
        if self.typed[name] != value:
            self._touched = [*self._touched, name]
        self.typed[name] = value
        shown: list[Any] = []
        if name in ("country", SHIPPING + "country"):
            shown = self._country_changed(name)
        if name == "group_id":
            shown = self._follow_group()
        self._recheck(name)
        if name == "ein":
            await self._look_for_duplicate()
        if name == "terms" and value == CUSTOM:
            self._look_at(PREFIX + "custom_days")
        return [*shown, *self._usual_form(name)]

    def _country_changed(self, name: str) -> list[Any]:
        prefix = SHIPPING if name.startswith(SHIPPING) else ""
        self.typed[prefix + "region"] = ""
        if not prefix and "currency" not in self._touched:
            self.typed["currency"] = currency_of(self.typed["country"])
        for part in ADDRESS:
            self.errors.pop(prefix + part, None)
        self._follow_country()
        return [] if prefix else self._show("currency")

    def _follow_group(self) -> list[Any]:
        """A group's defaults fill what nobody has chosen by hand."""
        wanted = self._defaults | {k: v for k, v in self._group_defaults.get(self.typed["group_id"], {}).items() if v}
        for name in ("terms", "currency", "language"):
            if name not in self._touched:
                self.typed[name] = wanted[name]
        if self.typed["terms"] and self.typed["terms"] not in by_value(TERMS):
            self.typed["custom_days"], self.typed["terms"] = self.typed["terms"], CUSTOM
        return self._show("terms", "currency", "language", "custom_days")

    def _recheck(self, name: str) -> None:
        """The complaint about this field alone, never "missing" while one is still on the way; all warnings."""
        found = self._check()
        self.warnings = {k: plain(w) for k, w in found.warnings.items() if self.typed.get(k)}
        for field in {name, *(k for k in self.errors if k not in found.errors)}:
            if self.typed.get(field, "").strip() and field in found.errors:
                self.errors[field] = found.errors[field]
            else:
                self.errors.pop(field, None)

    def _usual_form(self, name: str) -> list[Any]:
        value = self.typed[name]
        if not value or name in self.errors:
            return []
        usual = value
        if name == "ein":
            usual = normalise_ein(value)
        elif name in ("postal_code", SHIPPING + "postal_code", "tax_id"):
            checked = self._check().values
            usual = (
                checked.get(name, value) if name in checked else checked.get("shipping", {}).get("postal_code", value)
            )
        elif name == "tax_rate":
            usual = rate.write(rate.parse(value))
        if usual == value:
            return []
        self.typed[name] = usual
        return self._show(name)

    @rx.event
    @allow(*WRITERS)
    async def fix(self, name: str):
        """The one-click correction of a warning."""
        warning = self.warnings.get(name, {})
        prefix = SHIPPING if name.startswith(SHIPPING) else ""
        target = prefix + warning.get("field", "")
        if warning.get("action") and target in self.typed:
            self.typed[target] = warning["value"]
            self._recheck(target)
            self._look_at(PREFIX + target)
            return self._show(target)

    @rx.event
    @allow(*WRITERS)
    async def company_typed(self, value: str):
        self.typed["company"] = value
        await self._look_for_duplicate()

    @rx.event
    @allow(*WRITERS)
    async def same_shipping(self, same: bool):
        self.shipping_same = same
        if not same and not self.typed[SHIPPING + "country"]:
            self.typed[SHIPPING + "country"] = self.typed["country"]
            self._follow_country()

    @rx.event
    @allow(*WRITERS)
    async def toggle_more(self):
        self.more_open = not self.more_open

    @rx.event
    @allow(*WRITERS)
    async def external_left(self, index: int, value: str):
        if 0 <= index < len(self.external_ids):
            self.external_ids[index] = value.strip()

    @rx.event
    @allow(*WRITERS)
    async def add_external(self):
        if len(self.external_ids) < 20:
            self.external_ids = [*self.external_ids, ""]
            self._look_at(f"{PREFIX}external_id_{len(self.external_ids) - 1}")

    @rx.event
    @allow(*WRITERS)
    async def submit_details(self, form: Form):
        """Continue: everything is checked, everything is said, and the customer is saved as "setup not finished"."""
        self._take(form)
        found = self._check()
        self.warnings = {k: plain(w) for k, w in found.warnings.items()}
        with self._refusals(PREFIX) as refused:
            if found.problems:
                raise Invalid.of(found.problems)
            values = self._values(terms_days=self._terms())
            customer = await self._run(start_customer, self._draft_key, values, customer_id=self.customer_id)
            self.customer_id = customer.id
            self.typed |= {name: str(getattr(customer, name)) for name in ("ein", *ADDRESS, "currency")}
            self._summarise()
            self.step, self.hint = 2, {}
            self._look_at(PREFIX + "first_name_0")
        self.errors = refused.errors
        self.more_open = self.more_open or any(name.startswith(IN_MORE) or "external" in name for name in self.errors)
        if isinstance(refused.error, SetupFinished):
            return rx.redirect(routes.profile(refused.error.customer_id))
        if not refused and not self._guest_of:
            return rx.redirect(routes.customers(finish=self.customer_id), replace=True)
