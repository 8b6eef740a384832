"""Postal addresses: strict for the United States and Canada, by the country's own rules elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field

from arbill_app.customers.rules.countries import find_country, is_country
from arbill_app.customers.rules.postal import normalise_postal, postal_phrase, region_of_postal
from arbill_app.customers.rules.regions import (
    Region,
    address_rules,
    find_region,
    located,
    nearest_region,
    region_word,
    regions,
)

_REGIONS_OF = {"US": "a US state or territory", "CA": "a Canadian province or territory"}
_NEIGHBOUR = {"US": "CA", "CA": "US"}
_POSTAL_OF = {"US": "a US ZIP code", "CA": "a Canadian postal code"}
_COUNTRY_IN_SENTENCE = {"US": "the United States", "CA": "Canada"}

_STATES_OF_THEIR_OWN = frozenset({"AS", "FM", "GU", "MH", "MP", "PR", "PW", "UM", "VI"})
"""Chosen as a country these are their own state, which the rules of the US mail want repeated."""

_OTTAWA = "K1A"
"""Federal offices across the river in Gatineau, Quebec, use this Ontario prefix too."""


@dataclass(frozen=True)
class Warning:
    """A doubt that doesn't stop anyone; `action` labels a one-click correction: set `field` to `value`."""

    message: str
    action: str = ""
    field: str = ""
    value: str = ""


@dataclass(frozen=True)
class AddressCheck:
    """`values` to store, and a sentence per field; without `errors` the address can be saved."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, Warning] = field(default_factory=dict)


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
    else:
        check.errors["country"] = f"“{typed}” is not a country." if typed else "Choose a country."


def _rules_for(country: str) -> Callable[[AddressCheck], None]:
    if country in _REGIONS_OF:
        return _check_home
    return _check_abroad if is_country(country) else _check_anywhere


def _check_anywhere(check: AddressCheck) -> None:
    _require(check, "address_line1", "Enter the address.")
    _require(check, "city", "Enter the city.")


def _require(check: AddressCheck, name: str, sentence: str) -> None:
    if not check.values[name]:
        check.errors[name] = sentence


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
    except ValueError as refusal:
        check.errors["postal_code"] = _postal_refusal(country, typed, str(refusal))
        return None
    check.values["postal_code"] = code
    return region_of_postal(country, code)


def _postal_refusal(country: str, typed: str, refusal: str) -> str:
    if not typed:
        return f"Enter the {postal_phrase(country)}."
    neighbour = _NEIGHBOUR[country]
    try:
        return f"{normalise_postal(neighbour, typed)} looks like {_POSTAL_OF[neighbour]}."
    except ValueError:
        return refusal


def _check_home_region(check: AddressCheck, place: Region | None) -> None:
    country, typed = check.values["country"], check.values["region"]
    region = find_region(country, typed)
    if region:
        check.values["region"] = region.code
    elif typed:
        check.errors["region"] = f"“{typed}” is not {_REGIONS_OF[country]}.{_region_hint(check, place)}"
    else:
        check.errors["region"] = f"Choose a {region_word(country).lower()}.{_place_hint(check, place)}"


def _region_hint(check: AddressCheck, place: Region | None) -> str:
    country, typed = check.values["country"], check.values["region"]
    neighbour = _NEIGHBOUR[country]
    if abroad := find_region(neighbour, typed):
        return f" {abroad.name} is in {_COUNTRY_IN_SENTENCE[neighbour]}."
    near = nearest_region(country, typed)
    return f" Did you mean {near.name}?" if near else _place_hint(check, place)


def _place_hint(check: AddressCheck, place: Region | None) -> str:
    return f" {_located(check, place)}" if place else ""


def _located(check: AddressCheck, place: Region) -> str:
    short = check.values["postal_code"].partition("-")[0]
    return f"{short} {located(place)}."


def _compare(check: AddressCheck, place: Region | None) -> None:
    """Warn of a postal code that belongs to another region than the one chosen, or to none."""
    if "postal_code" in check.errors:
        return
    if place is None:
        check.warnings["postal_code"] = _unused(check)
    elif "region" not in check.errors and not _belongs(check, place):
        use = f"Use {place.name}"
        check.warnings["postal_code"] = Warning(_located(check, place), use, "region", place.code)


def _unused(check: AddressCheck) -> Warning:
    short = check.values["postal_code"].partition("-")[0]
    return Warning(f"No US state or territory has the ZIP code {short}. Check it.")


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
    _require(check, "address_line1", "Enter the address.")
    if "city" in required:
        _require(check, "city", "Enter the city.")
    if "country_area" in required and country not in _STATES_OF_THEIR_OWN:
        _require(check, "region", _missing_region(country))
    if "postal_code" in required:
        _require(check, "postal_code", f"Enter the {postal_phrase(country)}.")


def _missing_region(country: str) -> str:
    word = region_word(country).lower()
    if not regions(country):
        return f"Enter the {word}."
    return f"Choose {'an' if word[0] in 'aeiou' else 'a'} {word}."


def _doubt_postal(check: AddressCheck) -> None:
    try:
        check.values["postal_code"] = normalise_postal(check.values["country"], check.values["postal_code"])
    except ValueError as doubt:
        check.warnings["postal_code"] = Warning(str(doubt))


def _doubt_region(check: AddressCheck) -> None:
    country, typed = check.values["country"], check.values["region"]
    if not typed or not regions(country) or find_region(country, typed):
        return
    word, near = region_word(country).lower(), nearest_region(country, typed)
    sentence = f"“{typed}” is not a known {word}."
    action = (f"Use {near.name}", "region", near.name) if near else ()
    check.warnings["region"] = Warning(sentence, *action)
