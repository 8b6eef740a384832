"""Keyset paging: no row lost or repeated, under any order, forwards and backwards, with any filter, while others write.

The expected rows come from Python's own sorting and filtering of what was put in.
"""

from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from arbill_app.customers.commands.lifecycle import restore_customer
from arbill_app.customers.views.listing import SORTS, Filter, every_customer
from arbill_app.kernel import paging
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.text.search_keys import fold
from tests.customers.crowd import Crowd, Row, crowd

# Few different names, so that the sort key ties often; accents and case fold to the same.
NAMES = st.sampled_from(["a", "A", "Á", "ab", "b", "B c", "é", "Éa", "z", "ß", "10", "2", "中", "😀", "~"])
rows = st.builds(
    Row,
    company=NAMES,
    country=st.sampled_from(["US", "US", "CA"]),
    status=st.sampled_from(["active", "active", "active", "setup", "archived"]),
    tags=st.frozensets(st.integers(0, 1)),
    group=st.sampled_from([None, 0, 1]),
)
crowds = st.lists(rows, max_size=14)
sizes = st.integers(1, 5)
MOST_PAGES = 50
sorts = st.sampled_from(SORTS)
strategies = st.sampled_from([0, 3, 1000])  # FEW: always walk, sometimes, always sort
wishes = st.fixed_dictionaries(
    {},
    optional={
        "q": st.sampled_from(["a", "b", "A c", "ab", "nobody"]),
        "tag": st.integers(0, 1),
        "group": st.integers(0, 1),
        "status": st.sampled_from(["active", "setup", "archived"]),
        "country": st.sampled_from(["US", "CA", "DE"]),
    },
)
often = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def wanted(made: Crowd, wish: dict, sort: str) -> Filter:
    named = {"tag_id": made.tags[wish["tag"]]} if "tag" in wish else {}
    named |= {"group_id": made.groups[wish["group"]]} if "group" in wish else {}
    return Filter(sort=sort, **named, **{name: wish[name] for name in ("q", "status", "country") if name in wish})


def expected(made: Crowd, wish: dict, sort: str) -> list[str]:
    """The ids that must be shown now, in order."""
    ids = [id for id, row in made.rows.items() if holds(row, wish)]
    return sorted(ids, key=lambda id: place(made, sort, id), reverse=sort.startswith("-"))


def place(made: Crowd, sort: str, id: str) -> tuple[bytes, str]:
    return (b"" if sort.endswith("created") else fold(made.rows[id].company).encode(), id)


def holds(row: Row, wish: dict) -> bool:
    status = wish.get("status", "")
    return (
        all(term in fold(row.company) for term in fold(wish.get("q", "")).split())
        and ("tag" not in wish or wish["tag"] in row.tags)
        and ("group" not in wish or wish["group"] == row.group)
        and wish.get("country", row.country) == row.country
        and (row.status == status or (status == "" and row.status != "archived"))
    )


def forwards(made: Crowd, asked: Filter, size: int):
    """Every page from the first to the last."""
    page = made.page(asked, size)
    for _ in range(MOST_PAGES):
        yield page
        if not page.next:
            return
        page = made.page(replace(asked, after=page.next, before=""), size)
    raise AssertionError("there is always a next page")


def backwards(made: Crowd, asked: Filter, size: int, page):
    """Every page from the one before `page` to the first."""
    for _ in range(MOST_PAGES):
        if not page.previous:
            return
        page = made.page(replace(asked, before=page.previous, after=""), size)
        yield page
    raise AssertionError("there is always a previous page")


def ids_of(pages):
    return [row.id for page in pages for row in page.rows]


@contextmanager
def few(count: int):
    with mock.patch.object(paging, "FEW", count):
        yield


@given(crowds, wishes, sorts, sizes, strategies)
@example([Row("a"), Row("A"), Row("á"), Row("a")], {}, "-company", 1, 0)
@often
def test_forwards_every_row_comes_once_and_in_order(database, people, wish, sort, size, strategy):
    made = crowd(people)
    with few(strategy):
        pages = list(forwards(made, wanted(made, wish, sort), size))
    right = expected(made, wish, sort)
    assert ids_of(pages) == right
    places = [place for page in pages for place in range(page.first, page.last + 1) if page.rows]
    assert places == list(range(1, len(right) + 1))
    assert not pages[0].previous


@given(crowds, wishes, sorts, sizes, strategies)
@often
def test_backwards_every_row_comes_once_and_in_order(database, people, wish, sort, size, strategy):
    made = crowd(people)
    asked = wanted(made, wish, sort)
    with few(strategy):
        last = list(forwards(made, asked, size))[-1]
        pages = [last, *backwards(made, asked, size, last)]
    assert ids_of(reversed(pages)) == expected(made, wish, sort)
    assert all(page.next for page in pages[1:])


@given(crowds, wishes, sorts, sizes)
@often
def test_sorting_few_and_walking_the_index_give_the_same_pages(database, people, wish, sort, size):
    made = crowd(people)
    asked = wanted(made, wish, sort)
    with few(1000):
        narrow = list(forwards(made, asked, size))
    with few(0):
        walked = list(forwards(made, asked, size))
    assert [page.rows for page in narrow] == [page.rows for page in walked]
    assert [(page.next, page.previous, page.first) for page in narrow] == [
        (page.next, page.previous, page.first) for page in walked
    ]


