"""Lines of invoices and credit notes with their taxes, as rows: written in one statement each, read, deleted."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import col, select

from ..kernel.db.transactions import Tx, new_id
from .models import CreditLine, CreditNote, InvoiceLine
from .rules.taxes import Component, Components
from .rules.totals import Line
from .tax_models import OF_CREDIT_LINE, OF_INVOICE_LINE, LineTax

COLUMNS = [name for name in Line.__dataclass_fields__ if name != "taxes"]
TAX_COLUMNS = list(Component.__dataclass_fields__)


def write_invoice_lines(tx: Tx, invoice_id: str, lines: Sequence[Line]) -> None:
    _write(tx, InvoiceLine, {"invoice_id": invoice_id}, OF_INVOICE_LINE, lines)


def write_credit_lines(tx: Tx, credit_note_id: str, lines: Sequence[Line]) -> None:
    _write(tx, CreditLine, {"credit_note_id": credit_note_id}, OF_CREDIT_LINE, lines)


def _write(tx: Tx, model: Any, of: dict[str, str], line_column: str, lines: Sequence[Line]) -> None:
    """Not objects: nobody looks at them in this transaction, and twenty of those cost more than everything else."""
    rows, taxes = [], []
    for at, line in enumerate(lines):
        line_id = new_id(model.prefix)
        values = vars(line)
        rows.append(_row(tx, line_id, at) | of | {name: values[name] for name in COLUMNS})
        for place, one in enumerate(line.taxes):
            taxes.append(_row(tx, new_id(LineTax.prefix), place) | {line_column: line_id} | vars(one))
    if rows:
        tx.session.execute(insert(model), rows)
    if taxes:
        tx.session.execute(insert(LineTax), taxes)


def _row(tx: Tx, id: str, position: int) -> dict[str, Any]:
    return {"id": id, "partner_id": tx.actor.partner_id, "position": position}


def delete_invoice_lines(tx: Tx, invoice_id: str) -> None:
    """Of a draft."""
    lines = InvoiceLine.owned_by(tx.actor), col(InvoiceLine.invoice_id) == invoice_id
    ids = select(InvoiceLine.id).where(*lines)
    taxes = delete(LineTax).where(LineTax.owned_by(tx.actor), col(LineTax.invoice_line_id).in_(ids))
    for statement in (taxes, delete(InvoiceLine).where(*lines)):
        tx.session.execute(statement.execution_options(synchronize_session=False))


# ---------------------------------------------------------------- rows


def lines_of(tx: Tx, invoice_id: str) -> list[InvoiceLine]:
    wanted = tx.own(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
    return list(tx.all(wanted.order_by(col(InvoiceLine.position))))


def credit_lines_of(tx: Tx, credit_note_id: str) -> list[CreditLine]:
    wanted = tx.own(CreditLine).where(CreditLine.credit_note_id == credit_note_id)
    return list(tx.all(wanted.order_by(col(CreditLine.position))))


# ---------------------------------------------------------------- with their taxes


def taxed_lines(tx: Tx, invoice_id: str) -> list[Line]:
    """The lines of an invoice as they were worked out."""
    wanted = select(InvoiceLine.id).where(col(InvoiceLine.invoice_id) == invoice_id)
    return _taxed(lines_of(tx, invoice_id), _taxes(tx, OF_INVOICE_LINE, wanted))


def taxed_credit_lines(tx: Tx, credit_note_id: str) -> list[Line]:
    wanted = select(CreditLine.id).where(col(CreditLine.credit_note_id) == credit_note_id)
    return _taxed(credit_lines_of(tx, credit_note_id), _taxes(tx, OF_CREDIT_LINE, wanted))


def credited_lines(tx: Tx, invoice_id: str) -> list[Line]:
    """Lines of all credit notes of an invoice."""
    notes = select(CreditNote.id).where(CreditNote.owned_by(tx.actor), CreditNote.invoice_id == invoice_id)
    rows = tx.all(tx.own(CreditLine).where(col(CreditLine.credit_note_id).in_(notes)))
    wanted = select(CreditLine.id).where(col(CreditLine.credit_note_id).in_(notes))
    return _taxed(rows, _taxes(tx, OF_CREDIT_LINE, wanted))


def _taxes(tx: Tx, line_column: str, line_ids: Any) -> dict[str, Components]:
    """By the line's id."""
    of_line = getattr(LineTax, line_column)
    found: dict[str, Components] = {}
    for row in tx.all(tx.own(LineTax).where(of_line.in_(line_ids)).order_by(col(LineTax.position))):
        one = Component(**{name: getattr(row, name) for name in TAX_COLUMNS})
        line_id = getattr(row, line_column)
        found[line_id] = (*found.get(line_id, ()), one)
    return found


def _taxed(rows: Iterable[InvoiceLine | CreditLine], taxes: dict[str, Components]) -> list[Line]:
    return [Line(**{name: getattr(row, name) for name in COLUMNS}, taxes=taxes.get(row.id, ())) for row in rows]
