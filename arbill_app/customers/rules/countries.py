"""Countries (ISO 3166) and currencies (ISO 4217): names, display order, decimals.

Names come from babel (CLDR), lists of codes from pycountry and the ISO 4217 table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from arbill_app.kernel.text.search_keys import fold

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from babel import Locale

HOME_COUNTRIES = ("US", "CA")
HOME_CURRENCIES = ("USD", "CAD")

_NOT_MONEY = frozenset({"XAD", "UYW"})
"""Units of account that the table does not mark as such."""

_COUNTRY_ALIASES = {
    "US": ["america", "united states of america", "usa"],
    "GB": ["uk", "great britain", "britain", "england", "scotland", "wales", "northern ireland"],
    "AE": ["uae"],
    "KR": ["korea"],
    "HK": ["hong kong"],
    "MO": ["macau", "macao"],
    "CZ": ["czech republic"],
    "NL": ["holland"],
    "TR": ["turkey"],
}

_TENDER_NEWER_THAN_BABEL = {"BG": "EUR"}
"""Bulgaria pays in euros since January 2026; babel 2.18 does not know it yet."""

_TAKES_ARTICLE = re.compile(
    r"^(United|Netherlands|Bahamas|Philippines|Maldives|Comoros|Gambia|Vatican|Isle of)\b"
    r"| (Islands|Republic|Territor)"
)


def is_country(code: str) -> bool:
    """True for an ISO 3166-1 alpha-2 code in capitals."""
    return code in _country_codes()


def find_country(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code a person means by a code or name in any case, or None.

    Understands "us", "USA", "U.S.", "Canada", "Germany", "Allemagne": names in English and French.
    """
    return _country_spellings().get(fold(text).replace(".", ""))


@lru_cache(maxsize=4096)
def country_name(code: str, language: str = "en") -> str:
    """Return the usual name, "United States"; an unknown code is its own name.

    `language` is a tag such as "fr" or "fr-CA"; an unknown one means English.
    """
    return str(_locale(language).territories.get(code, code))


def country_phrase(code: str) -> str:
    """Return the English name as it stands inside a sentence: "the Netherlands", "Germany"."""
    name = country_name(code)
    return f"the {name}" if _TAKES_ARTICLE.search(name) else name


@dataclass(frozen=True)
class CountryName:
    """A country inside a sentence, in the reader's language."""

    code: str

    def text(self, locale: str) -> str:
        return country_phrase(self.code) if locale.startswith("en") else country_name(self.code, locale)


def all_countries(language: str = "en") -> list[tuple[str, str]]:
    """Return every (code, name), alphabetical by name."""
    named = [(code, country_name(code, language)) for code in _country_codes()]
    return sorted(named, key=lambda pair: fold(pair[1]))


def order_countries(codes: Iterable[str]) -> list[str]:
    """Return the codes once each: United States, Canada, then the rest by English name."""
    return sorted(set(codes), key=lambda code: (_home_rank(HOME_COUNTRIES, code), fold(country_name(code))))


def currency_of(country: str) -> str:
    """Return the ISO 4217 code of the country's current legal tender; USD where there is none.

    Of several tenders its own wins (Lesotho: LSL, not ZAR), told by the country code it starts with.
    """
    tenders = [_TENDER_NEWER_THAN_BABEL.get(country, code) for code in _tenders(country)]
    own = [code for code in tenders if code.startswith(country)]
    return (own or tenders or ["USD"])[0]


def is_currency(code: str) -> bool:
    """True for an ISO 4217 code of money: no metals, funds or test codes."""
    return code in _currency_digits()


def digits(code: str) -> int:
    """Return the number of decimals: 2 for USD, 0 for JPY. Raises KeyError for an unknown code."""
    return _currency_digits()[code]


def currencies(language: str = "en") -> list[tuple[str, str]]:
    """Return every (code, name): USD, CAD, then the rest by code."""
    names = _locale(language).currencies
    codes = sorted(_currency_digits(), key=lambda code: (_home_rank(HOME_CURRENCIES, code), code))
    return [(code, names.get(code, code)) for code in codes]


def _home_rank(home: tuple[str, ...], code: str) -> int:
    return home.index(code) if code in home else len(home)


@cache
def _iso_countries() -> list[Any]:
    import pycountry  # slow to import, and only this needs it

    return list(pycountry.countries)


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in _iso_countries())


@cache
def _country_spellings() -> dict[str, str]:
    found = {alias: code for code, aliases in _COUNTRY_ALIASES.items() for alias in aliases}
    for row in _iso_countries():
        names = country_name(row.alpha_2), country_name(row.alpha_2, "fr")
        for spelling in (*(value for _, value in row), *names):
            found[fold(spelling).replace(".", "")] = row.alpha_2
    return found


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@lru_cache(maxsize=512)
def _tenders(country: str) -> list[str]:
    from babel.numbers import get_territory_currencies

    # A far day asks for the tenders without an end, so the answer doesn't depend on the clock.
    return get_territory_currencies(country, start_date=date(9999, 1, 1))


@cache
def _currency_digits() -> dict[str, int]:
    import iso4217

    rows = iso4217.raw_xml.iter("CcyNtry")
    return dict(filter(None, map(_money, rows)))


def _money(row: Element) -> tuple[str, int] | None:
    code, decimals = row.findtext("Ccy"), row.findtext("CcyMnrUnts", "")
    if not code or code in _NOT_MONEY or not decimals.isdigit() or row.find("CcyNm[@IsFund]") is not None:
        return None
    return code, int(decimals)
