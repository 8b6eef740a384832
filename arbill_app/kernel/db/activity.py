"""Who did what to which row, with before and after. Written in the same transaction as the change."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, Index
from sqlmodel import Field

from .. import clock
from .columns import moment
from .records import Changing, Owned, Record

if TYPE_CHECKING:
    from .transactions import Tx


class Activity(Owned, table=True):
    __table_args__ = (Index(None, "partner_id", "subject_id", "id"),)
    prefix: ClassVar[str] = "act"

    at: datetime = moment()
    actor_kind: str = Field(max_length=10)
    actor_id: str = Field(max_length=32)
    actor_name: str = Field(max_length=200)
    action: str = Field(max_length=60)
    subject_id: str = Field(max_length=32)
    changes: dict[str, list[Any]] = Field(default_factory=dict, sa_type=JSON)
    note: str = Field(default="", max_length=500)


def note_down(tx: "Tx", action: str, row: Record, changes: dict[str, list[Any]], note: str) -> None:
    who = tx.actor
    if changes and isinstance(row, Changing):
        row.updated_at = clock.now()  # also when the change is stored in another table, such as tags
    tx.append(
        Activity,
        at=clock.now(),
        actor_kind=who.kind.value,
        actor_id=who.id,
        actor_name=who.name,
        action=action,
        subject_id=row.id,
        changes=changes,
        note=note,
    )


def apply(row: Record, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Sets the columns and says what that changed."""
    before = row.model_dump(include=set(values))
    for name, value in values.items():
        setattr(row, name, value)
    return changed(before, values)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """`{"terms_days": [30, 15]}` for each field whose value differs."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
