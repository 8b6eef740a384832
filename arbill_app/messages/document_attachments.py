"""PDFs of invoices, credit notes and receipts as attachments, made from the rows when the message is sent."""

from ..invoices.commands.attachments import file_of
from ..invoices.documents.document_builder import credit_document, invoice_document
from ..invoices.documents.model import Document
from ..invoices.documents.pdf import file_name, render
from ..kernel.db.transactions import Tx
from ..kernel.typesetting.pool import Requester
from ..payments.receipts import document as receipt
from .attachments import PRODUCERS, SPARED

PDF = "application/pdf"


def invoice_paper(tx: Tx, invoice_id: str) -> tuple[str, str, bytes]:
    return _paper(tx, invoice_document(tx, invoice_id))


def credit_paper(tx: Tx, credit_note_id: str) -> tuple[str, str, bytes]:
    return _paper(tx, credit_document(tx, credit_note_id))


def _paper(tx: Tx, document: Document) -> tuple[str, str, bytes]:
    return file_name(document), PDF, render(document, Requester(tx.actor.partner_id))


def receipt_paper(tx: Tx, payment_id: str) -> tuple[str, str, bytes]:
    found = receipt.receipt_of(tx, payment_id)
    return found.name, PDF, receipt.render(found, Requester(tx.actor.partner_id))


def attached_file(tx: Tx, attachment_id: str) -> tuple[str, str, bytes]:
    file = file_of(tx, attachment_id)
    return file.name, file.kind, file.content


PRODUCERS |= {"inv": invoice_paper, "crn": credit_paper, "att": attached_file, "pay": receipt_paper}
SPARED |= {"pay"}
