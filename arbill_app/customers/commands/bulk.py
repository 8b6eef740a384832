"""Verbs for several customers at once, as the list has them."""

from collections.abc import Sequence

from sqlmodel import col

from ...kernel.db.transactions import Tx
from ...kernel.text.search_keys import printable
from ..models import Customer, CustomerTag, Tag
from .lifecycle import archive_customer, change_group, restore_customer


def tag_many(tx: Tx, customer_ids: Sequence[str], tag_id: str) -> int:
    """How many customers got the tag that did not have it before."""
    tag = tx.get(Tag, tag_id)
    added = 0
    for customer in _several(tx, customer_ids):
        has = tx.own(CustomerTag).where(CustomerTag.customer_id == customer.id, CustomerTag.tag_id == tag.id)
        if tx.first(has) is None:
            tx.create(CustomerTag, customer_id=customer.id, tag_id=tag.id)
            tx.record("customer.tagged", customer, {"tag": ["", tag.name]})
            added += 1
    return added


def group_many(tx: Tx, customer_ids: Sequence[str], group_id: str) -> int:
    """Puts them into the group; an empty `group_id` takes them out of theirs."""
    for customer in (several := _several(tx, customer_ids)):
        change_group(tx, customer, group_id)
    return len(several)


def archive_many(tx: Tx, customer_ids: Sequence[str]) -> int:
    """Archives those that can be; a set-up not finished stays."""
    ready = [row for row in _several(tx, customer_ids) if row.ready_at and not row.archived_at]
    for row in ready:
        archive_customer(tx, row.id)
    return len(ready)


def restore_many(tx: Tx, customer_ids: Sequence[str]) -> int:
    rows = [row for row in _several(tx, customer_ids) if row.archived_at and not row.merged_into]
    for row in rows:
        restore_customer(tx, row.id)
    return len(rows)


def _several(tx: Tx, customer_ids: Sequence[str]) -> list[Customer]:
    """The partner's customers of these ids, locked in the order of ids; merged ones are left out."""
    ids = [printable(id) for id in customer_ids[:500]]
    statement = tx.own(Customer).where(col(Customer.id).in_(ids), col(Customer.merged_into).is_(None))
    return list(tx.all(statement.order_by(Customer.id).with_for_update()))
