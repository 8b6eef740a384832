"""The printed paper: what can be read from it, by people and by programs."""

import io
import struct
import zlib
from dataclasses import replace

import pytest
from pypdf import PdfReader

from arbill_app.invoices.documents.model import Party
from arbill_app.invoices.documents.pdf import render

from .papers import NORTHGATE, make_document, make_item, many_lines

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><rect width="60" height="60"/></svg>'


def opened(document) -> PdfReader:
    return PdfReader(io.BytesIO(render(document)))


def text_of(document) -> str:
    return "\n".join(page.extract_text() for page in opened(document).pages)


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\x04\x78\x57" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def standards_of(document) -> tuple[bool, bool]:
    """Whether it says to be an archive (PDF/A-3a) and accessible (PDF/UA-1)."""
    about = opened(document).xmp_metadata
    data = about.stream.get_data().decode() if about else ""
    is_archive = "<pdfaid:part>3</pdfaid:part>" in data and "<pdfaid:conformance>A</pdfaid:conformance>" in data
    return is_archive, "<pdfuaid:part>1</pdfuaid:part>" in data


def test_a_program_reads_the_facts():
    lines = text_of(make_document(terms_days=15)).splitlines()
    for fact in (
        "INV-0042", "Nov 21, 2026", "Dec 6, 2026", "Net 15", "Northgate IT, Inc.", "Tax ID 31-5550142",
        "billing@northgate.example", "480 Juniper Street", "December managed IT services $1,180.00", "Total $1,180.00",
    ):  # fmt: skip
        assert fact in lines


def test_the_same_document_is_the_same_bytes():
    assert render(make_document()) == render(make_document())
    assert render(make_document()) != render(make_document(number="INV-0043"))


def test_it_is_an_archive_and_readable_aloud():
    made = opened(make_document(language="fr"))
    root = made.trailer["/Root"]
    assert standards_of(make_document()) == (True, True)
    assert (made.metadata.title, made.metadata.author) == ("Facture INV-0042", "Northgate IT, Inc.")
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("fr-CA", True)


def test_a_draft_without_a_date_is_not_an_archive():
    assert standards_of(make_document(number="", issued_on=None)) == (False, True)


def test_what_no_font_has_makes_a_plain_paper_and_is_logged(caplog):
    document = make_document(memo="Nice 😀 day")
    assert standards_of(document) == (False, False)
    assert "😀" in caplog.text
    assert "Nice" in text_of(document)


@pytest.mark.parametrize(
    "typed",
    ['#read("/etc/passwd")', "]#", "$x$ *bold* _it_", "\\u{41} \\n", "<b>x</b> &amp; @ref", "`raw` = Heading", '"}'],
)
def test_what_people_type_is_printed_literally(typed):
    document = make_document(items=[make_item(typed)], memo=typed, buyer=Party(typed, [typed]), po_number=typed)
    assert text_of(document).count(typed) >= 4


def test_a_control_character_or_half_a_letter_is_left_out():
    assert "ab" in text_of(make_document(memo="a\x00\ud800\ufeff\x07b"))


def test_words_too_long_for_the_page_go_on_below():
    document = make_document(items=[make_item("W" * 300)], buyer=Party("X" * 200, ["y" * 120]), po_number="P" * 60)
    joined = text_of(document).replace("\n", "")
    assert all(word in joined for word in ("W" * 300, "X" * 200, "y" * 120, "P" * 60))


def test_a_long_invoice_repeats_its_head_and_numbers_its_pages():
    pages = [page.extract_text() for page in opened(many_lines(60)).pages]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert "Description Quantity Unit price Discount Tax Amount" in page
        assert f"Page {number} of {len(pages)}" in page
    assert "Page" not in text_of(make_document())


@pytest.mark.parametrize("count", range(13, 19))
def test_the_sums_stay_together(count):
    """Whatever room is left under the last line."""
    last = opened(many_lines(count)).pages[-1].extract_text()
    assert "Subtotal" in last
    assert "Total $" in last


@pytest.mark.parametrize("count", range(13, 16))
def test_a_line_stays_on_one_page(count):
    for page in opened(many_lines(count)).pages:
        text = page.extract_text()
        assert text.count("monitoring and backup") == text.count("November 1 to")


def test_letters_from_right_to_left_and_from_china_are_printed():
    buyer = Party("شركة النور", ["Suite #4 123 Main St", "北京市朝阳区"])
    for language in ("ar", "en"):
        text = text_of(make_document(language=language, buyer=buyer))
        assert "Suite #4 123 Main St" in text
        assert "北京市朝阳区" in text
        assert "النور" in text


def sides(document) -> dict[str, float]:
    """How far from the left edge some words begin."""
    found: dict[str, float] = {}

    def visit(text, moved, _matrix, _font, _size):
        if text.strip() in ("Description", "Amount"):
            found[text.strip()] = moved[4]

    opened(document).pages[0].extract_text(visitor_text=visit)
    return found


def test_arabic_turns_the_page_around():
    straight, turned = sides(make_document()), sides(make_document(language="ar"))
    assert straight["Description"] < straight["Amount"]
    assert turned["Description"] > turned["Amount"]


def test_the_paper_is_letter_here_and_a4_elsewhere():
    here, there = (opened(make_document(seller=replace(NORTHGATE, country=c))).pages[0].mediabox for c in ("US", "DE"))
    assert (round(here.width), round(here.height)) == (612, 792)
    assert (round(there.width), round(there.height)) == (595, 842)


def test_pay_online_is_a_link():
    page = opened(make_document(pay_url="https://pay.example/p/1")).pages[0]
    links = [a.get_object()["/A"]["/URI"] for a in page["/Annots"]]
    assert links == ["https://pay.example/p/1"]
    assert "Pay online" in page.extract_text()


def test_a_void_paper_says_so():
    assert "Void" in text_of(make_document(voided=True))
    assert "Void" not in text_of(make_document())


@pytest.mark.parametrize(("logo", "kind"), [(SVG, "image/svg+xml"), (png(), "image/png")])
def test_logos_are_drawn_in_an_archive_too(logo, kind):
    document = make_document(logo=logo, logo_kind=kind)
    assert standards_of(document) == (True, True)
    assert render(document) != render(make_document())
    assert b"Logo of Northgate" in b"".join(every_string(opened(document)))


def every_string(made: PdfReader):
    """The alternative texts."""
    for number in range(1, int(str(made.trailer["/Size"]))):
        found = made.get_object(number)
        if isinstance(found, dict) and "/Alt" in found:
            yield str(found["/Alt"]).encode()


@pytest.mark.parametrize(
    ("logo", "kind"),
    [
        (b"<svg", "image/svg+xml"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>', "image/svg+xml"),
        (SVG.replace(b"<rect", b'<image href="x.png" width="9" height="9"/><rect'), "image/svg+xml"),
        (png()[:20], "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
    ],
)
def test_a_logo_that_cannot_be_drawn_is_left_out(logo, kind):
    assert render(make_document(logo=logo, logo_kind=kind)) == render(make_document())
