"""The dialog of one legal entity: its address by the rules of its country, how its papers are numbered, its logo."""

from typing import Any

import reflex as rx

from ....customers.rules.postal import postal_label
from ....customers.rules.regions import region_label
from ....customers.validation import ADDRESS, check_place
from ....kernel import clock
from ....kernel.actor import MANAGERS, STAFF
from ....kernel.errors import Invalid
from ....partners import branding, entities
from ....partners.rules import number_pattern
from ....partners.rules.tax_names import usual_tax_name
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import Pairs, region_pairs
from .company import Settings

PREFIX = "entity-"
NUMBERED = {"invoice_pattern": number_pattern.INVOICE, "credit_pattern": number_pattern.CREDIT_NOTE}
ENTITY = ("name", "tax_id", "second_tax_id", "tax_name", *NUMBERED, *ADDRESS)
HOME = "US"


class Entities(Base):
    """`sample` says by field what the next number looks like; `logo_id` is the entity's own."""

    open: bool = False
    entity_id: str = ""
    typed: dict[str, str] = {}
    errors: dict[str, str] = {}
    regions: Pairs = []
    region_label: str = "State/Province"
    postal_label: str = "ZIP/Postal Code"
    sample: dict[str, str] = {}
    logo_id: str = ""

    @rx.event
    @allow(*MANAGERS)
    async def add(self):
        self._show("", dict.fromkeys(ENTITY, "") | {"country": HOME, "tax_name": usual_tax_name(HOME, "")})

    @rx.event
    @allow(*MANAGERS)
    async def edit(self, entity_id: str):
        rows = (await self.get_state(Settings)).entities
        if row := next((row for row in rows if row.id == entity_id), None):
            self._show(row.id, {name: getattr(row, name) for name in ENTITY}, row.logo_id or "")

    def _show(self, entity_id: str, typed: dict[str, str], logo_id: str = "") -> None:
        self.entity_id, self.typed, self.errors, self.open = entity_id, typed, {}, True
        self.logo_id, self.sample = logo_id, {name: _next(name, typed[name]) for name in NUMBERED}
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
        if name not in self.typed:
            return None
        if name == "region":
            return self._move(self.typed["country"], value)
        self.typed[name] = value

    @rx.event
    @allow(*MANAGERS)
    async def type_pattern(self, name: str, value: str):
        if name in NUMBERED:
            self.sample[name] = _next(name, value[:100])

    @rx.event
    @allow(*MANAGERS)
    async def logo_sent(self, wrong: str):
        self.errors = {"file": wrong[:200]} if wrong else {}
        if not wrong:
            await self._look_again("Logo saved.")

    @rx.event
    @allow(*MANAGERS)
    async def remove_logo(self):
        with self._refusals() as refused:
            await self._run(branding.remove_logo, self.entity_id)
        if not refused:
            await self._look_again("Logo removed.")

    async def _look_again(self, said: str) -> None:
        settings = await self.get_state(Settings)
        await settings._refresh()
        self.logo_id = next((row.logo_id or "" for row in settings.entities if row.id == self.entity_id), "")
        self._say(said)

    @rx.event
    @allow(*MANAGERS)
    async def choose_country(self, value: str):
        named = self._move(value, "")
        self._country()
        self._look_at(PREFIX + "country")
        return named

    def _move(self, country: str, region: str) -> Any:
        """While one is added, the usual name of its tax follows the place until another is typed."""
        before = usual_tax_name(self.typed.get("country", ""), self.typed.get("region", ""))
        usual = usual_tax_name(country, region)
        self.typed |= {"country": country, "region": region}
        if self.entity_id or before == usual or self.typed.get("tax_name") != before:
            return None
        self.typed["tax_name"] = usual
        return rx.set_value(PREFIX + "tax_name", usual)

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def save(self, form: Form):
        if not self.open:
            return
        self.typed |= {name: value for name, value in form.items() if name in ENTITY}
        with self._refusals(PREFIX) as refused:
            entity = await self._run(entities.save_legal_entity, self.entity_id, _checked(self.typed))
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
            await self._run(entities.make_default_entity, entity_id)
            await settings._refresh()
        if not refused:
            self._say(f"{settings.entities[0].name} is the default now: it invoices unless a customer says otherwise.")


def _next(name: str, typed: str) -> str:
    """What a number by this pattern looks like, or what is wrong with it."""
    try:
        number = number_pattern.write(number_pattern.check(typed.strip() or NUMBERED[name]), clock.now().year, 42)
    except ValueError as wrong:
        return str(wrong)
    return f"Next looks like {number}."


def _checked(typed: dict[str, str]) -> dict[str, str]:
    """An address may be given in part; what is given is checked by its country's rules and put into usual form."""
    place = check_place({name: typed[name] for name in ADDRESS})
    wrong = {name: said for name, said in place.errors.items() if typed[name].strip()}
    if wrong:
        raise Invalid.of(wrong)
    return typed | {name: str(place.values[name]) for name in ADDRESS if typed[name].strip()}
