"""Finding a customer by any part of its name, legal name, aliases, and its contacts' names and emails.

One folded text a customer: see kernel/db/trigrams.py.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, literal, union_all, update
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ...kernel.db.transactions import Tx
from ...kernel.db.trigrams import holding
from ...kernel.text.mailbox import spellings
from ...kernel.text.search_keys import fold, printable
from ..models import Alias, Contact, Customer, CustomerSearch

OWN_ID = re.compile(f"{Customer.prefix}_[0-9a-z]{{22}}")


def index(tx: Tx, customer: Customer) -> None:
    """Updates the search text of this customer; called by every command that changes part of it."""
    tx.write_appended()
    tx.flush()
    names = tx.session.execute(_names(), {"customer": customer.id}).all()
    found_by = _found_by(customer, names)
    known = update(CustomerSearch).where(CustomerSearch.owned_by(tx.actor), col(CustomerSearch.id) == customer.id)
    if tx.session.execute(known.values(found_by=found_by)).rowcount == 0:  # type: ignore[attr-defined]
        tx.append(CustomerSearch, id=customer.id, found_by=found_by)


def index_new(tx: Tx, customer: Customer, external_ids: Sequence[str], contacts: Sequence[Contact]) -> None:
    """As `index`, of a customer that this transaction made, with everything it is found by in hand."""
    names = [*((alias, "") for alias in external_ids), *((contact.name, contact.email) for contact in contacts)]
    tx.append(CustomerSearch, id=customer.id, found_by=_found_by(customer, names))


def _found_by(customer: Customer, names: Iterable[Sequence[str]]) -> str:
    parts = [customer.company, customer.legal_name]
    for name, email in names:
        parts += [name, *spellings(email)]
    return fold(" · ".join(part for part in parts if part))


@cache
def _names() -> Any:
    """A customer's external IDs and its contacts' (name, email), in one question; an external ID has no email."""
    # Without the arbill ID: "cus" would match every customer. A complete ID is matched below.
    customer_id: Any = bindparam("customer")
    aliases = select(Alias.alias, literal("")).where(Alias.customer_id == customer_id, col(Alias.is_own).is_(False))
    name = col(Contact.first_name) + " " + col(Contact.last_name)
    return union_all(aliases, select(name, col(Contact.email)).where(Contact.customer_id == customer_id))


def matching(tx: Tx, words: str) -> tuple[SelectOfScalar[str], ColumnElement[bool]] | None:
    """The ids of the actor's customers that hold every word, and the same as a condition on `Customer`.

    None where there are no words.
    """
    terms = fold(printable(words)).split()
    if not terms:
        return None
    if len(terms) == 1 and OWN_ID.fullmatch(terms[0]):
        ids = select(Alias.customer_id).where(Alias.owned_by(tx.actor), Alias.alias == terms[0])
        return ids, col(Customer.id).in_(ids)
    ids, has = holding(tx, CustomerSearch, "customer_fts", terms)
    return ids, exists().where(col(CustomerSearch.id) == col(Customer.id), has)
