"""What hangs on a customer. Nouns above (invoices, payments) add their own count here; nothing points upwards."""

from collections.abc import Callable

from ..kernel.db.transactions import Tx

Count = Callable[[Tx, str], str]
TIES: list[Count] = []
# What hangs on a customer and has no amount: the currency may change all the same.
HOLDS: list[Count] = []


def ties(tx: Tx, customer_id: str) -> list[str]:
    """What would lose its customer, in words: ["12 invoices", "1 payment"]; empty when nothing does."""
    return [said for count in (*TIES, *HOLDS) if (said := count(tx, customer_id))]


def currency_lock(tx: Tx, customer_id: str) -> str:
    """Why the currency cannot change any more, or "": once a transaction exists, amounts have a meaning."""
    found = [said for count in TIES if (said := count(tx, customer_id))]
    one = len(found) == 1 and found[0].startswith("1 ")
    return f"Locked: {' and '.join(found)} {'exists' if one else 'exist'} in this currency." if found else ""
