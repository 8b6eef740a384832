import pytest

from arbill_app.customers.commands import bulk, lifecycle, merging, profile
from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands.merging import merge_customer, plan_merge
from arbill_app.customers.views.customers import customer_view
from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Forbidden, NotFound
from tests.together import together
from tests.world import contacts, make_contact, make_customer, make_draft, make_tag, user


@pytest.fixture
def duplicate(two):
    """Ada Interiors once more: one contact that is known, one that is not, and an alias."""
    shared = contacts(two.nora, two.ada)[0].email
    users = [user("Ada Q", shared.upper()), user("Dov Reed", "dov@adainteriors.example")]
    customer_id = make_customer(two.nora, "Ada Interior Design", users, external_ids=["OLD-1"])
    both, own = make_tag(two.nora, "Both"), make_tag(two.nora, "Own")
    write(two.nora, profile.change_labels, two.ada, [both], "")
    write(two.nora, profile.change_labels, customer_id, [both, own], "")
    return customer_id


def test_the_preview_says_what_moves_and_changes_nothing(two, duplicate):
    plan = read(two.nora, plan_merge, duplicate, two.ada)
    assert (plan.duplicate, plan.into) == ("Ada Interior Design", "Ada Interiors")
    assert plan.moves == [
        "Dov Reed (dov@adainteriors.example) becomes a contact of Ada Interiors.",
        f"External ID {duplicate} will find Ada Interiors.",
        "External ID OLD-1 will find Ada Interiors.",
        "2 tags move over.",
    ]
    assert plan.stays[0].endswith("is there already: not moved.")
    assert len(contacts(two.nora, duplicate)) == 2


def test_afterwards_one_customer_has_it_all(two, duplicate):
    write(two.adam, merge_customer, duplicate, two.ada)
    view = read(two.nora, customer_view, two.ada)
    assert [(c.name, c.is_primary) for c in view.contacts] == [("Ada Quill", True), ("Dov Reed", False)]
    assert [(a.alias, a.is_own) for a in view.aliases] == [(two.ada, True), ("OLD-1", False), (duplicate, False)]
    assert [tag.name for tag in view.tags] == ["Both", "Own"]
    for alias in (duplicate, "OLD-1", two.ada):
        assert read(two.nora, lifecycle.customer_by_alias, alias).id == two.ada


def test_the_duplicate_is_archived_for_good(two, duplicate):
    write(two.nora, merge_customer, duplicate, two.ada)
    view = read(two.nora, customer_view, duplicate)
    assert (view.status, view.merged_into) == ("archived", two.ada)
    with pytest.raises(Conflict, match="cannot be restored"):
        write(two.nora, lifecycle.restore_customer, duplicate)
    assert write(two.nora, bulk.restore_many, [duplicate]) == 0


def test_the_duplicate_does_not_change_any_more(two, duplicate):
    contact = contacts(two.nora, duplicate)[0]
    write(two.nora, merge_customer, duplicate, two.ada)
    view, left = read(two.nora, customer_view, duplicate), contacts(two.nora, duplicate)[0]
    assert left.id == contact.id
    for verb, *args in (
        (profile.change_business, duplicate, view.business, view.business),
        (profile.change_labels, duplicate, [], ""),
        (people.add_contact, duplicate, user()),
        (people.make_primary, left.id),
        (people.remove_contact, left.id),
        (lifecycle.add_alias, duplicate, "NEW-1"),
    ):
        with pytest.raises(Conflict, match="does not change any more"):
            write(two.nora, verb, *args)
    assert write(two.nora, bulk.tag_many, [duplicate], make_tag(two.nora, "Late")) == 0


def test_searching_for_who_moved_finds_where_they_are_now(two, duplicate):
    write(two.nora, merge_customer, duplicate, two.ada)
    for words in ("dov reed", "OLD-1", duplicate):
        found = read(two.nora, list_customers, Filter(q=words)).rows
        assert [row.id for row in found] == [two.ada], words


@pytest.mark.parametrize("into", ["itself", "draft", "archived", "merged"])
def test_into_whom_one_cannot_merge(two, duplicate, into):
    ids = {"itself": duplicate, "draft": make_draft(two.nora), "archived": two.bruno, "merged": two.bruno}
    if into == "archived":
        write(two.nora, lifecycle.archive_customer, two.bruno)
    if into == "merged":
        write(two.nora, merge_customer, two.bruno, two.ada)
    for verb in (plan_merge, merge_customer):
        with pytest.raises(Conflict):
            write(two.nora, verb, duplicate, ids[into])


def test_a_setup_not_finished_is_discarded_and_not_merged(two):
    with pytest.raises(Conflict, match="discard it"):
        write(two.nora, merge_customer, make_draft(two.nora), two.ada)


def test_nobody_merges_twice(two, duplicate):
    write(two.nora, merge_customer, duplicate, two.ada)
    with pytest.raises(Conflict, match="merged already"):
        write(two.nora, merge_customer, duplicate, two.bruno)


def test_another_partners_customer_does_not_exist(two):
    for pair in ((two.ada, two.clara), (two.clara, two.ada)):
        for verb in (plan_merge, merge_customer):
            with pytest.raises(NotFound):
                write(two.nora, verb, *pair)


def test_merging_both_ways_at_once_merges_one_way(two):
    ends = together(
        lambda: write(two.nora, merge_customer, two.ada, two.bruno),
        lambda: write(two.adam, merge_customer, two.bruno, two.ada),
    )
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "Customer"]


def test_nouns_above_move_their_own_rows(two, duplicate, monkeypatch):
    moved = []
    monkeypatch.setattr(merging, "MOVERS", [lambda tx, old, new: moved.append((old, new))])
    write(two.nora, merge_customer, duplicate, two.ada)
    assert moved == [(duplicate, two.ada)]


def test_a_contact_removed_while_its_customer_is_merged_is_gone_or_moved(two, duplicate):
    dov = next(contact.id for contact in contacts(two.nora, duplicate) if contact.first_name == "Dov")
    ends = together(
        lambda: write(two.nora, merge_customer, duplicate, two.ada),
        lambda: write(two.adam, people.remove_contact, dov, confirmed=True),
    )
    assert not isinstance(ends[0], Exception)
    assert ends[1] is None or isinstance(ends[1], (Conflict, NotFound))
    assert [c.is_primary for c in contacts(two.nora, two.ada)].count(True) == 1


def test_a_primary_that_moves_is_not_primary_there(two):
    boss = make_contact(two.nora, two.bruno, "Eve Long")
    write(two.nora, people.make_primary, boss)
    write(two.nora, merge_customer, two.bruno, two.ada)
    team = contacts(two.nora, two.ada)
    assert [(c.name, c.is_primary) for c in team if c.is_primary] == [("Ada Quill", True)]
    assert len(team) == 3


def test_a_member_may_not_merge(two):
    with pytest.raises(Forbidden):
        write(two.mia, merging.merge_customer, two.ada, two.bruno)
