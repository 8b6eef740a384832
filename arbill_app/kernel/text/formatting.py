"""How moments are written for people."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

SECRETS = {"code"}  # values of messages that open something: not in subjects, encrypted, not kept once delivered


def day(moment: datetime | None, zone: str, locale: str = "en_US") -> str:
    """`Nov 21, 2026` in the reader's zone; empty for None."""
    return _day(moment.astimezone(ZoneInfo(zone)).date(), locale) if moment else ""


@lru_cache(maxsize=4096)
def _day(date_: date, locale: str) -> str:
    # A list repeats the same few days; formatting them is most of what a page costs.
    return format_date(date_, "medium", locale=locale)


def day_and_time(moment: datetime | None, zone: str, locale: str = "en_US") -> str:
    """`Nov 21, 2026, 3:04 PM`."""
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "MMM d, y, h:mm a", locale=locale) if moment else ""


def date_text(day: date | None, locale: str = "en_US") -> str:
    """`Nov 21, 2026`; empty for None."""
    return _day(day, locale) if day else ""


def days_between(day: date, today: date) -> str:
    """How a due date lies from today: "today", "in 1 day", "3 days ago"."""
    away = (day - today).days
    if away == 0:
        return "today"
    days = f"{abs(away)} day{'' if abs(away) == 1 else 's'}"
    return f"in {days}" if away > 0 else f"{days} ago"
