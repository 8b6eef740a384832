"""Settings of the company and its legal entities: what is edited, checked and saved."""

from typing import Any

import reflex as rx

from ...customers import terms
from ...customers.countries import country_name, find_country
from ...customers.details import ADDRESS, check_place
from ...kernel.actor import MANAGERS, STAFF, Role
from ...kernel.db import Tx
from ...kernel.errors import Invalid
from ...partners import service
from ...partners.queries import CompanyView, EntityRow, StaffRow, company, legal_entities, team
from .. import routes
from ..access import Form, allow
from ..base import Base
from ..choices import (
    Pairs,
    country_pairs,
    currency_pairs,
    language_name,
    postal_label,
    region_label,
    region_pairs,
    terms_choice,
)
from ..session import forget
from .places import zone_name

PREFIX = "company-"
ENTITY_PREFIX = "entity-"
FIELDS = ("name", "timezone", "language", "currency", "terms", "custom_days")
ENTITY = ("name", "tax_id", *ADDRESS)


class Settings(Base):
    loading: bool = True
    view: CompanyView = CompanyView()
    texts: dict[str, str] = {}
    entities: list[EntityRow] = []
    places: dict[str, str] = {}
    team: list[StaffRow] = []
    is_owner: bool = False

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
        self.loading = False

    async def _refresh(self) -> None:
        self.view, self.entities, self.team = await self._ask(_everything)
        self.texts, self.places = _texts(self.view), {row.id: _place(row) for row in self.entities}

    @rx.event
    @allow(*MANAGERS)
    async def edit(self):
        view = self.view
        choice, days = terms_choice(view.terms_days)
        own = {"name": view.name, "timezone": view.timezone, "language": view.language, "currency": view.currency}
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
    @allow(*MANAGERS)
    async def save(self, form: Form):
        if not self.editing:
            return
        self.typed = {name: form.get(name, "") for name in FIELDS}
        with self._refusals(PREFIX) as refused:
            codes = [pair[0] for pair in self.countries]
            await self._run(service.change_company, _values(self.typed), codes)
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
        "currency": dict(map(tuple, currency_pairs())).get(view.currency, view.currency),
        "terms": terms.write(view.terms_days),
        "countries": ", ".join(pair[1] for pair in country_pairs(view.countries)),
    }


def _place(row: EntityRow) -> str:
    regional = " ".join(part for part in (row.region, row.postal_code) if part)
    parts = [row.address_line1, row.address_line2, row.city, regional, country_name(row.country)]
    return ", ".join(part for part in parts if part)


def _values(typed: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {k: v for k, v in typed.items() if k not in ("terms", "custom_days")}
    try:
        return values | {"terms_days": terms.parse(typed["terms"] or "custom", typed["custom_days"])}
    except ValueError as wrong:
        raise Invalid(custom_days=str(wrong)) from None


class Entities(Base):
    """The dialog of one legal entity."""

    open: bool = False
    entity_id: str = ""
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    regions: Pairs = []
    region_label: str = "State/Province"
    postal_label: str = "ZIP/Postal Code"

    @rx.event
    @allow(*MANAGERS)
    async def add(self):
        self._show("", dict.fromkeys(ENTITY, "") | {"country": "US"})

    @rx.event
    @allow(*MANAGERS)
    async def edit(self, entity_id: str):
        entities = (await self.get_state(Settings)).entities
        if row := next((row for row in entities if row.id == entity_id), None):
            self._show(row.id, {name: getattr(row, name) for name in ENTITY})

    def _show(self, entity_id: str, typed: dict[str, str]) -> None:
        self.entity_id, self.typed, self.errors, self.open = entity_id, typed, {}, True
        self._country()

    def _country(self) -> None:
        country = self.typed["country"]
        self.regions = region_pairs(country)
        self.region_label, self.postal_label = region_label(country), postal_label(country)

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open = False

    @rx.event
    @allow(*MANAGERS)
    async def left(self, name: str, value: str):
        if name in self.typed:
            self.typed[name] = value

    @rx.event
    @allow(*MANAGERS)
    async def choose_country(self, value: str):
        self.typed |= {"country": value, "region": ""}
        self._country()
        self._look_at(ENTITY_PREFIX + "country")

    @rx.event
    @allow(*MANAGERS)
    async def save(self, form: Form):
        if not self.open:
            return
        self.typed |= {name: value for name, value in form.items() if name in ENTITY}
        with self._refusals(ENTITY_PREFIX) as refused:
            entity = await self._run(service.save_legal_entity, self.entity_id, _checked(self.typed))
            await (await self.get_state(Settings))._refresh()
        self.errors = refused.errors
        if not refused:
            self.open = False
            self._say(f"{entity.name} saved.")

    @rx.event
    @allow(*MANAGERS)
    async def make_default(self, entity_id: str):
        settings = await self.get_state(Settings)
        with self._refusals() as refused:
            await self._run(service.make_default_entity, entity_id)
            await settings._refresh()
        if not refused:
            self._say(f"{settings.entities[0].name} is the default now: it invoices unless a customer says otherwise.")


def _checked(typed: dict[str, str]) -> dict[str, str]:
    """An address may be given in part; what is given is checked by its country's rules and put into usual form."""
    place = check_place({name: typed[name] for name in ADDRESS})
    wrong = {name: said for name, said in place.errors.items() if typed[name].strip()}
    if wrong:
        raise Invalid.of(wrong)
    return typed | {name: str(place.values[name]) for name in ADDRESS if typed[name].strip()}
