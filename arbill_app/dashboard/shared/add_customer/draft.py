"""What the modal "Add customer" holds while it is filled in: what is typed, what is wrong with it, the choices."""

import uuid
from typing import Any

import reflex as rx

from ....customers.commands.lifecycle import SHIPPING, check_new
from ....customers.rules import terms
from ....customers.rules.countries import currency_of
from ....customers.rules.ein import normalise_ein
from ....customers.rules.postal import postal_label
from ....customers.rules.regions import region_label
from ....customers.validation import ADDRESS
from ....customers.views.duplicates import find_duplicate
from ....customers.views.labels import group_choices, tag_choices
from ....kernel.db.transactions import Tx
from ....kernel.problems import BadValue
from ....partners.views import CompanyView, company, entity_names
from ...shell import routes
from ...shell.access import Form
from ...shell.choices import (
    CUSTOM,
    LANGUAGES,
    TERMS,
    Pairs,
    by_value,
    country_pairs,
    currency_pairs,
    region_pairs,
    terms_choice,
)
from ...shell.label_picker import LabelPicker

FIELDS = ("company", "legal_name", "ein", *ADDRESS, "currency", "tax_rate", "tax_id", "terms", "custom_days")
MORE = ("legal_entity_id", "group_id", "language", *(SHIPPING + name for name in ADDRESS))
IN_MORE = ("currency", "tax_rate", "tax_id", "terms", "custom_days", *MORE)
ROW = ("first_name", "last_name", "email")
PREFIX = "add-"


class Draft(LabelPicker, mixin=True):
    open: bool = False
    step: int = 1
    version: int = 0
    customer_id: str = ""
    external_ids: list[str] = [""]
    shipping_same: bool = True
    more_open: bool = False
    users: list[dict[str, str]] = []
    welcome: bool = True
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

    _draft_key: str = ""
    _finished: str = ""
    # The screen the modal was opened on, where that is not the customers list: it stays there, and takes the customer.
    _guest_of: str = ""
    _touched: list[str] = []
    _defaults: dict[str, str] = {}
    _group_defaults: dict[str, dict[str, str]] = {}

    def _prefix(self) -> str:
        return PREFIX

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

    def _summarise(self) -> None:
        place = ", ".join(part for part in (self.typed["city"], self.typed["region"]) if part)
        days = by_value(TERMS).get(self.typed["terms"], "")
        if self.typed["terms"] == CUSTOM:
            days = f"Net {self.typed['custom_days']}"
        parts = [place, self.typed["currency"], days, f"tax {self.typed['tax_rate']}%"]
        self.summary = " · ".join(part for part in parts if part)

    def _check(self) -> Any:
        try:
            self._terms()
        except BadValue as wrong:
            found = check_new(self._values(terms_days=None))
            found.problems["custom_days"] = wrong.problem
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

    def _take(self, form: Form) -> None:
        for name, value in form.items():
            if name in self.typed:
                self.typed[name] = value
            elif name.startswith("external_id_") and name[12:].isdecimal() and int(name[12:]) < len(self.external_ids):
                self.external_ids[int(name[12:])] = value.strip()

    async def _look_for_duplicate(self, email: str = "") -> None:
        found = await self._ask(find_duplicate, self.typed["company"], self._ein(), email, self.customer_id)
        self.hint = {"href": routes.profile(found.id), "company": found.company, "why": found.why} if found else {}

    def _ein(self) -> str:
        try:
            return normalise_ein(self.typed["ein"]) if self.typed["ein"] else ""
        except ValueError:
            return ""


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
