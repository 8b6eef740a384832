"""What customers owe. invoices and payments register functions here, so that customers imports neither."""

from collections.abc import Callable, Sequence

from ..kernel.db.transactions import Tx

# Each gives, for some customers, minor units owed in the customer's own currency; credits are negative.
OWED: list[Callable[[Tx, Sequence[str]], dict[str, int]]] = []


def balances(tx: Tx, customer_ids: Sequence[str]) -> dict[str, int]:
    """Minor units by customer id; a customer that owes nothing may be missing."""
    total: dict[str, int] = {}
    for owed in OWED:
        for id, minor in owed(tx, customer_ids).items():
            total[id] = total.get(id, 0) + minor
    return total
