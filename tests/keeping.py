"""What takes long to build is built once for each kind of database, and copied row by row from then on."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Table

from arbill_app.kernel.db import transactions
from arbill_app.tables import metadata

T = TypeVar("T")
Rows = list[tuple[Table, list[dict[str, Any]]]]
_kept: dict[tuple[str, str], tuple[Any, Rows]] = {}


def once(name: str, build: Callable[[], T]) -> T:
    """What `build` makes of an empty database, and returns."""
    key = name, transactions.engine().dialect.name
    if key not in _kept:
        built = build()
        _kept[key] = built, _rows()
        return built
    built, rows = _kept[key]
    with transactions.engine().execution_options(write=True).begin() as connection:
        for table, kept in rows:
            connection.execute(table.insert(), kept)
    return built


def _rows() -> Rows:
    with transactions.engine().connect() as connection:
        found = ((table, connection.execute(table.select()).mappings().all()) for table in metadata.sorted_tables)
        return [(table, [_written(table, row) for row in rows]) for table, rows in found if rows]


def _written(table: Table, row: Any) -> dict[str, Any]:
    """Without what the database works out itself."""
    return {name: value for name, value in row.items() if not table.c[name].computed}
