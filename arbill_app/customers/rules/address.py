"""Postal addresses: strict for the United States and Canada, by the country's own rules elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field

from arbill_app.customers.rules.countries import find_country, is_country
from arbill_app.customers.rules.postal import normalise_postal, postal_kind, region_of_postal
from arbill_app.customers.rules.regions import (
    Region,
    RegionName,
    address_rules,
    find_region,
    is_military,
    nearest_region,
    region_word,
    regions,
)
from arbill_app.kernel.errors import sentences
from arbill_app.kernel.problems import BadValue, Problem

_NEIGHBOUR = {"US": "CA", "CA": "US"}

_STATES_OF_THEIR_OWN = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "UM", "VI"})
"""Chosen as a country these are their own state, which the rules of the US mail want repeated."""

_OTTAWA = "K1A"
"""Federal offices across the river in Gatineau, Quebec, use this Ontario prefix too."""


@dataclass(frozen=True)
class Warning:
    """A doubt that doesn't stop anyone; `correction` labels a one-click correction: set `field` to `value`."""

    problem: Problem
    correction: Problem | None = None
    field: str = ""
    value: str = ""

    @property
    def message(self) -> str:
        return str(self.problem)

    @property
    def action(self) -> str:
        return str(self.correction or "")


@dataclass(frozen=True)
class AddressCheck:
    """`values` to store, and a problem per field; without any the address can be saved."""

    values: dict[str, str]
    problems: dict[str, Problem] = field(default_factory=dict)
    warnings: dict[str, Warning] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        return sentences(self.problems)


def check_address(line1: str, line2: str, city: str, region: str, postal_code: str, country: str) -> AddressCheck:
    """Check an address as typed; keys are address_line1, address_line2, city, region, postal_code, country.

    `country` may be a code or name, and is stored as ISO 3166 code. US and CA store the region's code.
    """
    typed = {
        "address_line1": line1,
        "address_line2": line2,
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": country,
    }
    check = AddressCheck({name: " ".join(text.split()) for name, text in typed.items()})
    _check_country(check)
    _rules_for(check.values["country"])(check)
    return check


def _check_country(check: AddressCheck) -> None:
    typed = check.values["country"]
    code = find_country(typed)
    if code:
        check.values["country"] = code
    elif typed:
        check.problems["country"] = Problem("address.unknown_country", typed=typed)
    else:
        check.problems["country"] = Problem("country.missing")


def _rules_for(country: str) -> Callable[[AddressCheck], None]:
    if country in _NEIGHBOUR:
        return _check_home
    return _check_abroad if is_country(country) else _check_anywhere


def _check_anywhere(check: AddressCheck) -> None:
    _require(check, "address_line1", Problem("address.line1_missing"))
    _require(check, "city", Problem("address.city_missing"))


def _require(check: AddressCheck, name: str, problem: Problem) -> None:
    if not check.values[name]:
        check.problems[name] = problem


def _check_home(check: AddressCheck) -> None:
    _check_anywhere(check)
    place = _check_home_postal(check)
    _check_home_region(check, place)
    _compare(check, place)


def _check_home_postal(check: AddressCheck) -> Region | None:
    """Normalise the code and return the region it belongs to."""
    country, typed = check.values["country"], check.values["postal_code"]
    try:
        code = normalise_postal(country, typed)
    except BadValue as refusal:
        check.problems["postal_code"] = _postal_refusal(country, typed, refusal.problem)
        return None
    check.values["postal_code"] = code
    return region_of_postal(country, code)


def _postal_refusal(country: str, typed: str, refusal: Problem) -> Problem:
    if not typed:
        return Problem("address.postal_missing", kind=postal_kind(country))
    try:
        meant = normalise_postal(_NEIGHBOUR[country], typed)
    except BadValue:
        return refusal
    if country == "US":
        return Problem("address.looks_canadian", postal=meant)
    return Problem("address.looks_american", postal=meant)


