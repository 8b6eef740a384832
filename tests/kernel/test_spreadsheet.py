"""What people typed stays text in a spreadsheet."""

import sys
import unicodedata

import pytest

from arbill_app.kernel.text.spreadsheet import FORMULA, batched, csv_lines, harmless


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"]
)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\ufeff", " \t "])
def test_what_begins_like_a_formula_is_text(first, before):
    text = f"{before}{first}HYPERLINK(A1)"
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "Alder & Finch", "3-4", "a=b", "−5", "(=1)", "日本＝", "'=1"])
def test_other_text_is_as_it_was(text):
    assert harmless(text) == text


def test_no_letter_or_digit_is_folded_to_what_begins_a_formula():
    """Text that begins with one is written as it is, without looking further."""
    for character in filter(str.isalnum, map(chr, range(sys.maxunicode + 1))):
        assert unicodedata.normalize("NFKC", character)[:1] not in FORMULA


def test_lines_are_quoted_where_they_must_be():
    assert csv_lines([["a", 'b"c', "d,e"], ["f\ng", "", 1]]) == 'a,"b""c","d,e"\r\n"f\ng",,1\r\n'


def test_rows_come_in_batches():
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([], 2)) == []
