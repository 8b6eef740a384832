"""The job engine's own tables: on SQLite beside ours in the same file, on PostgreSQL in a schema of their own."""

import tempfile
from datetime import timedelta
from functools import cache

from sqlalchemy import inspect, text

from arbill_app.kernel.db.transactions import make_engine
from arbill_app.kernel.jobs import runner


def tables(url: str) -> set[str]:
    """Of the file, or of PostgreSQL's usual schema."""
    made = make_engine(url)
    found = set(inspect(made).get_table_names())
    made.dispose()
    return found


@cache
def names() -> set[str]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/engine.db"
        runner.migrate(url)
        return tables(url)


def rows(url: str) -> dict[str, int]:
    """How many each of them has."""
    made = make_engine(url)
    where = "dbos." if made.dialect.name == "postgresql" else ""
    with made.connect() as connection:
        asked = {name: f'SELECT count(*) FROM {where}"{name}"' for name in names()}
        found = {name: connection.exec_driver_sql(sql).scalar() or 0 for name, sql in asked.items()}
    made.dispose()
    return found


def set_back(url: str, by: timedelta) -> None:
    """As if every run had begun that much earlier."""
    made = make_engine(url)
    where = "dbos." if made.dialect.name == "postgresql" else ""
    ms = int(by.total_seconds() * 1000)
    with made.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql(f"UPDATE {where}workflow_status SET created_at = created_at - {ms}")
    made.dispose()


def drop(url: str) -> None:
    """As if somebody had restored a backup without them."""
    made = make_engine(url)
    with made.execution_options(write=True).begin() as connection:
        if made.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA dbos CASCADE"))
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for name in names():
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
    made.dispose()
