"""Finding an invoice by its number, customer, memo, PO number or amount: see kernel/db/trigrams.py."""

from sqlalchemy import ColumnElement, exists, or_, union_all, update
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from ...customers.views import search as customers
from ...kernel import money
from ...kernel.db.transactions import Tx
from ...kernel.db.trigrams import holding
from ...kernel.text.search_keys import fold, printable
from ..models import Invoice, InvoiceSearch

RENAMED = 500  # customers whose present name fits, beside those whose name on the invoice does


def index(tx: Tx, invoice: Invoice, company: str, *, fresh: bool = False) -> None:
    """Writes down what this invoice is found by. `fresh`: it was never written down before."""
    plain = money.plain(invoice.total, invoice.currency)
    grouped = money.Money(invoice.total, invoice.currency).text()
    parts = (invoice.number, company, invoice.memo, invoice.po_number, plain, grouped)
    found_by = fold(" · ".join(part for part in parts if part))
    if fresh:
        tx.append(InvoiceSearch, id=invoice.id, found_by=found_by)
        return
    tx.write_appended()
    known = update(InvoiceSearch).where(InvoiceSearch.owned_by(tx.actor), col(InvoiceSearch.id) == invoice.id)
    if tx.session.execute(known.values(found_by=found_by)).rowcount == 0:  # type: ignore[attr-defined]
        tx.append(InvoiceSearch, id=invoice.id, found_by=found_by)


def matching(tx: Tx, words: str) -> tuple[SelectOfScalar[str], ColumnElement[bool]] | None:
    """The ids of the actor's invoices that hold every word, and the same as a condition on `Invoice`.

    A customer's present name counts as well as the one on the paper. None where there are no words.
    """
    terms = fold(printable(words)).split()
    if not terms:
        return None
    ids, has = holding(tx, InvoiceSearch, "invoice_fts", terms)
    holds = exists().where(col(InvoiceSearch.id) == col(Invoice.id), has)
    customer_ids = _customers(tx, words)
    if not customer_ids:
        return ids, holds
    theirs = select(Invoice.id).where(Invoice.owned_by(tx.actor), col(Invoice.customer_id).in_(customer_ids))
    # Twice the same id does no harm, and a limit stops this one: a plain union would be run to its end.
    both = union_all(ids, theirs).subquery()
    return select(both.c.id), or_(holds, col(Invoice.customer_id).in_(customer_ids))


def _customers(tx: Tx, words: str) -> list[str]:
    found = customers.matching(tx, words)
    ids = list(tx.all(found[0].limit(RENAMED + 1))) if found else []
    # So many fit only a very common word, which stands on the invoices themselves too.
    return ids if len(ids) <= RENAMED else []
