"""What must still happen outside, once: an email, later a charge or a webhook.

A row first, written in the transaction of its cause; the engine only runs it (engine.py).
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from . import clock
from .columns import moment
from .db import Owned, Record, Tx


class Effect(Owned, table=True):
    """`state` goes due -> running -> done | failed | unknown | review, or due -> cancelled.

    `key` is the natural key that makes it happen once, `about` the row it concerns. `reference` is what the other side
    calls it, `result` what came of it.
    """

    __table_args__ = (
        UniqueConstraint("partner_id", "key"),
        Index(None, "state", "due_at"),
        Index(None, "partner_id", "kind", "id"),
        Index(None, "partner_id", "about", "id"),
    )
    prefix: ClassVar[str] = "eff"

    kind: str = Field(max_length=40)
    key: str = Field(max_length=200)
    state: str = Field(default="due", max_length=10)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    due_at: datetime = moment()
    claimed_until: datetime | None = moment(default=None, nullable=True)
    done_at: datetime | None = moment(default=None, nullable=True)
    tries: int = 0
    last_error: str = Field(default="", max_length=500)
    about: str = Field(default="", max_length=32)
    reference: str = Field(default="", max_length=200)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class EffectTry(Owned, table=True):
    """One attempt and how it ended: `outcome` is done or failed, `error` what the other side said."""

    prefix: ClassVar[str] = "try"

    effect_id: str = Field(foreign_key="effect.id", max_length=32, index=True)
    at: datetime = moment()
    outcome: str = Field(max_length=10)
    error: str = Field(default="", max_length=500)


def write_down(tx: Tx, kind: str, key: str, payload: dict[str, Any]) -> None:
    """The same key twice is the same effect: the second call changes nothing."""
    if tx.first(tx.own(Effect).where(Effect.key == key)) is None:
        tx.create(Effect, kind=kind, key=key, payload=payload, due_at=clock.now())


class SweepRun(Record, table=True):
    """The last run of a sweep: one row for each name, whoever ran it."""

    __tablename__ = "sweep_run"
    prefix: ClassVar[str] = "swp"

    name: str = Field(max_length=40, unique=True)
    started_at: datetime = moment()
    finished_at: datetime | None = moment(default=None, nullable=True)
    found: int = 0
    error: str = Field(default="", max_length=500)