@given(crowds, wishes, sorts, sizes, strategies, st.data())
@often
def test_what_is_there_throughout_is_neither_lost_nor_repeated(database, people, wish, sort, size, strategy, data):
    """Between two pages somebody adds customers and archives others."""
    made = crowd(people)

    def somebody_writes():
        for row in data.draw(st.lists(rows, max_size=2)):
            made.add(row)
        active = [id for id, row in made.rows.items() if row.status == "active"]
        if active and data.draw(st.booleans()):
            made.archive(data.draw(st.sampled_from(active)))

    asked = wanted(made, wish, sort)
    with few(strategy):
        page = made.page(asked, size)
        for towards in ("next", "previous"):
            reached = within_reach(made, wish, asked.sort, page, towards)
            pages = [page, *turning(made, wish, asked, size, page, towards, somebody_writes)]
            seen = ids_of(pages)
            assert len(set(seen)) == len(seen)
            assert reached & set(expected(made, wish, sort)) <= set(seen)
            page = pages[-1]


def within_reach(made, wish, sort, page, towards):
    """What somebody who starts on this page and turns pages must come to see, unless it goes."""
    order = expected(made, wish, sort)
    edge = page.rows[0 if towards == "next" else -1].id if page.rows else None
    return set(order) - {
        id for id in order if lies_beyond(made, sort, id, edge, "previous" if towards == "next" else "next")
    }


def lies_beyond(made, sort, id, edge, towards):
    here, there = place(made, sort, edge), place(made, sort, id)
    return there > here if sort.startswith("-") != (towards == "next") else there < here


def turning(made, wish, asked, size, page, towards, between):
    """Each further page, which holds exactly what lies beyond the last one at the moment of asking."""
    while cursor := getattr(page, towards):
        edge = page.rows[-1 if towards == "next" else 0].id
        between()
        page = made.page(replace(asked, **{{"next": "after", "previous": "before"}[towards]: cursor}), size)
        order = expected(made, wish, asked.sort)
        beyond = [id for id in order if lies_beyond(made, asked.sort, id, edge, towards)]
        if not beyond:  # all of it has gone: the list begins anew
            assert ids_of([page]) == order[:size]
            return
        assert ids_of([page]) == (beyond[:size] if towards == "next" else beyond[-size:])
        yield page


@given(crowds, wishes, sorts)
@often
def test_an_export_holds_every_row_of_the_filter(database, people, wish, sort):
    made = crowd(people)
    asked = replace(wanted(made, wish, sort), after="ignored", before="ignored")
    exported = read(made.actor, lambda tx: list(every_customer(tx, asked)))
    assert [row.id for row in exported] == expected(made, wish, sort)


def test_an_export_that_is_read_in_pieces_is_complete(database, monkeypatch):
    monkeypatch.setattr(paging, "AT_ONCE", 4)
    made = crowd([Row(f"Company {i % 7}") for i in range(29)])
    exported = read(made.actor, lambda tx: list(every_customer(tx, Filter(sort="-company"))))
    assert [row.id for row in exported] == expected(made, {}, "-company")


# ---------------------------------------------------------------- cursors


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_whose_rows_have_gone_leads_back_to_the_beginning(database, sort):
    made = crowd([Row("a"), Row("b"), Row("c"), Row("d")])
    first = made.page(Filter(sort=sort), 2)
    second = made.page(Filter(sort=sort, after=first.next), 2)
    for row in second.rows:
        made.archive(row.id)
    assert made.page(Filter(sort=sort, after=first.next), 2).rows == first.rows
    for row in second.rows:
        write(made.actor, restore_customer, row.id)
    for row in first.rows:
        made.archive(row.id)
    assert made.page(Filter(sort=sort, before=second.previous), 2).rows == second.rows


JUNK = [
    "x",
    "====",
    "é",
    "\0",
    "\ud800",
    "W10",
    "WzFd",
    "eyJhIjoxfQ",
    "WyJhIiwxLDJd",
    "WyJcdWQ4MDAiLCJ4IiwxXQ",
    "x" * 9999,
]


@pytest.mark.parametrize("cursor", JUNK)
@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_that_is_none_of_ours_is_the_first_page(database, sort, cursor):
    made = crowd([Row("a"), Row("b"), Row("c")])
    assert made.page(Filter(sort=sort, after=cursor), 2).rows == made.page(Filter(sort=sort), 2).rows
    assert made.page(Filter(sort=sort, before=cursor), 2).rows


@given(st.text(max_size=60))
@often
def test_no_cursor_makes_the_list_fall_over(database, cursor):
    made = crowd([Row("a")])
    for name in ("after", "before"):
        assert len(made.page(Filter(**{name: cursor})).rows) == 1


def test_a_cursor_of_another_order_is_the_first_page(database):
    made = crowd([Row("a"), Row("b"), Row("c")])
    cursor = made.page(Filter(sort="created"), 1).next
    assert made.page(Filter(sort="company", after=cursor), 1).rows == made.page(Filter(), 1).rows


def test_a_cursor_grants_nothing(database):
    mine, theirs = crowd([Row("b")]), crowd([Row("a"), Row("c"), Row("d")])
    cursor = theirs.page(Filter(), 1).next
    assert [row.id for row in mine.page(Filter(after=cursor)).rows] == list(mine.rows)
