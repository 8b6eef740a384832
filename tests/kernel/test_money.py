import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.kernel.money import Money

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)
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


def test_money_is_written_as_the_reader_writes_it():
    assert Money(64000, "CAD").text("fr_CA") == "640,00\N{NO-BREAK SPACE}$"


def test_only_the_same_currency_adds_up():
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    with pytest.raises(ValueError, match="USD and CAD"):
        Money(1, "USD") + Money(1, "CAD")
