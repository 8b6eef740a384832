"""Effects: calls to the outside (an email, a charge), written as rows in the transaction that wants them.

jobs/effects.py says how they are begun and settled.
"""

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Session
from sqlmodel import Field, select

from .. import clock
from ..lanes import Lane, lane_of
from ..message import PURPOSE as LETTER_PURPOSE
from .columns import SEALED, moment
from .records import Owned

if TYPE_CHECKING:
    from .transactions import Tx

DUE = text("state = 'due'")
written = threading.Event()  # set when effects were committed in this process: the dispatcher need not wait


class Effect(Owned, table=True):
    """`state` goes due -> running -> done | failed | unknown | review | ignored, or due -> cancelled.

    `key` is the natural key that makes it happen once, `about` the row it concerns. `reference` is what the other side
    calls it, `result` what came of it. `lane` says which workers do it, see lanes.py.
    """

    __table_args__ = (
        UniqueConstraint("partner_id", "key"),
        Index(None, "state", "due_at"),
        # Claiming steps through this one, see jobs/claiming.py: only what is due stands in it.
        Index(None, "lane", "kind", "partner_id", "due_at", "id", sqlite_where=DUE, postgresql_where=DUE),
        Index(None, "partner_id", "kind", "id"),
        Index(None, "partner_id", "about", "id"),
    )
    prefix: ClassVar[str] = "eff"

    kind: str = Field(max_length=40)
    lane: str = Field(default=Lane.NOW.value, max_length=10, sa_column_kwargs={"server_default": Lane.NOW.value})
    key: str = Field(max_length=200)
    state: str = Field(default="due", max_length=10)
    payload: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs={"info": {SEALED: LETTER_PURPOSE}}
    )
    due_at: datetime = moment()
    claimed_until: datetime | None = moment(default=None, nullable=True)
    done_at: datetime | None = moment(default=None, nullable=True)
    tries: int = 0
    tries_before: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_error: str = Field(default="", max_length=500)
    about: str = Field(default="", max_length=32)
    reference: str = Field(default="", max_length=200)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class EffectTry(Owned, table=True):
    """One attempt and how it ended: `outcome` is done, failed, unknown, review, or lost when the worker died."""

    prefix: ClassVar[str] = "try"

    effect_id: str = Field(foreign_key="effect.id", max_length=32, index=True)
    at: datetime = moment()
    outcome: str = Field(max_length=10)
    error: str = Field(default="", max_length=500)


def write_down(
    tx: "Tx",
    kind: str,
    key: str,
    payload: dict[str, Any],
    about: str = "",
    due_at: datetime | None = None,
    lane: Lane | None = None,
    *,
    fresh: bool = False,
) -> Effect:
    """The same key twice is the same effect: the second call changes nothing, even when it was cancelled.

    `fresh`: nobody can have used this key before, as it names a row that this transaction made.
    """
    mine = select(Effect).where(Effect.partner_id == tx.actor.partner_id, Effect.key == key)
    known: Effect | None = None if fresh else tx.first(mine)
    if known is not None:
        return known
    tx.session.info["wrote_effects"] = True
    at, where = due_at or clock.now(), (lane or lane_of(kind, payload)).value
    return tx.create(Effect, kind=kind, key=key, payload=payload, about=about, due_at=at, lane=where)


@event.listens_for(Session, "after_commit")
def _tell(session: Session) -> None:
    if session.info.pop("wrote_effects", False):
        written.set()
