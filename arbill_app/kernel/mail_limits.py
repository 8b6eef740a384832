"""How many messages of one kind went out within a day: so that arbill cannot be used to flood a mailbox.

Counted by the keys of the messages themselves, so there is no counter to keep in step. Whoever counts before they send
holds a row meanwhile (the company's, the contact's), so that many at one moment do not slip through.
"""

from datetime import timedelta

from sqlmodel import col, func, select

from . import clock
from .db.outbox import Effect
from .db.transactions import Tx

DAY = timedelta(days=1)


def mailed_within_a_day(tx: Tx, prefix: str) -> int:
    """Messages of the actor's partner whose key begins with `prefix`, delivered or still waiting."""
    keys = col(Effect.key).startswith(prefix, autoescape=True)
    lately = Effect.owned_by(tx.actor), Effect.kind == "email", keys, col(Effect.due_at) > clock.now() - DAY
    return int(tx.scalar(select(func.count()).where(*lately)))
