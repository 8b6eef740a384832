"""Is this installation ready to serve: does the database answer, has it the newest shape, how long does work wait?"""

import logging
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from . import clock, effects
from .db import engine
from .errors import brief

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
LATE = timedelta(minutes=5)  # what is due and has not begun for so long, somebody should look at


def readiness() -> dict[str, str | int]:
    """`database` and `migrations` are "ok" or say what is wrong, without a secret in it; then the age of the queue."""
    try:
        found = _revision()
    except SQLAlchemyError as error:
        log.warning("not ready: %s", brief(error))
        return {"database": "does not answer", "migrations": "unknown", "queue_age_seconds": -1}
    if found != _newest():
        return {"database": "ok", "migrations": "not at head: run arbill migrate", "queue_age_seconds": -1}
    waits = effects.oldest_wait(clock.now())
    return {"database": "ok", "migrations": "ok", "queue_age_seconds": int(waits.total_seconds())}


def is_ready(found: dict[str, str | int]) -> bool:
    """A long queue is for whoever watches the number: sending visitors away would not make it shorter."""
    return found["database"] == found["migrations"] == "ok"


def _revision() -> str | None:
    with engine().connect() as connection:
        if not engine().dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@cache
def _newest() -> str | None:
    # Imported here: alembic costs a second, once.
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml")).get_current_head()
