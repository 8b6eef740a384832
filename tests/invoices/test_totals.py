"""From lines to totals: whatever stands on an invoice, it adds up to the cent.

The expected amounts come from exact fractions, rounded by hand's rule: half a minor unit away from zero.
"""

from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from arbill_app.invoices.rules.taxes import Component
from arbill_app.invoices.rules.totals import ONE, PER_INVOICE, PER_LINE, Line, gross, negative, share, work_out
from arbill_app.kernel import money

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])  # 2, 0 and 3 decimals
ROUNDINGS = st.sampled_from([PER_LINE, PER_INVOICE])
RATES = st.sampled_from([0, 50_000, 88_750, 130_000, 1, 1_000_000]) | st.integers(0, 1_000_000)
often = settings(max_examples=60, deadline=None)


PRICES = st.integers(-(10**7), 10**9)


@st.composite
def lines(draw, prices=PRICES):
    quantity = draw(st.integers(1, 10**9) | st.sampled_from([ONE, 500_000, 1]))
    line = Line("Work", quantity, draw(prices), tax_rate=draw(RATES))
    if draw(st.booleans()):
        return replace(line, discount_rate=draw(RATES))
    return replace(line, discount=draw(st.integers(0, max(gross(line), 0))))


bills = st.lists(lines(), max_size=8)

GST, QST = Component(50_000, "GST", "CA", "gst"), Component(99_750, "QST", "CA-QC", "qst")
HST, PST = Component(130_000, "HST", "CA-ON", "hst"), Component(70_000, "PST", "CA-BC", "pst")
EXPORT = Component(0, "GST", "CA", "gst", "zero_rated")
# Two jurisdictions may levy taxes of one name and rate.
CITY, COUNTY = (
    Component(10_000, "Sales tax", "US-CA-037", "sales"),
    Component(10_000, "Sales tax", "US-CA-059", "sales"),
)
TAXES = st.sampled_from([(), (GST,), (GST, QST), (GST, PST), (HST,), (EXPORT,), (CITY, COUNTY), (COUNTY,)])


@st.composite
def named(draw, prices=PRICES):
    """A line with several taxes by name, or with one at a rate."""
    line, taxes = draw(lines(prices)), draw(TAXES)
    return replace(line, taxes=taxes) if taxes else line


named_bills = st.lists(named(), max_size=8)


def sums(lines) -> dict[tuple[str, str, int], list[int]]:
    """Base and amount of each (name, jurisdiction, rate)."""
    found: dict[tuple[str, str, int], list[int]] = {}
    for line in lines:
        for one in line.taxes:
            both = found.setdefault((one.name, one.jurisdiction, one.rate), [0, 0])
            both[0] += one.base
            both[1] += one.amount
    return found


def rounded(exact: Fraction) -> int:
    whole = int(abs(exact) + Fraction(1, 2))
    return -whole if exact < 0 else whole


@given(bills, ROUNDINGS, CURRENCIES)
@often
def test_the_parts_add_up_to_the_total(bill, rounding, currency):
    totals = work_out(bill, rounding, currency)
    assert totals.subtotal - totals.discount + totals.tax == totals.total
    assert sum(line.net + line.tax for line in totals.lines) == totals.total
    assert sum(line.discount for line in totals.lines) == totals.discount
    assert sum(one.amount for one in totals.taxes) == totals.tax
    assert sum(one.base for one in totals.taxes) == totals.subtotal - totals.discount


@given(bills, ROUNDINGS, CURRENCIES)
@often
def test_every_rate_is_named_once_with_what_its_lines_come_to(bill, rounding, currency):
    totals = work_out(bill, rounding, currency)
    assert [one.rate for one in totals.taxes] == sorted({line.tax_rate for line in bill})
    for one in totals.taxes:
        its = [line for line in totals.lines if line.tax_rate == one.rate]
        assert (one.base, one.amount) == (sum(line.net for line in its), sum(line.tax for line in its))


@given(bills, CURRENCIES)
@often
def test_each_line_is_rounded_from_the_exact_amount(bill, currency):
    for before, line in zip(bill, work_out(bill, PER_LINE, currency).lines, strict=True):
        whole = rounded(Fraction(before.unit_price * before.quantity, ONE))
        off = rounded(Fraction(whole * before.discount_rate, ONE)) if before.discount_rate else before.discount
        assert (line.discount, line.net) == (off, whole - off)
        assert line.tax == rounded(Fraction(line.net * before.tax_rate, ONE))


@given(bills, CURRENCIES)
@often
def test_per_invoice_each_rate_is_rounded_once(bill, currency):
    for one in work_out(bill, PER_INVOICE, currency).taxes:
        assert one.amount == rounded(Fraction(one.base * one.rate, ONE))


@given(st.lists(lines(st.integers(0, 10**9)), min_size=1, max_size=8), CURRENCIES)
@often
def test_what_is_rounded_once_is_shared_out_as_the_lines_would_be_taxed(bill, currency):
    """Half a minor unit from rounding the whole, less than one from sharing it out."""
    for line in work_out(bill, PER_INVOICE, currency).lines:
        assert abs(line.tax - Fraction(line.net * line.tax_rate, ONE)) < Fraction(3, 2)


