"""Hooks between invoices and payments: payments registers here which methods a customer has, what is being charged, and
what to call when an invoice is issued or closed."""

from collections.abc import Callable
from dataclasses import dataclass

from ..customers.models import Customer
from ..kernel.db.transactions import Tx
from ..kernel.problems import Problem
from .models import Invoice, Option


@dataclass(frozen=True)
class Method:
    """A way to pay that a customer saved: `label` such as "Visa ending 4242"."""

    id: str
    label: str
    is_default: bool = False


# Asked with (tx, customer id); each answers what it knows of.
KNOWN: list[Callable[[Tx, str], list[Method]]] = []
# Told of each invoice that is issued now, and asked why one may not be voided (None when it may).
ISSUED: list[Callable[[Tx, Invoice], None]] = []
BUSY: list[Callable[[Tx, Invoice], Problem | None]] = []
# Asked with (tx, customer id) where there is none to charge: why what is on file cannot be charged, None for nothing.
WAITING: list[Callable[[Tx, str], Problem | None]] = []
# Told of each invoice that nothing is owed on any more: void, or settled in full.
CLOSED: list[Callable[[Tx, Invoice], None]] = []


def methods_of(tx: Tx, customer_id: str) -> list[Method]:
    """The default first."""
    found = [method for ask in KNOWN for method in ask(tx, customer_id)]
    return sorted(found, key=lambda method: not method.is_default)


def none_to_charge(tx: Tx, customer: Customer) -> Problem:
    """Why no method of this customer can be charged."""
    found = next((why for ask in WAITING if (why := ask(tx, customer.id))), None)
    return found or Problem("method.none_on_file", company=customer.company)


def busy(tx: Tx, invoice: Invoice) -> Problem | None:
    """What is under way with it; None when nothing is."""
    return next((found for ask in BUSY if (found := ask(tx, invoice))), None)


def closed(tx: Tx, invoice: Invoice) -> None:
    for told in CLOSED:
        told(tx, invoice)


def default_option(customer: Customer, methods: list[Method]) -> Option:
    return Option.ON_DUE if customer.auto_pay and methods else Option.LATER


def refusal(option: Option, method_id: str, methods: list[Method], none: Problem | None) -> Problem | None:
    """Why this option is not possible; None when it is. `none`: why there are no methods."""
    if not option.needs_method:
        return None
    if not methods:
        return none
    if option == Option.METHOD and method_id not in [method.id for method in methods]:
        return Problem("method.not_the_customers")
    return None
