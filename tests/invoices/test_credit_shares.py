"""Credits in parts: net and each tax of the lines with the same taxes never exceed the invoice's, and in the end equal
them."""

from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from arbill_app.invoices.rules.credit_shares import Part, by_taxes, credit_parts
from arbill_app.invoices.rules.taxes import Component
from arbill_app.invoices.rules.totals import PER_INVOICE, PER_LINE, Line, work_out
from tests.invoices.test_totals import CURRENCIES, GST, HST, QST, ROUNDINGS, named, sums

# Prices as on small and large invoices, deductions among them.
PRICES = st.integers(-(10**4), 10**4) | st.integers(-(10**6), 10**9)
bills = st.builds(work_out, st.lists(named(PRICES), min_size=1, max_size=6), ROUNDINGS, CURRENCIES)
owed = bills.filter(lambda totals: totals.total > 0)


def between(part: int, whole: int) -> bool:
    return min(0, whole) <= part <= max(0, whole)


def part(net: int, *amounts: int, taxes: tuple[Component, ...] = (Component(200_000),)) -> Part:
    worked_out = zip(taxes, amounts, strict=True)
    return Part(net, tuple(replace(one, base=net, amount=amount) for one, amount in worked_out))


@given(owed, st.data())
@settings(max_examples=300, deadline=None)
def test_any_split_stays_within_the_invoice_and_ends_at_it(totals, data):
    whole, credited, left = by_taxes(totals.lines), [], totals.total
    for turn in range(12):
        few = st.integers(1, min(left, 9)) | st.integers(1, left)
        amount = data.draw(few) if turn < 11 else left
        parts = credit_parts(totals.lines, credited, amount)
        assert sum(part.net + part.tax for part in parts) == amount
        assert all(between(share, whole[side]) for side, share in by_taxes(parts).items())
        for part in parts:
            assert {one.base for one in part.taxes} == {part.net}
        credited, left = credited + parts, left - amount
        taken = by_taxes(credited)
        assert all(between(taken[side], whole[side]) for side in taken)
        if not left:
            break
    assert {side: taken.get(side, 0) for side in whole} == whole


@given(owed, st.data())
@settings(max_examples=100, deadline=None)
def test_all_credits_together_say_of_each_tax_what_the_invoice_does(totals, data):
    """By name, jurisdiction and rate: base and amount."""
    credited, left = [], totals.total
    for turn in range(4):
        if left:
            amount = data.draw(st.integers(1, left)) if turn < 3 else left
            credited, left = credited + credit_parts(totals.lines, credited, amount), left - amount
    untouched = {key: [0, 0] for key in sums(totals.lines)}
    assert untouched | sums(credited) == sums(totals.lines)


@given(owed, st.data())
@settings(max_examples=200, deadline=None)
def test_of_one_rate_each_credit_ends_within_a_unit_of_its_share(totals, data):
    carried = [tax.tax for tax in totals.lines[0].taxes]
    one = [line for line in totals.lines if [tax.tax for tax in line.taxes] == carried]
    whole, credited, done = by_taxes(one), [], 0
    total = sum(whole.values())
    if total <= 0 or any(amount < 0 for amount in whole.values()):
        return
    for _ in range(5):
        if done == total:
            break
        amount = data.draw(st.integers(1, total - done))
        credited, done = credited + credit_parts(one, credited, amount), done + amount
        for side, taken in by_taxes(credited).items():
            assert abs(taken - Fraction(whole[side] * done, total)) < 1


@given(owed, st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_older_credits_took_the_rest_is_the_rest(totals, data):
    """Versions before this one shared credits out otherwise; what they wrote stays as it is."""
    whole = by_taxes(totals.lines)

    def took(side) -> int:
        most = whole[side]
        return data.draw(st.integers(min(0, most) - 3, max(0, most) + 3))

    older = [
        part(took((taxes, 0)), *(took((taxes, n)) for n in range(1, len(taxes) + 1)), taxes=taxes)
        for taxes in dict.fromkeys(taxes for taxes, _ in whole)
    ]
    rest = totals.total - sum(part.net + part.tax for part in older)
    if rest <= 0:
        return
    first = data.draw(st.integers(1, rest))
    made = credit_parts(totals.lines, older, first)
    assert sum(part.net + part.tax for part in made) == first
    credited = older + made + (credit_parts(totals.lines, older + made, rest - first) if first < rest else [])
    assert {side: amount for side, amount in by_taxes(credited).items() if side in whole} == whole


@pytest.mark.parametrize("amount", [0, -1, 13])
def test_more_than_is_left_is_refused(amount):
    with pytest.raises(ValueError, match="at most what was not credited yet"):
        credit_parts([part(10, 2)], [], amount)


def test_both_rounding_modes_give_back_what_they_asked():
    """Three lines of 0.33 at 7 %: 0.06 tax when each line is rounded, 0.07 when the invoice is."""
    for rounding, tax in ((PER_LINE, 6), (PER_INVOICE, 7)):
        totals = work_out([Line("Work", unit_price=33, tax_rate=70_000)] * 3, rounding, "USD")
        assert totals.tax == tax
        parts = []
        for amount in (50, 50, totals.total - 100):
            parts += credit_parts(totals.lines, parts, amount)
        seven = (Component(70_000),)
        assert by_taxes(parts) == {(seven, 0): 99, (seven, 1): tax}


def test_gst_and_qst_of_a_credit_are_those_of_its_price():
    """114.98 in all, of which 57.49 is credited: half of 100.00, of 5.00 and of 9.98."""
    totals = work_out([Line("Work", unit_price=10_000, taxes=(GST, QST))], PER_LINE, "CAD")
    assert credit_parts(totals.lines, [], 5_749) == [part(5_000, 250, 499, taxes=(GST, QST))]


def test_lines_of_the_same_combined_rate_but_other_taxes_are_credited_apart():
    """13 % as HST, and as GST with 8 % of a province."""
    pst = Component(80_000, "PST", "CA-BC", "pst")
    lines = [Line("East", unit_price=10_000, taxes=(HST,)), Line("West", unit_price=10_000, taxes=(GST, pst))]
    totals = work_out(lines, PER_LINE, "CAD")
    assert credit_parts(totals.lines, [], 11_300) == [
        part(5_000, 650, taxes=(HST,)),
        part(5_000, 250, 400, taxes=(GST, pst)),
    ]


def test_a_credit_of_one_cent_in_turns_ends_at_every_tax():
    totals = work_out([Line("Work", unit_price=20, taxes=(GST, QST))], PER_LINE, "CAD")
    parts: list[Part] = []
    for _ in range(totals.total):
        parts += credit_parts(totals.lines, parts, 1)
    assert by_taxes(parts) == {((GST, QST), 0): 20, ((GST, QST), 1): 1, ((GST, QST), 2): 2}
