"""What the screens show of customers: plain views, never database rows."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from ...kernel.db.transactions import Tx
from ...kernel.money import Money
from ...kernel.text.formatting import day
from ...kernel.text.search_keys import fold, printable
from ...partners.models import LegalEntity
from ...partners.views import company
from ..balances import balances
from ..commands.contacts import contacts_of
from ..commands.profile import billing_of, business_of, labels_of, shipping_of, tax_of
from ..dependents import currency_lock, ties
from ..models import Alias, Contact, ContactFields, Customer, CustomerTag, Flow, Group, Permission, Tag
from ..rules import rate, terms
from .listing import COUNTED, TagChip
from .search import matching

HITS = 200  # of which the palette shows the first few


@dataclass(frozen=True)
class ContactView:
    id: str
    first_name: str
    last_name: str
    name: str
    email: str
    phone: str
    position: str
    is_primary: bool
    mail_billing: bool
    mail_updates: bool
    mail_legal: bool
    preferences: str
    portal_access: bool
    permissions: list[str]
    permission_names: str
    last_sign_in: str


@dataclass(frozen=True)
class AliasView:
    id: str
    alias: str
    is_own: bool


@dataclass(frozen=True)
class CustomerView:
    """One customer's whole profile. The dicts are the sections' values, as their editors start from them."""

    id: str = ""
    company: str = ""
    status: str = ""
    status_label: str = ""
    balance: str = ""
    created: str = ""
    business: dict[str, Any] = field(default_factory=dict)
    billing: dict[str, Any] = field(default_factory=dict)
    shipping: dict[str, Any] = field(default_factory=dict)
    tax: dict[str, Any] = field(default_factory=dict)
    labels: dict[str, Any] = field(default_factory=dict)
    terms_text: str = ""
    terms_from: str = ""
    language_code: str = ""
    language_from: str = ""
    flow_label: str = ""
    entity_name: str = ""
    tax_rate_text: str = ""
    currency_lock: str = ""
    auto_pay: bool = False
    tags: list[TagChip] = field(default_factory=list)
    group_id: str = ""
    group: str = ""
    aliases: list[AliasView] = field(default_factory=list)
    contacts: list[ContactView] = field(default_factory=list)
    merged_into: str = ""
    deletable: bool = False


def customer_view(tx: Tx, customer_id: str) -> CustomerView:
    """The profile; NotFound for another partner's."""
    customer = tx.get(Customer, customer_id)
    us = company(tx)
    group = tx.get(Group, customer.group_id) if customer.group_id else None
    days, days_from = effective(customer.terms_days, group and group.terms_days, us.terms_days, group)
    groups_language = (group and group.language) or None
    language, language_from = effective(customer.language or None, groups_language, us.language, group)
    return CustomerView(
        id=customer.id,
        company=customer.company,
        status=customer.status,
        status_label=customer.status.label,
        balance=Money(balances(tx, [customer.id]).get(customer.id, 0), customer.currency).text(),
        created=day(customer.created_at, us.timezone),
        business=business_of(customer),
        billing=billing_of(customer),
        shipping=shipping_of(tx, customer),
        tax=tax_of(customer),
        labels=labels_of(tx, customer),
        terms_text=terms.write(days),
        terms_from=days_from,
        language_code=language,
        language_from=language_from,
        flow_label=Flow(customer.flow).label,
        entity_name=_entity_name(tx, customer.legal_entity_id),
        tax_rate_text=rate.write(customer.tax_rate) + "%",
        currency_lock=str(currency_lock(tx, customer.id) or ""),
        auto_pay=customer.auto_pay,
        tags=tags_of(tx, customer.id),
        group_id=customer.group_id or "",
        group=group.name if group else "",
        aliases=_aliases(tx, customer.id),
        contacts=[_contact_view(contact, us.timezone) for contact in contacts_of(tx, customer.id)],
        merged_into=customer.merged_into or "",
        deletable=not ties(tx, customer.id),
    )


