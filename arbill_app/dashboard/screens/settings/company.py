"""Settings of the company: what is edited, checked and saved; and what the whole screen shows."""

from typing import Any

import reflex as rx

from ....customers.rules import terms
from ....customers.rules.countries import country_name, find_country
from ....kernel.actor import MANAGERS, STAFF, Role
from ....kernel.db.transactions import Tx
from ....kernel.errors import Invalid
from ....kernel.problems import BadValue
from ....partners import commands
from ....partners.models import TaxRounding
from ....partners.rules.colour import READABLE, WHITE, contrast, ink_on
from ....partners.views import CompanyView, EntityRow, StaffRow, company, legal_entities, team
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import Pairs, by_value, country_pairs, currency_pairs, language_name, terms_choice
from ...shell.session import forget
from .places import zone_name

PREFIX = "company-"
FIELDS = ("name", "reply_to", "timezone", "language", "currency", "tax_rounding", "terms", "custom_days")
ROUNDING: Pairs = [[TaxRounding.LINE.value, "Each line"], [TaxRounding.INVOICE.value, "Whole invoice"]]


class Settings(Base):
    loading: bool = True
    view: CompanyView = CompanyView()
    texts: dict[str, str] = {}
    entities: list[EntityRow] = []
    places: dict[str, str] = {}
    team: list[StaffRow] = []
    look: dict[str, str] = {}
    is_owner: bool = False
    without: str = ""

    editing: bool = False
    version: int = 0
    typed: dict[str, str] = {}
    countries: Pairs = []
    currencies: Pairs = []
    errors: dict[str, str] = {}

    @rx.event
    @allow(*STAFF)
    async def load(self):
        if self._actor().role not in MANAGERS:
            self._say("Settings are for owners and admins.", "bad")
            return rx.redirect(routes.OVERVIEW, replace=True)
        self.editing, self.is_owner = False, self._actor().role == Role.OWNER
        with self._refusals():
            await self._refresh()
        self.loading, self.look = False, look_of(self.view.accent)

    async def _refresh(self) -> None:
        self.view, self.entities, self.team = await self._ask(_everything)
        self.texts, self.places = _texts(self.view), {row.id: _place(row) for row in self.entities}
        self.without = _without_factor(self.team)

    @rx.event
    @allow(*MANAGERS)
    async def edit(self):
        view = self.view
        choice, days = terms_choice(view.terms_days)
        own = {name: getattr(view, name) for name in FIELDS if hasattr(view, name)}
        self.typed = own | {"terms": choice, "custom_days": days}
        self.countries, self.currencies = country_pairs(view.countries), self.currencies or currency_pairs()
        self.editing, self.errors = True, {}
        self._look_at(PREFIX + "name")

    @rx.event
    @allow(*STAFF)
    async def cancel(self):
        self.editing = False
        self._look_at("edit-company")

    @rx.event
    @allow(*MANAGERS)
    async def choose_terms(self, value: str):
        self.typed["terms"] = value
        if value == "custom":
            self._look_at(PREFIX + "custom_days")

    @rx.event
    @allow(*MANAGERS)
    async def add_country(self, text: str):
        """What was picked from the list, or typed and left."""
        if not text.strip():
            return
        code = find_country(text)
        if code is None:
            self.errors["countries"] = f"“{text.strip()[:60]}” is not a country."
            return
        self._choose([*(pair[0] for pair in self.countries), code])
        self._look_at(PREFIX + "countries")

    @rx.event
    @allow(*MANAGERS)
    async def drop_country(self, code: str):
        self._choose([pair[0] for pair in self.countries if pair[0] != code])
        self._look_at(PREFIX + "countries")

    def _choose(self, codes: list[str]) -> None:
        self.countries = country_pairs(codes)
        self.version += 1
        self.errors.pop("countries", None)

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def save(self, form: Form):
        if not self.editing:
            return
        self.typed = {name: form.get(name, "") for name in FIELDS}
        with self._refusals(PREFIX) as refused:
            codes = [pair[0] for pair in self.countries]
            await self._run(commands.change_company, _values(self.typed), codes)
            await self._refresh()
        self.errors = refused.errors
        if not refused:
            forget()  # a session knows its company's name
            self.editing, self.partner = False, self.view.name
            self._say("Company saved.")
            self._look_at("edit-company")


def _everything(tx: Tx) -> tuple[CompanyView, list[EntityRow], list[StaffRow]]:
    return company(tx), legal_entities(tx), team(tx)


def _texts(view: CompanyView) -> dict[str, str]:
    return {
        "timezone": zone_name(view.timezone),
        "language": language_name(view.language),
        "currency": by_value(currency_pairs()).get(view.currency, view.currency),
        "terms": terms.write(view.terms_days),
        "tax_rounding": by_value(ROUNDING)[view.tax_rounding],
        "countries": ", ".join(pair[1] for pair in country_pairs(view.countries)),
    }


def look_of(accent: str) -> dict[str, str]:
    """The sample's colours: `ink` on the accent, `text` for words in it on paper; `pale` where white would not do."""
    pale = contrast(accent, WHITE) < READABLE
    ink = ink_on(accent)
    return {"accent": accent, "ink": ink, "text": ink if pale else accent, "pale": "pale" if pale else ""}


def _without_factor(rows: list[StaffRow]) -> str:
    """How many people would have to set up a second factor, in words; "" for nobody."""
    count = sum(row.status == "Active" and not row.two_factor for row in rows)
    return "1 person has" if count == 1 else f"{count} people have" if count else ""


def _place(row: EntityRow) -> str:
    regional = " ".join(part for part in (row.region, row.postal_code) if part)
    parts = [row.address_line1, row.address_line2, row.city, regional, country_name(row.country)]
    return ", ".join(part for part in parts if part)


def _values(typed: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {k: v for k, v in typed.items() if k not in ("terms", "custom_days")}
    try:
        return values | {"terms_days": terms.parse(typed["terms"] or "custom", typed["custom_days"])}
    except BadValue as wrong:
        raise Invalid(custom_days=wrong.problem) from None
