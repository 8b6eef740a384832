import pytest

from arbill_app.customers.rules.countries import (
    all_countries,
    country_name,
    country_phrase,
    currencies,
    currency_of,
    digits,
    find_country,
    is_country,
    is_currency,
    order_countries,
)
from arbill_app.customers.rules.regions import (
    Region,
    RegionName,
    find_region,
    is_military,
    nearest_region,
    region_word,
    regions,
)


def test_us_shows_states_then_territories_then_military():
    codes = [region.code for region in regions("US")]
    assert len(codes) == 59
    assert codes[0] == "AL"
    assert codes[7:10] == ["DE", "DC", "FL"]
    assert codes[50:] == ["WY", "AS", "GU", "MP", "PR", "VI", "AA", "AE", "AP"]
    assert Region("AE", "Armed Forces Europe") in regions("US")


def test_canada_has_thirteen():
    assert len(regions("CA")) == 13
    assert [region.name for region in regions("CA")] == sorted(region.name for region in regions("CA"))


def test_a_caller_can_not_change_the_list_for_others():
    regions("US").clear()
    assert regions("US")


def test_other_countries_come_from_their_address_rules():
    assert Region("NSW", "New South Wales") in regions("AU")
    assert regions("ES")[0] == Region("VI", "Álava")
    assert {region.name for region in regions("HK")} == {"Hong Kong Island", "Kowloon", "New Territories"}
    assert regions("GB") == regions("QQ") == regions("") == []


def test_every_region_is_listed_once_and_found_by_code_and_name():
    for country, _ in all_countries():
        listed = regions(country)
        assert len({region.code for region in listed}) == len(listed)
        assert [find_region(country, f" {region.code.lower()} ") for region in listed] == listed
        assert [find_region(country, region.name.upper()) for region in listed] == listed


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("oh", "OH"),
        ("  Ohio ", "OH"),
        ("OH - Ohio", "OH"),
        ("Ohio (OH)", "OH"),
        ("US-OH", "OH"),
        ("N.Y.", "NY"),
        ("new  york", "NY"),
        ("D.C.", "DC"),
        ("Washington DC", "DC"),
        ("Washington, D.C.", "DC"),
        ("Washington", "WA"),
        ("W. Va.", "WV"),
        ("Calif.", "CA"),
        ("Porto Rico", None),
        ("puerto rico", "PR"),
        ("Virgin Islands", "VI"),
        ("Armed Forces Europe", "AE"),
        ("Ontario", None),
        ("Ohio, Oklahoma", None),
        ("", None),
        ("-", None),
    ],
)
def test_what_people_type_for_a_us_state(typed, code):
    assert getattr(find_region("US", typed), "code", None) == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("québec", "QC"),
        ("Quebec", "QC"),
        ("Qc", "QC"),
        ("P.Q.", "QC"),
        ("Colombie-Britannique", "BC"),
        ("B.C.", "BC"),
        ("Newfoundland", "NL"),
        ("Newfoundland & Labrador", "NL"),
        ("P.E.I.", "PE"),
        ("Île-du-Prince-Édouard", "PE"),
        ("nouvelle ecosse", "NS"),
        ("CA-ON", "ON"),
        ("Ohio", None),
    ],
)
def test_what_people_type_for_a_province(typed, code):
    assert getattr(find_region("CA", typed), "code", None) == code


def test_the_nearest_spelling():
    assert nearest_region("US", "Oho").code == "OH"
    assert nearest_region("US", "Pensylvania").code == "PA"
    assert nearest_region("CA", "Sasketchewan").code == "SK"
    assert nearest_region("US", "Zzz") is None


def test_region_words():
    words = {country: region_word(country) for country in ("US", "CA", "IE", "JP", "AE", "GB", "KR", "QQ")}
    assert words == {
        "US": "State",
        "CA": "Province",
        "IE": "County",
        "JP": "Prefecture",
        "AE": "Emirate",
        "GB": "Region",
        "KR": "Region",
        "QQ": "Region",
    }


def test_names_inside_a_sentence():
    assert RegionName("US", "OH", inside=True).text("en_US") == "Ohio"
    assert RegionName("US", "DC", inside=True).text("en_US") == "the District of Columbia"
    assert RegionName("US", "DC").text("en_US") == "District of Columbia"
    assert RegionName("CA", "QC", inside=True).text("fr_CA") == "Québec"
    assert [is_military(find_region("US", code)) for code in ("AE", "OH")] == [True, False]


def test_countries():
    assert len(all_countries()) == 249
    assert [name for _, name in all_countries()][:3] == ["Afghanistan", "Åland Islands", "Albania"]
    assert is_country("US")
    assert not is_country("us")
    assert not is_country("EU")
    assert order_countries(["DE", "CA", "AF", "US", "US"]) == ["US", "CA", "AF", "DE"]
    assert (country_name("US"), country_name("US", "fr-CA"), country_name("QQ")) == (
        "United States",
        "États-Unis",
        "QQ",
    )
    assert (country_phrase("NL"), country_phrase("DE")) == ("the Netherlands", "Germany")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(("us", "US"), ("USA", "US"), ("U.S.", "US"), ("united states", "US"), ("CAN", "CA")),
        *(("Allemagne", "DE"), ("UK", "GB"), ("Utopia", None), ("", None)),
    ],
)
def test_what_people_type_for_a_country(typed, code):
    assert find_country(typed) == code


def test_every_country_is_found_by_its_name():
    assert [code for code, name in all_countries() if find_country(name) != code] == []


@pytest.mark.parametrize(
    ("country", "currency"),
    [
        *(("US", "USD"), ("CA", "CAD"), ("PR", "USD"), ("GB", "GBP"), ("HR", "EUR"), ("BG", "EUR")),
        *(("LS", "LSL"), ("CW", "XCG"), ("AQ", "USD")),
    ],
)
def test_legal_tender(country, currency):
    assert currency_of(country) == currency


def test_every_country_has_a_currency():
    assert all(is_currency(currency_of(code)) for code, _ in all_countries())


def test_currencies():
    assert [code for code, _ in currencies()][:3] == ["USD", "CAD", "AED"]
    assert dict(currencies())["USD"] == "US Dollar"
    assert (digits("USD"), digits("JPY"), digits("KWD")) == (2, 0, 3)
    assert not any(map(is_currency, ["XAU", "XXX", "CLF", "USN", "XAD", "usd", ""]))
    with pytest.raises(KeyError):
        digits("XXX")