def effective(own: Any, groups: Any, partners: Any, group: Group | None) -> tuple[Any, str]:
    """(value, where it comes from): the customer's own, else its group's, else the partner's."""
    if own is not None:
        return own, ""
    if groups is not None and group is not None:
        return groups, f"from group {group.name}"
    return partners, "company default"


def _entity_name(tx: Tx, entity_id: str | None) -> str:
    which = LegalEntity.id == entity_id if entity_id else col(LegalEntity.is_default)
    return tx.scalar(select(LegalEntity.name).where(LegalEntity.owned_by(tx.actor), which)) or ""


def tags_of(tx: Tx, customer_id: str) -> list[TagChip]:
    statement = tx.own(Tag).join(CustomerTag, CustomerTag.tag_id == Tag.id).order_by(Tag.name_key)  # type: ignore[arg-type]
    rows = tx.all(statement.where(CustomerTag.customer_id == customer_id))
    return [TagChip(row.id, row.name, row.colour) for row in rows]


def _aliases(tx: Tx, customer_id: str) -> list[AliasView]:
    statement = tx.own(Alias).where(Alias.customer_id == customer_id).order_by(col(Alias.is_own).desc(), Alias.alias)
    return [AliasView(row.id, row.alias, row.is_own) for row in tx.all(statement)]


def _contact_view(row: Contact, zone: str) -> ContactView:
    wants = [word for word in ("billing", "updates", "legal") if getattr(row, f"mail_{word}")]
    allowed = [permission.label for permission in Permission if permission in row.permissions]
    return ContactView(
        id=row.id,
        is_primary=row.is_primary,
        last_sign_in=day(row.last_sign_in_at, zone) or "Never",
        **row.model_dump(include=set(ContactFields.model_fields)),
        name=row.name,
        preferences=", ".join(word.capitalize() for word in wants) or "No email",
        permission_names=", ".join(allowed) if len(allowed) < len(Permission) else "Everything",
    )


# ---------------------------------------------------------------- counting and finding


def count_customers(tx: Tx) -> int:
    """Customers not archived, at most COUNTED + 1: beyond that, nobody reads the number."""
    ids = select(Customer.id).where(Customer.owned_by(tx.actor), col(Customer.archived_at).is_(None)).limit(COUNTED + 1)
    return int(tx.scalar(select(func.count()).select_from(ids.subquery())))


def unfinished_count(tx: Tx) -> int:
    return int(tx.scalar(select(func.count()).where(Customer.owned_by(tx.actor), col(Customer.ready_at).is_(None))))


def unfinished(tx: Tx, limit: int = 20) -> list[tuple[str, str, str]]:
    """(id, company, started on) of set-ups not finished, the newest first."""
    zone = company(tx).timezone
    statement = tx.own(Customer).where(col(Customer.ready_at).is_(None)).order_by(col(Customer.id).desc()).limit(limit)
    return [(row.id, row.company, day(row.created_at, zone)) for row in tx.all(statement)]


@dataclass(frozen=True)
class Found:
    id: str
    company: str
    place: str


def find(tx: Tx, words: str, limit: int = 8) -> list[Found]:
    """For the command palette and choosers: what starts with the words first."""
    hits = matching(tx, words)
    if hits is None:
        return []
    live, start = tx.own(Customer).where(col(Customer.archived_at).is_(None)), fold(printable(words))
    begins = col(Customer.sort_key) >= start, col(Customer.sort_key) < start + "\U0010ffff"
    first = tx.all(live.where(*begins).order_by(Customer.sort_key, Customer.id).limit(limit))
    known = [row.id for row in first]
    others = live.where(col(Customer.id).in_(hits[0].limit(HITS)), col(Customer.id).not_in(known))
    rows = [*first, *sorted(tx.all(others), key=lambda row: row.sort_key)][:limit]
    return [Found(row.id, row.company, ", ".join(p for p in (row.city, row.region) if p)) for row in rows]
