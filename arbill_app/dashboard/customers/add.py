"""The two-step modal "Add customer": what is typed, checked as one leaves a field, saved at Continue.

Everything typed lives in the state of the tab as soon as a field is left, so closing the modal loses nothing; from
Continue on it lives in the database, and the address says `?finish=<customer>`.
"""

import uuid
from typing import Any

import reflex as rx

from ...customers import rate, terms
from ...customers.countries import currency_of
from ...customers.details import ADDRESS
from ...customers.ein import normalise_ein
from ...customers.label_queries import group_choices, tag_choices
from ...customers.labels import save_group, save_tag
from ...customers.lookalikes import lookalike
from ...customers.queries import CustomerView, customer_view
from ...customers.service import SHIPPING, SetupFinished, check_new, finish_customer, start_customer
from ...kernel.actor import WRITERS
from ...kernel.db import Tx
from ...kernel.errors import Invalid, NotFound
from ...partners.queries import CompanyView, company, entity_names
from .. import routes
from ..access import Form, allow
from ..base import Base
from ..choices import (
    CUSTOM,
    LANGUAGES,
    TERMS,
    Pairs,
    country_pairs,
    currency_pairs,
    postal_label,
    region_label,
    region_pairs,
    terms_choice,
)

FIELDS = ("company", "legal_name", "ein", *ADDRESS, "currency", "tax_rate", "tax_id", "terms", "custom_days")
MORE = ("legal_entity_id", "group_id", "language", *(SHIPPING + name for name in ADDRESS))
IN_MORE = ("currency", "tax_rate", "tax_id", "terms", "custom_days", *MORE)
ROW = ("first_name", "last_name", "email")
PREFIX = "add-"


