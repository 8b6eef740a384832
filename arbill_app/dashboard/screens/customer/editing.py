"""Editing one section of the profile in place, and what somebody else did to it meanwhile."""

from typing import Any

import reflex as rx

from ....customers.commands import profile
from ....customers.rules import rate, terms
from ....customers.rules.ein import normalise_ein
from ....customers.rules.postal import postal_label
from ....customers.rules.regions import region_label
from ....customers.validation import check_business, check_place, check_tax
from ....customers.views.customers import CustomerView
from ....customers.views.history import ActivityRow, field_label, value_text
from ....invoices.views.listing import InvoiceRow
from ....kernel.actor import STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....kernel.errors import Invalid
from ....kernel.problems import BadValue
from ...shell.access import Form, allow
from ...shell.choices import Pairs, by_value, currency_pairs, region_pairs, terms_choice
from ...shell.label_picker import LabelPicker, plain

PREFIX = "edit-"


def _change_labels(tx: Tx, customer_id: str, values: dict[str, Any], base: dict[str, Any]) -> Any:
    return profile.change_labels(tx, customer_id, values["tag_ids"], values["group_id"], base)


SAVE = {
    "business": profile.change_business,
    "billing": profile.change_billing,
    "shipping": profile.change_shipping,
    "tax": profile.change_tax,
    "labels": _change_labels,
}
SAVED = {
    "business": "Business information saved.",
    "billing": "Billing address saved.",
    "shipping": "Shipping address saved.",
    "tax": "Tax settings saved.",
    "labels": "Tags and group saved.",
}


