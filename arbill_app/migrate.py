"""Brings a database to the newest shape: alembic's `upgrade head` (see pyproject.toml) and the engine's own tables."""

from pathlib import Path

from arbill_app.kernel import engine
from arbill_app.kernel.settings import settings

ROOT = Path(__file__).resolve().parent.parent


def upgrade(url: str | None = None) -> None:
    """`url` is for tests; otherwise alembic/env.py asks the settings."""
    # Imported here: alembic costs a second, and most commands do without it.
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=ROOT / "pyproject.toml")
    if url:
        # env.py reads `context.config.attributes.get("url")` before the settings.
        config.attributes["url"] = url
    command.upgrade(config, "head")
    engine.migrate(url or settings().database_url)
