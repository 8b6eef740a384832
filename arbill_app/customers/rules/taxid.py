"""Tax identification numbers: strict for the United States and Canada, a hint elsewhere."""

import re
from functools import lru_cache
from typing import Any

from arbill_app.customers.rules.countries import CountryName, is_country
from arbill_app.customers.rules.ein import ein_warning, is_ssn_layout, normalise_ein
from arbill_app.kernel.problems import BadValue, Problem

BN_FORMAT = Problem("tax_id.bn_malformed")
BN_CHECK_DIGIT = Problem("tax_id.bn_check_digit")
Found = tuple[str, Problem | None, Problem | None]

_BUSINESS_NUMBER = re.compile(r"([0-9]{9})(R[CMPRTZ][0-9]{4})?")
_NUMBERS_OF_A_BUSINESS = (
    *("vat", "tin", "businessid", "orgnr", "uid", "siren", "siret", "utr", "stnr", "wkn"),
    *("idno", "edrpou", "pan", "acn", "cpf", "nif", "cif"),
)
"""Names of stdnum modules, the VAT number first: any that fits will do."""


def check_tax_id(country: str, text: str) -> Found:
    """Return (value, error, warning) for a customer's tax ID; both problems are None if it is fine.

    US: EIN as "12-3456789", or a number grouped like an SSN or ITIN. CA: business number of the CRA, maybe
    with a programme account. Others: a warning only (stdnum). Empty text and unknown countries pass.
    """
    typed = " ".join(text.split())
    if not typed:
        return "", None, None
    check = {"US": _check_us, "CA": _check_ca}.get(country)
    return check(typed) if check else (typed, None, _hint(country, typed))


def _check_us(typed: str) -> Found:
    if is_ssn_layout(typed):
        return re.sub(r"\D", "-", typed), None, None
    try:
        ein = normalise_ein(typed)
    except BadValue as refusal:
        return typed, refusal.problem, None
    return ein, None, ein_warning(ein)


def _check_ca(typed: str) -> Found:
    from stdnum import luhn

    number = re.sub("[ /‐-―−-]", "", typed).upper()
    match = _BUSINESS_NUMBER.fullmatch(number)
    if not match:
        return typed, BN_FORMAT, None
    return (number, None, None) if luhn.is_valid(match[1]) else (typed, BN_CHECK_DIGIT, None)


def _hint(country: str, typed: str) -> Problem | None:
    kinds = _kinds_of_number(country)
    if not kinds or any(kind.is_valid(typed) for kind in kinds):
        return None
    return Problem("tax_id.unusual", country=CountryName(country))


@lru_cache(maxsize=512)
def _kinds_of_number(country: str) -> list[Any]:
    from stdnum import get_cc_module

    if not is_country(country):
        return []
    found = (get_cc_module(country, name) for name in _NUMBERS_OF_A_BUSINESS)
    return [kind for kind in found if hasattr(kind, "is_valid")]