@given(named_bills, ROUNDINGS, CURRENCIES)
@often
def test_a_credit_is_the_exact_negative(bill, rounding, currency):
    turned = [replace(line, unit_price=-line.unit_price, discount=-line.discount) for line in bill]
    assert negative(work_out(bill, rounding, currency)) == work_out(turned, rounding, currency)


@given(named_bills, ROUNDINGS, CURRENCIES)
@often
def test_a_lines_tax_is_the_sum_of_its_taxes_each_on_its_net(bill, rounding, currency):
    for line in work_out(bill, rounding, currency).lines:
        assert line.taxes
        assert line.tax == sum(one.amount for one in line.taxes)
        assert line.tax_rate == sum(one.rate for one in line.taxes)
        assert {one.base for one in line.taxes} == {line.net}


@given(named_bills, CURRENCIES)
@often
def test_per_line_each_tax_is_rounded_by_itself(bill, currency):
    for line in work_out(bill, PER_LINE, currency).lines:
        assert [one.amount for one in line.taxes] == [rounded(Fraction(line.net * one.rate, ONE)) for one in line.taxes]


@given(named_bills, CURRENCIES)
@often
def test_per_invoice_each_tax_of_a_jurisdiction_is_rounded_once(bill, currency):
    for (_, _, rate), (base, amount) in sums(work_out(bill, PER_INVOICE, currency).lines).items():
        assert amount == rounded(Fraction(base * rate, ONE))


@given(named_bills, ROUNDINGS, CURRENCIES)
@often
def test_every_name_and_rate_is_said_once_with_what_its_lines_come_to(bill, rounding, currency):
    totals = work_out(bill, rounding, currency)
    found: dict[tuple[int, str], list[int]] = {}
    for (name, _, rate), (base, amount) in sums(totals.lines).items():
        both = found.setdefault((rate, name), [0, 0])
        both[0] += base
        both[1] += amount
    assert [((one.rate, one.name), [one.base, one.amount]) for one in totals.taxes] == sorted(found.items())
    assert sum(one.amount for one in totals.taxes) == totals.tax
    assert totals.subtotal - totals.discount + totals.tax == totals.total


@given(named_bills, ROUNDINGS, CURRENCIES)
@often
def test_a_name_changes_no_amount(bill, rounding, currency):
    """One tax of a line by name comes to what it does without one."""
    single = [line for line in bill if len(line.taxes) < 2]
    bare = [replace(line, taxes=(), tax_rate=sum(one.rate for one in line.taxes) or line.tax_rate) for line in single]
    renamed = [replace(line, taxes=(Component(line.tax_rate, "GST", "CA"),)) for line in bare]
    before, after = work_out(bare, rounding, currency), work_out(renamed, rounding, currency)
    assert [line.tax for line in after.lines] == [line.tax for line in before.lines]
    assert [(one.rate, one.base, one.amount) for one in after.taxes] == [
        (one.rate, one.base, one.amount) for one in before.taxes
    ]


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_rounded_half_away_from_zero(amount, part, whole):
    assert share(amount, part, whole) == rounded(Fraction(amount * part, whole))


def test_half_a_cent_goes_away_from_zero():
    assert [share(amount, 1, 2) for amount in (1, 3, -1, -3, 2)] == [1, 2, -1, -2, 1]


def test_nothing_comes_to_nothing():
    totals = work_out([], PER_LINE, "USD")
    assert (totals.subtotal, totals.discount, totals.tax, totals.total, totals.taxes) == (0, 0, 0, 0, [])


def bill(*amounts: int, rate: int = 0, quantity: int = ONE) -> list[Line]:
    return [Line("Work", quantity, amount, tax_rate=rate) for amount in amounts]


@pytest.mark.parametrize(
    ("amounts", "rate", "by_line", "by_invoice"),
    [
        # 0.5 cents on each of three: rounded up thrice, or 1.5 cents rounded once.
        ((10, 10, 10), 50_000, 3, 2),
        # 0.4 cents on each of three: rounded away thrice, or 1.2 cents rounded once.
        ((8, 8, 8), 50_000, 0, 1),
        # 8.875 % of 33.33 is 2.9580…: 2.96 thrice is 8.88, and of 99.99 it is 8.874….
        ((3333, 3333, 3333), 88_750, 888, 887),
        ((10_000,), 88_750, 888, 888),
    ],
)
def test_per_line_and_per_invoice_differ_by_a_cent(amounts, rate, by_line, by_invoice):
    lines = bill(*amounts, rate=rate)
    assert work_out(lines, PER_LINE, "USD").tax == by_line
    assert work_out(lines, PER_INVOICE, "USD").tax == by_invoice


def test_a_tax_rounded_once_is_shared_out_to_the_first_of_equal_lines():
    totals = work_out(bill(10, 10, 10, rate=50_000), PER_INVOICE, "USD")
    assert [line.tax for line in totals.lines] == [1, 1, 0]


