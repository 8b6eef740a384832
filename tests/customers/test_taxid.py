import pytest

from arbill_app.customers.rules.taxid import check_tax_id


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        ("US", "123456789", "12-3456789"),
        ("US", " 12-3456789 ", "12-3456789"),
        ("US", "123-45-6789", "123-45-6789"),
        ("US", "912 70 1234", "912-70-1234"),
        ("CA", "123456782", "123456782"),
        ("CA", "12302 6635", "123026635"),
        ("CA", "123026635 rt 0001", "123026635RT0001"),
        ("CA", "123026635-RC0001", "123026635RC0001"),
        ("CA", "123026635RP0002", "123026635RP0002"),
        ("GB", "GB 980 7806 84", "GB 980 7806 84"),
        ("DE", "DE136695976", "DE136695976"),
        ("MX", "GODE561231GR8", "GODE561231GR8"),
        ("FR", "Fr 40 303 265 045", "Fr 40 303 265 045"),
        ("UA", "32855961", "32855961"),
        ("HK", "anything", "anything"),
        ("QQ", "anything", "anything"),
        ("EU", "anything", "anything"),
        ("", "anything", "anything"),
    ],
)
def test_accepted_without_a_word(country, typed, stored):
    assert check_tax_id(country, typed) == (stored, None, None)


@pytest.mark.parametrize("country", ["US", "CA", "DE", "QQ"])
def test_empty_is_fine(country):
    assert check_tax_id(country, "  ") == ("", None, None)


def test_us_format_is_refused_and_the_text_kept():
    value, error, warning = check_tax_id("US", "12345")
    assert (value, str(error), warning) == ("12345", "Enter the 9 digits of the EIN, such as 12-3456789.", None)


def test_us_prefix_is_a_warning():
    value, error, warning = check_tax_id("US", "071144442")
    assert (value, error, str(warning)) == ("07-1144442", None, "EINs never start with 07. Check the number.")


@pytest.mark.parametrize("typed", ["12345", "123456789RX0001", "123026635RT1", "123456783", "123-45"])
def test_canadian_refusals(typed):
    value, error, warning = check_tax_id("CA", typed)
    assert value == typed
    assert str(error).endswith(".")
    assert warning is None


@pytest.mark.parametrize(("country", "name"), [("DE", "Germany"), ("GB", "the United Kingdom"), ("IN", "India")])
def test_elsewhere_a_doubt_never_refuses(country, name):
    said = f"This does not look like a tax ID of {name}. Check the number."
    value, error, warning = check_tax_id(country, "12-x")
    assert (value, error, str(warning)) == ("12-x", None, said)
