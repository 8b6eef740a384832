"""What somebody types on an invoice: every complaint at once, under the name of its control."""

from dataclasses import replace
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from arbill_app.customers.rules import rate
from arbill_app.invoices import payment_facts
from arbill_app.invoices.models import InvoiceLine, Option
from arbill_app.invoices.payment_facts import Method
from arbill_app.invoices.rules.totals import ONE
from arbill_app.invoices.validation import (
    LONGEST,
    MOST_LINES,
    InvoiceDefaults,
    check,
    parse_quantity,
    typed_line,
    write_quantity,
)
from arbill_app.kernel import money
from arbill_app.kernel.problems import Problem
from tests.world import item

TODAY = date(2026, 11, 21)
GROUND = InvoiceDefaults("USD", 88_750, "line", TODAY)
WIDEST = 2**63 - 1  # what a BigInteger holds
NOISE = ["\0", "\ud800", "x" * 100_000, "9" * 2_000, "1e999999", "-1e999999", "1e-999999", "NaN", "sNaN", "Infinity"]
often = settings(max_examples=60, deadline=None)


def typed(**changes):
    return {"due_on": "2026-12-21", "amount": "100.00", "option": "later"} | changes


def lines(*rows, **changes):
    return typed(amount="", itemised=True, lines=list(rows), **changes)


def errors(values, ground=GROUND):
    return check(values, ground).errors


# ---------------------------------------------------------------- the invoice


def test_an_amount_and_a_due_date_are_enough():
    checked = check(typed(), GROUND)
    assert (checked.errors, checked.due_on, checked.option) == ({}, date(2026, 12, 21), Option.LATER)
    assert (checked.totals.subtotal, checked.totals.tax, checked.totals.total) == (10_000, 888, 10_888)


