"""Words with variables in them, and the catalogues they are spoken from."""

import pytest

from arbill_app.kernel.text.i18n import FOLDERS
from arbill_app.messages.templates import LANGUAGES
from arbill_app.messages.wording import (
    KINDS,
    as_markup,
    as_text,
    complaint,
    facts,
    fill,
    ours,
    paragraphs,
    subject_line,
)

# ---------------------------------------------------------------- catalogues


def test_every_language_we_speak_can_be_edited():
    assert set(LANGUAGES) == set(FOLDERS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words_pass_our_own_check(kind, language):
    subject, body = ours(kind, language)
    assert (complaint(kind, subject), complaint(kind, body)) == ("", "")
    assert len(subject) <= 200


# ---------------------------------------------------------------- variables


def test_a_variable_that_does_not_exist_is_named_with_the_one_that_was_meant():
    assert complaint("invoice", "Pay {totl} by {due_date}") == ("There is no variable {totl}. Did you mean {total}?")
    assert complaint("invoice", "{}").startswith("There is no variable {}.")
    assert complaint("code", "{total}").startswith("There is no variable {total}."), "that one belongs to invoices"


@pytest.mark.parametrize("text", ["", "No variables", "{ number } with spaces", "a { single brace", "}{", "{number"])
def test_what_is_no_variable_is_text(text):
    assert complaint("invoice", text) == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Hello {name},", "Hello,"),
        ("Hola, {name}:", "Hola:"),
        ("Invoice {number} ({po_number})", "Invoice INV-1 ()"),
        ("{name}", ""),
        ("{ number }", "INV-1"),
        ("{not_there} {number}", "{not_there} INV-1"),
    ],
)
def test_an_empty_variable_leaves_no_gap(words, said):
    assert fill(words, {"name": "", "number": "INV-1", "po_number": " "}) == said


def test_what_stands_in_a_value_is_never_a_variable_itself():
    assert fill("{memo}", {"memo": "{number}", "number": "INV-1"}) == "{number}"


def test_a_subject_is_one_line_whatever_stands_in_it():
    assert subject_line("Invoice\n{number}", {"number": "1\r\nBcc: all@x.example\u2028\x0b2"}) == (
        "Invoice 1 Bcc: all@x.example 2"
    )


# ---------------------------------------------------------------- paragraphs


def lines(body, **values):
    return [as_text(paragraph, values) for paragraph in paragraphs(body, values)]


def markup(body, **values):
    return [str(as_markup(paragraph, values)) for paragraph in paragraphs(body, values)]


def test_blank_lines_make_paragraphs():
    assert lines("One\r\ntwo\r\n\r\n \n\n three ") == ["One\ntwo", "three"]


def test_a_line_about_something_empty_is_left_out():
    body = "Hello {name},\nPO {po_number}\nInvoice {number}, PO {po_number}\n\n{memo}"
    assert lines(body, name="", number="7", po_number="", memo=" ") == ["Hello,\nInvoice 7, PO"]


def test_bold_is_marked_in_html_and_plain_in_text():
    assert markup("Pay **{total}** now", total="$5") == ["Pay <strong>$5</strong> now"]
    assert lines("Pay **{total}** now", total="$5") == ["Pay $5 now"]


def test_nothing_else_is_markup_neither_in_words_nor_in_values():
    assert markup("<b>{memo}</b> &", memo='<script>"x"</script>\n**not bold**') == [
        "&lt;b&gt;&lt;script&gt;&#34;x&#34;&lt;/script&gt;<br>**not bold**&lt;/b&gt; &amp;"
    ]


def test_hostile_words_take_no_time():
    for words in ("{" * 8000, "{" + " " * 7999, "**" * 4000, "{a" * 4000, "\n \t" * 2600):
        complaint("invoice", words)
        markup(words)


# ---------------------------------------------------------------- facts


def test_a_balance_that_is_the_whole_total_is_not_said_twice():
    values = {"number": "INV-1", "total": "$5.00", "balance": "$5.00", "due_date": "Dec 1, 2026", "po_number": ""}
    assert list(facts("invoice", "en", values)) == [
        ("Invoice number", "INV-1"),
        ("Total", "$5.00"),
        ("Due date", "Dec 1, 2026"),
    ]
    assert ("Solde à payer", "2,00 $") in list(facts("invoice", "fr", values | {"balance": "2,00 $"}))