class AddCustomer(Base):
    open: bool = False
    step: int = 1
    version: int = 0
    groups_version: int = 0
    customer_id: str = ""
    typed: dict[str, str] = {}
    external_ids: list[str] = [""]
    tag_ids: list[str] = []
    shipping_same: bool = True
    more_open: bool = False
    users: list[dict[str, str]] = []
    welcome: bool = True
    errors: dict[str, str] = {}
    warnings: dict[str, dict[str, str]] = {}
    hint: dict[str, str] = {}
    summary: str = ""
    region_label: str = "State/Province"
    postal_label: str = "ZIP/Postal Code"
    shipping_region_label: str = "State/Province"
    shipping_postal_label: str = "ZIP/Postal Code"

    countries: Pairs = []
    regions: Pairs = []
    shipping_regions: Pairs = []
    currencies: Pairs = []
    terms: Pairs = TERMS
    languages: Pairs = LANGUAGES
    entities: Pairs = []
    groups: Pairs = []
    tags: Pairs = []

    _draft_key: str = ""
    _touched: list[str] = []
    _defaults: dict[str, str] = {}
    _group_defaults: dict[str, dict[str, str]] = {}

    # ---- opening and closing

    async def _begin(self) -> None:
        """A new customer, or the one whose typing was interrupted by closing the modal."""
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
                return rx.redirect(routes.profile(customer_id))
            if self.customer_id != customer_id:
                await self._load_choices()
                self._blank()
                self._take_over(view)
        if not refused:
            self.open, self.step = True, 2
        return None

    async def _load_choices(self) -> None:
        us, self.entities, groups, tags = await self._ask(_choices)
        self.countries = country_pairs(us.countries)
        self.currencies = currency_pairs()
        self.groups = [[group.id, group.name] for group in groups]
        self.tags = [[tag.id, tag.name] for tag in tags]
        self._defaults = _defaults(us, self.entities)
        self._group_defaults = {
            group.id: {"terms": group.terms_days, "currency": group.currency, "language": group.language}
            for group in groups
        }

    def _blank(self) -> None:
        self._draft_key, self._touched = uuid.uuid4().hex, []
        self.customer_id, self.summary, self.hint = "", "", {}
        self.errors, self.warnings = {}, {}
        self.typed = dict.fromkeys((*FIELDS, *MORE), "") | self._defaults
        self.external_ids, self.tag_ids, self.shipping_same, self.more_open = [""], [], True, False
        self.users, self.welcome = [dict.fromkeys(ROW, "")], True

    def _redraw(self) -> None:
        """The controls are drawn afresh from what is in the state: at opening, never under somebody's hands."""
        self.version += 1
        self._follow_country()

    def _show(self, *names: str) -> list[Any]:
        """Puts these values into their controls. A combobox follows the state by itself."""
        return [rx.set_value(PREFIX + name, self.typed[name]) for name in names if not name.endswith("region")]

    def _follow_country(self) -> None:
        country, shipping = self.typed["country"], self.typed[SHIPPING + "country"]
        self.regions, self.region_label, self.postal_label = (
            region_pairs(country),
            region_label(country),
            postal_label(country),
        )
        self.shipping_regions = region_pairs(shipping)
        self.shipping_region_label, self.shipping_postal_label = region_label(shipping), postal_label(shipping)

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

    def _summarise(self) -> None:
        place = ", ".join(part for part in (self.typed["city"], self.typed["region"]) if part)
        days = dict(map(tuple, TERMS)).get(self.typed["terms"], "")
        if self.typed["terms"] == CUSTOM:
            days = f"Net {self.typed['custom_days']}"
        parts = [place, self.typed["currency"], days, f"tax {self.typed['tax_rate']}%"]
        self.summary = " · ".join(part for part in parts if part)

    @rx.event
    @allow(*WRITERS)
    async def close(self):
        self.open = False
        kept = {k: str(v) for k, v in self.router.url.query_parameters.items() if k not in ("add", "finish")}
        return rx.redirect(routes.customers(**kept), replace=True)

    @rx.event
    @allow(*WRITERS)
    async def start_over(self):
        self._blank()
        self._redraw()
        self._look_at(PREFIX + "company")

    # ---- step one

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
            await self._look_for_twin()
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
        if self.typed["terms"] and self.typed["terms"] not in dict(map(tuple, TERMS)):
            self.typed["custom_days"], self.typed["terms"] = self.typed["terms"], CUSTOM
        return self._show("terms", "currency", "language", "custom_days")

    def _recheck(self, name: str) -> None:
        """The complaint about this field alone, never "missing" while one is still on the way; all warnings."""
        found = self._check()
        self.warnings = {k: _plain(w) for k, w in found.warnings.items() if self.typed.get(k)}
        for field in {name, *(k for k in self.errors if k not in found.errors)}:
            if self.typed.get(field, "").strip() and field in found.errors:
                self.errors[field] = found.errors[field]
            else:
                self.errors.pop(field, None)

    def _check(self) -> Any:
        try:
            self._terms()
        except ValueError as wrong:
            found = check_new(self._values(terms_days=None))
            found.errors["custom_days"] = str(wrong)
            return found
        return check_new(self._values(terms_days=self._terms()))

    def _terms(self) -> int | None:
        chosen = self.typed["terms"]
        inherited = self._group_defaults.get(self.typed["group_id"], {}).get("terms") or self._defaults["terms"]
        return None if chosen == inherited else terms.parse(chosen, self.typed["custom_days"])

    def _values(self, **more: Any) -> dict[str, Any]:
        """As the verb wants them: what equals the default is left to the default."""
        values: dict[str, Any] = {k: v for k, v in self.typed.items() if k not in ("terms", "custom_days")}
        for name in ("legal_entity_id", "language"):
            if values[name] == self._defaults[name]:
                values[name] = ""
        lists = {"external_ids": self.external_ids, "tag_ids": self.tag_ids, "shipping_same": self.shipping_same}
        return values | lists | more

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
        await self._look_for_twin()

    async def _look_for_twin(self, email: str = "") -> None:
        found = await self._ask(lookalike, self.typed["company"], self._ein(), email, self.customer_id)
        self.hint = {"href": routes.profile(found.id), "company": found.company, "why": found.why} if found else {}

    def _ein(self) -> str:
        try:
            return normalise_ein(self.typed["ein"]) if self.typed["ein"] else ""
        except ValueError:
            return ""

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
    async def toggle_tag(self, tag_id: str):
        has = tag_id in self.tag_ids
        self.tag_ids = [t for t in self.tag_ids if t != tag_id] if has else [*self.tag_ids, tag_id]

    @rx.event
    @allow(*WRITERS)
    async def new_tag(self, name: str):
        if not name.strip():
            return None
        with self._refusals(PREFIX):
            tag = await self._run(_tag_named, name)
            self.tags = sorted([*self.tags, [tag.id, tag.name]], key=lambda pair: pair[1].casefold())
            self.tag_ids = [*self.tag_ids, tag.id]
            return rx.set_value(PREFIX + "new_tag", "")

    @rx.event
    @allow(*WRITERS)
    async def new_group(self, name: str):
        if not name.strip():
            return None
        with self._refusals(PREFIX):
            group = await self._run(_group_named, name)
            self.groups = sorted([*self.groups, [group.id, group.name]], key=lambda pair: pair[1].casefold())
            self.typed["group_id"] = group.id
            self.groups_version += 1
            return rx.set_value(PREFIX + "new_group", "")

    @rx.event
    @allow(*WRITERS)
    async def submit_details(self, form: Form):
        """Continue: everything is checked, everything is said, and the customer is saved as "setup not finished"."""
        self._take(form)
        found = self._check()
        self.warnings = {k: _plain(w) for k, w in found.warnings.items()}
        with self._refusals(PREFIX) as refused:
            if found.errors:
                raise Invalid.of(found.errors)
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
        if not refused:
            return rx.redirect(routes.customers(finish=self.customer_id), replace=True)

    def _take(self, form: Form) -> None:
        for name, value in form.items():
            if name in self.typed:
                self.typed[name] = value
            elif name.startswith("external_id_") and name[12:].isdecimal() and int(name[12:]) < len(self.external_ids):
                self.external_ids[int(name[12:])] = value.strip()

    # ---- step two

    @rx.event
    @allow(*WRITERS)
    async def user_left(self, index: int, name: str, value: str):
        if 0 <= index < len(self.users) and name in ROW:
            self.users[index][name] = value
            self.errors.pop(f"{name}_{index}", None)
            if name == "email":
                await self._look_for_twin(value)

    @rx.event
    @allow(*WRITERS)
    async def add_user(self):
        if len(self.users) < 50:
            self.users = [*self.users, dict.fromkeys(ROW, "")]
            self._look_at(f"{PREFIX}first_name_{len(self.users) - 1}")

    @rx.event
    @allow(*WRITERS)
    async def remove_user(self, index: int):
        if 0 < index < len(self.users):
            self.users = [user for i, user in enumerate(self.users) if i != index]
            self.errors, self.version = {}, self.version + 1
            self._look_at(f"{PREFIX}first_name_{index - 1}")

    @rx.event
    @allow(*WRITERS)
    async def choose_welcome(self, on: bool):
        self.welcome = on

    @rx.event
    @allow(*WRITERS)
    async def back(self):
        self.step, self.errors = 1, {}
        self._redraw()
        self._look_at(PREFIX + "company")

    @rx.event
    @allow(*WRITERS)
    async def submit_users(self, form: Form):
        """Create Customer: finishes the setup; a second click or another window finds it finished."""
        if not self.open or not self.customer_id:
            return None  # the second Enter of an impatient hand: the first one is on its way to the profile
        for i, user in enumerate(self.users):
            user.update({name: form.get(f"{name}_{i}", user[name]) for name in ROW})
        with self._refusals(PREFIX) as refused:
            await self._run(finish_customer, self.customer_id, self.users, welcome=self.welcome)
        self.errors = refused.errors
        finished = isinstance(refused.error, SetupFinished)
        if refused and not finished and not isinstance(refused.error, NotFound):
            return None
        done = self.customer_id
        self._blank()
        self._draft_key, self.open, self.step = "", False, 1
        if isinstance(refused.error, NotFound):
            return rx.redirect(routes.CUSTOMERS)
        return rx.redirect(routes.profile(done) + ("" if finished else "?created=1"))


def _choices(tx: Tx) -> tuple[CompanyView, Pairs, list[Any], list[Any]]:
    return company(tx), [list(pair) for pair in entity_names(tx)], group_choices(tx), tag_choices(tx)


def _defaults(us: CompanyView, entities: Pairs) -> dict[str, str]:
    country = country_pairs(us.countries)[0][0]
    choice, days = terms_choice(us.terms_days)
    return {
        "country": country,
        "currency": currency_of(country),
        "tax_rate": "0.00",
        "terms": choice,
        "custom_days": days,
        "language": us.language,
        "legal_entity_id": entities[0][0] if entities else "",
    }


def _tag_named(tx: Tx, name: str) -> Any:
    try:
        return save_tag(tx, "", {"name": name})
    except Invalid as refused:
        raise Invalid(new_tag=refused.message) from None


def _group_named(tx: Tx, name: str) -> Any:
    try:
        return save_group(tx, "", {"name": name})
    except Invalid as refused:
        raise Invalid(new_group=refused.message) from None


def _plain(warning: Any) -> dict[str, str]:
    return {"message": warning.message, "action": warning.action, "field": warning.field, "value": warning.value}
