import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.customers.rules import rate, terms


@given(st.integers(0, rate.WHOLE))
def test_a_rate_that_was_written_reads_the_same(value):
    assert rate.parse(rate.write(value)) == value


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("0", "0.00"),
        ("", "0.00"),
        ("8.875", "8.875"),
        ("8,5 %", "8.50"),
        ("100", "100.00"),
        ("0.0001", "0.0001"),
        (".5", "0.50"),
    ],
)
def test_a_rate_is_written_with_two_to_four_decimals(typed, written):
    assert rate.write(rate.parse(typed)) == written


@pytest.mark.parametrize(
    "typed", ["x", "-0.01", "100.0001", "1e9", "NaN", "Infinity", "1.00001", "1 2", "--1", "1e999999"]
)
def test_what_is_no_rate(typed):
    with pytest.raises(ValueError, match=r"percentage|decimals"):
        rate.parse(typed)


@pytest.mark.parametrize(
    ("choice", "custom", "days"),
    [("", "", None), ("0", "", 0), ("30", "99", 30), ("custom", " 21 ", 21), ("custom", "365", 365)],
)
def test_terms_are_days(choice, custom, days):
    assert terms.parse(choice, custom) == days


@pytest.mark.parametrize(
    ("choice", "custom"), [("custom", ""), ("custom", "366"), ("custom", "-1"), ("x", ""), ("custom", "²")]
)
def test_what_is_no_term(choice, custom):
    with pytest.raises(ValueError, match="0 to 365"):
        terms.parse(choice, custom)


def test_terms_as_people_say_them():
    assert [terms.write(days) for days in (0, 7, 45)] == ["Due on receipt", "Net 7", "Net 45"]
