"""What payments, above, tell invoices: which methods a customer has, what is under way; and what they are told."""

from collections.abc import Callable
from dataclasses import dataclass

from ..customers.models import Customer
from ..kernel.db.transactions import Tx
from .models import Invoice, Option


@dataclass(frozen=True)
class Method:
    """A way to pay that a customer saved: `label` such as "Visa ending 4242"."""

    id: str
    label: str
    is_default: bool = False


# Asked with (tx, customer id); each answers what it knows of.
KNOWN: list[Callable[[Tx, str], list[Method]]] = []
# Told of each invoice that is issued now, and asked why one may not be voided ("" when it may).
ISSUED: list[Callable[[Tx, Invoice], None]] = []
BUSY: list[Callable[[Tx, Invoice], str]] = []
# Asked with (tx, customer id) where there is none to charge: why what is on file cannot be charged, "" for nothing.
WAITING: list[Callable[[Tx, str], str]] = []
# Told of each invoice that nothing is owed on any more: void, or settled in full.
CLOSED: list[Callable[[Tx, Invoice], None]] = []


def methods_of(tx: Tx, customer_id: str) -> list[Method]:
    """The default first."""
    found = [method for ask in KNOWN for method in ask(tx, customer_id)]
    return sorted(found, key=lambda method: not method.is_default)


def none_to_charge(tx: Tx, customer: Customer) -> str:
    """Why no method of this customer can be charged, in a sentence."""
    said = next((said for ask in WAITING if (said := ask(tx, customer.id))), "")
    return said or f"{customer.company} has no payment method on file."


def busy(tx: Tx, invoice: Invoice) -> str:
    """What is under way with it, in a sentence; "" when nothing is."""
    return next((said for ask in BUSY if (said := ask(tx, invoice))), "")


def closed(tx: Tx, invoice: Invoice) -> None:
    for told in CLOSED:
        told(tx, invoice)


def default_option(customer: Customer, methods: list[Method]) -> Option:
    return Option.ON_DUE if customer.auto_pay and methods else Option.LATER


def refusal(option: Option, method_id: str, methods: list[Method], none: str) -> str:
    """Why this option is not possible, in a sentence; "" when it is. `none`: what to say where there are no methods."""
    if not option.needs_method:
        return ""
    if not methods:
        return none
    if option == Option.METHOD and method_id not in [method.id for method in methods]:
        return "Choose a payment method of this customer."
    return ""
