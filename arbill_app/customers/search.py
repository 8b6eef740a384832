"""Finding a customer by any part of its name, legal name, aliases, and its contacts' names and emails.

One folded text a customer; FTS5's trigrams on SQLite, pg_trgm on PostgreSQL, and nobody else knows which.
"""

from sqlalchemy import ColumnElement, and_, exists, literal_column, text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ..kernel.db import Tx, is_sqlite
from ..kernel.text import fold, printable
from .models import Alias, Contact, Customer, CustomerSearch

GRAM = 3  # shorter terms have no trigram


def index(tx: Tx, customer: Customer) -> None:
    """Writes down again what this customer is found by; called by every verb that changes any of it."""
    tx.flush()
    parts = [customer.company, customer.legal_name]
    parts += tx.all(select(Alias.alias).where(Alias.customer_id == customer.id))
    for contact in tx.all(tx.own(Contact).where(Contact.customer_id == customer.id)):
        parts += [contact.name, contact.email]
    found_by = fold(" · ".join(part for part in parts if part))
    row = tx.first(tx.own(CustomerSearch).where(CustomerSearch.id == customer.id))
    if row is None:
        tx.create(CustomerSearch, id=customer.id, found_by=found_by)
    elif row.found_by != found_by:
        row.found_by = found_by


def matching(tx: Tx, words: str) -> tuple[SelectOfScalar[str], ColumnElement[bool]] | None:
    """The ids of the actor's customers that hold every word, and the same as a condition on `Customer`.

    None where there are no words.
    """
    terms = fold(printable(words)).split()
    if not terms:
        return None
    has = and_(*(CustomerSearch.found_by.contains(term, autoescape=True) for term in terms))  # type: ignore[attr-defined]
    own = CustomerSearch.owned_by(tx.actor)
    ids = select(CustomerSearch.id).where(own, has)
    if is_sqlite(tx.session) and (grams := [term for term in terms if len(term) >= GRAM]):
        hits = text("SELECT rowid FROM customer_fts WHERE customer_fts MATCH :grams").columns(literal_column("rowid"))
        ids = ids.where(CustomerSearch.number.in_(hits.bindparams(grams=_phrase(grams)).scalar_subquery()))  # type: ignore[union-attr]
    return ids, exists().where(col(CustomerSearch.id) == col(Customer.id), own, has)


def _phrase(grams: list[str]) -> str:
    return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in grams)
