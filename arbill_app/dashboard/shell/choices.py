"""What the forms offer to choose from: [value, label] pairs, as the selects and comboboxes want them."""

from babel import Locale

from ...customers.rules import terms
from ...customers.rules.countries import HOME_COUNTRIES, country_name, currencies, order_countries
from ...customers.rules.regions import regions

Pairs = list[list[str]]
LANGUAGES: Pairs = [["en", "English"], ["fr", "Français"], ["es", "Español"]]
CUSTOM = "custom"
TERMS: Pairs = [[str(days), terms.write(days)] for days in terms.USUAL] + [[CUSTOM, "Custom days"]]
FLOWS: Pairs = [["manual", "Manual"], ["automatic", "Send automatically"]]


def by_value(pairs: Pairs) -> dict[str, str]:
    """Value -> label."""
    return {pair[0]: pair[1] for pair in pairs}


def country_pairs(codes: list[str]) -> Pairs:
    return [[code, country_name(code)] for code in order_countries(codes)]


def region_pairs(country: str) -> Pairs:
    """Codes for the United States and Canada; elsewhere the name itself is what is written on the letter."""
    return [[r.code if country in HOME_COUNTRIES else r.name, r.name] for r in regions(country)]


def currency_pairs() -> Pairs:
    return [[code, f"{code} – {name}"] for code, name in currencies()]


def language_name(code: str) -> str:
    return by_value(LANGUAGES).get(code) or (Locale.parse(code, sep="-").get_display_name("en") or code)


def terms_choice(days: int | None) -> tuple[str, str]:
    """(the select's value, the days beside it) for stored terms."""
    if days is None:
        return "", ""
    return (str(days), "") if days in terms.USUAL else (CUSTOM, str(days))
