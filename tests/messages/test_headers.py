"""Names in any script arrive exactly as they were typed, each with its own address, whatever Python is installed.

What is written is read by strict.py, and by Python's own reader as one of those that people have.
"""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from arbill_app.messages import headers
from arbill_app.messages.header_text import BadAddress, wire_address
from tests.messages import strict

SPOKEN = """
Renée Tremblay Lévesque Clinique Beaulieu Société Générale Œuvres Zoë Ångström Łukasz Żółć Đặng Thị Phương Công ty
Cổ phần Đầu tư Phát triển Việt Nam Општина Београд Градска управа Александра Петрова Ελένη Παπαδοπούλου
שלום כהן חברת החשמל محمد علي شركة الاتصالات السعودية 山田 太郎 株式会社 中山大学 김민준 주식회사 ไทย พาณิชย์ हिन्दी
भारतीय தமிழ் বাংলা ქართული Հայաստան አማርኛ 👩‍👩‍👧‍👦 🎉 🇨🇦 e\N{COMBINING ACUTE ACCENT}le\N{COMBINING CEDILLA}ve O’Brien
Smith, Jr. "Bob" back\\slash (Sales) <x@y.example> a@b.example =?utf-8?q?x?= semi;colon co:lon . .. Ltd. & % $
"""
WORDS = SPOKEN.split()
LONG = "".join(WORDS)
names = st.lists(
    st.sampled_from([*WORDS, LONG, "x" * 120, "\N{NO-BREAK SPACE}", "\N{IDEOGRAPHIC SPACE}", ""]), max_size=9
)
typed = st.builds(" ".join, names) | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=120)
shown = typed.map(headers.one_line)
labels = st.sampled_from(
    ["x.example", "bücher.example", "clinique-beaulieu.example", "例え.example", "mail.straße.example"]
)
locals_ = st.sampled_from(["ada", "renee.tremblay", "o'brien+invoices", "a" * 60, "x_y-z"])
addresses = st.builds("{}@{}".format, locals_, labels)


def written(subject="Hello", to=(("Ada", "ada@x.example"),), sender=("Northwind", "billing@x.example"), cc=(), file=""):
    email = headers.new(subject, *sender, to, "<1@x.example>", cc)
    headers.reply_to(email, *sender)
    headers.write(email, "Hello", "<p>Hello")
    if file:
        headers.attach(email, file, "application/pdf", b"%PDF")
    return email.as_bytes()


def a_label(address):
    local, _, domain = address.partition("@")
    known = {
        "bücher.example": "xn--bcher-kva.example",
        "例え.example": "xn--r8jz45g.example",
        "mail.straße.example": "mail.xn--strae-oqa.example",
    }
    return f"{local}@{known.get(domain, domain)}"


@given(shown, st.lists(st.tuples(shown, addresses), min_size=1, max_size=8), shown, st.lists(addresses, max_size=3))
@settings(max_examples=250, deadline=None)
def test_everything_arrives_as_it_was_typed(subject, to, sender, cc):
    raw = written(subject, to, (sender, "billing@x.example"), cc)
    found = strict.headers(raw)
    assert strict.text(found.get("Subject", "")) == subject
    assert strict.people(found["To"]) == [(name, a_label(address)) for name, address in to]
    assert strict.people(found["From"]) == strict.people(found["Reply-To"]) == [(sender, "billing@x.example")]
    assert strict.people(found["Cc"]) == [("", a_label(one)) for one in cc] if cc else "Cc" not in found


@given(shown.filter(bool))
@settings(max_examples=150, deadline=None)
def test_an_attachment_keeps_its_name(name):
    part = written(file=name).split(b"Content-Type: application/pdf")[1]
    found = strict.headers(b"Content-Type: application/pdf" + part)
    assert strict.file_name(found["Content-Disposition"]) == name


EXAMPLES = [
    ("Renée Tremblay", "renee.tremblay@clinique-beaulieu.example"),
    ("Renée Lévesque", "renee.levesque@clinique-beaulieu.example"),
]


@pytest.mark.parametrize(
    "people",
    [
        EXAMPLES,
        [("Општина Београд Градска управа", "uprava@beograd.example")],
        [("Công ty Cổ phần Đầu tư Phát triển Việt Nam", "a@x.example"), ("שלום, כהן", "b@x.example")],
        [('Eve "the" \\ Ochre', "eve@x.example"), ("Smith, John", "john@x.example"), ("", "plain@x.example")],
        [("=?utf-8?q?Mallory?=", "m@x.example")],
        [("👩‍👩‍👧‍👦" * 20, "family@x.example")],
        [(f"Zoë {n}", f"zoe{n}@{'long-label.' * 10}example") for n in range(8)],
    ],
)
def test_recipients_are_neither_lost_nor_changed(people):
    raw = written(to=people)
    assert strict.people(strict.headers(raw)["To"]) == people
    # Python's older reader: the newer one puts spaces between encoded words of a name, up to 3.12 at least.
    theirs = getaddresses([message_from_bytes(raw)["To"]])
    assert [(decoded(name), address) for name, address in theirs] == people


def decoded(name):
    return str(make_header(decode_header(name))) if "=?utf-8?b?" in name else name


@pytest.mark.parametrize(
    "subject",
    [
        "Facture INV-0042 de Công ty Cổ phần Đầu tư Phát triển Việt Nam",
        "Општина Београд Градска управа: рачун",
        "Invoice INV-0042 from Northwind",
        "Invoice  with two spaces",
        "word " * 60 + "end",
        "x" * 2000,
        "=?utf-8?b?SGFsbG8=?= is text",
        "",
    ],
)
def test_a_subject_arrives_as_it_was_typed(subject):
    raw = written(subject)
    assert strict.text(strict.headers(raw).get("Subject", "")) == subject
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject


@pytest.mark.parametrize("typed", ["A\r\nBcc: all@x.example", "A\tBcc: all@x.example", "A \x85 Bcc: all@x.example"])
def test_a_line_break_is_a_space(typed):
    found = strict.headers(written(typed, [(typed, "a@x.example")], (typed, "b@x.example")))
    assert strict.text(found["Subject"]) == "A Bcc: all@x.example"
    assert strict.people(found["To"]) == [("A Bcc: all@x.example", "a@x.example")]
    assert "Bcc" not in found


@pytest.mark.parametrize(
    "wrong",
    ["", "x", "@x.example", "a@", "a b@x.example", "a@x y", "a@-.example-", "a@b@c", "a@\u2024x", "a,b@x", "a@x>"],
)
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(BadAddress):
        wire_address(wrong)


def test_letters_before_the_at_stay_and_the_domain_is_ascii():
    assert wire_address("jürgen@bücher.example") == "jürgen@xn--bcher-kva.example"
