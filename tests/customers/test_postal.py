import pytest
import zipcodes
from hypothesis import given, settings
from hypothesis import strategies as st

from arbill_app.customers.rules.countries import all_countries
from arbill_app.customers.rules.postal import (
    CANADA_FORMAT,
    US_FORMAT,
    normalise_postal,
    postal_kind,
    postal_word,
    region_of_postal,
)
from arbill_app.customers.rules.regions import address_rules

LETTERS = "ABCEGHJKLMNPRSTVWXYZ"
DIGITS = "0123456789"

separator = st.sampled_from(["", " ", "-", "  ", " - ", "\u00a0", "–"])
five, four = st.text(DIGITS, min_size=5, max_size=5), st.text(DIGITS, min_size=4, max_size=4)


def of(*alphabets):
    return st.tuples(*map(st.sampled_from, alphabets)).map("".join)


outward = of(LETTERS.replace("W", "").replace("Z", ""), DIGITS, LETTERS)
inward = of(DIGITS, LETTERS, DIGITS)


@given(five, four, separator)
def test_a_zip_plus_four_in_any_spacing_is_the_same(zip5, plus4, between):
    assert normalise_postal("US", f" {zip5}{between}{plus4} ") == f"{zip5}-{plus4}"


@given(outward, inward, separator, st.sampled_from([str.upper, str.lower, str.swapcase, str.title]))
def test_a_canadian_code_in_any_case_and_spacing_is_the_same(out, into, between, case):
    assert normalise_postal("CA", case(f" {out}{between}{into} ")) == f"{out} {into}"


@given(outward, inward, st.sampled_from([0, 2, 4]), st.sampled_from("DFIOQU"))
def test_letters_canada_post_never_uses_are_refused(out, into, place, letter):
    code = out + into
    with pytest.raises(ValueError, match=str(CANADA_FORMAT)):
        normalise_postal("CA", code[:place] + letter + code[place + 1 :])


@given(outward, inward, st.sampled_from("WZ"))
def test_no_canadian_code_starts_with_w_or_z(out, into, letter):
    with pytest.raises(ValueError, match=f"None starts with {letter}"):
        normalise_postal("CA", letter + out[1:] + into)


@settings(deadline=None)  # the first look at a country loads its rules
@given(
    st.sampled_from(["US", "CA", "GB", "NL", "JP", "PL", "DE", "SE", "HK", "IE"]),
    st.text() | st.text("0123459abkw -", max_size=10),
)
def test_normalising_twice_changes_nothing(country, text):
    try:
        once = normalise_postal(country, text)
    except ValueError:
        return
    assert normalise_postal(country, once) == once


@given(five)
def test_normalised_zips_stay(zip5):
    assert normalise_postal("US", zip5) == zip5


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("43215", "43215"),
        ("432151234", "43215-1234"),
        ("43215-1234", "43215-1234"),
        ("43215 1234", "43215-1234"),
        ("43215-", "43215"),
        ("４３２１５", "43215"),
    ],
)
def test_zip_codes(typed, expected):
    assert normalise_postal("US", typed) == expected


@pytest.mark.parametrize("typed", ["", "1", "123456", "4321-5", "ABCDE", "43215-12", "K1A 0B1", "٤٣٢١٥x"])
def test_what_is_no_zip_code(typed):
    with pytest.raises(ValueError) as refusal:
        normalise_postal("US", typed)
    assert str(refusal.value) == str(US_FORMAT)


@pytest.mark.parametrize(
    ("country", "typed", "meant"),
    [
        ("US", "4321S", "43215"),
        ("US", "O2134", "02134"),
        ("US", "2134", "02134"),
        ("US", "21341234", "02134-1234"),
        ("CA", "K1AOB1", "K1A 0B1"),
        ("CA", "kia obi", "K1A 0B1"),
        ("CA", "M5V 1A1x", None),
        ("CA", "M5V 1AI", "M5V 1A1"),
        ("CA", "M5V 181", "M5V 1B1"),
    ],
)
def test_what_was_probably_meant_is_suggested_not_assumed(country, typed, meant):
    with pytest.raises(ValueError) as refusal:
        normalise_postal(country, typed)
    assert str(refusal.value).endswith(f" Did you mean {meant}?") == bool(meant)


