"""What the screens may know of customers: views, never rows."""

import difflib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from ..kernel.activity import Activity
from ..kernel.db import Tx
from ..kernel.money import Money
from ..kernel.text import fold, name_key
from ..kernel.words import day, day_and_time
from ..partners.models import LegalEntity
from ..partners.queries import company
from . import rate, terms
from .listing import FEW, TagChip
from .models import Alias, Contact, ContactFields, Customer, CustomerTag, Flow, Group, Permission, Tag
from .people import contacts_of
from .profile import billing_of, business_of, shipping_of, tax_of
from .search import matching
from .ties import currency_lock, ties

ALIKE = 0.86  # of difflib's ratio: "bluebirddental" ~ "bluebirddentals"
PUBLIC_MAIL = frozenset(
    "gmail.com outlook.com hotmail.com yahoo.com icloud.com aol.com proton.me live.com msn.com gmx.com".split()
)


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
class ActivityRow:
    id: str
    who: str
    what: str
    changes: list[str]
    at: str


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
    language, language_from = effective(customer.language or None, group and group.language or None, us.language, group)
    return CustomerView(
        id=customer.id,
        company=customer.company,
        status=customer.status,
        status_label=customer.status.label,
        balance=Money(0, customer.currency).text(),
        created=day(customer.created_at, us.timezone),
        business=business_of(customer),
        billing=billing_of(customer),
        shipping=shipping_of(tx, customer),
        tax=tax_of(customer),
        terms_text=terms.write(days),
        terms_from=days_from,
        language_code=language,
        language_from=language_from,
        flow_label=Flow(customer.flow).label,
        entity_name=_entity_name(tx, customer.legal_entity_id),
        tax_rate_text=rate.write(customer.tax_rate) + "%",
        currency_lock=currency_lock(tx, customer.id),
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


# ---------------------------------------------------------------- activity

WHAT = {
    "customer.started": "Setup started",
    "customer.created": "Customer created",
    "customer.business": "Business information changed",
    "customer.billing": "Billing address changed",
    "customer.shipping": "Shipping address changed",
    "customer.tax": "Tax settings changed",
    "customer.tags": "Tags changed",
    "customer.tagged": "Tag added",
    "customer.grouped": "Group changed",
    "customer.alias_added": "External ID added",
    "customer.alias_removed": "External ID removed",
    "customer.archived": "Archived",
    "customer.restored": "Restored",
    "customer.merged": "Merged",
    "contact.added": "Contact added",
    "contact.changed": "Contact changed",
    "contact.removed": "Contact removed",
    "contact.primary": "Primary contact changed",
    "contact.welcomed": "Welcome email sent again",
}


def activity(tx: Tx, customer_id: str, limit: int = 30) -> list[ActivityRow]:
    """Who did what, the newest first."""
    zone = company(tx).timezone
    statement = tx.own(Activity).where(Activity.subject_id == customer_id).order_by(col(Activity.id).desc())
    return [_activity_row(row, zone) for row in tx.all(statement.limit(limit))]


def recent_activity(tx: Tx, limit: int = 8) -> list[tuple[ActivityRow, str, str]]:
    """(what, customer's id, its company) over all customers, the newest first."""
    zone = company(tx).timezone
    statement = (
        select(Activity, Customer.id, Customer.company)
        .join(Customer, Customer.id == Activity.subject_id)  # type: ignore[arg-type]
        .where(Activity.owned_by(tx.actor), Customer.owned_by(tx.actor))
        .order_by(col(Activity.id).desc())
        .limit(limit)
    )
    return [(_activity_row(row, zone), id, name) for row, id, name in tx.rows(statement)]


def _activity_row(row: Activity, zone: str) -> ActivityRow:
    what = WHAT.get(row.action, row.action)
    said = f"{what}: {row.note}" if row.note else what
    return ActivityRow(row.id, row.actor_name, said, [_say(*item) for item in row.changes.items()], day_and_time(row.at, zone))


def _say(name: str, pair: list[Any]) -> str:
    before, after = (value_text(name, value) for value in pair)
    return f"{field_label(name)}: {before} → {after}"


def field_label(name: str) -> str:
    from ..kernel.fields import label_of
    from .models import ContactFields, CustomerFields

    for model in (CustomerFields, ContactFields):
        if name in model.model_fields:
            return label_of(model, name)
    return name.replace("_", " ").capitalize()


def value_text(name: str, value: Any) -> str:
    """A stored value as a person reads it."""
    if name == "tax_rate":
        return rate.write(int(value or 0)) + "%"
    if name == "terms_days":
        return "default" if value is None else terms.write(int(value))
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(item).replace("_", " ") for item in value) or "none"
    return "—" if value in (None, "") else str(value)


