"""Ticked rows of the screen "Customers", handler by handler: a verb is done to what it named, and to nothing else."""

from typing import Any

import pytest

from arbill_app.customers.models import Customer
from arbill_app.dashboard.screens.customers.listing import Customers
from arbill_app.dashboard.shell.selection import named
from arbill_app.kernel.db.transactions import read
from tests import world

WRITING: dict[Any, Any] = {
    Customers.ask_archive: {},
    Customers.ask_restore: {},
    Customers.archive_selected: {},
    Customers.restore_selected: {},
}


@pytest.fixture
def mia(two, pipeline):
    return pipeline.tab("mia@northwind.example", path="/customers").do(Customers.load)


def archived(two, customer_id):
    return read(two.nora, lambda tx: tx.get(Customer, customer_id).archived_at is not None)


def companies(two, *ids):
    return sorted(read(two.nora, lambda tx: [tx.get(Customer, id).company for id in ids]))


def test_archiving_names_whom_and_asks_first(two, mia):
    mia.do(Customers.pick, id=two.ada, on=True).do(Customers.pick, id=two.bruno, on=True)
    mia.do(Customers.archive_selected)
    assert not archived(two, two.ada), "nobody said yes yet"
    mia.do(Customers.ask_archive)
    assert mia.state(Customers).asked == f"Archive 2 customers: {', '.join(companies(two, two.ada, two.bruno))}"
    mia.do(Customers.keep).do(Customers.archive_selected)
    assert not archived(two, two.ada), "the answer was no"
    mia.do(Customers.ask_archive).do(Customers.archive_selected)
    assert [archived(two, id) for id in (two.ada, two.bruno)] == [True, True]
    assert mia.notice == "2 customers archived. They can be restored at any time."
    assert mia.state(Customers).selected == []


def test_a_yes_is_about_those_that_were_named(two, mia):
    mia.do(Customers.pick, id=two.ada).do(Customers.ask_archive).do(Customers.pick, id=two.bruno)
    mia.do(Customers.archive_selected)
    assert [archived(two, id) for id in (two.ada, two.bruno)] == [True, False]


def test_a_yes_to_one_verb_is_none_to_another(two, mia):
    mia.do(Customers.pick, id=two.ada).do(Customers.ask_archive).do(Customers.restore_selected)
    mia.do(Customers.archive_selected)
    assert not archived(two, two.ada)


def test_ticking_twice_is_ticking_once(two, mia):
    mia.do(Customers.pick, id=two.ada, on=True).do(Customers.pick, id=two.ada, on=True)
    assert mia.state(Customers).selected == [two.ada]
    mia.do(Customers.pick, id=two.ada, on=False).do(Customers.pick, id=two.ada, on=False)
    assert (mia.state(Customers).selected, mia.state(Customers).picked) == ([], "")


def test_what_is_not_on_the_screen_cannot_be_picked(two, mia):
    mia.do(Customers.pick, id=two.clara).do(Customers.pick, id="cus_nobody").do(Customers.ask_archive)
    assert (mia.state(Customers).selected, mia.state(Customers).asking) == ([], "")


def test_reading_the_list_again_keeps_the_ticks_and_draws_them_anew(two, mia):
    mia.do(Customers.pick, id=two.ada)
    before = mia.state(Customers).picks
    mia.do(Customers.load)
    assert mia.state(Customers).selected == [two.ada]
    assert mia.state(Customers).picks > before


def test_a_setup_not_finished_is_not_archived_and_not_named(two, mia):
    draft = world.make_draft(two.nora, "Half Done Ltd")
    mia.do(Customers.load).do(Customers.pick, id=draft).do(Customers.ask_archive)
    assert mia.state(Customers).asking == ""
    assert mia.notice == "Only customers whose setup is finished can be archived."
    mia.do(Customers.pick, id=two.ada).do(Customers.ask_archive)
    assert mia.state(Customers).asked == f"Archive 1 customer: {companies(two, two.ada)[0]}"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Alder & Finch Law", "Atelier Lavande"], "Alder & Finch Law, Atelier Lavande"),
        (list("abcde"), "a, b, c, d, e"),
        (list("abcdefg"), "a, b, c, d, e … and 2 more"),
        ([], ""),
    ],
)
def test_five_are_named(names, said):
    assert named(names) == said


def test_readers_archive_nothing(two, pipeline):
    rhea = pipeline.tab("rhea@northwind.example", path="/customers").do(Customers.load)
    rhea.do(Customers.pick, id=two.ada)
    for handler, payload in WRITING.items():
        assert rhea.denies(handler, **payload)
    assert not archived(two, two.ada)
