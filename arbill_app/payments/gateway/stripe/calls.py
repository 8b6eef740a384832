"""Stripe's client, and what its errors mean: did nothing happen, was it refused, or does nobody know?"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..protocol import GatewayDown, GatewayRefusal, GatewayTimeout

CONNECT, ANSWER = 5, 30  # seconds to wait


@cache
def api(key: str, base: str | None) -> Any:
    """The v1 API; the SDK takes a second to import, so only when the first call is made.

    It never repeats a call by itself: what gave no answer is looked up, by us.
    """
    import stripe

    stripe.enable_telemetry = False
    bases: Any = {"api": base} if base else {}
    client = stripe.RequestsClient(timeout=(CONNECT, ANSWER))
    return stripe.StripeClient(key, base_addresses=bases, http_client=client, max_network_retries=0).v1


@contextmanager
def translated() -> Iterator[None]:
    """Over a call: what Stripe raises becomes one of our errors."""
    import stripe

    try:
        yield
    except stripe.IdempotencyError as error:
        raise GatewayRefusal("This key was used before, for something else.", "key_reused") from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise GatewayRefusal(error.user_message or "Stripe refused this.", error.code or "") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise GatewayDown(
            "Stripe does not accept the key that arbill was given. Nothing was charged.", "key"
        ) from error
    except stripe.RateLimitError as error:
        raise GatewayDown("Stripe is busy just now. Nothing was charged.", "busy") from error
    except stripe.APIConnectionError as error:
        if _nobody_there(error):
            raise GatewayDown("Stripe can’t be reached just now. Nothing was charged.", "down") from error
        raise GatewayTimeout("Stripe did not answer in time.", "timeout") from error
    except stripe.StripeError as error:
        # Theirs: 409 while the same key is under way, 5xx. It may have happened.
        raise GatewayTimeout("Stripe gave no clear answer.", "unclear") from error


def _nobody_there(error: Exception) -> bool:
    """True only when no connection was made, so that nothing can have been asked."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    cause = error.__cause__
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))
