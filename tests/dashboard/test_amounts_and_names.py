"""Amounts for spreadsheets in every currency, and names of languages with a region."""

import pytest

from arbill_app.dashboard.files.export import _number
from arbill_app.dashboard.shell.choices import language_name
from arbill_app.kernel.money import Money, plain
from tests.kernel.test_money import CURRENCIES


@pytest.mark.parametrize("minor", [0, 7, 125_000, -125_000, 123_456_789])
def test_a_spreadsheet_gets_the_number_and_nothing_of_the_mark(minor):
    for currency in CURRENCIES:
        assert _number(Money(minor, currency).text()) == plain(minor, currency)


def test_no_amount_is_no_number():
    assert _number("") == _number("\N{EN DASH}") == ""


@pytest.mark.parametrize(
    ("code", "name"), [("en", "English"), ("fr-CA", "French (Canada)"), ("pt-BR", "Portuguese (Brazil)")]
)
def test_a_language_with_a_region_has_a_name(code, name):
    assert language_name(code) == name
