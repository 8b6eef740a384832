"""Sees to it that there is a Chromium: one on PATH, else Playwright's own, else the distribution's."""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from tests.browser import chromium_path, starts


def ensure() -> bool:
    return bool(chromium_path()) or _fetched() or _by_playwright() or _by_apt()


def _fetched() -> bool:
    with sync_playwright() as playwright:
        return starts(playwright.chromium.executable_path)


def _by_playwright() -> bool:
    print("No Chromium here: fetching Playwright's own…", flush=True)
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    # Fetched is not yet usable: a bare machine lacks the libraries that it links to.
    return done.returncode == 0 and _fetched()


def _by_apt() -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing Chromium with apt-get…", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], env=quiet)
    chromium_path.cache_clear()
    return bool(chromium_path())


if __name__ == "__main__":
    sys.exit(0 if ensure() else "There is no Chromium: install one, or name it in ARBILL_CHROMIUM.")
