"""Tags and groups of a partner: what they are called, and what happens to customers when one goes."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import update

from ...kernel.db.activity import apply
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import check
from ...kernel.problems import Problem
from ...kernel.text.search_keys import fold
from ..models import Customer, CustomerTag, Group, GroupFields, Tag, TagFields
from ..rules.countries import is_currency

COLOURS = ("grey", "green", "blue", "violet", "amber", "red")


def save_tag(tx: Tx, tag_id: str, values: Mapping[str, Any]) -> Tag:
    """Adds a tag (`tag_id` empty) or changes one; its name is unique whatever its case and accents."""
    fields = check(TagFields, values)
    if fields.colour not in COLOURS:
        raise Invalid(colour=Problem("label.unknown_colour"))
    _free_name(tx, Tag, fields.name, tag_id, Problem("tag.name_taken"))
    if not tag_id:
        tag = tx.create(Tag, fields, name_key=_key(fields.name))
        tx.record("tag.added", tag, note=tag.name)
        return tag
    return _change(tx, tx.get(Tag, tag_id, lock=True), fields, "tag.changed")


def save_group(tx: Tx, group_id: str, values: Mapping[str, Any]) -> Group:
    """Adds a group (`group_id` empty) or changes one with its defaults."""
    fields = check(GroupFields, values)
    if fields.currency and not is_currency(fields.currency):
        raise Invalid(currency=Problem("currency.missing"))
    _free_name(tx, Group, fields.name, group_id, Problem("group.name_taken"))
    if not group_id:
        group = tx.create(Group, fields, name_key=_key(fields.name))
        tx.record("group.added", group, note=group.name)
        return group
    return _change(tx, tx.get(Group, group_id, lock=True), fields, "group.changed")


def _key(name: str) -> str:
    # One character may fold to many, and the column is as narrow as a name.
    return fold(name)[:80]


def _free_name(tx: Tx, model: Any, name: str, id: str, taken: Problem) -> None:
    if tx.first(tx.own(model).where(model.name_key == _key(name), model.id != id)):
        raise Invalid(name=taken)


def _change(tx: Tx, row: Any, fields: Any, action: str) -> Any:
    changes = apply(row, fields.model_dump())
    row.name_key = _key(fields.name)
    tx.record(action, row, changes, note=row.name)
    return row


def delete_tag(tx: Tx, tag_id: str) -> None:
    """Customers lose it; nothing else happens to them."""
    tag = tx.get(Tag, tag_id, lock=True)
    tx.delete(*tx.all(tx.own(CustomerTag).where(CustomerTag.tag_id == tag.id)))
    tx.flush()
    tx.record("tag.deleted", tag, note=tag.name)
    tx.delete(tag)


def merge_tags(tx: Tx, tag_id: str, into_id: str) -> Tag:
    """Gives the second tag to every customer with the first, then deletes the first."""
    tag, into = tx.get(Tag, tag_id, lock=True), tx.get(Tag, into_id, lock=True)
    if tag.id == into.id:
        raise Conflict(Problem("tag.merge_itself"))
    both = {row.customer_id for row in tx.all(tx.own(CustomerTag).where(CustomerTag.tag_id == into.id))}
    for row in tx.all(tx.own(CustomerTag).where(CustomerTag.tag_id == tag.id)):
        if row.customer_id in both:
            tx.delete(row)
        else:
            row.tag_id = into.id
    tx.flush()
    tx.record("tag.merged", into, note=f"{tag.name} into {into.name}")
    tx.delete(tag)
    return into


def delete_group(tx: Tx, group_id: str) -> None:
    """Its customers stay, in no group."""
    group = tx.get(Group, group_id, lock=True)
    tx.session.execute(
        update(Customer).where(Customer.owned_by(tx.actor), Customer.group_id == group.id).values(group_id=None)  # type: ignore[arg-type]
    )
    tx.record("group.deleted", group, note=group.name)
    tx.delete(group)
