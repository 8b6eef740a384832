"""`make test`: four runs of pytest, one after another, and one summary at the end.

Apart, because the synchronous Playwright keeps an event loop running that asynchronous tests trip over, and because
tests of survival shoot processes and fill disks.
"""

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests import install_browser, services

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "test-results"
APART = ("survival", "security", "journeys")
# The aim is 25 minutes on two quiet cores; machines are not always quiet, and a hang must end.
BUDGET = 65 * 60
NO_TESTS = 5
TOO_LONG = 124


@dataclass
class Run:
    name: str
    code: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> bool:
        return self.code not in (0, NO_TESTS)


def main(arguments: list[str]) -> int:
    began = time.monotonic()
    lacking = services.missing()
    runs = []
    for name, words in plan():
        if name == "journeys" and not install_browser.ensure():
            lacking.append("Chromium (for the journeys)")
        else:
            runs.append(pytest(name, [*words, *arguments], BUDGET - (time.monotonic() - began)))
    failed = all(run.code == NO_TESTS for run in runs) or any(run.failed for run in runs)
    failed |= bool(lacking) and os.environ.get("CI") == "true"
    summarise(runs, lacking, time.monotonic() - began, failed)
    return int(failed)


def plan() -> list[tuple[str, list[str]]]:
    fast = ["tests", *(f"--ignore=tests/{name}" for name in APART), "-n", "2"]
    wanted = [("fast", fast), *((name, [f"tests/{name}"]) for name in APART)]
    return [(name, words) for name, words in wanted if (ROOT / words[0]).is_dir()]


def pytest(name: str, words: list[str], seconds: float) -> Run:
    print(f"\n──── {name}", flush=True)
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "pytest", *words, f"--junitxml={report}"], cwd=ROOT)
    return Run(name, _wait(process, max(seconds, 1)), _counts(report))


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        print(f"\nAll runs together may take {BUDGET // 60} minutes: stopping this one.", flush=True)
        # As Ctrl-C does, so that pytest says where it was and stops the servers that it started.
        process.send_signal(signal.SIGINT)
    except KeyboardInterrupt:
        pass
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
    return TOO_LONG


def _counts(report: Path) -> Counter[str]:
    if not report.is_file():
        return Counter()
    suite = next(ET.parse(report).iter("testsuite"))
    counts = Counter({kind: int(suite.get(kind, 0)) for kind in ("failures", "errors", "skipped")})
    counts["passed"] = int(suite.get("tests", 0)) - counts.total()
    return counts


def summarise(runs: list[Run], lacking: list[str], seconds: float, failed: bool) -> None:
    print("\n──── summary")
    for lack in lacking:
        print(f"*** NOT TESTED: this machine has no {lack} ***")
    for run in runs:
        print(f"{run.name:<10}{_words(run.counts)}{'  <- FAILED' if run.failed else ''}")
    total = sum((run.counts for run in runs), Counter())
    print(f" {_words(total)} in {seconds:.2f}s {'- FAILED ' if failed else ''}".center(80, "="), flush=True)


def _words(counts: Counter[str]) -> str:
    names = {"failures": "failed", "passed": "passed", "skipped": "skipped", "errors": "errors"}
    said = [f"{counts[kind]} {word}" for kind, word in names.items() if counts[kind]]
    return ", ".join(said) or "no tests ran"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
