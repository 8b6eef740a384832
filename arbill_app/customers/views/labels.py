"""Tags and groups as the screens may know them: views, never rows."""

from dataclasses import dataclass

from babel import Locale
from sqlalchemy import func
from sqlmodel import col, select

from ...kernel.db.transactions import Tx
from ..models import Customer, CustomerTag, Group, Tag
from ..rules import terms
from .listing import TagChip

_ARCHIVED = col(Customer.archived_at).is_not(None)


@dataclass(frozen=True)
class TagRow:
    """`customers` are those the list shows; `archived` ones have the tag too."""

    id: str
    name: str
    colour: str
    description: str
    customers: int
    archived: int


@dataclass(frozen=True)
class GroupRow:
    id: str
    name: str
    terms_days: str
    currency: str
    language: str
    defaults: str
    customers: int
    archived: int


def all_tags(tx: Tx) -> list[TagRow]:
    tagged = select(CustomerTag.tag_id, func.count()).where(CustomerTag.owned_by(tx.actor)).group_by(CustomerTag.tag_id)
    away = tagged.join(Customer, Customer.id == CustomerTag.customer_id).where(_ARCHIVED)  # type: ignore[arg-type]
    counts, archived = dict(tx.rows(tagged)), dict(tx.rows(away))
    rows = tx.all(tx.own(Tag).order_by(Tag.name_key))
    return [_tag_row(row, counts.get(row.id, 0), archived.get(row.id, 0)) for row in rows]


def _tag_row(row: Tag, customers: int, archived: int) -> TagRow:
    return TagRow(row.id, row.name, row.colour, row.description, customers - archived, archived)


def tagged_both(tx: Tx, tag_id: str, other_id: str) -> int:
    """How many customers have both tags."""
    other = select(CustomerTag.customer_id).where(CustomerTag.owned_by(tx.actor), CustomerTag.tag_id == other_id)
    both = CustomerTag.tag_id == tag_id, col(CustomerTag.customer_id).in_(other)
    return int(tx.scalar(select(func.count()).where(CustomerTag.owned_by(tx.actor), *both)))


def tag_choices(tx: Tx) -> list[TagChip]:
    return [TagChip(row.id, row.name, row.colour) for row in tx.all(tx.own(Tag).order_by(Tag.name_key))]


def all_groups(tx: Tx) -> list[GroupRow]:
    grouped = select(Customer.group_id, func.count()).where(Customer.owned_by(tx.actor)).group_by(Customer.group_id)
    counts, archived = dict(tx.rows(grouped)), dict(tx.rows(grouped.where(_ARCHIVED)))
    rows = tx.all(tx.own(Group).order_by(Group.name_key))
    return [_group_row(row, counts.get(row.id, 0), archived.get(row.id, 0)) for row in rows]


def group_choices(tx: Tx) -> list[GroupRow]:
    return [_group_row(row) for row in tx.all(tx.own(Group).order_by(Group.name_key))]


def _group_row(row: Group, customers: int = 0, archived: int = 0) -> GroupRow:
    days = "" if row.terms_days is None else str(row.terms_days)
    language = Locale.parse(row.language.replace("-", "_")).get_display_name("en") if row.language else ""
    said = [terms.write(row.terms_days) if row.terms_days is not None else "", row.currency, language]
    return GroupRow(
        id=row.id,
        name=row.name,
        terms_days=days,
        currency=row.currency,
        language=row.language,
        defaults=" · ".join(part for part in said if part),
        customers=customers - archived,
        archived=archived,
    )
