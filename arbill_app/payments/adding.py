"""Staff add a payment method: out to the gateway's page and back. The calls go outside, so never inside a transaction.

Nobody keeps where the browser is meanwhile: the key in the address it comes back to asks the gateway for the same page
again, and so for what was typed there.
"""

from ..customers.models import Customer
from ..invoices.sending import billing_contacts
from ..kernel.actor import Actor
from ..kernel.db import Tx, read, write
from .gateway.choose import gateway_for, gateway_name
from .gateway.protocol import CARD, CURRENCIES, GatewayRefusal, Method, Setup
from .methods import keep_method, note_setup, setup_by_token
from .models import PaymentMethod


def begin_adding(actor: Actor, customer_id: str, key: str, back: str) -> str:
    """The gateway's page for a method of this customer, which leads `back`; the same again for the same `key`."""
    page = _page(actor, customer_id, key, back)
    write(actor, _note, customer_id, page.token)
    return page.url


def finish_adding(actor: Actor, customer_id: str, key: str, back: str) -> PaymentMethod | None:
    """Back from the page of begin_adding: keeps what was typed there; None when nothing was."""
    page = _page(actor, customer_id, key, back)
    try:
        found = gateway_for(actor.partner_id).finish_setup(page.token)
    except GatewayRefusal as refused:
        if refused.code == "not_finished":
            return None
        raise
    return write(actor, _keep, page.token, found)


def _page(actor: Actor, customer_id: str, key: str, back: str) -> Setup:
    gateway = gateway_for(actor.partner_id)
    name, email, kinds = read(actor, _who, customer_id)
    account = gateway.ensure_customer(customer_id, email, name)
    # The customer is part of the key: brought back to somebody else's profile, it is the key of nothing.
    return gateway.begin_setup(account, kinds, back, f"{customer_id}:{key}")


def _who(tx: Tx, customer_id: str) -> tuple[str, str, list[str]]:
    customer, people = tx.get(Customer, customer_id), billing_contacts(tx, customer_id)
    fitting = [kind for kind, currencies in CURRENCIES.items() if customer.currency in currencies]
    return customer.company, people[0].email if people else "", [CARD, *fitting]


def _note(tx: Tx, customer_id: str, token: str) -> None:
    if setup_by_token(tx, token) is None:
        note_setup(tx, customer_id, token, default=False)


def _keep(tx: Tx, token: str, found: Method) -> PaymentMethod | None:
    setup = setup_by_token(tx, token)
    return keep_method(tx, setup.id, gateway_name(), found.customer, found) if setup else None
