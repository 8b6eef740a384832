"""Which gateway this installation uses, by ARBILL_GATEWAY; kernel/settings.py says what counts where it is not set."""

from collections.abc import Mapping

from ...kernel.settings import settings
from .none import NoGateway
from .protocol import BadSignature, Event, Gateway
from .sandbox.bank import partner_of
from .sandbox.gateway import Sandbox
from .stripe.gateway import StripeGateway


def gateway_for(partner_id: str) -> Gateway:
    """What a partner charges with. Making one costs nothing; nobody is called yet."""
    known = settings()
    if known.gateway == StripeGateway.name:
        key, base = str(known.stripe_secret_key), known.stripe_api_base
        return StripeGateway(partner_id, key, base, known.stripe_webhook_secret)
    if known.gateway == Sandbox.name:
        return Sandbox(partner_id)
    return NoGateway()


def gateway_name() -> str:
    return str(settings().gateway)


def takes_payments() -> bool:
    """Whether cards and bank accounts can be charged at all."""
    return gateway_name() != NoGateway.name


def is_test_mode() -> bool:
    """Whether charges only play: then every page of money says so."""
    return gateway_name() == Sandbox.name


def parse_webhook(name: str, body: bytes, headers: Mapping[str, str]) -> Event:
    """What came to the webhook's address of the gateway `name`, as it came. BadSignature.

    A gateway that is not in use is not listened to: the sandbox must not say that real invoices are paid.
    """
    if name != gateway_name():
        raise BadSignature("This gateway is not in use here.")
    return gateway_for(partner_of(headers)).parse_webhook(body, headers)
