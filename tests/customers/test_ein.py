import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.customers.rules.ein import EIN_FORMAT, ein_warning, is_ssn_layout, normalise_ein

nine = st.text("0123456789", min_size=9, max_size=9)


@given(nine, st.sampled_from(["", "-", " ", " - ", "–"]))
def test_nine_digits_make_an_ein(digits, between):
    ein = f"{digits[:2]}-{digits[2:]}"
    assert normalise_ein(f" {digits[:2]}{between}{digits[2:]} ") == ein
    assert normalise_ein(ein) == ein


@given(st.text(max_size=14).filter(lambda text: sum(c.isdecimal() for c in text) != 9))
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=str(EIN_FORMAT)):
        normalise_ein(text)


@pytest.mark.parametrize("typed", ["", "12-345678", "1234567890", "12-34S6789", "EIN"])
def test_refusals(typed):
    with pytest.raises(ValueError) as refusal:
        normalise_ein(typed)
    assert str(refusal.value) == "Enter the 9 digits of the EIN, such as 12-3456789."


def test_an_ssn_is_not_turned_into_an_ein():
    assert is_ssn_layout("123-45-6789")
    with pytest.raises(ValueError, match="Social Security"):
        normalise_ein("123-45-6789")


def test_a_prefix_that_was_never_issued_is_a_warning():
    assert ein_warning("12-3456789") is None
    assert ein_warning("91-1144442") is None
    assert str(ein_warning("07-1144442")) == "EINs never start with 07. Check the number."
    assert str(ein_warning("00-1144442")) == "EINs never start with 00. Check the number."
