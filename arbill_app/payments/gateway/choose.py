"""Which gateway this installation uses: Stripe where a key is set, else the sandbox."""

from collections.abc import Mapping

from ...kernel.settings import settings
from .protocol import BadSignature, Event, Gateway
from .sandbox import Sandbox
from .sandbox_bank import partner_of
from .stripe_gateway import StripeGateway


def gateway_for(partner_id: str) -> Gateway:
    """What a partner charges with. Making one costs nothing; nobody is called yet."""
    known = settings()
    if known.stripe_secret_key:
        key, base = known.stripe_secret_key, known.stripe_api_base
        return StripeGateway(partner_id, key, base, known.stripe_webhook_secret)
    return Sandbox(partner_id)


def gateway_name() -> str:
    return StripeGateway.name if settings().stripe_secret_key else Sandbox.name


def parse_webhook(name: str, body: bytes, headers: Mapping[str, str]) -> Event:
    """What came to the webhook's address of the gateway `name`, as it came. BadSignature.

    A gateway that is not in use is not listened to: the sandbox must not say that real invoices are paid.
    """
    if name != gateway_name():
        raise BadSignature("This gateway is not in use here.")
    return gateway_for(partner_of(headers)).parse_webhook(body, headers)
