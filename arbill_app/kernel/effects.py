"""What must still happen outside, once: an email, later a charge or a webhook.

A row first, written in the transaction of its cause.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from . import clock
from .columns import moment
from .db import Owned, Tx


class Effect(Owned, table=True):
    """`state` goes due -> running -> done | failed; `key` is the natural key that makes it happen once."""

    __table_args__ = (
        UniqueConstraint("partner_id", "key"),
        Index(None, "state", "due_at"),
        Index(None, "partner_id", "kind", "id"),
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
