"""Saved ways to pay, and Auto Pay. A card number never passes here: the gateway's page takes it, we keep its token."""

from datetime import date
from typing import Any

from sqlmodel import col, select

from ..customers.models import Customer
from ..invoices.methods import Method as Choice
from ..invoices.models import Invoice, Option
from ..kernel import clock
from ..kernel.db import Tx
from ..kernel.errors import Conflict
from ..partners.queries import timezone
from .letters import tell_method_added
from .models import AutoPayChange, PaymentMethod, Setup

CARD, US_BANK, PAD = "card", "us_bank_account", "acss_debit"
KIND_LABELS = {CARD: "Card", US_BANK: "Bank account (ACH)", PAD: "Pre-authorised debit (PAD)"}
BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}
AGREED = (
    "{company} lets {partner} charge its default payment method for each invoice on its due date, "
    "until Auto Pay is turned off."
)


def label_of(method: PaymentMethod) -> str:
    """ "Visa ending 4242", "Visa debit ending 5556", "Northlake Bank ending 6789"."""
    if method.kind == CARD:
        brand = BRANDS.get(method.brand.lower(), method.brand.capitalize() or "Card")
        return f"{brand}{' debit' if method.funding == 'debit' else ''} ending {method.last4}"
    return f"{method.bank_name or 'Bank account'} ending {method.last4}"


def expiry_of(method: PaymentMethod) -> str:
    return f"{method.exp_month:02}/{method.exp_year}" if method.exp_month and method.exp_year else ""


def expired(method: PaymentMethod, today: date) -> bool:
    if not method.exp_month or not method.exp_year:
        return False
    return (method.exp_year, method.exp_month) < (today.year, today.month)


def chargeable(method: PaymentMethod) -> str:
    """Why it cannot be charged, in a sentence; "" when it can."""
    if method.removed_at:
        return f"{label_of(method)} was removed. Choose another payment method."
    if method.kind == PAD and not method.approved_at:
        return f"{label_of(method)} waits for the customer’s approval of the pre-authorised debit."
    return ""


# ---------------------------------------------------------------- what there is


def methods_of(tx: Tx, customer_id: str) -> list[PaymentMethod]:
    """Not the removed ones; the default first."""
    wanted = tx.own(PaymentMethod).where(
        PaymentMethod.customer_id == customer_id, col(PaymentMethod.removed_at).is_(None)
    )
    return list(tx.all(wanted.order_by(col(PaymentMethod.is_default).desc(), PaymentMethod.id)))


def default_method(tx: Tx, customer_id: str) -> PaymentMethod | None:
    found = methods_of(tx, customer_id)
    return found[0] if found and found[0].is_default else None


def choices(tx: Tx, customer_id: str) -> list[Choice]:
    """For the payment options of an invoice: those that can be charged."""
    found = [method for method in methods_of(tx, customer_id) if not chargeable(method)]
    return [Choice(method.id, label_of(method), method.is_default) for method in found]


# ---------------------------------------------------------------- adding


def note_setup(tx: Tx, customer_id: str, token: str, *, default: bool) -> Setup:
    """The gateway's page is open: this is who it is for when it comes back."""
    customer = tx.get(Customer, customer_id)
    return tx.create(
        Setup,
        customer_id=customer.id,
        token=token,
        made_default=default,
        by_name=tx.actor.name,
        created_at=clock.now(),
    )


def setup_by_token(tx: Tx, token: str) -> Setup | None:
    found: Setup | None = tx.first(tx.own(Setup).where(Setup.token == token))
    return found


def keep_method(tx: Tx, setup_id: str, gateway: str, account: str, found: Any) -> PaymentMethod:
    """What the gateway says was typed (its Method), kept once however often the page comes back.

    The first method of a customer is its default.
    """
    setup = tx.get(Setup, setup_id, lock=True)
    if setup.method_id:
        return tx.get(PaymentMethod, setup.method_id)
    others = methods_of(tx, setup.customer_id)
    method = write_method(tx, setup, gateway, account, found)
    if setup.made_default or not others:
        make_default(tx, method.id)
    customer = tx.get(Customer, setup.customer_id)
    tx.record("method.added", customer, note=label_of(method))
    tell_method_added(tx, method, label_of(method))
    return method


