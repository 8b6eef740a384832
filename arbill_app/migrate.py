"""Brings a database to the newest shape: alembic's `upgrade head` (see pyproject.toml) and the engine's own tables."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from arbill_app.kernel.db.schema import difference, known
from arbill_app.kernel.db.transactions import make_engine
from arbill_app.kernel.encryption.key_check import check_key
from arbill_app.kernel.errors import Conflict
from arbill_app.kernel.jobs import runner
from arbill_app.kernel.settings import settings

ROOT = Path(__file__).resolve().parent.parent
LOCK = 7230498  # any number that nobody else locks in this database
LOOK = 0.2  # seconds
ENCRYPTS = "0008"  # the migration that brought the table with a sample of the secret key


def upgrade(url: str | None = None) -> None:
    """`url` is for tests; otherwise alembic/env.py asks the settings."""
    # Imported here: alembic costs a second, and most commands do without it.
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=ROOT / "pyproject.toml")
    if url:
        # env.py reads `context.config.attributes.get("url")` before the settings.
        config.attributes["url"] = url
    where = url or settings().database_url
    with one_after_another(where):
        plain = _has_plain_secrets(where)
        command.upgrade(config, "head")
        runner.migrate(where)
        if plain:
            _overwrite_free_pages(where)


def bring_up_to_date() -> tuple[str, str]:
    """`upgrade` of one's own database, with the secret key it belongs to: the migrations before and after ("" is none).

    Raises WrongKey before anything is changed or encrypted with another key, and Conflict where the database is newer.
    """
    from arbill_app.kernel.health import revision

    before = revision() or ""
    if before > known():
        raise Conflict(difference(before))
    if before >= ENCRYPTS:
        check_key(keep=False)
    upgrade()
    check_key()
    return before, known()


def _has_plain_secrets(url: str) -> bool:
    """A SQLite database from before 0008 or 0021, which encrypt: what is replaced stays readable in its free pages."""
    file = Path(make_url(url).database or "")
    if not url.startswith("sqlite") or not file.is_file():
        return False
    with closing(sqlite3.connect(file)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        of_setups = {row[1] for row in connection.execute("PRAGMA table_info(sandbox_setup)")}
        return ("staff" in tables and "key_check" not in tables) or "return_url" in of_setups


def _overwrite_free_pages(url: str) -> None:
    with closing(sqlite3.connect(str(make_url(url).database))) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def one_after_another(url: str) -> Iterator[None]:
    """Processes that start at one moment would all make what is missing. On SQLite writers stand in line anyway."""
    if url.startswith("sqlite"):
        yield
        return
    held = make_engine(url)
    try:
        # Outside of any transaction: that would be ended as a forgotten one, and some indexes wait for its end.
        with held.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK})").scalar():
                time.sleep(LOOK)
            yield
    finally:
        held.dispose()
