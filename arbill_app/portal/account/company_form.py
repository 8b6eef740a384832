"""The form about the company: which fields it has, how they are called, and what stands beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...customers.models import Customer, CustomerFields
from ...customers.rules.countries import HOME_COUNTRIES, country_name, is_country, order_countries
from ...customers.rules.postal import postal_label
from ...customers.rules.regions import find_region, region_label, region_names
from ...customers.validation import ADDRESS, check_place
from ...kernel.errors import sentences
from ...kernel.fields import label_of, limit_of
from ...kernel.problems import Problem, label_in
from ..gate import Gate
from ..i18n import Words

FIELDS = ("legal_name", *ADDRESS, "ein", "tax_id")
LABELS = {"region": region_label, "postal_code": postal_label}
COMPLETE = {
    "address_line1": "address-line1",
    "address_line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
    "country": "country",
}


@dataclass(frozen=True)
class Draft:
    """What was typed and what it started from (`was`); by field, what is wrong or doubtful.

    `who` changed it meanwhile: `was` is what stands there now, and in the fields `rival` something else was typed.
    """

    typed: Mapping[str, str]
    was: Mapping[str, str]
    errors: Mapping[str, Problem] = field(default_factory=dict)
    doubts: Mapping[str, Problem] = field(default_factory=dict)
    rival: frozenset[str] = frozenset()
    who: str = ""

    @classmethod
    def of(cls, gate: Gate) -> "Draft":
        stored = company_of(gate.customer)
        return cls(stored, stored)


@dataclass(frozen=True)
class Asked:
    """One field of the form; `most` is how many characters it takes."""

    name: str
    label: str
    value: str
    most: int
    complete: str
    optional: bool
    error: str
    doubt: str
    hint: str


def company_of(customer: Customer) -> dict[str, str]:
    return {name: getattr(customer, name) for name in FIELDS}


def as_stored(values: Mapping[str, str]) -> dict[str, str]:
    """At home a state or province is its code, as far as it is known; elsewhere what was typed is the name."""
    known = find_region(values["country"], values["region"]) if values["country"] in HOME_COUNTRIES else None
    return dict(values) | ({"region": known.code} if known else {})


def as_read(values: Mapping[str, str], language: str) -> dict[str, str]:
    """The other way: the code is ours."""
    names = region_names(values["country"], language) if values["country"] in HOME_COUNTRIES else {}
    return dict(values) | {"region": names.get(as_stored(values)["region"], values["region"])}


def countries(gate: Gate) -> list[str]:
    """Those that the partner bills, and where the customer is."""
    return order_countries([*gate.partner.countries, gate.customer.country])


def form_of(gate: Gate, draft: Draft) -> dict[str, Any]:
    shown = as_read(draft.typed, gate.say.language)
    country = draft.typed["country"] if is_country(draft.typed["country"]) else gate.customer.country
    return {
        "company": gate.customer.company,
        "partner": gate.partner.name,
        "asked": [
            _asked(gate.say, name, shown[name], draft, country) for name in FIELDS if _belongs(name, draft, country)
        ],
        "countries": [(code, country_name(code, gate.say.locale)) for code in countries(gate)],
        "regions": list(region_names(country, gate.say.language).values()),
        "was": json.dumps(dict(draft.was)),
        "doubted": known_doubts(draft.doubts),
        "error": _notice(gate, draft),
    }


def known_doubts(doubts: Mapping[str, Problem]) -> str:
    """What the form remembers of the doubts it showed: the same in every language."""
    return json.dumps(sentences(doubts)) if doubts else ""


def _belongs(name: str, draft: Draft, country: str) -> bool:
    """The EIN is the United States': elsewhere only whoever has one sees it."""
    return name != "ein" or country == "US" or bool(draft.typed["ein"] or draft.was["ein"])


def _asked(say: Words, name: str, shown: str, draft: Draft, country: str) -> Asked:
    return Asked(
        name=name,
        label=label_in(LABELS[name](country) if name in LABELS else label_of(CustomerFields, name), say.language),
        value=shown,
        most=limit_of(CustomerFields, name) or 0,
        complete=COMPLETE.get(name, "off"),
        optional=name != "country" and name not in check_place({"country": country}).problems,
        error=say.problem(draft.errors.get(name)),
        doubt=_doubt(say, name, draft),
        hint=say("Your invoices show it.") if name == "tax_id" else "",
    )


def _doubt(say: Words, name: str, draft: Draft) -> str:
    if name not in draft.rival:
        return say.problem(draft.doubts.get(name))
    theirs = as_read(draft.was, say.language)[name]
    return say("Now it is “%(value)s”.", value=theirs) if theirs else say("Now it is empty.")


def _notice(gate: Gate, draft: Draft) -> str:
    """Why nothing is saved, where no field says it. Colleagues by name; for all of the partner's people, its own."""
    if set(draft.errors) - set(FIELDS):
        return gate.say("This cannot be saved here. Ask %(partner)s to change it.", partner=gate.partner.name)
    if draft.doubts:
        return gate.say("Not saved yet: something here looks unusual. Check it, or save it anyway.")
    if not draft.who:
        return ""
    known = draft.who in {one.name for one in gate.colleagues()}
    author = draft.who if known else gate.partner.name
    return gate.say("%(who)s changed this while you were typing. Look through it, then save it again.", who=author)
