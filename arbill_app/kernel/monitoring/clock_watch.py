"""Notices that the clock of this machine was set, or differs from the clock of the database.

Time is measured twice: by the clock that people set, and by one that only counts on. Where the two drift apart, the
first one was moved.
"""

import time
from datetime import datetime, timedelta

from .. import clock

SKEW = timedelta(minutes=1)  # clocks of machines may differ by this much without a warning


def steady() -> timedelta:
    """Counts on, also while the machine sleeps where the system can say that."""
    which = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return timedelta(seconds=time.clock_gettime(which))


class ClockWatch:
    """Of one process. `jump` and `at` are the last move of the clock; forward is positive."""

    def __init__(self) -> None:
        self._wall, self._steady = clock.now(), steady()
        self.jump: timedelta = timedelta()
        self.at: datetime | None = None

    def look(self) -> timedelta:
        """By how much the clock was moved since the last look; nothing where that is less than SKEW."""
        wall, counted = clock.now(), steady()
        moved = (wall - self._wall) - (counted - self._steady)
        self._wall, self._steady = wall, counted
        if abs(moved) < SKEW:
            return timedelta()
        self.jump, self.at = moved, wall
        return moved


def by(moved: timedelta) -> str:
    """ "2 hours ahead", "5 minutes back"."""
    minutes = int(abs(moved).total_seconds() // 60)
    much = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return f"{much} {'ahead' if moved > timedelta() else 'back'}"