class Editing(LabelPicker, mixin=True):
    created_now: bool = False
    view: CustomerView = CustomerView()
    feed: list[ActivityRow] = []
    invoices: list[InvoiceRow] = []
    texts: dict[str, str] = {}

    editing: str = ""
    version: int = 0
    same: bool = True
    exempt: bool = False
    warnings: dict[str, dict[str, str]] = {}
    stale_who: str = ""
    stale: list[dict[str, str]] = []
    confirm: str = ""

    region_label: str = "State/Province"
    postal_label: str = "ZIP/Postal Code"
    regions: Pairs = []
    countries: Pairs = []
    currencies: Pairs = []
    entities: Pairs = []

    _base: dict[str, Any] = {}
    _now: dict[str, Any] = {}

    def _prefix(self) -> str:
        return PREFIX

    async def _refresh(self, customer_id: str = "") -> None:
        """Fetches the profile again: profile.py says how."""

    # ---- one section at a time

    @rx.event
    @allow(*WRITERS)
    async def edit(self, section: str):
        if section not in SAVE:
            return
        self._start(section, dict(getattr(self.view, section)))
        first = {"business": "company", "billing": "address_line1", "tax": "tax_country", "labels": "group_id"}
        self._look_at(PREFIX + first.get(section, "same"))

    def _start(self, section: str, base: dict[str, Any]) -> None:
        self._stop_editing()
        self.editing, self._base = section, base
        self.version += 1
        self.typed = {name: "" if value is None else str(value) for name, value in base.items()}
        self.same, self.exempt = bool(base.get("same", True)), bool(base.get("tax_exempt"))
        self.tag_ids = [tag.id for tag in self.view.tags]
        self.currencies = self.currencies or currency_pairs()
        if section == "business":
            self.typed["terms"], self.typed["custom_days"] = terms_choice(base["terms_days"])
        if section == "tax":
            self.typed["tax_rate"] = rate.write(base["tax_rate"])
        if section == "labels":
            self.typed["group_id"] = self.view.group_id
        if section == "shipping" and not self.typed["country"]:
            self.typed["country"] = str(self.view.billing["country"])
        self._country()

    def _country(self) -> None:
        country = self.typed.get("country", "")
        self.regions = region_pairs(country) if country else []
        self.region_label, self.postal_label = region_label(country), postal_label(country)

    def _stop_editing(self) -> None:
        self.editing, self.errors, self.warnings, self.stale, self.stale_who = "", {}, {}, [], ""

    @rx.event
    @allow(*STAFF)
    async def cancel(self):
        was = self.editing
        self._stop_editing()
        self._look_at(f"edit-{was}-button")

    @rx.event
    @allow(*WRITERS)
    async def left(self, name: str, value: str):
        """A field was left: keep it, say what is wrong with it, put it into its usual form."""
        if name not in self.typed:
            return None
        self.typed[name] = value
        if name == "country":
            self.typed["region"] = ""
            self._country()
        found = self._check()
        self.warnings = {k: plain(w) for k, w in found.warnings.items() if self.typed.get(k)}
        if value.strip() and name in found.errors:
            self.errors[name] = found.errors[name]
            return None
        self.errors.pop(name, None)
        usual = {"ein": normalise_ein, "tax_rate": lambda text: rate.write(rate.parse(text))}.get(name)
        tidy = usual(value) if usual and value.strip() else found.values.get(name, value)
        if name in ("ein", "tax_rate", "postal_code", "tax_id") and tidy != value:
            self.typed[name] = tidy
            return rx.set_value(PREFIX + name, tidy)

    def _check(self) -> Any:
        values = {
            name: value for name, value in self.typed.items() if name not in ("terms", "custom_days", "terms_days")
        }
        if self.editing == "business":
            return check_business(values)
        if self.editing == "tax":
            return check_tax(values | {"tax_exempt": self.exempt}, str(self.view.billing["country"]))
        return check_place(values)

    @rx.event
    @allow(*WRITERS)
    async def fix(self, name: str):
        warning = self.warnings.get(name, {})
        if warning.get("action") and warning["field"] in self.typed:
            self.typed[warning["field"]] = warning["value"]
            self.warnings = {k: plain(w) for k, w in self._check().warnings.items()}
            self.errors.pop(warning["field"], None)
            self._look_at(PREFIX + warning["field"])
            # A combobox follows the state by itself; what is typed into an input does not.
            return None if warning["field"] == "region" else rx.set_value(PREFIX + warning["field"], warning["value"])

    @rx.event
    @allow(*WRITERS)
    async def choose_same(self, same: bool):
        self.same = same

    @rx.event
    @allow(*WRITERS)
    async def choose_exempt(self, exempt: bool):
        self.exempt = exempt

    @rx.event
    @allow(*WRITERS)
    async def save(self, form: Form):
        self.typed |= {name: value for name, value in form.items() if name in self.typed}
        await self._save(self._base)

    async def _save(self, base: dict[str, Any]) -> None:
        section = self.editing
        if section not in SAVE:
            return
        with self._refusals(PREFIX) as refused:
            await self._run(SAVE[section], self.view.id, self._values(), base)
        self.errors = refused.errors
        if isinstance(refused.error, profile.Stale):
            self._show_stale(refused.error)
        if refused:
            return
        self._stop_editing()
        await self._refresh()
        self._say(SAVED[section])
        self._look_at(f"edit-{section}-button")

    def _values(self) -> dict[str, Any]:
        typed = dict(self.typed)
        if self.editing == "business":
            try:
                typed["terms_days"] = terms.parse(typed.pop("terms"), typed.pop("custom_days"))  # type: ignore[assignment]
            except BadValue as wrong:
                raise Invalid(custom_days=wrong.problem) from None
        if self.editing == "shipping":
            return typed | {"same": self.same}
        if self.editing == "labels":
            return typed | self._chosen_labels()
        return typed | {"tax_exempt": self.exempt} if self.editing == "tax" else typed

    def _chosen_labels(self) -> dict[str, Any]:
        """The ids for the verb, the names for people."""
        names = [name for id, name in self.tags if id in self.tag_ids]
        group = by_value(self.groups).get(self.typed["group_id"], "")
        return {"tag_ids": self.tag_ids, "tags": ", ".join(names), "group": group}

    # ---- somebody else was faster

    def _show_stale(self, error: profile.Stale) -> None:
        mine = self._values()
        self.stale_who = error.who
        self.stale = [
            {
                "label": field_label(name),
                "before": value_text(name, before),
                "theirs": value_text(name, theirs),
                "mine": _mine_text(name, mine.get(name)),
            }
            for name, (before, theirs) in error.theirs.items()
        ]
        self._now = error.now
        self._look_at("stale")

    @rx.event
    @allow(*WRITERS)
    async def keep_mine(self):
        """Saves over what the other person wrote, knowing it."""
        base, self.stale, self._base = self._now, [], self._now
        await self._save(base)

    @rx.event
    @allow(*WRITERS)
    async def take_theirs(self):
        await self._refresh()
        self._start(self.editing, dict(getattr(self.view, self.editing)))


def _mine_text(name: str, value: Any) -> str:
    try:
        return value_text(name, rate.parse(value) if name == "tax_rate" else value)
    except ValueError:
        return str(value)
