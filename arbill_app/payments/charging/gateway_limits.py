"""How often customers and holders of payment links make arbill ask the gateway something, charges apart.

Each such question is a call to the gateway's API, which limits us in turn: what one person may ask must not use up what
all customers need. Everybody has a budget of their own, so nobody uses up somebody else's.
"""

from ...partners.auth.tries import Counted, TooMany, count
from ...partners.rules.throttle import Budget

# Pages of the gateway opened and finished, approvals begun: by one contact, or by one payment link.
PAGES = Budget(free=30, first=10, longest=300, forgets=3600)
# How one attempt stands, asked at once rather than by the sweep that asks every minute.
LOOKS = Budget(free=6, first=5, longest=60, forgets=3600)


def may_ask(whom: str) -> None:
    """`whom`: the id of a contact, or of the invoice of a link. TooMany when it has to wait."""
    count(Counted("gateway.page", PAGES, whom))


def may_look(attempt_id: str) -> bool:
    """Whether the gateway is asked now; otherwise the sweep does it soon."""
    try:
        count(Counted("gateway.look", LOOKS, attempt_id))
    except TooMany:
        return False
    return True
