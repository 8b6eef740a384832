"""Credits in parts: net and tax of every rate never exceed the invoice's, and in the end equal them."""

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from arbill_app.invoices.credit_shares import Part, by_rate, credit_parts
from arbill_app.invoices.totals import PER_INVOICE, PER_LINE, Line, work_out
from tests.invoices.test_totals import CURRENCIES, ROUNDINGS, lines

# Prices as on small and large invoices, deductions among them.
PRICES = st.integers(-(10**4), 10**4) | st.integers(-(10**6), 10**9)
bills = st.builds(work_out, st.lists(lines(PRICES), min_size=1, max_size=6), ROUNDINGS, CURRENCIES)
owed = bills.filter(lambda totals: totals.total > 0)


def between(part: int, whole: int) -> bool:
    return min(0, whole) <= part <= max(0, whole)


@given(owed, st.data())
@settings(max_examples=300, deadline=None)
def test_any_split_stays_within_the_invoice_and_ends_at_it(totals, data):
    whole, credited, left = by_rate(totals.lines), [], totals.total
    for turn in range(12):
        few = st.integers(1, min(left, 9)) | st.integers(1, left)
        amount = data.draw(few) if turn < 11 else left
        parts = credit_parts(totals.lines, credited, amount)
        assert sum(part.net + part.tax for part in parts) == amount
        for part in parts:
            assert between(part.net, whole[part.tax_rate, "net"])
            assert between(part.tax, whole[part.tax_rate, "tax"])
        credited, left = credited + parts, left - amount
        taken = by_rate(credited)
        assert all(between(taken[side], whole[side]) for side in taken)
        if not left:
            break
    assert {side: taken.get(side, 0) for side in whole} == whole


@given(owed, st.data())
@settings(max_examples=200, deadline=None)
def test_of_one_rate_each_credit_ends_within_a_unit_of_its_share(totals, data):
    one = [line for line in totals.lines if line.tax_rate == totals.lines[0].tax_rate]
    whole, credited, done = by_rate(one), [], 0
    total = sum(whole.values())
    if total <= 0 or any(amount < 0 for amount in whole.values()):
        return
    for _ in range(5):
        if done == total:
            break
        amount = data.draw(st.integers(1, total - done))
        credited, done = credited + credit_parts(one, credited, amount), done + amount
        for side, taken in by_rate(credited).items():
            assert abs(taken - Fraction(whole[side] * done, total)) < 1


@given(owed, st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_older_credits_took_the_rest_is_the_rest(totals, data):
    """Versions before this one shared credits out otherwise; what they wrote stays as it is."""
    whole = by_rate(totals.lines)
    older = [
        Part(rate, *(data.draw(st.integers(min(0, most) - 3, max(0, most) + 3)) for most in pair))
        for rate in {line.tax_rate for line in totals.lines}
        for pair in [(whole[rate, "net"], whole[rate, "tax"])]
    ]
    rest = totals.total - sum(part.net + part.tax for part in older)
    if rest <= 0:
        return
    first = data.draw(st.integers(1, rest))
    made = credit_parts(totals.lines, older, first)
    assert sum(part.net + part.tax for part in made) == first
    credited = older + made + (credit_parts(totals.lines, older + made, rest - first) if first < rest else [])
    assert {side: amount for side, amount in by_rate(credited).items() if side in whole} == whole


@pytest.mark.parametrize("amount", [0, -1, 13])
def test_more_than_is_left_is_refused(amount):
    with pytest.raises(ValueError, match="at most what was not credited yet"):
        credit_parts([Part(200_000, 10, 2)], [], amount)


def test_both_rounding_modes_give_back_what_they_asked():
    """Three lines of 0.33 at 7 %: 0.06 tax when each line is rounded, 0.07 when the invoice is."""
    for rounding, tax in ((PER_LINE, 6), (PER_INVOICE, 7)):
        totals = work_out([Line("Work", unit_price=33, tax_rate=70_000)] * 3, rounding, "USD")
        assert totals.tax == tax
        parts = []
        for amount in (50, 50, totals.total - 100):
            parts += credit_parts(totals.lines, parts, amount)
        assert by_rate(parts) == {(70_000, "net"): 99, (70_000, "tax"): tax}
