"""Staff or a customer add a payment method: out to the gateway's page and back.

The calls go outside, so never inside a transaction. The key in the address that the browser comes back to names the
page that was begun; a key that began none asks the gateway for nothing.
"""

from ...customers.models import Customer
from ...invoices.commands.sending import billing_contacts
from ...kernel.actor import Actor
from ...kernel.db.transactions import Tx, read, write
from ..gateway.choose import gateway_for, gateway_name
from ..gateway.protocol import CARD, CURRENCIES, GatewayRefusal, Method
from ..gateway.protocol import Setup as Page
from ..models import LINK, PaymentMethod, Setup
from .methods import keep_method, note_setup, setup_by_token


def begin_adding(actor: Actor, customer_id: str, key: str, back: str) -> str:
    """The gateway's page for a method of this customer, which leads `back`; the same again for the same `key`."""
    page = _page(actor, customer_id, key, back)
    write(actor, _note, customer_id, page.token, key)
    return page.url


def finish_adding(actor: Actor, customer_id: str, key: str) -> PaymentMethod | None:
    """Back from the page of begin_adding: keeps what was typed there; None when nothing was, or no page was begun."""
    token = read(actor, _token_of, customer_id, key)
    if not token:
        return None
    try:
        found = gateway_for(actor.partner_id).finish_setup(token)
    except GatewayRefusal as refused:
        if refused.code == "not_finished":
            return None
        raise
    return write(actor, _keep, token, found)


def _page(actor: Actor, customer_id: str, key: str, back: str) -> Page:
    gateway = gateway_for(actor.partner_id)
    name, email, kinds = read(actor, _who, customer_id)
    account = gateway.ensure_customer(customer_id, email, name)
    return gateway.begin_setup(account, kinds, back, f"{customer_id}:{key}")


def _who(tx: Tx, customer_id: str) -> tuple[str, str, list[str]]:
    customer, people = tx.get(Customer, customer_id), billing_contacts(tx, customer_id)
    fitting = [kind for kind, currencies in CURRENCIES.items() if customer.currency in currencies]
    return customer.company, people[0].email if people else "", [CARD, *fitting]


def _note(tx: Tx, customer_id: str, token: str, key: str) -> None:
    if setup_by_token(tx, token) is None:
        note_setup(tx, customer_id, token, default=False).form_key = key


def _token_of(tx: Tx, customer_id: str, key: str) -> str:
    """A key that was begun for another customer counts as unknown."""
    mine = tx.own(Setup).where(Setup.customer_id == customer_id, Setup.form_key == key, Setup.source != LINK)
    found = tx.first(mine) if key else None
    return found.token if found else ""


def _keep(tx: Tx, token: str, found: Method) -> PaymentMethod | None:
    setup = setup_by_token(tx, token)
    return keep_method(tx, setup.id, gateway_name(), found.customer, found) if setup else None
