"""A whole copy of the SQLite database, taken while others read and write it: SQLite's own online backup."""

import os
import shlex
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from .errors import Conflict, Invalid, NotFound
from .settings import settings


def backup(target: Path) -> int:
    """Writes `target`, which only its owner may read, once the copy has proved whole: its size in bytes.

    Conflict when there is such a file, Invalid when it cannot be written or where the database is not SQLite's,
    NotFound when there is no database yet.
    """
    source = _source(target)
    try:
        with _reserved(target), _half(target) as half:
            _copy(source, half)
            half.replace(target)
    except FileExistsError:
        raise Conflict(f"{target} exists already. Choose another name.") from None
    except (OSError, sqlite3.Error) as failed:
        raise Invalid(f"{target} could not be written: {getattr(failed, 'strerror', None) or failed}.") from failed
    return target.stat().st_size


def _source(target: Path) -> Path:
    url = make_url(settings().database_url)
    if url.get_backend_name() != "sqlite":
        # Without the password, which belongs into ~/.pgpass.
        plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database).render_as_string()
        command = f"pg_dump --format=custom --file={shlex.quote(str(target))} {shlex.quote(plain)}"
        raise Invalid(f"PostgreSQL brings its own tool for this: {command}")
    file = Path(url.database or "")
    if not file.is_file():
        raise NotFound(f"There is no database at {file} yet.")
    return file


@contextmanager
def _reserved(target: Path) -> Iterator[None]:
    """Creates the file exclusively, and removes it when the backup fails: of two backups at once to one file, one is
    refused."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield
    except BaseException:
        target.unlink()
        raise


@contextmanager
def _half(target: Path) -> Iterator[Path]:
    """Where it is written at first, so that what bears the name is whole."""
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
    os.close(number)
    half = Path(name)
    try:
        yield half
    finally:
        half.unlink(missing_ok=True)


def _copy(source: Path, half: Path) -> None:
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    with closing(reading), closing(sqlite3.connect(half)) as copy:
        # All pages in one step see one moment, and hold up nobody who writes beside it.
        reading.backup(copy)
        # One file from now on: arbill goes back to a log beside it when it opens it.
        copy.execute("PRAGMA journal_mode=DELETE")
        found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise sqlite3.DatabaseError(f"the copy is not whole ({found[0]})")
