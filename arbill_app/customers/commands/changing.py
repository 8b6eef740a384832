"""What every change of a customer passes first: the row is locked, is not merged away, and is as the editor saw it."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col

from ...kernel.db.activity import Activity, changed
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, NotFound
from ...kernel.problems import Problem
from ..models import Contact, Customer

Values = Mapping[str, Any]


class Stale(Conflict):
    """`theirs` maps a field to [what the editor started from, what is stored now]; `now` is the whole section."""

    def __init__(self, who: str, theirs: dict[str, list[Any]], now: dict[str, Any]) -> None:
        super().__init__(
            Problem("customer.changed_meanwhile", who=who) if who else Problem("customer.somebody_changed")
        )
        self.who, self.theirs, self.now = who or "Somebody", theirs, now


def customer_to_change(tx: Tx, customer_id: str) -> Customer:
    customer = tx.get(Customer, customer_id, lock=True)
    if customer.merged_into:
        raise Conflict(Problem("customer.merged_away", company=customer.company))
    return customer


def contact_to_change(tx: Tx, contact_id: str) -> tuple[Contact, Customer]:
    """Contacts of one customer change one after another: the contact is read again once its customer is locked."""
    customer = customer_to_change(tx, tx.get(Contact, contact_id).customer_id)
    contact = tx.get(Contact, contact_id, lock=True)
    if contact.customer_id != customer.id:
        raise NotFound(Problem("contact.moved"))
    return contact, customer


def unchanged(tx: Tx, customer: Customer, now: Values, base: Values) -> None:
    """Stale, unless the section is still what the editor started from."""
    theirs = {name: pair for name, pair in changed(dict(base), dict(now)).items() if name in base}
    if theirs:
        raise Stale(_author(tx, customer, theirs), theirs, dict(now))


def _author(tx: Tx, customer: Customer, theirs: dict[str, list[Any]]) -> str:
    """Who made one of the fields what it is now, or ""; others may have changed other sections since."""
    rows = tx.all(
        tx.own(Activity).where(Activity.subject_id == customer.id).order_by(col(Activity.id).desc()).limit(50)
    )
    for row in rows:
        if any(
            row.changes.get(name, [None, None])[1] == now for name, (_, now) in theirs.items() if name in row.changes
        ):
            return str(row.actor_name)
    return ""
