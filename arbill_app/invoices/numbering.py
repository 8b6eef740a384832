"""The next number of a legal entity's papers: gapless, because it is taken in the transaction that issues.

The counter's row stays locked until that transaction ends; whoever issues next for the same entity waits. So take the
number last. A refused issue rolls the counter back with everything else.
"""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import select

from ..kernel.db.transactions import Tx, is_sqlite, new_id
from ..partners.models import LegalEntity
from ..partners.rules import number_pattern
from .models import CreditNote, Invoice, NumberCounter

INVOICE, CREDIT_NOTE = "invoice", "credit_note"
PAPERS: dict[str, Any] = {INVOICE: Invoice, CREDIT_NOTE: CreditNote}


def next_number(tx: Tx, entity: LegalEntity, kind: str, day: date) -> str:
    """`kind` is INVOICE or CREDIT_NOTE. Skips numbers already used under another pattern."""
    wanted = pattern_of(entity, kind)
    period = number_pattern.period(wanted, day.year)
    # The paper itself is written once it has its number.
    with tx.session.no_autoflush:
        while True:
            number = number_pattern.write(wanted, day.year, _count(tx, entity.id, kind, period))
            if not _taken(tx, entity.id, kind, number):
                return number


def pattern_of(entity: LegalEntity, kind: str) -> str:
    if kind == INVOICE:
        return entity.invoice_pattern or number_pattern.INVOICE
    return entity.credit_pattern or number_pattern.CREDIT_NOTE


def _count(tx: Tx, entity_id: str, kind: str, period: str) -> int:
    values = {"legal_entity_id": entity_id, "kind": kind, "period": period, "last": 1}
    mine = {"id": new_id(NumberCounter.prefix), "partner_id": tx.actor.partner_id}
    return int(tx.session.connection().execute(_counting(is_sqlite(tx.session)), values | mine).scalar_one())


@cache
def _counting(on_sqlite: bool) -> Any:
    """One statement on both databases, also for the very first number, so that no two can begin at once."""
    table = NumberCounter.__table__  # type: ignore[attr-defined]
    made: Any = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    keys = ["legal_entity_id", "kind", "period"]
    counted = made.on_conflict_do_update(index_elements=keys, set_={"last": table.c.last + 1})
    return counted.returning(table.c.last)


def _taken(tx: Tx, entity_id: str, kind: str, number: str) -> bool:
    given = {"entity": entity_id, "number": number}
    return tx.session.connection().execute(_paper_with(kind), given).first() is not None


@cache
def _paper_with(kind: str) -> Any:
    paper = PAPERS[kind]
    return select(paper.id).where(paper.legal_entity_id == bindparam("entity"), paper.number == bindparam("number"))