def _check_home_region(check: AddressCheck, place: Region | None) -> None:
    country, typed = check.values["country"], check.values["region"]
    region = find_region(country, typed)
    if region:
        check.values["region"] = region.code
    elif not typed:
        check.problems["region"] = _missing_region(country).hinting(_place_hint(check, place))
    else:
        refusal = Problem("address.not_a_state" if country == "US" else "address.not_a_province", typed=typed)
        check.problems["region"] = refusal.hinting(_region_hint(check, place))


def _region_hint(check: AddressCheck, place: Region | None) -> Problem | None:
    country, typed = check.values["country"], check.values["region"]
    neighbour = _NEIGHBOUR[country]
    if abroad := find_region(neighbour, typed):
        place_name = RegionName(neighbour, abroad.code)
        return Problem("address.is_in_us" if neighbour == "US" else "address.is_in_canada", place=place_name)
    near = nearest_region(country, typed)
    if near:
        return Problem("address.did_you_mean", meant=RegionName(country, near.code))
    return _place_hint(check, place)


def _place_hint(check: AddressCheck, place: Region | None) -> Problem | None:
    return _located(check, place) if place else None


def _located(check: AddressCheck, place: Region) -> Problem:
    short = check.values["postal_code"].partition("-")[0]
    name = RegionName(check.values["country"], place.code, inside=True)
    return Problem("address.postal_is_for" if is_military(place) else "address.postal_is_in", postal=short, place=name)


def _compare(check: AddressCheck, place: Region | None) -> None:
    """Warn of a postal code that belongs to another region than the one chosen, or to none."""
    if "postal_code" in check.problems:
        return
    if place is None:
        check.warnings["postal_code"] = _unused(check)
    elif "region" not in check.problems and not _belongs(check, place):
        use = Problem("address.use", place=RegionName(check.values["country"], place.code))
        check.warnings["postal_code"] = Warning(_located(check, place), use, "region", place.code)


def _unused(check: AddressCheck) -> Warning:
    short = check.values["postal_code"].partition("-")[0]
    return Warning(Problem("address.zip_unused", postal=short))


def _belongs(check: AddressCheck, place: Region) -> bool:
    region, code = check.values["region"], check.values["postal_code"]
    return region == place.code or (region == "QC" and code.startswith(_OTTAWA))


def _check_abroad(check: AddressCheck) -> None:
    _require_by_rules(check)
    _doubt_postal(check)
    _doubt_region(check)


def _require_by_rules(check: AddressCheck) -> None:
    country = check.values["country"]
    rules = address_rules(country)
    required = rules.required_fields if rules else set()
    _require(check, "address_line1", Problem("address.line1_missing"))
    if "city" in required:
        _require(check, "city", Problem("address.city_missing"))
    if "country_area" in required and country not in _STATES_OF_THEIR_OWN:
        _require(check, "region", _missing_region(country))
    if "postal_code" in required:
        _require(check, "postal_code", Problem("address.postal_missing", kind=postal_kind(country)))


def _missing_region(country: str) -> Problem:
    kind = region_word(country).lower()
    return Problem("address.region_missing" if regions(country) else "address.region_empty", kind=kind)


def _doubt_postal(check: AddressCheck) -> None:
    try:
        check.values["postal_code"] = normalise_postal(check.values["country"], check.values["postal_code"])
    except BadValue as doubt:
        check.warnings["postal_code"] = Warning(doubt.problem)


def _doubt_region(check: AddressCheck) -> None:
    country, typed = check.values["country"], check.values["region"]
    if not typed or not regions(country) or find_region(country, typed):
        return
    near = nearest_region(country, typed)
    doubt = Problem("address.region_unknown", kind=region_word(country).lower(), typed=typed)
    use = Problem("address.use", place=RegionName(country, near.code)) if near else None
    check.warnings["region"] = Warning(doubt, use, "region", near.name) if near else Warning(doubt)
