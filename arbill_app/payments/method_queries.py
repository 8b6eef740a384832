"""What the staff's screens may know of saved payment methods and Auto Pay: views, never rows."""

from dataclasses import dataclass

from sqlmodel import col

from ..customers.models import Customer
from ..kernel.db import Tx
from ..kernel.words import day
from ..partners.queries import timezone
from .gateway.protocol import PAD
from .methods import KIND_LABELS, chargeable, default_method, expiry_of, label_of, methods_of
from .models import AutoPayChange, PaymentMethod


@dataclass(frozen=True)
class MethodView:
    """`why` says why it cannot be charged, "" when it can."""

    id: str
    label: str
    kind: str
    expiry: str
    is_default: bool
    added: str
    why: str
    needs_approval: bool


@dataclass(frozen=True)
class AutoPayView:
    on: bool = False
    since: str = ""
    text: str = ""
    method: str = ""


def methods_view(tx: Tx, customer_id: str) -> list[MethodView]:
    zone = timezone(tx)
    return [_method(method, zone) for method in methods_of(tx, tx.get(Customer, customer_id).id)]


def _method(row: PaymentMethod, zone: str) -> MethodView:
    return MethodView(
        id=row.id,
        label=label_of(row),
        kind=KIND_LABELS.get(row.kind, row.kind),
        expiry=expiry_of(row),
        is_default=row.is_default,
        added=f"{day(row.added_at, zone)} by {row.added_by}",
        why=chargeable(row),
        needs_approval=row.kind == PAD and row.verified and row.approved_at is None,
    )


def auto_pay_view(tx: Tx, customer_id: str) -> AutoPayView:
    customer, method = tx.get(Customer, customer_id), default_method(tx, customer_id)
    changes = tx.own(AutoPayChange).where(AutoPayChange.customer_id == customer.id)
    last = tx.first(changes.order_by(col(AutoPayChange.id).desc()))
    since = f"{day(last.at, timezone(tx))} by {last.by_name}" if last else ""
    text = last.text if last and last.on else ""
    return AutoPayView(customer.auto_pay, since, text, label_of(method) if method else "")
