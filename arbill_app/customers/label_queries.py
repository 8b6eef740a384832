"""Tags and groups as the screens may know them: views, never rows."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import select

from ..kernel.db import Tx
from . import terms
from .listing import TagChip
from .models import Customer, CustomerTag, Group, Tag


@dataclass(frozen=True)
class TagRow:
    id: str
    name: str
    colour: str
    description: str
    customers: int


@dataclass(frozen=True)
class GroupRow:
    id: str
    name: str
    terms_days: str
    currency: str
    language: str
    defaults: str
    customers: int


def all_tags(tx: Tx) -> list[TagRow]:
    counted = select(CustomerTag.tag_id, func.count()).where(CustomerTag.owned_by(tx.actor))
    counts = dict(tx.rows(counted.group_by(CustomerTag.tag_id)))
    rows = tx.all(tx.own(Tag).order_by(Tag.name_key))
    return [TagRow(row.id, row.name, row.colour, row.description, counts.get(row.id, 0)) for row in rows]


def tag_choices(tx: Tx) -> list[TagChip]:
    return [TagChip(row.id, row.name, row.colour) for row in tx.all(tx.own(Tag).order_by(Tag.name_key))]


def all_groups(tx: Tx) -> list[GroupRow]:
    counted = select(Customer.group_id, func.count()).where(Customer.owned_by(tx.actor))
    counts = dict(tx.rows(counted.group_by(Customer.group_id)))
    return [_group_row(row, counts.get(row.id, 0)) for row in tx.all(tx.own(Group).order_by(Group.name_key))]


def group_choices(tx: Tx) -> list[GroupRow]:
    return [_group_row(row, 0) for row in tx.all(tx.own(Group).order_by(Group.name_key))]


def _group_row(row: Group, customers: int) -> GroupRow:
    days = "" if row.terms_days is None else str(row.terms_days)
    said = [terms.write(row.terms_days) if row.terms_days is not None else "", row.currency, row.language]
    return GroupRow(
        row.id, row.name, days, row.currency, row.language, " · ".join(part for part in said if part) or "—", customers
    )