def test_a_deduction_among_the_lines_takes_its_tax_with_it():
    """10 % of 100.00 and of -20.00; what rounding leaves over goes to the largest line."""
    totals = work_out(bill(10_000, -2_000, rate=100_000), PER_INVOICE, "USD")
    assert ([line.tax for line in totals.lines], totals.total) == ([1_000, -200], 8_800)
    totals = work_out(bill(1_005, -5, rate=100_000), PER_INVOICE, "USD")
    assert [line.tax for line in totals.lines] == [101, -1]


def test_an_invoice_worked_out_by_hand():
    """1.5 h at 99.99 less 10 %, taxed 8.875 %; two licences at 12.50 less 5.00, taxed 5 %; one book without tax."""
    lines = [
        Line("Work", 1_500_000, 9_999, discount_rate=100_000, tax_rate=88_750),
        Line("Licence", 2 * ONE, 1_250, discount=500, tax_rate=50_000),
        Line("Book", ONE, 2_000),
    ]
    totals = work_out(lines, PER_LINE, "USD")
    # 149.985 -> 149.99; 10 % is 14.999 -> 15.00; 134.99 at 8.875 % is 11.980… -> 11.98
    assert [(line.discount, line.net, line.tax) for line in totals.lines] == [
        (1_500, 13_499, 1_198),
        (500, 2_000, 100),
        (0, 2_000, 0),
    ]
    assert (totals.subtotal, totals.discount, totals.tax, totals.total) == (19_499, 2_000, 1_298, 18_797)
    assert [(one.rate, one.base, one.amount) for one in totals.taxes] == [
        (0, 2_000, 0),
        (50_000, 2_000, 100),
        (88_750, 13_499, 1_198),
    ]


@pytest.mark.parametrize(
    ("currency", "price", "tax", "total"), [("JPY", 1_005, 101, "¥1,106"), ("KWD", 1_005, 101, "KWD\u00a01.106")]
)
def test_the_smallest_unit_is_the_currencys_own(currency, price, tax, total):
    totals = work_out(bill(price, rate=100_000), PER_LINE, currency)
    assert (totals.tax, money.Money(totals.total, currency).text()) == (tax, total)


def test_gst_and_qst_are_each_on_the_price():
    """Revenu Québec: QST is on the price without GST since 2013; 100.00 is 5.00 and 9.975, rounded to 9.98."""
    totals = work_out([Line("Work", ONE, 10_000, taxes=(GST, QST))], PER_LINE, "CAD")
    assert [(one.name, one.base, one.amount) for one in totals.taxes] == [("GST", 10_000, 500), ("QST", 10_000, 998)]
    assert (totals.tax, totals.total, totals.lines[0].tax_rate) == (1_498, 11_498, 149_750)


def test_gst_and_qst_are_rounded_apart():
    """33.33 thrice: 1.67 and 3.32 on each line, or 5.00 and 9.97 on 99.99; at 14.975 % they would be 4.99 a line."""
    lines = [Line("Work", ONE, 3_333, taxes=(GST, QST))] * 3
    assert [one.amount for one in work_out(lines, PER_LINE, "CAD").taxes] == [501, 996]
    assert [one.amount for one in work_out(lines, PER_INVOICE, "CAD").taxes] == [500, 997]


def test_a_deduction_takes_each_of_its_taxes_with_it():
    lines = [Line("Work", ONE, 10_000, taxes=(GST, QST)), Line("Goodwill", ONE, -1_000, taxes=(GST, QST))]
    for rounding in (PER_LINE, PER_INVOICE):
        totals = work_out(lines, rounding, "CAD")
        assert [(one.base, one.amount) for one in totals.taxes] == [(9_000, 450), (9_000, 898)]
        assert [one.amount for one in totals.lines[1].taxes] == [-50, -100]


def test_a_tax_of_nothing_is_said_with_its_base():
    """An export beside a sale at home."""
    lines = [Line("Home", ONE, 10_000, taxes=(HST,)), Line("Abroad", ONE, 5_000, taxes=(EXPORT,))]
    totals = work_out(lines, PER_LINE, "CAD")
    assert [(one.label, one.base, one.amount) for one in totals.taxes] == [
        ("GST 0.00%", 5_000, 0),
        ("HST 13.00%", 10_000, 1_300),
    ]


def test_the_same_tax_of_two_jurisdictions_is_one_row_of_two_roundings():
    """1 % of 0.50 is half a cent: rounded up for each of them, since each is reported apart."""
    lines = [Line("Here", ONE, 50, taxes=(CITY,)), Line("There", ONE, 50, taxes=(COUNTY,))]
    totals = work_out(lines, PER_INVOICE, "USD")
    assert [(one.name, one.rate, one.base, one.amount) for one in totals.taxes] == [("Sales tax", 10_000, 100, 2)]


def test_all_of_a_line_may_be_taken_off():
    totals = work_out([Line("Gift", ONE, 10_000, discount_rate=1_000_000, tax_rate=88_750)], PER_INVOICE, "USD")
    assert (totals.subtotal, totals.discount, totals.tax, totals.total) == (10_000, 10_000, 0, 0)