@pytest.mark.parametrize(
    ("due_on", "said"),
    [
        ("2026-11-20", "The due date must be today or later."),
        ("2026-11-21", None),
        ("2026-11-22", None),
        ("", "Choose a due date."),
        (None, "Choose a due date."),
        ("tomorrow", "Choose a day of the calendar."),
        ("2026-02-30", "Choose a day of the calendar."),
        ("2050-01-01", "The due date is too far away."),
        ("9999-12-31", "The due date is too far away."),
    ],
)
def test_a_due_date_is_today_or_later(due_on, said):
    assert errors(typed(due_on=due_on)).get("due_on") == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "Enter the amount."),
        ("  ", "Enter the amount."),
        ("0", "The amount must be greater than $0.00."),
        ("0.00", "The amount must be greater than $0.00."),
        ("-5", "The amount must be greater than $0.00."),
        ("0.001", "USD has 2 decimals."),
        ("five", "Enter an amount such as 1,250.00."),
        ("1,18", "Enter an amount such as 1,250.00."),
        ("10000000000000.01", "This amount is too large."),
        ("0.01", None),
        ("1,180.00", None),
        ("$1,180", None),
    ],
)
def test_an_amount_is_greater_than_nothing(amount, said):
    assert errors(typed(amount=amount)).get("amount") == said


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [
        ("JPY", "1250", None),
        ("JPY", "1250.5", "JPY has no decimals."),
        ("JPY", "0", "The amount must be greater than ¥0."),
        ("JPY", "x", "Enter an amount such as 1,250."),
        ("KWD", "1.234", None),
        ("KWD", "1.2345", "KWD has 3 decimals."),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(currency, amount, said):
    assert errors(typed(amount=amount), replace(GROUND, currency=currency)).get("amount") == said


def test_everything_that_is_wrong_is_said_at_once():
    wrong = errors(typed(due_on="2026-11-20", amount="0", option="barter"))
    assert set(wrong) == {"due_on", "amount", "option"}


def test_an_option_is_one_of_the_five():
    assert [Option(value).value for value in ("later", "now", "on_due", "link", "method")] == list(Option)
    assert all("option" not in errors(typed(option=option)) for option in Option)
    assert errors(typed(option="barter"))["option"] == "Choose a payment option."
    assert check(typed(option=""), GROUND).option == Option.LATER


def test_the_single_amount_is_taxed_as_the_customer_is():
    assert check(typed(), replace(GROUND, tax_rate=0)).totals.total == 10_000
    (line,) = check(typed(memo="December"), GROUND).totals.lines
    assert (line.description, line.quantity, line.tax_rate) == ("December", ONE, 88_750)


@given(st.dates(TODAY, TODAY + timedelta(days=7000)))
@often
def test_any_day_from_today_on_is_a_due_date(day):
    assert check(typed(due_on=day.isoformat()), GROUND).due_on == day


# ---------------------------------------------------------------- methods on file

NONE = Problem("method.no_default")


@pytest.mark.parametrize("option", [Option.NOW, Option.ON_DUE, Option.METHOD])
def test_what_charges_needs_a_method_on_file(option):
    assert option.needs_method
    assert payment_facts.refusal(option, "", [], NONE) == NONE
    assert payment_facts.refusal(option, "pm_1", [Method("pm_1", "Visa ending 4242", True)], None) is None


@pytest.mark.parametrize("option", [Option.LATER, Option.LINK])
def test_what_does_not_charge_needs_none(option):
    assert not option.needs_method
    assert payment_facts.refusal(option, "", [], NONE) is None


def test_a_certain_method_is_one_of_this_customers():
    said = payment_facts.refusal(Option.METHOD, "pm_2", [Method("pm_1", "Visa ending 4242")], NONE)
    assert str(said) == "Choose a payment method of this customer."


# ---------------------------------------------------------------- lines


def test_lines_are_worked_out_as_typed():
    checked = check(
        lines(
            item("Work", "99.99", quantity="1.5", discount="10%"),
            item("Licence", "12.50", quantity="2", discount="5.00", tax_rate="5"),
            item("Book", "20", tax_rate="0"),
        ),
        GROUND,
    )
    assert checked.errors == {}
    assert checked.totals.total == 18_797


def test_complaints_are_named_by_the_place_of_their_line():
    wrong = errors(lines(item(), item(""), item("Work", "")), GROUND)
    assert wrong == {"description_1": "Say what this line is for.", "unit_price_2": "Enter the unit price."}


def test_blank_lines_are_ignored_and_keep_their_place():
    blank = item("", "", quantity="1", tax_rate="8.875")
    checked = check(lines(blank, item(), blank, item("Work", "x")), GROUND)
    assert list(checked.errors) == ["unit_price_3"]
    assert len(checked.totals.lines) == 1


def test_an_invoice_has_at_least_one_line():
    for rows in ([], [item("", "")], None):
        assert errors(typed(itemised=True, lines=rows)) == {"lines": "Add at least one line."}


def test_an_invoice_has_at_most_five_hundred_lines():
    assert MOST_LINES == 500
    assert errors(lines(*[item()] * 500, item("", ""))) == {}
    assert errors(lines(*[item()] * 501)) == {"lines": "An invoice has at most 500 lines."}


def test_the_lines_come_to_something():
    assert errors(lines(item(unit_price="100"), item("Deduction", "-100"))) == {
        "lines": "The total must be greater than $0.00."
    }
    assert errors(lines(item(unit_price="100"), item("Deduction", "-99.99"))) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "some"}, "quantity"),
        ({"quantity": "1.1234567"}, "quantity"),
        ({"quantity": "1,5"}, "quantity"),  # fifteen or one and a half? Nobody knows: ask
        ({"quantity": "1000000001"}, "quantity"),
        ({"unit_price": "some"}, "unit_price"),
        ({"unit_price": "1.001"}, "unit_price"),
        ({"unit_price": "10000000000000", "quantity": "2"}, "unit_price"),
        ({"discount": "101%"}, "discount"),
        ({"discount": "-1%"}, "discount"),
        ({"discount": "some"}, "discount"),
        ({"discount": "100.01"}, "discount"),
        ({"discount": "-0.01"}, "discount"),
        ({"tax_rate": "101"}, "tax_rate"),
        ({"tax_rate": "-1"}, "tax_rate"),
        ({"tax_rate": "some"}, "tax_rate"),
        ({"tax_rate": "8.87501"}, "tax_rate"),
        ({"description": "x" * (LONGEST + 1)}, "description"),
    ],
)
def test_what_a_line_cannot_be(change, said):
    assert list(errors(lines(item() | change))) == [f"{said}_0"]


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "0.000001", "unit_price": "1000000"},
        {"quantity": "1,000.5"},
        {"quantity": "1000000000", "unit_price": "0.01"},
        {"discount": "100%"},
        {"discount": "100.00"},
        {"discount": "0"},
        {"tax_rate": "100"},
        {"tax_rate": "8,875 %"},
        {"description": "x" * LONGEST},
    ],
)
def test_what_a_line_can_be(change):
    assert errors(lines(item("Other", "500"), item() | change)) == {}


