"""The invoices list, a page at a time: no row lost or repeated, under any sort and tab, forwards and backwards.

The expected rows come from Python's own sorting and filtering of what was put in.
"""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from arbill_app.invoices.rules.lifecycle import Stage
from arbill_app.invoices.views.listing import SORTS, TABS, Filter, every_invoice, first_invoices, sums
from arbill_app.kernel import paging
from arbill_app.kernel.db.transactions import read
from arbill_app.kernel.money import Money
from tests.customers.test_paging import JUNK, backwards, few, forwards, ids_of
from tests.invoices.ledger import CUSTOMERS, Ledger, Row, ledger


@st.composite
def _rows(draw):
    """Few different amounts and days, so that the sort keys tie often."""
    total = draw(st.sampled_from([100, 5_000, 5_001, 10**15]))
    return Row(
        total=total,
        due=draw(st.integers(-2, 2)),
        stage=draw(st.sampled_from([Stage.OPEN, Stage.OPEN, Stage.OPEN, Stage.DRAFT, Stage.VOIDED])),
        paid=draw(st.sampled_from([0, 0, 1, total])),
        customer=draw(st.integers(0, 1)),
        currency=draw(st.sampled_from(["USD", "USD", "CAD"])),
        option=draw(st.sampled_from(["later", "link"])),
        memo=draw(st.sampled_from(["", "December", "december rent"])),
    )


rows = _rows()
ledgers = st.lists(rows, max_size=14)
sizes = st.integers(1, 5)
sorts = st.sampled_from([sign + name for name in SORTS for sign in ("", "-")])
strategies = st.sampled_from([0, 3, 1000])  # FEW: always walk, sometimes, always sort
wishes = st.fixed_dictionaries(
    {"tab": st.sampled_from(TABS)},
    optional={
        "q": st.sampled_from(["december", "DEC rent", "motors", "nobody"]),
        "customer": st.integers(0, 1),
        "currency": st.sampled_from(["USD", "CAD", "EUR"]),
        "option": st.sampled_from(["later", "link"]),
    },
)
often = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def wanted(made: Ledger, wish: dict, sort: str) -> Filter:
    named = {"customer_id": made.customers[wish["customer"]]} if "customer" in wish else {}
    return Filter(sort=sort, **named, **{name: wish[name] for name in wish if name != "customer"})


def expected(made: Ledger, wish: dict, sort: str) -> list[str]:
    """The ids that must be shown now, in order."""
    ids = [id for id, row in made.rows.items() if holds(row, wish)]
    return sorted(ids, key=lambda id: place(made, sort, id), reverse=sort.startswith("-"))


def place(made: Ledger, sort: str, id: str):
    row = made.rows[id]
    return {"created": (id,), "due": (row.due, id), "amount": (row.total, id)}[sort.lstrip("-")]


def holds(row: Row, wish: dict) -> bool:
    text = f"{CUSTOMERS[row.customer]} {row.memo}".lower()
    return (
        all(term in text for term in wish.get("q", "").lower().split())
        and wish.get("customer", row.customer) == row.customer
        and wish.get("currency", row.currency) == row.currency
        and wish.get("option", row.option) == row.option
        and in_tab(row, wish.get("tab", ""))
    )


def in_tab(row: Row, tab: str) -> bool:
    return {
        "": True,
        "draft": row.stage == Stage.DRAFT,
        "open": row.balance > 0,
        "overdue": row.balance > 0 and row.due < 0,
        "paid": row.stage == Stage.OPEN and row.balance == 0,
    }[tab]


@given(ledgers, wishes, sorts, sizes, strategies)
@example([Row(), Row(), Row()], {"tab": ""}, "-amount", 1, 0)
@often
def test_forwards_every_row_comes_once_and_in_order(database, invoices, wish, sort, size, strategy):
    made = ledger(invoices)
    with few(strategy):
        pages = list(forwards(made, wanted(made, wish, sort), size))
    right = expected(made, wish, sort)
    assert ids_of(pages) == right
    assert [place for page in pages for place in range(page.first, page.last + 1) if page.rows] == list(
        range(1, len(right) + 1)
    )
    assert not pages[0].previous


@given(ledgers, wishes, sorts, sizes, strategies)
@often
def test_backwards_every_row_comes_once_and_in_order(database, invoices, wish, sort, size, strategy):
    made = ledger(invoices)
    asked = wanted(made, wish, sort)
    with few(strategy):
        last = list(forwards(made, asked, size))[-1]
        pages = [last, *backwards(made, asked, size, last)]
    assert ids_of(reversed(pages)) == expected(made, wish, sort)