def test_the_letter_at_fault_is_named():
    with pytest.raises(ValueError, match="The letter D is never used"):
        normalise_postal("CA", "K1A 0D1")


@pytest.mark.parametrize(
    ("country", "typed", "expected"),
    [
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("NL", "1234ab", "1234 AB"),
        ("JP", "1540023", "154-0023"),
        ("BR", "40301110", "40301-110"),
        ("PL", "00950", "00-950"),
        ("CH", "CH-8001", "8001"),
        ("IE", "a65f4e2", "A65 F4E2"),
        ("HK", " any thing ", "ANY THING"),
        ("DE", "", ""),
        ("QQ", "x1", "X1"),
    ],
)
def test_other_countries(country, typed, expected):
    assert normalise_postal(country, typed) == expected


def test_other_countries_refuse_with_an_example():
    with pytest.raises(ValueError, match=r"^Enter a postal code for Germany such as 26133\.$"):
        normalise_postal("DE", "1234")
    with pytest.raises(ValueError, match=r"^Enter an Eircode for Ireland such as A65 F4E2\.$"):
        normalise_postal("IE", "D2")


EXAMPLES = [
    (country, example, rules.postal_code_prefix)
    for country, _ in all_countries()
    if country not in ("US", "CA") and (rules := address_rules(country))
    for example in rules.postal_code_examples
]


def test_every_example_of_a_country_is_accepted_in_any_form():
    for country, example, prefix in EXAMPLES:
        compact = example.replace(" ", "").replace("-", "")
        typed = (example, example.lower(), compact, prefix + example)
        assert {normalise_postal(country, text) for text in typed} == {example}


@pytest.mark.parametrize(
    ("country", "postal", "code"),
    [
        ("US", "43215", "OH"),
        ("US", "43215-1234", "OH"),
        ("US", "48215", "MI"),
        ("US", "05501", "MA"),
        ("US", "06390", "NY"),
        ("US", "83414", "WY"),
        ("US", "20001", "DC"),
        ("US", "00901", "PR"),
        ("US", "00802", "VI"),
        ("US", "96799", "AS"),
        ("US", "96910", "GU"),
        ("US", "96950", "MP"),
        ("US", "09012", "AE"),
        ("US", "34002", "AA"),
        ("US", "96201", "AP"),
        ("US", "00000", None),
        ("US", "432", None),
        ("CA", "K1A 0B1", "ON"),
        ("CA", "H2X 1Y4", "QC"),
        ("CA", "X0A 0A0", "NU"),
        ("CA", "X1A 1A1", "NT"),
        ("CA", "A1A 1A1", "NL"),
        ("DE", "10115", None),
    ],
)
def test_region_of_postal(country, postal, code):
    assert getattr(region_of_postal(country, postal), "code", None) == code


def test_the_list_of_all_zip_codes_agrees():
    """It has 42,789; 17 differ.

    8 are of Palau, Micronesia and the Marshall Islands, which are countries here; 6 are military ones it
    puts in New Jersey; 2 lie on a state line; 88888 is the North Pole.
    """
    other = {
        row["zip_code"]
        for row in zipcodes.list_all()
        if getattr(region_of_postal("US", row["zip_code"]), "code", None) != row["state"]
    }
    associated = {code for code in other if code.startswith("969")}
    assert len(associated) == 8
    military = {"09905", "09980", "09981", "09982", "09983", "09984"}
    assert other - associated == military | {"72643", "73960", "88888"}


def test_words():
    assert [postal_word(country) for country in ("US", "CA", "IE", "IN", "QQ")] == [
        "ZIP code",
        "Postal code",
        "Eircode",
        "PIN code",
        "Postal code",
    ]
    assert [postal_kind(country) for country in ("US", "CA", "IE", "IN", "QQ")] == [
        "zip",
        "postal",
        "eircode",
        "pin",
        "postal",
    ]