def test_nothing_is_taken_off_a_deduction():
    assert list(errors(lines(item("Other", "500"), item("Deduction", "-100", discount="5")))) == ["discount_1"]


@pytest.mark.parametrize("name", ["description", "quantity", "unit_price", "discount", "tax_rate"])
@pytest.mark.parametrize("noise", NOISE)
def test_no_line_makes_the_check_fall_over(name, noise):
    fits_a_column(check(lines(item() | {name: noise}), GROUND))


@pytest.mark.parametrize("name", ["amount", "due_on", "option", "memo"])
@pytest.mark.parametrize("noise", NOISE)
def test_no_typing_makes_the_check_fall_over(name, noise):
    fits_a_column(check(typed(**{name: noise}), GROUND))


HUGE = item("Work", "10,000,000,000,000.00", quantity="1", tax_rate="100")


@given(st.lists(st.sampled_from([HUGE, HUGE | {"unit_price": "-10,000,000,000,000.00"}, item()]), max_size=500))
@example([HUGE] * 500)
@settings(max_examples=10, deadline=None)
def test_no_number_of_an_invoice_is_wider_than_its_column(rows):
    checked = check(lines(*rows), GROUND)
    fits_a_column(checked)
    assert checked.errors or 0 < checked.totals.total <= money.LARGEST


def fits_a_column(checked):
    totals = checked.totals
    numbers = [totals.subtotal, totals.discount, totals.tax, totals.total]
    for line in totals.lines:
        numbers += [line.quantity, line.unit_price, line.discount, line.net, line.tax]
        assert "\0" not in line.description
    assert max(map(abs, numbers)) <= WIDEST


# ---------------------------------------------------------------- drafts


def test_what_is_only_missing_may_come_later():
    assert check(lines(item("", "5"), item("Work", ""), due_on=""), GROUND).unreadable == {}
    assert check(typed(amount="", due_on=""), GROUND).unreadable == {}
    assert check(lines(), GROUND).unreadable == {}


@pytest.mark.parametrize(
    "values",
    [
        typed(amount="five"),
        typed(due_on="2026-02-30"),
        typed(option="barter"),
        lines(item("Work", "five")),
        lines(item(quantity="0")),  # a line without a quantity could not be kept
        lines(item(quantity="some")),
        lines(item(discount="200")),
        lines(item(tax_rate="some")),
        lines(*[item()] * 501),
    ],
)
def test_what_would_get_lost_is_not_saved(values):
    assert check(values, GROUND).unreadable


@given(
    st.fixed_dictionaries(
        {
            "description": st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
            "quantity": st.integers(1, 10**12),
            "unit_price": st.integers(0, 10**6),
            "discount_rate": st.integers(0, rate.WHOLE),
            "tax_rate": st.integers(0, rate.WHOLE),
        }
    ),
    st.sampled_from(["USD", "JPY", "KWD"]),
)
@often
def test_a_line_is_typed_again_as_it_was(kept, currency):
    (again,) = check(lines(typed_line(InvoiceLine(**kept), currency)), replace(GROUND, currency=currency)).totals.lines
    assert {name: getattr(again, name) for name in kept} == kept


@given(st.integers(1, 10**15))
def test_a_quantity_is_read_as_it_is_written(millionths):
    assert parse_quantity(write_quantity(millionths)) == millionths


@pytest.mark.parametrize(
    ("millionths", "text"), [(ONE, "1"), (1_500_000, "1.5"), (1, "0.000001"), (100 * ONE, "100"), (10, "0.00001")]
)
def test_a_quantity_is_written_without_needless_zeros(millionths, text):
    assert write_quantity(millionths) == text
