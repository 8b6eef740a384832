"""How numbers of papers are written."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from arbill_app.partners.rules import number_pattern

parts = st.text("ABCxyz019-/_. ", max_size=6)
widths = st.sampled_from(["", *(f":{width}" for width in range(1, 10))])


@pytest.mark.parametrize(
    ("wanted", "written"),
    [
        ("INV-{number:4}", "INV-0042"),
        ("INV-{number}", "INV-42"),
        ("INV-{year}-{number:4}", "INV-2026-0042"),
        ("{number:1}", "42"),
        ("{year}/{number:9}.A_b", "2026/000000042.A_b"),
        ("A {number:2} {year}", "A 42 2026"),
    ],
)
def test_a_number_is_written_by_its_pattern(wanted, written):
    assert number_pattern.write(number_pattern.check(wanted), 2026, 42) == written


def test_a_number_outgrows_its_width():
    assert [number_pattern.write("{number:2}", 2026, number) for number in (9, 99, 100)] == ["09", "99", "100"]


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "INV",
        "{year}",
        "{number}{number}",
        "{year}{year}{number}",
        "{year:2}{number}",
        "{number:0}",
        "{number:10}",
        "{number:-1}",
        "{Number}",
        "{number",
        "{{number}}",
        "{number!r}",
        "{number.real}",
        "INV#{number}",
        "INV\n{number}",
        "INV\0{number}",
        "№{number}",
        "<{number}>",
    ],
)
def test_what_is_no_pattern_is_refused_in_a_sentence(wanted):
    with pytest.raises(ValueError, match=r"\.$|only\.$"):
        number_pattern.check(wanted)


def test_the_counter_begins_anew_each_year_where_the_pattern_names_it():
    assert number_pattern.period("INV-{number:4}", 2026) == ""
    assert number_pattern.period("INV-{year}-{number}", 2026) == "2026"


def test_both_papers_have_a_pattern_of_their_own():
    assert number_pattern.check(number_pattern.INVOICE) != number_pattern.check(number_pattern.CREDIT_NOTE)


@given(parts, widths, parts, st.booleans(), st.integers(1, 10**9), st.integers(1, 10**9))
def test_different_numbers_are_written_differently(before, width, after, with_year, one, other):
    wanted = number_pattern.check(f"{before}{'{year}' if with_year else ''}-{{number{width}}}{after}")
    assert (number_pattern.write(wanted, 2026, one) == number_pattern.write(wanted, 2026, other)) == (one == other)


@given(st.text(max_size=20))
def test_no_text_makes_the_check_fall_over(wanted):
    try:
        said = number_pattern.write(number_pattern.check(wanted), 2026, 1)
    except ValueError as refused:
        said = str(refused)
    assert said
