"""When the browser returns from the gateway's page where a payment method was entered.

The browser waits, so the gateway is asked at once: outside of any transaction, as everywhere.
"""

from ...kernel.actor import job
from ...kernel.db.transactions import read, write
from ..gateway.choose import gateway_for, gateway_name
from ..methods.methods import keep_method
from ..models import PaymentMethod, Setup


def finish_setup(partner_id: str, setup_id: str) -> tuple[PaymentMethod, str]:
    """What was typed on the page of a setup, kept, and where its bank account is verified ("" when it need not be).

    GatewayRefusal `not_finished` while nothing was typed. Any number of times.
    """
    gateway, actor = gateway_for(partner_id), job(partner_id)
    setup = read(actor, lambda tx: tx.get(Setup, setup_id))
    found = gateway.finish_setup(setup.token)
    method = write(actor, keep_method, setup.id, gateway_name(), found.customer, found)
    return method, found.verify_url
