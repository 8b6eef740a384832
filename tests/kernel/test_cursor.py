"""Where a page begins: whatever is written is read again, and nothing else is believed."""

import base64
import json
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given

from arbill_app.kernel.cursor import MOST, WIDEST, read, write
from arbill_app.kernel.text.search_keys import printable

texts = st.text().map(printable)
numbers = st.integers(-WIDEST, WIDEST)
keys = st.lists(st.one_of(texts, numbers, st.dates()), min_size=1, max_size=4)


@given(keys, st.integers(0, MOST - 1))
def test_a_cursor_is_read_as_it_was_written(values, start):
    assert read(write(values, start), [type(value) for value in values]) == [*values, start]


@given(keys, st.integers(0, MOST - 1))
def test_a_cursor_stands_in_an_address_as_it_is(values, start):
    assert set(write(values, start)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def packed(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    ("cursor", "kinds"),
    [
        (packed("a", 1), [int]),
        (packed(5, 1), [str]),
        (packed(True, 1), [int]),
        (packed(1.5, 1), [int]),
        (packed(WIDEST + 1, 1), [int]),
        (packed("2026-02-30", 1), [date]),
        (packed(20260101, 1), [date]),
        (packed("a\0", 1), [str]),
        (packed("\ud800", 1), [str]),
        (packed("a", "b", 1), [str]),
        (packed("a"), [str]),
        (packed("a", -1), [str]),
        (packed("a", MOST), [str]),
        (packed("a", True), [str]),
        (packed("a", "1"), [str]),
        (packed(), []),
        ("", [str]),
        ("====", [str]),
        ("é", [str]),
        ("W" * 50_000, [str]),
        (base64.urlsafe_b64encode(b"[" * 100_000).decode(), [str]),
    ],
)
def test_one_that_is_none_of_ours_is_no_place(cursor, kinds):
    assert read(cursor, kinds) == []


@given(st.text(), st.lists(st.sampled_from([str, int, date]), max_size=3))
def test_no_text_makes_reading_fall_over(cursor, kinds):
    assert isinstance(read(cursor, kinds), list)
