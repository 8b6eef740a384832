"""Brings a database to the newest shape: alembic's `upgrade head` (see pyproject.toml) and the engine's own tables."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arbill_app.kernel import engine
from arbill_app.kernel.db import make_engine
from arbill_app.kernel.settings import settings

ROOT = Path(__file__).resolve().parent.parent
LOCK = 7230498  # any number that nobody else locks in this database
LOOK = 0.2  # seconds


def upgrade(url: str | None = None) -> None:
    """`url` is for tests; otherwise alembic/env.py asks the settings."""
    # Imported here: alembic costs a second, and most commands do without it.
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=ROOT / "pyproject.toml")
    if url:
        # env.py reads `context.config.attributes.get("url")` before the settings.
        config.attributes["url"] = url
    with one_after_another(url or settings().database_url):
        command.upgrade(config, "head")
        engine.migrate(url or settings().database_url)


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
