"""Which database revision this program was made for: the newest file of alembic/versions, read without importing
alembic.

An older program beside a newer database does not know all that stands in it, and must leave its work alone.
"""

from functools import cache
from pathlib import Path

VERSIONS = Path(__file__).resolve().parents[3] / "alembic" / "versions"


@cache
def known() -> str:
    """The revision this program was made for. Files are called `0042_what.py` after theirs; a test compares."""
    return max((file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*_*.py")), default="")


def difference(found: str | None) -> str:
    """A sentence about a database of this revision, or "" where it is the one that is known."""
    if found == known():
        return ""
    if not found or found < known():
        return f"The database is older than this program ({found or 'empty'}, not {known()}): run arbill migrate."
    return f"The database is newer than this program ({found}, not {known()}): restart it with the new version."
