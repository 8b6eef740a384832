"""Who did what to a customer, as people read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from ...kernel.db.activity import Activity
from ...kernel.db.transactions import Tx
from ...kernel.fields import label_of
from ...kernel.text.formatting import day_and_time
from ...partners.views import company, entity_names
from ..models import ContactFields, Customer, CustomerFields, Flow
from ..rules import rate, terms

ENTITY, AUTO_PAY = "legal_entity_id", "customer.auto_pay"

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
    "contact.mailbox": "Email address compared anew",
    "method.added": "Payment method added",
    "method.default": "Default payment method changed",
    "method.approved": "Pre-authorised debit approved",
    "method.removed": "Payment method removed",
    AUTO_PAY: "Auto Pay changed",
    "contact.welcomed": "Welcome email sent again",
    "customer.viewed_as": "Portal viewed as this customer",
}
LABELS = {"same": "Same as billing", "auto_pay": "Auto Pay"}


@dataclass(frozen=True)
class ActivityRow:
    id: str
    who: str
    what: str
    changes: list[str]
    at: str


def activity(tx: Tx, customer_id: str, limit: int = 30) -> list[ActivityRow]:
    """Who did what, the newest first."""
    zone, entities = company(tx).timezone, dict(entity_names(tx))
    statement = tx.own(Activity).where(Activity.subject_id == customer_id).order_by(col(Activity.id).desc())
    return [_activity_row(row, zone, entities) for row in tx.all(statement.limit(limit))]


def recent_activity(tx: Tx, limit: int = 8) -> list[tuple[ActivityRow, str, str]]:
    """(what, customer's id, its company) over all customers, the newest first."""
    zone, entities = company(tx).timezone, dict(entity_names(tx))
    statement = (
        select(Activity, Customer.id, Customer.company)
        .join(Customer, Customer.id == Activity.subject_id)  # type: ignore[arg-type]
        .where(Activity.owned_by(tx.actor), Customer.owned_by(tx.actor))
        .order_by(col(Activity.id).desc())
        .limit(limit)
    )
    return [(_activity_row(row, zone, entities), id, name) for row, id, name in tx.rows(statement)]


def _activity_row(row: Activity, zone: str, entities: Mapping[str, str]) -> ActivityRow:
    if row.action == AUTO_PAY and "auto_pay" in row.changes:
        turned = "Auto Pay turned on" if row.changes["auto_pay"][1] else "Auto Pay turned off"
        return ActivityRow(row.id, row.actor_name, turned, [], day_and_time(row.at, zone))
    what = WHAT.get(row.action, row.action)
    said = f"{what}: {row.note}" if row.note else what
    changes = [
        _say(name, *(entities.get(v, v) if name == ENTITY else v for v in pair)) for name, pair in row.changes.items()
    ]
    return ActivityRow(row.id, row.actor_name, said, changes, day_and_time(row.at, zone))


def _say(name: str, before: Any, after: Any) -> str:
    return f"{field_label(name)}: {value_text(name, before)} → {value_text(name, after)}"


def field_label(name: str) -> str:
    if name in LABELS:
        return LABELS[name]
    for model in (CustomerFields, ContactFields):
        if name in model.model_fields:
            return label_of(model, name)
    return name.replace("_", " ").capitalize()


def value_text(name: str, value: Any) -> str:
    """A stored value as a person reads it."""
    if name == "tax_rate":
        return rate.write(int(value or 0)) + "%"
    if name in ("terms_days", ENTITY, "language") and value in (None, ""):
        return "default"
    if name == "terms_days":
        return terms.write(int(value))
    if name == "flow":
        return Flow(value).label
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(item).replace("_", " ") for item in value) or "none"
    return "—" if value in (None, "") else str(value)
