"""Files that go with an invoice: harmless names, known kinds, not too large, and they stay once it is issued."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.invoices.commands import attachments, drafts, issuing
from arbill_app.invoices.commands.attachments import LARGEST, MOST, attach, checked, detach, file_of, safe_name
from arbill_app.invoices.models import Attachment, AttachmentContent
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.together import together
from tests.world import make_draft_invoice, make_invoice

PNG = b"\x89PNG\r\n\x1a\n..."
GOOD = {
    "report.pdf": (b"%PDF-1.7 ...", "application/pdf"),
    "Scan.PNG": (PNG, "image/png"),
    "photo.jpg": (b"\xff\xd8\xff...", "image/jpeg"),
    "photo.jpeg": (b"\xff\xd8\xff...", "image/jpeg"),
    "hours.xlsx": (b"PK\x03\x04...", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "offer.docx": (b"PK\x03\x04...", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "hours.csv": ("day;hours\n1;7½".encode(), "text/csv"),
    "notes.txt": (b"text", "text/plain"),
}


@pytest.mark.parametrize(("name", "good"), GOOD.items())
def test_a_file_is_what_it_begins_with(name, good):
    assert checked(name, good[0]) == (name, good[1])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("report.pdf", PNG, "report.pdf is not what its name says."),
        ("scan.png", b"%PDF-1.7", "scan.png is not what its name says."),
        ("notes.txt", b"MZ\0\0", "notes.txt is not what its name says."),
        ("hours.csv", b"PK\x03\x04\0", "hours.csv is not what its name says."),
        ("notes.txt", b"", "notes.txt is empty."),
        ("notes.txt", b"x" * (LARGEST + 1), "notes.txt is larger than 5 MB."),
        ("page.html", b"<script>", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
        ("drawing.svg", b"<svg>", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
        ("run.exe", b"MZ", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
        ("report.pdf.exe", b"%PDF-", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
        ("report", b"%PDF-", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
        ("", b"%PDF-", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
        ("..", b"%PDF-", "Attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
    ],
)
def test_what_is_not_taken(name, content, said):
    with pytest.raises(Invalid) as refusal:
        checked(name, content)
    assert refusal.value.errors == {"file": said}


def test_the_largest_file_is_taken():
    assert checked("notes.txt", b"x" * LARGEST)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("/etc/../report.pdf", "report.pdf"),
        ("C:\\Users\\Ada\\report.pdf", "report.pdf"),
        ("..report.pdf", "report.pdf"),
        ("re\0port\r\n.pdf", "report.pdf"),
        ('re<>:"|?*;port.pdf', "report.pdf"),
        ("report\u202efdp.pdf", "reportfdp.pdf"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
        ("中文.pdf", "中文.pdf"),
        ("x" * 300 + ".pdf", "x" * 150 + ".pdf"),
        ("x" * 300, "x" * 150),
        ("\ud800", ""),
    ],
)
def test_a_name_means_nothing_to_a_file_system(name, safe):
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_every_name_is_made_harmless(name):
    safe = safe_name(name)
    assert len(safe) <= 200
    assert not set(safe) & set('/\\<>:"|?*;\r\n\0')
    assert safe.isprintable()
    assert not safe.startswith(".")


# ---------------------------------------------------------------- on an invoice


def names(by, invoice_id):
    return [row.name for row in read(by, attachments.attachments_of, invoice_id)]


def rows(by):
    return [len(read(by, lambda tx, model=model: tx.all(tx.own(model)))) for model in (Attachment, AttachmentContent)]


def test_a_file_comes_back_as_it_was(two):
    draft = make_draft_invoice(two.nora, two.ada)
    row = write(two.nora, attach, draft, "a/scan.png", PNG)
    file = read(two.nora, file_of, row.id)
    assert (file.name, file.kind, file.content, row.size) == ("scan.png", "image/png", PNG, len(PNG))


def test_a_draft_loses_files_and_an_issued_invoice_does_not(two):
    draft = make_draft_invoice(two.nora, two.ada)
    first, second = (write(two.nora, attach, draft, name, b"text").id for name in ("a.txt", "b.txt"))
    write(two.nora, detach, first)
    assert names(two.nora, draft) == ["b.txt"]
    assert rows(two.nora) == [1, 1]
    write(two.nora, issuing.issue_invoice, draft)
    with pytest.raises(Conflict, match="stay with it"):
        write(two.nora, detach, second)
    assert names(two.nora, draft) == ["b.txt"]


def test_an_issued_invoice_takes_more_files_and_a_void_one_does_not(two):
    invoice_id = make_invoice(two.nora, two.ada)
    write(two.nora, attach, invoice_id, "a.txt", b"text")
    write(two.nora, issuing.void_invoice, invoice_id)
    with pytest.raises(Conflict, match="void"):
        write(two.nora, attach, invoice_id, "b.txt", b"text")
    assert names(two.nora, invoice_id) == ["a.txt"]


def test_an_invoice_has_only_so_many_files(two, monkeypatch):
    monkeypatch.setattr(attachments, "MOST", 3)
    draft = make_draft_invoice(two.nora, two.ada)
    ends = together(*(lambda n=n: write(two.nora, attach, draft, f"{n}.txt", b"text") for n in range(5)))
    assert sorted(type(end).__name__ for end in ends) == ["Attachment"] * 3 + ["Invalid"] * 2
    assert MOST == 10


def test_a_discarded_draft_takes_its_files_along(two):
    draft = make_draft_invoice(two.nora, two.ada)
    for name in ("a.txt", "b.txt"):
        write(two.nora, attach, draft, name, b"text")
    write(two.nora, drafts.discard_draft, draft)
    assert rows(two.nora) == [0, 0]


def test_a_duplicate_begins_without_files(two):
    """They went with that invoice: what goes with the next one is chosen anew."""
    invoice_id = make_invoice(two.nora, two.ada)
    write(two.nora, attach, invoice_id, "a.txt", b"text")
    assert names(two.nora, write(two.nora, issuing.duplicate_invoice, invoice_id, "copy").id) == []


def test_another_partners_file_does_not_exist(two):
    row = write(two.nora, attach, make_draft_invoice(two.nora, two.ada), "a.txt", b"text")
    with pytest.raises(NotFound):
        read(two.sol, file_of, row.id)
    for verb, *args in ((detach, row.id), (attach, row.invoice_id, "b.txt", b"text")):
        with pytest.raises(NotFound):
            write(two.sol, verb, *args)
