"""What the settings offer of the world: all countries, and time zones by their names in the zone database."""

from functools import cache
from zoneinfo import available_timezones

from ....customers.rules.countries import all_countries, order_countries
from ...shell.choices import Pairs, country_pairs

NEAR = {
    "America/New_York": "Eastern Time – New York",
    "America/Chicago": "Central Time – Chicago",
    "America/Denver": "Mountain Time – Denver",
    "America/Phoenix": "Mountain Time, no daylight saving – Phoenix",
    "America/Los_Angeles": "Pacific Time – Los Angeles",
    "America/Anchorage": "Alaska Time – Anchorage",
    "Pacific/Honolulu": "Hawaii Time – Honolulu",
    "America/Puerto_Rico": "Atlantic Time – Puerto Rico",
    "America/Toronto": "Eastern Time – Toronto",
    "America/Winnipeg": "Central Time – Winnipeg",
    "America/Regina": "Central Time, no daylight saving – Regina",
    "America/Edmonton": "Mountain Time – Edmonton",
    "America/Vancouver": "Pacific Time – Vancouver",
    "America/Halifax": "Atlantic Time – Halifax",
    "America/St_Johns": "Newfoundland Time – St. John’s",
}
CONTINENTS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zone_name(zone: str) -> str:
    return NEAR.get(zone) or zone.replace("_", " ")


@cache
def near_zones() -> Pairs:
    return [[zone, name] for zone, name in NEAR.items()]


@cache
def other_zones() -> Pairs:
    named = [zone for zone in available_timezones() if zone.split("/")[0] in CONTINENTS and zone not in NEAR]
    return [[zone, zone_name(zone)] for zone in sorted([*named, "UTC"])]


@cache
def every_country() -> Pairs:
    return country_pairs(order_countries(code for code, _ in all_countries()))
