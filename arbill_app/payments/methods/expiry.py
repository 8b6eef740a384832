"""Cards that are going to be charged and are going to expire: their customers are told once for each expiry."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists
from sqlmodel import col, or_, select

from ...customers.models import Customer
from ...invoices.models import Invoice, Option
from ...kernel import clock
from ...kernel.db.transactions import Tx
from ..emails import tell_expiring
from ..gateway.protocol import CARD
from ..models import PaymentMethod
from .methods import expiry_of, label_of

AHEAD = timedelta(days=30)


def expiring_soon(today: date) -> Any:
    """(partner_id, id) of default cards, of all partners, whose last day lies within AHEAD and that are to be charged.

    A card is good until the end of its month.
    """
    end = today + AHEAD + timedelta(days=1)
    first, last = today.year * 12 + today.month, end.year * 12 + end.month - 1
    month = col(PaymentMethod.exp_year) * 12 + col(PaymentMethod.exp_month)
    planned = exists().where(
        col(Invoice.customer_id) == col(Customer.id), col(Invoice.balance) > 0, col(Invoice.option) == Option.ON_DUE
    )
    return (
        select(PaymentMethod.partner_id, PaymentMethod.id)
        .join(Customer, col(Customer.id) == PaymentMethod.customer_id)
        .where(PaymentMethod.kind == CARD, col(PaymentMethod.is_default), col(PaymentMethod.removed_at).is_(None))
        .where(col(PaymentMethod.expiry_told_at).is_(None), month.between(first, last))
        .where(or_(col(Customer.auto_pay), planned))
        .order_by(col(PaymentMethod.id))
    )


def tell_of_expiry(tx: Tx, method_id: str) -> bool:
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.expiry_told_at or method.removed_at:
        return False
    method.expiry_told_at = clock.now()
    tell_expiring(tx, method, expiry_of(method))
    tx.record("method.expiring", tx.get(Customer, method.customer_id), note=f"{label_of(method)}, {expiry_of(method)}")
    return True
