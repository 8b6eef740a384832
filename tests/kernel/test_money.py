import re
from copy import copy
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from arbill_app.kernel.money import LARGEST, Money, digits, is_currency, parse, plain
from arbill_app.kernel.text.i18n import LOCALES

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
CURRENCIES = sorted(currency.code for currency in Currency if is_currency(currency.code))
amounts = st.integers(-(10**12), 10**12)


@given(amounts, weights)
def test_shares_add_up_to_the_whole(minor, ratio):
    shares = Money(minor, "USD").split(ratio)
    assert sum(share.minor for share in shares) == minor
    assert {share.currency for share in shares} == {"USD"}


@given(amounts, weights)
def test_no_share_is_a_cent_or_more_away_from_its_exact_part(minor, ratio):
    for share, weight in zip(Money(minor, "USD").split(ratio), ratio, strict=True):
        assert abs(share.minor * sum(ratio) - minor * weight) < sum(ratio)


@given(amounts, weights)
def test_a_credit_splits_like_its_charge(minor, ratio):
    charge, credit = Money(minor, "USD").split(ratio), Money(-minor, "USD").split(ratio)
    assert [share.minor for share in credit] == [-share.minor for share in charge]


def test_the_first_of_equal_shares_gets_the_odd_cent():
    assert [share.minor for share in Money(100, "USD").split([1, 1, 1])] == [34, 33, 33]


def test_who_has_no_weight_gets_nothing():
    assert [share.minor for share in Money(101, "USD").split([0, 1, 1])] == [0, 51, 50]


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (Money(125000, "USD"), "$1,250.00"),
        (Money(-5, "USD"), "-$0.05"),
        (Money(64000, "CAD"), "CA$640.00"),
        (Money(1250, "JPY"), "¥1,250"),
        (Money(1234567, "KWD"), "KWD\N{NO-BREAK SPACE}1,234.567"),
        (Money(0, "USD"), "$0.00"),
        (Money(10**17, "USD"), "$1,000,000,000,000,000.00"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(money, said):
    assert money.text() == said


@given(amounts, st.sampled_from(["USD", "CAD", "JPY", "KWD", "EUR", "CHF"]), st.sampled_from(sorted(LOCALES.values())))
def test_money_is_written_as_babel_writes_it(minor, currency, locale):
    places = digits(currency)
    pattern = copy(Locale.parse(locale).currency_formats["standard"])
    pattern.frac_prec = (places, places)
    written = pattern.apply(Decimal(minor).scaleb(-places), locale, currency=currency, currency_digits=False)
    assert re.sub(r"\s", "", Money(minor, currency).text(locale)) == re.sub(r"\s", "", written)


def test_money_is_written_as_the_reader_writes_it():
    assert Money(64000, "CAD").text("fr_CA") == "640,00\N{NO-BREAK SPACE}$"


def test_only_the_same_currency_adds_up():
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    with pytest.raises(ValueError, match="USD and CAD"):
        Money(1, "USD") + Money(1, "CAD")


# ---------------------------------------------------------------- typed

currencies = st.sampled_from(["USD", "CAD", "EUR", "JPY", "KWD"])
typable = st.integers(-LARGEST, LARGEST)


@given(typable, currencies)
def test_an_amount_is_read_as_it_is_written(minor, currency):
    money = Money(minor, currency)
    assert parse(plain(minor, currency), currency) == minor
    assert parse(money.text(), currency) == minor


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1180", 118000),
        ("1,180.00", 118000),
        ("$1,180", 118000),
        (" $ 1 180.5 ", 118050),
        ("usd 1.", 100),
        ("1.50 USD", 150),
        (".5", 50),
        ("-0.01", -1),
        ("0", 0),
        ("1.500", 150),
        ("10000000000000.00", LARGEST),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, minor):
    assert parse(typed, "USD") == minor


@pytest.mark.parametrize(
    ("typed", "currency", "said"),
    [
        ("", "USD", "Enter an amount such as 1,250.00."),
        ("$", "USD", "Enter an amount such as 1,250.00."),
        (".", "USD", "Enter an amount such as 1,250.00."),
        ("1,18", "USD", "Enter an amount such as 1,250.00."),
        ("1.180,00", "EUR", "Enter an amount such as 1,250.00."),
        ("1e3", "USD", "Enter an amount such as 1,250.00."),
        ("(5)", "USD", "Enter an amount such as 1,250.00."),
        ("--5", "USD", "Enter an amount such as 1,250.00."),
        ("€5", "USD", "Enter an amount such as 1,250.00."),
        ("CA$5", "USD", "Enter an amount such as 1,250.00."),
        ("USD 5", "CAD", "Enter an amount such as 1,250.00."),
        ("1.001", "USD", "USD has 2 decimals."),
        ("1.5", "JPY", "JPY has no decimals."),
        ("one", "JPY", "Enter an amount such as 1,250."),
        ("1.2345", "KWD", "KWD has 3 decimals."),
        ("10000000000000.01", "USD", "This amount is too large."),
        ("-10000000000000.01", "USD", "This amount is too large."),
        ("9" * 2_000_000, "USD", "This amount is too large."),
        ("1." + "0" * 40 + "1", "USD", "This amount is too large."),
    ],
)
def test_what_is_no_amount_is_refused_in_a_sentence(typed, currency, said):
    with pytest.raises(ValueError) as refused:
        parse(typed, currency)
    assert str(refused.value) == said


@given(st.text(max_size=40), currencies)
def test_no_text_makes_reading_an_amount_fall_over(typed, currency):
    try:
        found, said = parse(typed, currency), "."
    except ValueError as refused:
        found, said = 0, str(refused)
    assert abs(found) <= LARGEST
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("minor", "currency", "typed"),
    [(118000, "USD", "1180.00"), (-5, "USD", "-0.05"), (1250, "JPY", "1250"), (1, "KWD", "0.001")],
)
def test_an_amount_is_written_as_somebody_would_type_it(minor, currency, typed):
    assert plain(minor, currency) == typed


@pytest.mark.parametrize("currency", CURRENCIES)
def test_what_is_written_is_read_as_the_same_amount(currency):
    for minor in (0, 1_250, -1_250, 123_456_789):
        assert parse(plain(minor, currency), currency) == minor
        assert parse(Money(minor, currency).text(), currency) == minor


def test_the_point_of_a_mark_is_no_decimal_point():
    assert parse("12.50", "XCG") == parse("Cg.12.50", "XCG") == 1_250
    assert parse("F CFA 150", "XOF") == 150
