import time_machine

from arbill_app.kernel import clock
from arbill_app.kernel.text.formatting import day, day_and_time


@time_machine.travel("2026-11-21T03:04:00Z", tick=False)
def test_a_day_belongs_to_a_time_zone():
    assert clock.today("America/New_York").isoformat() == "2026-11-20"
    assert clock.today("Europe/Paris").isoformat() == "2026-11-21"
    assert day(clock.now(), "America/New_York") == "Nov 20, 2026"


@time_machine.travel("2026-11-21T20:04:00Z", tick=False)
def test_moments_are_written_in_the_readers_zone():
    assert day_and_time(clock.now(), "America/New_York").replace("\u202f", " ") == "Nov 21, 2026, 3:04 PM"
    assert day(None, "UTC") == day_and_time(None, "UTC") == ""
