"""Validation of step one of the modal and of the profile's sections: all errors at once, warnings separately."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ..kernel.errors import Invalid, sentences
from ..kernel.fields import explain
from ..kernel.problems import Problem
from ..kernel.text.search_keys import printable
from .models import AddressFields, BusinessFields, CustomerFields, TaxFields
from .rules.address import Warning, check_address
from .rules.countries import currency_of, is_country, is_currency
from .rules.ein import ein_warning
from .rules.taxid import check_tax_id

ADDRESS = tuple(AddressFields.model_fields)


@dataclass
class Checked:
    """`values` is complete and normalised only while there are no `problems`."""

    values: dict[str, Any]
    problems: dict[str, Problem] = field(default_factory=dict)
    warnings: dict[str, Warning] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        return sentences(self.problems)

    def accepted(self) -> dict[str, Any]:
        if self.problems:
            raise Invalid.of(self.problems)
        return self.values


def check_customer(typed: Mapping[str, Any]) -> Checked:
    """Business, address and tax of a customer, as step one asks them."""
    typed = _printable(typed)
    checked = _check_model(CustomerFields, typed)
    _add_address(checked, typed)
    _add_business(checked, typed)
    checked.values["currency"] = checked.values.get("currency") or currency_of(str(typed.get("country") or "US"))
    _add_tax(checked, str(typed.get("country") or ""), typed)
    return _in_order(checked)


def check_business(typed: Mapping[str, Any]) -> Checked:
    checked = _check_model(BusinessFields, typed)
    _add_business(checked, typed)
    if not typed.get("currency"):
        checked.problems["currency"] = Problem("currency.missing")
    return _in_order(checked)


def check_place(typed: Mapping[str, Any]) -> Checked:
    typed = _printable(typed)
    checked = _check_model(AddressFields, typed)
    _add_address(checked, typed)
    return _in_order(checked)


def check_tax(typed: Mapping[str, Any], country: str) -> Checked:
    """`country` is the billing country: it counts where the tax country is left open."""
    typed = _printable(typed)
    checked = _check_model(TaxFields, typed)
    _add_tax(checked, str(typed.get("tax_country") or country), typed)
    if typed.get("tax_country") and not is_country(str(typed["tax_country"])):
        checked.problems["tax_country"] = Problem("country.missing")
    if typed.get("tax_exempt") and not str(typed.get("tax_certificate") or "").strip():
        checked.problems.setdefault("tax_certificate", Problem("tax.certificate_missing"))
    return _in_order(checked)


def _printable(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Removes control characters before the rules of addresses and tax IDs see the text: what these return is stored
    unchanged."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in typed.items()}


def _check_model(model: type[Any], typed: Mapping[str, Any]) -> Checked:
    known = {name: value for name, value in typed.items() if name in model.model_fields}
    try:
        return Checked(model.model_validate(known).model_dump())
    except ValidationError as error:
        return Checked(dict(known), explain(model, error))


def _add_address(checked: Checked, typed: Mapping[str, Any]) -> None:
    parts = {name: str(typed.get(name) or "") for name in ADDRESS}
    line1, line2, city, region, postal, country = (parts[name] for name in ADDRESS)
    if not is_country(country):
        checked.problems["country"] = Problem("country.missing")
        return
    found = check_address(line1, line2, city, region, postal, country)
    for name, problem in found.problems.items():
        checked.problems.setdefault(name, problem)
    checked.values |= found.values
    checked.warnings |= found.warnings


def _add_business(checked: Checked, typed: Mapping[str, Any]) -> None:
    currency = str(typed.get("currency") or "")
    if currency and not is_currency(currency):
        checked.problems["currency"] = Problem("customer.unknown_currency")
    ein = str(checked.values.get("ein") or "")
    if ein and "ein" not in checked.problems and (doubt := ein_warning(ein)):
        checked.warnings["ein"] = Warning(doubt)


def _add_tax(checked: Checked, country: str, typed: Mapping[str, Any]) -> None:
    value, error, warning = check_tax_id(country, str(typed.get("tax_id") or ""))
    checked.values["tax_id"] = value
    if error:
        checked.problems.setdefault("tax_id", error)
    if warning:
        checked.warnings["tax_id"] = Warning(warning)


def _in_order(checked: Checked) -> Checked:
    """The first error is the first on the screen: it gets the focus."""
    place = {name: i for i, name in enumerate(SCREEN_ORDER)}
    checked.problems = dict(sorted(checked.problems.items(), key=lambda item: place.get(item[0], 99)))
    return checked


SCREEN_ORDER = (
    "company",
    "legal_name",
    "ein",
    *ADDRESS,
    "currency",
    "flow",
    "tax_country",
    "tax_rate",
    "tax_id",
    "tax_exempt",
    "tax_certificate",
    "terms_days",
    "legal_entity_id",
    "language",
)
