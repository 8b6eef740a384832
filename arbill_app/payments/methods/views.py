"""What the staff's screens may know of saved payment methods and Auto Pay: views, never rows."""

from dataclasses import dataclass

from sqlmodel import col

from ...customers.models import Customer
from ...kernel.db.transactions import Tx
from ...kernel.text.formatting import day
from ...partners.views import timezone
from ..forms import Planned, planned_for
from ..gateway.protocol import PAD
from ..models import AutoPayChange, PaymentMethod
from .methods import KIND_LABELS, chargeable, default_method, expiry_of, label_of, methods_of


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
        why=str(chargeable(row) or ""),
        needs_approval=row.kind == PAD and row.verified and row.approved_at is None,
    )


def auto_pay_view(tx: Tx, customer_id: str) -> AutoPayView:
    customer, method = tx.get(Customer, customer_id), default_method(tx, customer_id)
    changes = tx.own(AutoPayChange).where(AutoPayChange.customer_id == customer.id)
    last = tx.first(changes.order_by(col(AutoPayChange.id).desc()))
    since = f"{day(last.at, timezone(tx))} by {last.by_name}" if last else ""
    text = last.text if last and last.on else ""
    return AutoPayView(customer.auto_pay, since, text, label_of(method) if method else "")


def removal(tx: Tx, method_id: str) -> tuple[str, list[Planned]]:
    """What removing a method would mean: what stops or who takes over, and what is planned to be charged to it."""
    method = tx.get(PaymentMethod, method_id)
    if not method.is_default:
        return "", []
    customer, charged = tx.get(Customer, method.customer_id), planned_for(tx, method.customer_id)
    others = [other for other in methods_of(tx, customer.id) if other.id != method.id]
    able = [label_of(other) for other in others if not chargeable(other, customer.currency)]
    said = [f"Auto Pay of {customer.company} charges it."] if customer.auto_pay else []
    if able:
        said.append(f"{able[0]} becomes the default{' and is charged instead' if said or charged else ''}.")
    elif said or charged:
        said.append("Without another payment method nothing is charged by itself.")
    return " ".join(said), charged
