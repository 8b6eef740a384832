"""A customer to choose, on other screens: the control, and the state that answers it."""

from typing import Any

import reflex as rx

from ...customers.models import Status
from ...customers.views.listing import Filter, list_customers
from ...kernel.actor import WRITERS
from ...kernel.db.transactions import Tx
from ...ui.elements import Finder
from ...ui.forms import described, field
from ..shell.access import allow
from ..shell.base import Base

SHOWN = 8


def found_customers(tx: Tx, words: str) -> list[list[str]]:
    """Those that can be invoiced: by name while nothing is typed, else by any part of what they are found by."""
    page = list_customers(tx, Filter(q=words, status=Status.ACTIVE), size=SHOWN)
    return [[row.id, row.company, row.email] for row in page.rows]


class Choosing(Base, mixin=True):
    """`customers` are [id, company, email] of those that were found for the words `customers_for`."""

    customers: list[list[str]] = []
    customers_for: str = ""

    @rx.event
    @allow(*WRITERS)
    async def find_customer(self, words: str):
        self.customers = await self._ask(found_customers, words[:100])
        self.customers_for = words


def customer_field(state: Any, prefix: str, **props: Any) -> rx.Component:
    """For a state with `customer`, `errors` and `choose_customer`."""
    control = Finder.create(
        id=prefix + "customer",
        name="customer",
        chosen=rx.cond(state.customer, state.customer["company"], ""),
        options=state.customers,
        found_for=state.customers_for,
        placeholder="Search customers",
        on_find=state.find_customer,
        on_pick=state.choose_customer,
        custom_attrs=described(state.errors, "customer", prefix) | {"aria-required": "true"},
        **props,
    )
    return field("Customer", "customer", control, state.errors, prefix=prefix)
