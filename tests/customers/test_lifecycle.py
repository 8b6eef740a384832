"""Archived, restored, deleted, merged: and many at once."""

import pytest

from arbill_app.customers import dependents
from arbill_app.customers.commands import bulk, lifecycle, profile
from arbill_app.customers.models import Customer, Status
from arbill_app.customers.views.customers import count_customers, customer_view
from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, NotFound
from arbill_app.kernel.problems import Problem
from tests.world import make_contact, make_customer, make_draft, make_group, make_tag


def names(by, **wanted):
    return [row.company for row in read(by, list_customers, Filter(**wanted)).rows]


def test_archiving_takes_a_customer_off_the_list_and_restoring_brings_it_back(two):
    write(two.mia, lifecycle.archive_customer, two.ada)
    write(two.mia, lifecycle.archive_customer, two.ada)
    assert (names(two.nora), names(two.nora, status="archived")) == (["Bruno Motors"], ["Ada Interiors"])
    assert read(two.nora, customer_view, two.ada).status == Status.ARCHIVED
    assert read(two.nora, count_customers) == 1
    write(two.mia, lifecycle.restore_customer, two.ada)
    assert names(two.nora) == ["Ada Interiors", "Bruno Motors"]


def test_deleting_leaves_nothing_but_the_note(two):
    make_contact(two.nora, two.ada)
    service_ids = ["PSA-1"]
    write(two.nora, lifecycle.add_alias, two.ada, service_ids[0])
    write(two.nora, profile.change_labels, two.ada, [make_tag(two.nora, "VIP")], make_group(two.nora, "Design"))
    write(two.nora, lifecycle.delete_customer, two.ada)
    with pytest.raises(NotFound):
        read(two.nora, customer_view, two.ada)
    assert names(two.nora, q="ada") == []
    make_customer(two.nora, "Ada Again", external_ids=service_ids)


def test_a_customer_something_hangs_on_is_not_deleted(two, monkeypatch):
    counts = [lambda tx, id: Problem("ties.invoices", count=12), lambda tx, id: Problem("ties.payments", count=1)]
    monkeypatch.setattr(dependents, "TIES", counts)
    with pytest.raises(Conflict, match=r"Ada Interiors has 12 invoices and 1 payment\. Archive it instead\."):
        write(two.nora, lifecycle.delete_customer, two.ada)


def test_another_partners_customer_is_not_touched(two):
    for verb in (lifecycle.archive_customer, lifecycle.restore_customer, lifecycle.delete_customer):
        with pytest.raises(NotFound):
            write(two.nora, verb, two.clara)


# ---------------------------------------------------------------- many at once


@pytest.fixture
def many(two):
    return [two.ada, two.bruno, two.clara, make_draft(two.nora), "cus_none", "\0"]


def test_many_are_archived_except_those_that_cannot_be(two, many):
    assert write(two.nora, bulk.archive_many, many) == 2
    assert write(two.nora, bulk.archive_many, many) == 0
    assert names(two.nora) == ["Bluebird Dental"]
    assert names(two.sol) == ["Clara Books"]
    assert write(two.nora, bulk.restore_many, many) == 2


def test_many_get_a_tag_who_had_it_not(two, many):
    tag = make_tag(two.nora, "VIP")
    write(two.nora, profile.change_labels, two.ada, [tag], "")
    assert write(two.nora, bulk.tag_many, many, tag) == 2
    assert sorted(names(two.nora, tag_id=tag)) == ["Ada Interiors", "Bluebird Dental", "Bruno Motors"]
    with pytest.raises(NotFound):
        write(two.sol, bulk.tag_many, many, tag)


def test_many_join_a_group_and_leave_it(two, many):
    group = make_group(two.nora, "Design")
    assert write(two.nora, bulk.group_many, many, group) == 3
    assert len(names(two.nora, group_id=group)) == 3
    assert write(two.nora, bulk.group_many, many, "") == 3
    assert names(two.nora, group_id=group) == []
    assert read(two.sol, lambda tx: tx.get(Customer, two.clara)).group_id is None
