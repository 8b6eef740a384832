"""Which invoices an amount pays: pure rules over (invoice id, minor units still owed)."""

from collections.abc import Sequence

from ...kernel.problems import Problem

Part = tuple[str, int]


def oldest_first(owed: Sequence[Part], amount: int) -> tuple[list[Part], int]:
    """Pays in the order given until the amount is used up: (parts, what is left for the account)."""
    parts: list[Part] = []
    for invoice_id, balance in owed:
        part = min(balance, amount)
        if part > 0:
            parts.append((invoice_id, part))
            amount -= part
    return parts, amount


def complaint(parts: Sequence[Part], owed: dict[str, int]) -> dict[str, Problem]:
    """What is wrong with parts that somebody chose: nothing twice, nothing beyond what is owed; by invoice id."""
    found: dict[str, Problem] = {}
    seen: set[str] = set()
    for invoice_id, part in parts:
        if invoice_id not in owed:
            found[invoice_id] = Problem("allocation.not_open")
        elif invoice_id in seen:
            found[invoice_id] = Problem("allocation.twice")
        elif not 0 < part <= owed[invoice_id]:
            found[invoice_id] = Problem("allocation.more_than_open")
        seen.add(invoice_id)
    return found
