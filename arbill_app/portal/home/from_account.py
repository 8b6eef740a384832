"""Money on account: what is left of it, and an invoice that is paid with it."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import func, select

from ...customers.models import Permission
from ...customers.portal_auth.sign_in import Seat
from ...invoices.models import CreditNote, Invoice
from ...kernel.db.transactions import Tx, write
from ...payments.allocations.reservations import free_of
from ...payments.models import Payment
from ...payments.recording import apply_on_account
from ..gate import Gate
from ..pages import HOME, PortalRoute, to
from ..session import Changing

router = APIRouter(prefix=HOME + "/{customer}", route_class=PortalRoute)


def on_account(gate: Gate, currency: str) -> int:
    """What was paid or credited beyond invoices, in minor units; 0 for who may not know of payments."""
    if not gate.may(Permission.PAYMENTS):
        return 0
    models = (Payment, CreditNote) if gate.may(Permission.INVOICES) else (Payment,)
    return sum(_left(gate, model, currency) for model in models)


def _left(gate: Gate, model: Any, currency: str) -> int:
    mine = model.owned_by(gate.tx.actor), model.customer_id == gate.customer.id, model.currency == currency
    return int(gate.tx.scalar(select(func.coalesce(func.sum(model.unapplied), 0)).where(*mine)))


def fits(gate: Gate, invoice: Invoice) -> str:
    """How much of the invoice it could pay now, written out; "" for nothing."""
    if not gate.may_pay or invoice.balance <= 0:
        return ""
    minor = min(on_account(gate, invoice.currency), free_of(gate.tx, invoice))
    return gate.say.money(minor, invoice.currency) if minor > 0 else ""


@router.post("/invoices/{invoice_id}/on-account")
def pay_from_account(visit: Changing, invoice_id: str) -> Response:
    found = write(visit.here.actor, use, visit.here, visit.language, invoice_id)
    return to(f"{HOME}/{visit.here.customer_id}/invoices/{found}?done=account")


def use(tx: Tx, seat: Seat, language: str, invoice_id: str) -> str:
    """As much as fits; Conflict where nothing does. Returns the invoice's id."""
    gate = Gate(tx, seat, language)
    invoice = gate.payable(invoice_id)
    apply_on_account(gate.for_verbs, invoice.id)
    return invoice.id
