import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbill_app.customers.rules.address import check_address
from arbill_app.customers.rules.countries import all_countries
from arbill_app.customers.rules.regions import regions

FIELDS = {"address_line1", "address_line2", "city", "region", "postal_code", "country"}


def us(region="OH", postal_code="43215", country="US"):
    return check_address("500 W Broad St", "", "Columbus", region, postal_code, country)


def doubts(check):
    return {name: (one.message, one.action, one.field, one.value) for name, one in check.warnings.items()}


def canada(region="ON", postal_code="K1A 0B1"):
    return check_address("1 Rideau St", "", "Ottawa", region, postal_code, "CA")


def test_a_good_address_is_stored_in_its_written_form():
    check = check_address(" 500  W Broad St ", "\tSuite 2 ", " columbus ", "ohio", "432151234", "usa")
    assert check.values == {
        "address_line1": "500 W Broad St",
        "address_line2": "Suite 2",
        "city": "columbus",
        "region": "OH",
        "postal_code": "43215-1234",
        "country": "US",
    }
    assert (check.errors, check.warnings) == ({}, {})


def test_a_canadian_address():
    check = canada("québec", "h2x1y4")
    assert (check.values["region"], check.values["postal_code"]) == ("QC", "H2X 1Y4")
    assert (check.errors, check.warnings) == ({}, {})


@pytest.mark.parametrize(
    ("country", "region", "postal"),
    [
        ("US", "Choose a state.", "Enter the ZIP code."),
        ("CA", "Choose a province.", "Enter the postal code."),
    ],
)
def test_required_fields(country, region, postal):
    assert check_address("", "", " ", "", "", country).errors == {
        "address_line1": "Enter the address.",
        "city": "Enter the city.",
        "region": region,
        "postal_code": postal,
    }


@pytest.mark.parametrize(
    ("region", "postal_code", "message"),
    [
        ("Oho", "43215", "“Oho” is not a US state or territory. Did you mean Ohio?"),
        ("Zzz", "43215", "“Zzz” is not a US state or territory. 43215 is in Ohio."),
        ("ON", "43215", "“ON” is not a US state or territory. Ontario is in Canada."),
        ("", "43215", "Choose a state. 43215 is in Ohio."),
    ],
)
def test_unknown_states(region, postal_code, message):
    check = us(region, postal_code)
    assert check.errors == {"region": message}
    assert check.values["region"] == region


def test_zip_of_another_state_is_a_warning_with_its_correction():
    check = us("OH", "48215-1234")
    assert check.errors == {}
    assert doubts(check) == {"postal_code": ("48215 is in Michigan.", "Use Michigan", "region", "MI")}
    assert not us("MI", "48215").warnings


def test_postal_code_of_another_province():
    warning = ("H2X 1Y4 is in Quebec.", "Use Quebec", "region", "QC")
    assert doubts(canada("ON", "H2X 1Y4")) == {"postal_code": warning}


def test_federal_offices_in_gatineau_use_an_ottawa_code():
    assert not canada("QC", "K1A 0C9").warnings


def test_a_zip_that_no_state_uses_is_a_warning():
    assert us("OH", "00000").warnings["postal_code"].message.startswith("No US state or territory has")


def test_territories_and_military_addresses_are_us_addresses():
    assert not us("PR", "00901").warnings
    assert not us("Armed Forces Europe", "09012").warnings
    assert us("OH", "09012").warnings["postal_code"].message == "09012 is for Armed Forces Europe."


def test_codes_of_the_neighbour():
    assert us(postal_code="k1a0b1").errors == {"postal_code": "K1A 0B1 looks like a Canadian postal code."}
    assert canada(postal_code="43215").errors == {"postal_code": "43215 looks like a US ZIP code."}


def test_format_is_refused():
    assert us(postal_code="432").errors["postal_code"].startswith("Enter a US ZIP code")
    assert canada(postal_code="K1AOB1").errors["postal_code"].endswith("Did you mean K1A 0B1?")


def test_countries():
    assert us(country="").errors == {"country": "Choose a country."}
    assert us(country="Utopia").errors == {"country": "“Utopia” is not a country."}
    assert us(country="u.s.").values["country"] == "US"


@pytest.mark.parametrize(
    ("country", "required"),
    [
        ("DE", {"address_line1", "city", "postal_code"}),
        ("HK", {"address_line1", "region"}),
        ("IE", {"address_line1", "city"}),
        ("JP", {"address_line1", "region", "postal_code"}),
        ("AE", {"address_line1", "region"}),
        ("PA", {"address_line1", "city"}),
    ],
)
def test_elsewhere_the_country_says_what_is_required(country, required):
    assert set(check_address("", "", "", "", "", country).errors) == required


def test_elsewhere_everything_else_is_a_warning():
    check = check_address("1 Quay", "", "Dublin", "Dublin", "d02", "IE")
    assert check.errors == {}
    assert doubts(check) == {
        "postal_code": ("Enter an Eircode for Ireland such as A65 F4E2.", "", "", ""),
        "region": ("“Dublin” is not a known county.", "Use Co. Dublin", "region", "Co. Dublin"),
    }


def test_elsewhere_the_typed_region_stays_and_the_code_is_written_its_way():
    check = check_address("1 George St", "", "Sydney", "New South Wales", "2000", "AU")
    assert (check.values["region"], check.errors, check.warnings) == ("New South Wales", {}, {})
    assert check_address("1", "", "London", "", "sw1a1aa", "GB").values["postal_code"] == "SW1A 1AA"


@settings(deadline=None)  # the first look at a country loads its rules
@given(*[st.text(max_size=15)] * 5, st.sampled_from(["US", "CA", "DE", "HK", "JP", "AQ", "QQ", ""]))
def test_any_text_gets_an_answer(line1, line2, city, region, postal_code, country):
    check = check_address(line1, line2, city, region, postal_code, country)
    assert set(check.values) == FIELDS
    assert set(check.errors) | set(check.warnings) <= FIELDS
    assert check_address(*check.values.values()) == check


def test_every_country_can_be_checked():
    for country, _ in all_countries():
        region = regions(country)[0].name if regions(country) else "Anywhere"
        check = check_address("1 Main St", "", "Town", region, "?", country)
        assert set(check.errors) <= ({"postal_code"} if country in ("US", "CA") else set()), country


def test_a_territory_chosen_as_a_country_needs_no_state():
    assert not check_address("1 Main St", "", "Pago Pago", "", "96799", "AS").errors
