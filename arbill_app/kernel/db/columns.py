"""Column kinds that every table shares."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Index, TypeDecorator, text
from sqlmodel import Field

from .. import clock

SEALED = "sealed"  # the key in a column's info; its value is the purpose


class Moment(TypeDecorator[datetime]):
    """An aware UTC timestamp on both databases: SQLite would hand it back without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        return value.astimezone(UTC) if value else value

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def sealed(purpose: str, *, length: int = 300, **kwargs: Any) -> Any:
    """A column of text made by encryption.encrypt for `purpose`. `arbill rotate-key` finds these by their info."""
    return Field(max_length=length, sa_column_kwargs={"info": {SEALED: purpose}}, **kwargs)


def moment(**kwargs: Any) -> Any:
    return Field(sa_type=Moment, **kwargs)


def last_change() -> Any:
    """When the row was written last: set by SQLAlchemy with every insert and update, of objects and of tables.

    It is the time of the statement, not of the commit: who asks for what changed since the last look has to look
    back as far as a transaction may last.
    """
    now = {"default": lambda: clock.now(), "onupdate": lambda: clock.now()}
    return Field(sa_type=Moment, default_factory=clock.now, sa_column_kwargs=now)


def only(where: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"postgresql_where": text(where), "sqlite_where": text(where)}


def changes_index() -> Index:
    """For "changed since". Partial, although no row has NULL: without statistics SQLite would use a full index for
    other queries about a partner's rows, instead of an index that holds few of them."""
    return Index(None, "partner_id", "updated_at", "id", **only("updated_at IS NOT NULL"))
