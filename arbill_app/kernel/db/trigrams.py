"""Finding rows by any part of a folded text: FTS5's trigrams on SQLite, pg_trgm on PostgreSQL; only this module depends
on which.

A searched table has `id`, `found_by` (the folded text) and `number`, FTS5's row id; triggers keep `<name>_fts` in step.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, column, table
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from .transactions import Tx, is_sqlite

GRAM = 3  # shorter terms have no trigram


def holding(tx: Tx, model: Any, fts: str, terms: list[str]) -> tuple[SelectOfScalar[str], ColumnElement[bool]]:
    """The ids of the actor's rows of `model` that hold every folded term, and that as a condition on `model`."""
    has = and_(model.owned_by(tx.actor), *(model.found_by.contains(term, autoescape=True) for term in terms))
    ids = select(model.id).where(has)
    if is_sqlite(tx.session) and (grams := [term for term in terms if len(term) >= GRAM]):
        # The index hands out its hits one by one, so that a limit stops it: as a subquery it would be run to its end.
        trigrams = table(fts, column("rowid"), column(fts))
        ids = ids.select_from(trigrams).join(model, col(model.number) == trigrams.c.rowid)
        # FTS5's column of the table's own name is what MATCH is asked of.
        ids = ids.where(trigrams.c[fts].op("MATCH")(_phrase(grams)))
    return ids, has


def _phrase(grams: list[str]) -> str:
    return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams)
