"""Which Chromium the journeys drive."""

import os
import shutil
import subprocess
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def chromium_path() -> str | None:
    """ARBILL_CHROMIUM, else one on PATH that starts (some are stubs), else None: Playwright's own."""
    if chosen := os.environ.get("ARBILL_CHROMIUM"):
        return chosen
    return next((path for name in NAMES if (path := shutil.which(name)) and starts(path)), None)


def starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