@given(ledgers, wishes, sorts, sizes)
@often
def test_sorting_few_and_walking_the_index_give_the_same_pages(database, invoices, wish, sort, size):
    made = ledger(invoices)
    asked = wanted(made, wish, sort)
    found = []
    for count in (1000, 0):
        with few(count):
            found.append([replace(page, total="") for page in forwards(made, asked, size)])
    assert found[0] == found[1]


@given(ledgers, wishes, sorts, strategies)
@often
def test_what_a_filter_comes_to_is_what_its_rows_come_to(database, invoices, wish, sort, strategy):
    """In each currency; a void invoice counts for nothing."""
    made = ledger(invoices)
    asked = wanted(made, wish, sort)
    with few(strategy):
        found = read(made.actor, sums, asked)
    its = [made.rows[id] for id in expected(made, wish, sort) if made.rows[id].stage != Stage.VOIDED]
    assert [(one.currency, one.count, one.total, one.balance) for one in found] == [
        (code, str(len(part)), text(part, "total", code), text(part, "balance", code))
        for code in ("CAD", "USD")
        if (part := [row for row in its if row.currency == code])
    ]


def text(part, name, currency):
    return Money(sum(getattr(row, name) for row in part), currency).text()


@given(ledgers, wishes, sorts)
@often
def test_an_export_holds_every_row_of_the_filter(database, invoices, wish, sort):
    made = ledger(invoices)
    asked = wanted(made, wish, sort)
    exported = read(made.actor, lambda tx: list(every_invoice(tx, replace(asked, after="ignored", before="ignored"))))
    assert [row.id for row in exported] == expected(made, wish, sort)
    some = read(made.actor, first_invoices, asked, 3)
    assert [row.id for row in some] == expected(made, wish, sort)[:3]


def test_an_export_that_is_read_in_pieces_is_complete(database, monkeypatch):
    monkeypatch.setattr(paging, "AT_ONCE", 4)
    made = ledger([Row(due=i % 7) for i in range(29)])
    exported = read(made.actor, lambda tx: list(every_invoice(tx, Filter(sort="-due"))))
    assert [row.id for row in exported] == expected(made, {}, "-due")


@pytest.mark.parametrize("sort", SORTS)
def test_what_comes_and_goes_between_two_pages_loses_nothing_else(database, sort):
    made = ledger([Row(total=total, due=total) for total in (1, 2, 3, 4, 5, 6)])
    first = made.page(Filter(sort=sort, tab="open"), 2)
    made.void(first.rows[-1].id)
    made.add(Row(total=0, due=0))
    made.add(Row(total=7, due=7))
    rest = list(forwards(made, Filter(sort=sort, tab="open", after=first.next), 2))
    assert [made.rows[id].total for id in ids_of(rest)] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_whose_rows_have_gone_leads_back_to_the_beginning(database, sort):
    made = ledger([Row(), Row(), Row(), Row()])
    first = made.page(Filter(sort=sort, tab="open"), 2)
    for row in made.page(Filter(sort=sort, tab="open", after=first.next), 2).rows:
        made.void(row.id)
    assert made.page(Filter(sort=sort, tab="open", after=first.next), 2).rows == first.rows


def test_a_cursor_that_is_none_of_ours_is_the_first_page(database):
    made = ledger([Row(due=1), Row(due=2), Row(due=3)])
    for sort in SORTS:
        first = made.page(Filter(sort=sort), 2)
        for cursor in JUNK:
            assert made.page(Filter(sort=sort, after=cursor), 2).rows == first.rows, cursor
            assert made.page(Filter(sort=sort, before=cursor), 2).rows, cursor


def test_a_cursor_of_another_order_is_the_first_page(database):
    made = ledger([Row(due=1), Row(due=2), Row(due=3)])
    cursors = {sort: made.page(Filter(sort=sort), 1).next for sort in SORTS}
    for sort in SORTS:
        for other, cursor in cursors.items():
            page = made.page(Filter(sort=sort, after=cursor), 1)
            assert page.first == (2 if sort == other else 1)


def test_a_cursor_grants_nothing(database):
    mine, theirs = ledger([Row()]), ledger([Row(), Row(), Row()])
    cursor = theirs.page(Filter(sort="created"), 1).next
    mine_after = mine.page(Filter(sort="created", after=cursor))
    assert [row.id for row in mine_after.rows] == list(mine.rows)


def test_days_are_the_companys_own(database):
    made = ledger([Row(due=-1), Row(due=0), Row(due=1)])
    assert [row.status for row in made.page(Filter(sort="due")).rows] == ["overdue", "open", "open"]
