import pytest

from arbill_app.partners.auth import limits
from arbill_app.partners.auth.tries import TooMany
from arbill_app.partners.rules.throttle import DAY, Budget, network_of, site_of, worth_noting


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("::FFFF:CB00:7107", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (" 198.51.100.1 ", "198.51.100.0/24"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("x" * 500, "unknown"),
        ("203.0.113.7:4711", "unknown"),
        ("203.0.113.07", "unknown"),
        ("\0", "unknown"),
    ],
)
def test_an_address_belongs_to_a_network(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("x", "unknown"),
    ],
)
def test_an_address_belongs_to_a_site(address, site):
    assert site_of(address) == site


def test_neighbours_count_together_and_others_do_not():
    assert network_of("203.0.113.1") == network_of("203.0.113.254") != network_of("203.0.114.1")
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")


def test_the_wait_doubles_beyond_what_is_free_up_to_the_longest():
    budget = Budget(free=3, first=2, longest=20)
    assert [budget.wait_after(n) for n in range(1, 9)] == [0, 0, 2, 4, 8, 16, 20, 20]
    assert budget.wait_after(10_000) == 20


def test_how_many_tries_fit_into_a_time():
    assert Budget(free=3, first=2, longest=20).most_within(30) == 6  # 0, 0, 0, 2, 6, 14
    assert Budget(free=1, first=60, longest=60).most_within(3600) == 60


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "a second"), (2, "2 seconds"), (120, "120 seconds")])
def test_the_wait_is_said_in_words(seconds, said):
    assert TooMany(seconds).message == f"Too many tries. Wait {said} and try again."
    assert TooMany(121).message == "Too many tries. Wait 3 minutes and try again."
    assert TooMany(900).message == "Too many tries. Wait 15 minutes and try again."


def test_a_log_of_failures_grows_with_the_logarithm():
    assert [n for n in range(1, 100) if worth_noting(n)] == [1, 2, 4, 8, 16, 32, 64]


# ---------------------------------------------------------------- what guessing costs


def a_day(*budgets):
    return sum(budget.most_within(DAY) for budget in budgets)


def test_a_password_is_not_found_in_years():
    tries = a_day(limits.PASSWORD, limits.PASSWORD_FRESH, limits.PAIR)
    assert tries < 600
    assert 1_000_000 / tries > 4 * 365  # zxcvbn's score 2, the least we accept, begins at a million guesses


def test_six_digits_are_not_found_though_the_password_is_known():
    """Three codes are right at a time: this step, the one before and the one after."""
    assert a_day(limits.CODE, limits.CODE_FRESH, limits.PAIR) * 3 / 10**6 < 1 / 800


def test_six_digits_in_a_mail_are_not_found():
    from arbill_app.customers.portal_auth.sign_in import TRIES

    assert a_day(limits.PORTAL_CODE) * TRIES / 10**6 < 1 / 1800


def test_whoever_is_refused_a_reset_link_has_one_that_works():
    from arbill_app.partners.auth.links import RESET_FOR

    assert limits.RESET.longest * 2 <= RESET_FOR.total_seconds()
    assert a_day(limits.RESET) < 60


def test_whoever_is_sent_no_long_code_has_one_that_works_as_long_as_the_page_says():
    from arbill_app.customers.portal_auth.sign_in import CODE_LASTS, LONG_CODE_LASTS

    left = LONG_CODE_LASTS.total_seconds() - limits.PORTAL_LONG_CODE.longest
    assert left >= CODE_LASTS.total_seconds()
    assert a_day(limits.PORTAL_LONG_CODE) < 160


def test_the_table_in_the_module_says_these_numbers():
    for budget in (limits.PASSWORD, limits.PASSWORD_FRESH, limits.CODE, limits.CODE_FRESH, limits.PORTAL_CODE):
        assert f" {a_day(budget)}" in limits.__doc__
