"""What step one and the profile's sections refuse, and what they only doubt."""

import pytest

from arbill_app.customers.commands.lifecycle import check_new
from arbill_app.customers.rules.countries import all_countries
from arbill_app.customers.rules.ein import EIN_FORMAT
from arbill_app.customers.rules.taxid import BN_CHECK_DIGIT, BN_FORMAT
from arbill_app.customers.validation import check_business, check_place, check_tax
from arbill_app.kernel.errors import Invalid
from tests.world import canadian, typed


def errors(**changes):
    return check_new(typed(**changes)).errors


def test_what_is_typed_rightly_is_accepted_as_it_is():
    checked = check_new(typed())
    assert (checked.errors, checked.warnings) == ({}, {})
    assert checked.accepted()["currency"] == "USD"


def test_everything_missing_is_said_at_once_in_the_order_of_the_screen():
    checked = check_new({})
    assert list(checked.errors.items()) == [("company", "Enter the company name."), ("country", "Choose a country.")]
    checked = check_new({"country": "US"})
    assert list(checked.errors) == ["company", "address_line1", "city", "region", "postal_code"]


def test_with_errors_nothing_is_accepted():
    with pytest.raises(Invalid) as refused:
        check_new(typed(company="", city="")).accepted()
    assert list(refused.value.errors) == ["company", "city"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"company": "   "}, {"company": "Enter the company name."}),
        ({"company": "\u200b\ufeff\0"}, {"company": "Enter the company name."}),
        ({"company": "x" * 201}, {"company": "Use at most 200 characters."}),
        ({"company": None}, {"company": "Enter the company name."}),
        ({"legal_name": "x" * 201}, {"legal_name": "Use at most 200 characters."}),
        ({"address_line1": " "}, {"address_line1": "Enter the address."}),
        ({"address_line2": "x" * 201}, {"address_line2": "Use at most 200 characters."}),
        ({"city": ""}, {"city": "Enter the city."}),
        ({"region": ""}, {"region": "Choose a state. 43215 is in Ohio."}),
        ({"region": "Ontario"}, {"region": "“Ontario” is not a US state or territory. Ontario is in Canada."}),
        ({"postal_code": ""}, {"postal_code": "Enter the ZIP code."}),
        ({"postal_code": "H2Y 1C6"}, {"postal_code": "H2Y 1C6 looks like a Canadian postal code."}),
        ({"country": ""}, {"country": "Choose a country."}),
        ({"country": "ZZ"}, {"country": "Choose a country."}),
        ({"ein": "12-345678"}, {"ein": str(EIN_FORMAT)}),
        ({"ein": "078-05-1120"}, {"ein": f"{EIN_FORMAT} This is written like a Social Security number."}),
        ({"currency": "ZZZ"}, {"currency": "Choose a currency of ISO 4217, such as USD."}),
        ({"currency": "XAU"}, {"currency": "Choose a currency of ISO 4217, such as USD."}),
        ({"tax_rate": "some"}, {"tax_rate": "Enter a percentage such as 8.25."}),
        ({"tax_rate": "100.01"}, {"tax_rate": "Enter a percentage from 0 to 100."}),
        ({"tax_rate": "-1"}, {"tax_rate": "Enter a percentage from 0 to 100."}),
        ({"tax_rate": "8.12345"}, {"tax_rate": "Use at most four decimals."}),
        ({"tax_id": "12-34"}, {"tax_id": str(EIN_FORMAT)}),
        ({"flow": "sometimes"}, {"flow": "Choose an invoicing flow."}),
        ({"external_ids": ["A", "B", "A "]}, {"external_id_2": "This external ID stands here twice."}),
    ],
)
def test_what_is_refused(changes, expected):
    assert errors(**changes) == expected


@pytest.mark.parametrize("days", ["366", "-1", "soon", "1.5"])
def test_payment_terms_are_days_of_at_most_a_year(days):
    assert list(errors(terms_days=days)) == ["terms_days"]


