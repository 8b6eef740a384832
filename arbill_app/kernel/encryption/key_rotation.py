"""`arbill rotate-key`: everything encrypted is encrypted again with the first key, so that the others can go."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, Table, bindparam, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from ..db.columns import SEALED
from ..db.transactions import across_partners
from ..settings import settings
from .values import key_file, keys, new_key, renew, write_keys

PAGE = 500


def rotate() -> dict[str, int]:
    """With a key file, puts a new key first in it; with ARBILL_SECRET_KEY the new one must be there already.

    Then encrypts everything again: how many rows of each table. Processes that run may go on: they read the key file
    anew, and the key before the last stays in it for what they write at this moment.
    """
    if settings().secret_key:
        return reencrypt()
    known = keys()
    write_keys(key_file(), (new_key(), *known))
    done = reencrypt()
    write_keys(key_file(), keys()[:2])
    return done


def reencrypt() -> dict[str, int]:
    """WrongKey, changing nothing, when some row opens with none of the keys. All in one transaction."""
    done: dict[str, int] = {}
    with across_partners(write=True) as session:
        for table in SQLModel.metadata.sorted_tables:
            for column in table.columns:
                if SEALED in column.info:
                    done[table.name] = done.get(table.name, 0) + _column(session, table, column)
    return done


def _column(session: Session, table: Table, column: Column[Any]) -> int:
    to = update(table).where(table.c.id == bindparam("row")).values({column.name: bindparam("new", type_=column.type)})
    count = 0
    for page in _pages(session, table, column):
        changes = [{"row": id, "new": new} for id, old in page if (new := _renewed(old, column)) is not None]
        if changes:
            session.connection().execute(to, changes)
        count += len(changes)
    return count


def _renewed(old: Any, column: Column[Any]) -> Any:
    """None when there is nothing encrypted in it. In JSON it stands under "sealed"."""
    purpose = column.info[SEALED]
    if not isinstance(column.type, JSON):
        return renew(old, purpose) if old else None
    return {**old, "sealed": renew(old["sealed"], purpose)} if isinstance(old, dict) and "sealed" in old else None


def _pages(session: Session, table: Table, column: Column[Any]) -> Iterator[Any]:
    after = ""
    ordered = select(table.c.id, column).order_by(table.c.id).limit(PAGE)
    while page := session.execute(ordered.where(table.c.id > after)).all():
        yield page
        after = page[-1][0]
