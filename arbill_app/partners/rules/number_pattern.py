"""How a document's number is written: `INV-{year}-{number:4}` gives INV-2026-0042.

`{number}` is the counter, `{number:4}` with at least four digits. With `{year}` the counter begins anew each year.
"""

import re

INVOICE, CREDIT_NOTE = "INV-{number:4}", "CN-{number:4}"
PART = re.compile(r"\{(year|number)(?::([1-9]))?\}")
PLAIN = re.compile(r"[A-Za-z0-9/_. -]*")


def check(pattern: str) -> str:
    """The pattern, or ValueError with a sentence."""
    parts = PART.findall(pattern)
    names = [name for name, _ in parts]
    if names.count("number") != 1:
        raise ValueError("A pattern holds {number} once, such as INV-{number:4}.")
    if names.count("year") > 1 or any(name == "year" and width for name, width in parts):
        raise ValueError("A pattern holds {year} at most once.")
    if not PLAIN.fullmatch(PART.sub("", pattern)):
        raise ValueError("Beside {year} and {number}, use letters, digits and - / . _ only.")
    return pattern


def write(pattern: str, year: int, number: int) -> str:
    def part(found: re.Match[str]) -> str:
        return str(year) if found[1] == "year" else f"{number:0{found[2] or 1}}"

    return PART.sub(part, pattern)


def period(pattern: str, year: int) -> str:
    """What the counter counts within: the year where the pattern names it, else everything."""
    return str(year) if "{year}" in pattern else ""
