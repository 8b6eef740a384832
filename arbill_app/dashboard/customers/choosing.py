"""Customers to choose from, on other screens: [id, company, more] for the control Finder."""

from ...customers.listing import Filter, list_customers
from ...customers.models import Status
from ...kernel.db import Tx

SHOWN = 8


def found_customers(tx: Tx, words: str) -> list[list[str]]:
    """Those that can be invoiced: by name while nothing is typed, else by any part of what they are found by."""
    page = list_customers(tx, Filter(q=words, status=Status.ACTIVE), size=SHOWN)
    return [[row.id, row.company, row.email] for row in page.rows]