def write_method(tx: Tx, setup: Setup, gateway: str, account: str, found: Any, **columns: Any) -> PaymentMethod:
    """The row alone, with `found` as the gateway's Method."""
    columns |= {
        name: getattr(found, name)
        for name in ("kind", "funding", "brand", "last4", "exp_month", "exp_year", "bank_name", "fingerprint")
    }
    method = tx.create(
        PaymentMethod,
        customer_id=setup.customer_id,
        gateway=gateway,
        account=account,
        token=found.token,
        added_by=setup.by_name,
        added_at=clock.now(),
        approved_at=clock.now() if found.mandate or found.kind != PAD else None,
        **columns,
    )
    tx.flush()
    setup.method_id, setup.finished_at = method.id, clock.now()
    return method


def make_default(tx: Tx, method_id: str) -> PaymentMethod:
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.removed_at:
        raise Conflict("This payment method was removed.")
    for other in methods_of(tx, method.customer_id):
        other.is_default = False
    tx.flush()
    method.is_default = True
    tx.record("method.default", tx.get(Customer, method.customer_id), note=label_of(method))
    return method


def approve(tx: Tx, method_id: str) -> PaymentMethod:
    """The customer agrees to pre-authorised debits from this account."""
    method = tx.get(PaymentMethod, method_id, lock=True)
    if not method.approved_at:
        method.approved_at = clock.now()
        tx.record("method.approved", tx.get(Customer, method.customer_id), note=label_of(method))
    return method


# ---------------------------------------------------------------- removing


def uses_of(tx: Tx, method: PaymentMethod) -> list[str]:
    """What would stop without it, in sentences."""
    customer = tx.get(Customer, method.customer_id)
    said = []
    if method.is_default and customer.auto_pay:
        said.append(f"Auto Pay of {customer.company} charges it.")
    chosen = Invoice.payment_method_id == method.id
    by_default = (Invoice.option == Option.ON_DUE) if method.is_default else chosen
    planned = select(Invoice.number).where(
        Invoice.owned_by(tx.actor), Invoice.customer_id == customer.id, col(Invoice.balance) > 0, chosen | by_default
    )
    said += [f"{number} is to be charged to it." for number in tx.all(planned.limit(5))]
    return said


def remove_method(tx: Tx, method_id: str, *, confirmed: bool = False) -> PaymentMethod:
    """Conflict that says what would stop, until `confirmed`. The next one becomes the default."""
    method = tx.get(PaymentMethod, method_id, lock=True)
    if method.removed_at:
        return method
    if not confirmed and (said := uses_of(tx, method)):
        raise Conflict(" ".join(said))
    was_default = method.is_default
    method.removed_at, method.is_default = clock.now(), False
    tx.flush()
    if was_default and (left := methods_of(tx, method.customer_id)):
        left[0].is_default = True
    tx.later("detach", f"detach:{method.id}", {"method_id": method.id}, about=method.customer_id)
    tx.record("method.removed", tx.get(Customer, method.customer_id), note=label_of(method))
    return method


# ---------------------------------------------------------------- Auto Pay


def agreement(company: str, partner: str) -> str:
    """The words that turning Auto Pay on agrees to."""
    return AGREED.format(company=company, partner=partner)


def set_auto_pay(tx: Tx, customer_id: str, on: bool, partner: str) -> Customer:
    """By staff or the customer; who, when and to what words is kept. It needs a method to charge."""
    customer = tx.get(Customer, customer_id, lock=True)
    if customer.auto_pay == on:
        return customer
    method = default_method(tx, customer.id)
    if on and (method is None or chargeable(method) or expired(method, clock.today(timezone(tx)))):
        raise Conflict("Add a payment method that can be charged first.")
    customer.auto_pay = on
    tx.create(
        AutoPayChange,
        customer_id=customer.id,
        on=on,
        text=agreement(customer.company, partner) if on else "",
        by_kind=tx.actor.kind,
        by_name=tx.actor.name,
        at=clock.now(),
    )
    tx.record("customer.auto_pay", customer, {"auto_pay": [not on, on]})
    return customer
