"""Addresses of the sandbox's own pages. Each holds the id of a setup or charge, signed with the secret key.

So the ids in the database, in logs and on screens open no page: whoever has the address was given it.
"""

from ....kernel.encryption.values import sign, unsign
from ....kernel.settings import settings
from ..protocol import GatewayRefusal

SETUP_PAGE = "/sandbox/add/"  # + the signed id of a setup
ACTION_PAGE = "/sandbox/approve/"  # + the signed id of a charge
PURPOSE = "sandbox page"


def setup_address(setup_id: str) -> str:
    return f"{settings().origin}{SETUP_PAGE}{sign(setup_id, PURPOSE, dated=False)}"


def action_address(charge_id: str) -> str:
    return f"{settings().origin}{ACTION_PAGE}{sign(charge_id, PURPOSE, dated=False)}"


def id_in(address: str) -> str:
    """The id in the last part of one of these addresses; GatewayRefusal when nobody was given that address."""
    found = unsign(address.rpartition("/")[2][:200], PURPOSE, dated=False)
    if found is None:
        raise GatewayRefusal("The gateway does not know this.", "unknown")
    return found