@pytest.mark.parametrize("days", ["", "0", "7", "365", 30, None])
def test_payment_terms_may_be_left_to_the_group(days):
    assert errors(terms_days=days) == {}


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"ein": "07-1234567"}, "ein", "EINs never start with 07. Check the number."),
        ({"postal_code": "10013"}, "postal_code", "10013 is in New York."),
        ({"tax_id": "07-1234567"}, "tax_id", "EINs never start with 07. Check the number."),
    ],
)
def test_what_is_only_doubted(changes, field, said):
    checked = check_new(typed(**changes))
    assert checked.errors == {}
    assert checked.warnings[field].message == said


def test_another_states_code_is_corrected_with_one_click():
    doubt = check_new(typed(postal_code="10013")).warnings["postal_code"]
    assert (doubt.action, doubt.field, doubt.value) == ("Use New York", "region", "NY")


def test_a_shipping_address_has_rules_of_its_own():
    ship = {f"shipping_{name}": value for name, value in canadian().items() if name != "company"}
    checked = check_new(typed(shipping_same=False, **ship))
    assert (checked.errors, checked.values["shipping"]["postal_code"]) == ({}, "H2Y 1C6")
    wrong = check_new(typed(shipping_same=False, **(ship | {"shipping_city": "", "shipping_postal_code": "1"})))
    assert list(wrong.errors) == ["shipping_city", "shipping_postal_code"]
    assert check_new(typed(shipping_same=True, **(ship | {"shipping_city": ""}))).errors == {}


def test_a_tax_rate_is_kept_exactly():
    assert check_new(typed(tax_rate="8.875")).values["tax_rate"] == 88750
    assert check_new(typed(tax_rate="14,975 %")).values["tax_rate"] == 149750
    assert check_new(typed(tax_rate="")).values["tax_rate"] == 0


@pytest.mark.parametrize(("country", "currency"), [("US", "USD"), ("CA", "CAD"), ("DE", "EUR"), ("JP", "JPY")])
def test_the_currency_is_the_countrys(country, currency):
    assert check_new(typed(country=country)).values["currency"] == currency


def test_no_country_makes_the_check_fall_over():
    for code, _ in all_countries():
        assert "company" not in errors(country=code)


# ---------------------------------------------------------------- sections of the profile


def test_a_business_keeps_a_currency():
    checked = check_business({"company": "", "currency": ""})
    assert checked.errors == {"company": "Enter the company name.", "currency": "Choose a currency."}


def test_a_place_needs_what_its_country_needs():
    assert list(check_place({"country": "CA"}).errors) == ["address_line1", "city", "region", "postal_code"]
    assert list(check_place({"country": "HK", "address_line1": "1 Pier"}).errors) == ["region"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tax_country": "ZZ"}, {"tax_country": "Choose a country."}),
        ({"tax_exempt": True}, {"tax_certificate": "Enter the exemption certificate’s number."}),
        ({"tax_exempt": True, "tax_certificate": "OH-1"}, {}),
        ({"tax_country": "CA", "tax_id": "123"}, {"tax_id": str(BN_FORMAT)}),
        ({"tax_country": "CA", "tax_id": "123456789"}, {"tax_id": str(BN_CHECK_DIGIT)}),
        ({"tax_country": "CA", "tax_id": "123456782 RT0001"}, {}),
        ({"tax_id": "91-1144442"}, {}),
    ],
)
def test_tax_settings(values, expected):
    assert check_tax(values, "US").errors == expected


def test_a_foreign_tax_id_is_only_doubted():
    checked = check_tax({"tax_country": "DE", "tax_id": "nonsense"}, "US")
    assert checked.errors == {}
    assert checked.warnings["tax_id"].message == "This does not look like a tax ID of Germany. Check the number."


def test_control_characters_are_dropped_before_any_rule_sees_them():
    place = {
        "address_line1": "12 Ma\0in St",
        "city": "Co\x01lumbus",
        "region": "OH",
        "postal_code": "432\x0015",
        "country": "US",
    }
    place = check_place(place).accepted()
    assert (place["address_line1"], place["city"], place["postal_code"]) == ("12 Main St", "Columbus", "43215")
    assert check_tax({"tax_country": "DE", "tax_id": "DE\x00811907980"}, "US").accepted()["tax_id"] == "DE811907980"
