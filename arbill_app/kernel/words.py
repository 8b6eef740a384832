"""How moments are written for people."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime


def day(moment: datetime | None, zone: str, locale: str = "en_US") -> str:
    """`Nov 21, 2026` in the reader's zone; empty for None."""
    return format_date(moment.astimezone(ZoneInfo(zone)), "medium", locale=locale) if moment else ""


def day_and_time(moment: datetime | None, zone: str, locale: str = "en_US") -> str:
    """`Nov 21, 2026, 3:04 PM`."""
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "MMM d, y, h:mm a", locale=locale) if moment else ""
