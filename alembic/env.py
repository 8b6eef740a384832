"""Alembic on arbill's own engine; settings stand in pyproject.toml under [tool.alembic]."""

from alembic import context
from sqlalchemy import Connection

from arbill_app.kernel.db.transactions import make_engine
from arbill_app.kernel.settings import settings
from arbill_app.tables import metadata

OURS = set(metadata.tables)
GRAMS = {f"ix_{noun}_search_grams" for noun in ("customer", "invoice", "payment")}


def include(object_: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    """Tables that are not in our metadata (FTS5's shadows, a job engine's) are not ours to drop."""
    if type_ == "table":
        return name in OURS
    return not (type_ == "index" and name in GRAMS)


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=include,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


url = context.config.attributes.get("url") or settings().database_url
engine = make_engine(url)
with engine.connect().execution_options(write=True) as connection:
    migrate(connection)
    connection.commit()
engine.dispose()