# ---------------------------------------------------------------- counting, finding, guarding


def count_customers(tx: Tx) -> int:
    """Customers not archived, at most FEW + 1: beyond that, nobody reads the number."""
    ids = select(Customer.id).where(Customer.owned_by(tx.actor), col(Customer.archived_at).is_(None)).limit(FEW + 1)
    return int(tx.scalar(select(func.count()).select_from(ids.subquery())))


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
    ids, _ = hits
    statement = tx.own(Customer).where(col(Customer.id).in_(ids.limit(200)), col(Customer.archived_at).is_(None))
    rows = sorted(tx.all(statement.limit(200)), key=lambda row: (not row.sort_key.startswith(fold(words)), row.sort_key))
    return [Found(row.id, row.company, ", ".join(p for p in (row.city, row.region) if p)) for row in rows[:limit]]


@dataclass(frozen=True)
class Lookalike:
    id: str
    company: str
    why: str


def lookalike(tx: Tx, company_name: str, ein: str = "", email: str = "", but: str = "") -> Lookalike | None:
    """A customer that may be the one being typed: the same EIN, a nearly equal name, the same email domain."""
    others = tx.own(Customer).where(Customer.id != but, col(Customer.merged_into).is_(None))
    if ein and (same := tx.first(others.where(Customer.ein == ein))):
        return Lookalike(same.id, same.company, "same EIN")
    if same := _nearly(tx, others, name_key(company_name)):
        return Lookalike(same.id, same.company, "nearly the same name")
    domain = email.casefold().rpartition("@")[2]
    if domain and domain not in PUBLIC_MAIL:
        ids = select(Contact.customer_id).where(Contact.owned_by(tx.actor), Contact.domain == domain)
        if same := tx.first(others.where(col(Customer.id).in_(ids))):
            return Lookalike(same.id, same.company, "same email domain")
    return None


def _nearly(tx: Tx, others: Any, key: str) -> Customer | None:
    if len(key) < 4:
        return tx.first(others.where(Customer.near_key == key)) if key else None
    start = key[:4]
    near = others.where(Customer.near_key >= start, Customer.near_key < start + "\uffff").limit(500)
    scored = [(_alike(key, row.near_key), row) for row in tx.all(near)]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= ALIKE else None


def _alike(one: str, other: str) -> float:
    """1.0 for equal keys and for a name that goes on ("Bluebird Dental" and "Bluebird Dental Care")."""
    short, long = sorted((one, other), key=len)
    if len(short) >= 8 and long.startswith(short):
        return 1.0
    return difflib.SequenceMatcher(None, one, other).ratio()


# ---------------------------------------------------------------- tags and groups


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
    counts = dict(
        tx.rows(select(CustomerTag.tag_id, func.count()).where(CustomerTag.owned_by(tx.actor)).group_by(CustomerTag.tag_id))
    )
    rows = tx.all(tx.own(Tag).order_by(Tag.name_key))
    return [TagRow(row.id, row.name, row.colour, row.description, counts.get(row.id, 0)) for row in rows]


def tag_choices(tx: Tx) -> list[TagChip]:
    return [TagChip(row.id, row.name, row.colour) for row in tx.all(tx.own(Tag).order_by(Tag.name_key))]


def all_groups(tx: Tx) -> list[GroupRow]:
    counts = dict(
        tx.rows(select(Customer.group_id, func.count()).where(Customer.owned_by(tx.actor)).group_by(Customer.group_id))
    )
    return [_group_row(row, counts.get(row.id, 0)) for row in tx.all(tx.own(Group).order_by(Group.name_key))]


def group_choices(tx: Tx) -> list[GroupRow]:
    return [_group_row(row, 0) for row in tx.all(tx.own(Group).order_by(Group.name_key))]


def _group_row(row: Group, customers: int) -> GroupRow:
    days = "" if row.terms_days is None else str(row.terms_days)
    said = [terms.write(row.terms_days) if row.terms_days is not None else "", row.currency, row.language]
    return GroupRow(
        row.id, row.name, days, row.currency, row.language, " · ".join(part for part in said if part) or "—", customers
    )
