"""Files that go with an invoice: kept in the database, so that every process has them, and sent along with it."""

from dataclasses import dataclass

from sqlmodel import col

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.problems import Problem
from ...kernel.text.search_keys import printable
from ..models import Attachment, AttachmentContent, Invoice
from ..rules.lifecycle import Stage

LARGEST = 5 * 1024 * 1024
MOST = 10
# What a file must begin with to be what its name says; text is anything without a NUL byte.
KINDS = {
    "pdf": ("application/pdf", b"%PDF-"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "csv": ("text/csv", b""),
    "txt": ("text/plain", b""),
}
ACCEPTED = ",".join(f".{ending}" for ending in KINDS)


@dataclass(frozen=True)
class File:
    name: str
    kind: str
    content: bytes


def attach(tx: Tx, invoice_id: str, name: str, content: bytes) -> Attachment:
    """Invalid for what is no allowed kind, whatever its name says; voided invoices take no more files."""
    invoice = tx.get(Invoice, invoice_id, lock=True)
    if invoice.stage == Stage.VOIDED:
        raise Conflict(Problem("invoice.void"))
    kept = tx.all(tx.own(Attachment).where(Attachment.invoice_id == invoice.id))
    if len(kept) >= MOST:
        raise Invalid(file=Problem("file.too_many", most=MOST))
    name, kind = checked(name, content)
    row = tx.create(Attachment, invoice_id=invoice.id, name=name, kind=kind, size=len(content), created_at=clock.now())
    tx.flush()
    tx.create(AttachmentContent, attachment_id=row.id, content=content)
    tx.record("invoice.attached", invoice, note=name)
    return row


def checked(name: str, content: bytes) -> tuple[str, str]:
    """(a harmless name, the content type), or Invalid."""
    name = safe_name(name)
    kind, begins = KINDS.get(name.rpartition(".")[2].lower(), ("", b""))
    if not kind:
        raise Invalid(file=Problem("file.kind"))
    if not content:
        raise Invalid(file=Problem("file.empty", name=name))
    if len(content) > LARGEST:
        raise Invalid(file=Problem("file.too_large", name=name))
    if not content.startswith(begins) or (not begins and b"\0" in content):
        raise Invalid(file=Problem("file.not_its_name", name=name))
    return name, kind


def safe_name(name: str) -> str:
    """The last part of a path, without what means something to a shell, a header or a file system."""
    last = printable(name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*;').strip(". ")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:10]}" if dot else kept[:150]


def detach(tx: Tx, attachment_id: str) -> None:
    """Only from a draft: what was sent stays what it was."""
    row = tx.get(Attachment, attachment_id)
    invoice = tx.get(Invoice, row.invoice_id, lock=True)
    if invoice.stage != Stage.DRAFT:
        raise Conflict(Problem("file.of_issued"))
    tx.delete(*tx.all(tx.own(AttachmentContent).where(AttachmentContent.attachment_id == row.id)))
    tx.flush()
    tx.delete(row)
    tx.record("invoice.detached", invoice, note=row.name)


def attachments_of(tx: Tx, invoice_id: str) -> list[Attachment]:
    return list(tx.all(tx.own(Attachment).where(Attachment.invoice_id == invoice_id).order_by(col(Attachment.id))))


def file_of(tx: Tx, attachment_id: str) -> File:
    row = tx.get(Attachment, attachment_id)
    content = tx.first(tx.own(AttachmentContent).where(AttachmentContent.attachment_id == row.id))
    return File(row.name, row.kind, content.content)
