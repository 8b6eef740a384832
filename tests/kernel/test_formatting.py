from datetime import UTC, date, datetime

import pytest

from arbill_app.kernel.text.formatting import date_text, day, day_and_time, days_between

MOMENT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "said"),
    [
        (date(2026, 11, 21), "today"),
        (date(2026, 11, 22), "in 1 day"),
        (date(2026, 12, 21), "in 30 days"),
        (date(2026, 11, 20), "1 day ago"),
        (date(2025, 11, 21), "365 days ago"),
    ],
)
def test_how_far_away_a_day_is(due, said):
    assert days_between(due, date(2026, 11, 21)) == said


def test_a_moment_is_written_where_the_reader_is():
    assert day(MOMENT, "America/New_York") == "Nov 21, 2026"
    assert day(MOMENT, "UTC") == "Nov 22, 2026"
    assert day_and_time(MOMENT, "America/New_York") == "Nov 21, 2026, 10:04 PM"


def test_a_day_is_written_as_its_reader_does():
    assert date_text(date(2026, 11, 21)) == "Nov 21, 2026"
    assert date_text(date(2026, 11, 21), "fr_CA") == "21 nov. 2026"


def test_no_moment_is_no_text():
    assert day(None, "UTC") == day_and_time(None, "UTC") == date_text(None) == ""
