"""What depends on a customer (invoices, payments). Those packages register their counts here, so that customers imports
neither."""

from collections.abc import Callable

from ..kernel.db.transactions import Tx
from ..kernel.problems import Problem, Several

# Answers Problem("ties.…", count=12), read as "12 invoices"; None where there is nothing.
Count = Callable[[Tx, str], Problem | None]
TIES: list[Count] = []
# Dependents without an amount: they do not lock the currency.
HOLDS: list[Count] = []


def ties(tx: Tx, customer_id: str) -> Several | None:
    """What would lose its customer: "12 invoices and 1 payment"; None when nothing does."""
    return Several.of(count(tx, customer_id) for count in (*TIES, *HOLDS))


def currency_lock(tx: Tx, customer_id: str) -> Problem | None:
    """Why the currency cannot change any more: once a transaction exists, amounts have a meaning."""
    found = Several.of(count(tx, customer_id) for count in TIES)
    if found is None:
        return None
    count = sum(int(str(tie.parameters["count"])) for tie in found.problems)
    return Problem("customer.currency_locked", count=count, ties=found)
