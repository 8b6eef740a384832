import pytest

from arbill_app.customers.commands import labels
from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.customers.commands.profile import change_labels
from arbill_app.customers.models import Customer, CustomerTag
from arbill_app.customers.views.customers import customer_view
from arbill_app.customers.views.labels import all_groups, all_tags, group_choices, tag_choices
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.together import together
from tests.world import make_group, make_tag


def tags_of(two, customer_id):
    return [tag.name for tag in read(two.nora, customer_view, customer_id).tags]


def refused(verb, by, *args):
    with pytest.raises(Invalid) as refusal:
        write(by, verb, *args)
    return refusal.value.errors


def test_tags_are_listed_by_name_with_their_customers(two):
    vip, backup = make_tag(two.nora, "VIP", colour="red", description="Call back."), make_tag(two.nora, "Backup")
    for customer in (two.ada, two.bruno):
        write(two.nora, change_labels, customer, [vip], "")
    write(two.nora, archive_customer, two.bruno)
    rows = [(row.id, row.name, row.colour, row.customers, row.archived) for row in read(two.nora, all_tags)]
    assert rows == [(backup, "Backup", "grey", 0, 0), (vip, "VIP", "red", 1, 1)]
    assert [chip.name for chip in read(two.nora, tag_choices)] == ["Backup", "VIP"]
    assert read(two.sol, all_tags) == read(two.sol, tag_choices) == []


def test_groups_are_listed_with_their_defaults(two):
    group = make_group(two.nora, "Legal", terms_days=45, currency="CAD", language="fr")
    plain = make_group(two.nora, "Design")
    write(two.nora, change_labels, two.ada, [], group)
    rows = {row.id: row for row in read(two.nora, all_groups)}
    assert (rows[group].customers, rows[plain].customers) == (1, 0)
    assert rows[group].defaults.startswith("Net 45 · CAD")
    assert [row.name for row in read(two.nora, group_choices)] == ["Design", "Legal"]
    assert read(two.sol, all_groups) == []


@pytest.mark.parametrize("name", ["vip", "VIP ", "Vîp"])
@pytest.mark.parametrize(("make", "verb"), [(make_tag, labels.save_tag), (make_group, labels.save_group)])
def test_a_name_is_used_once_whatever_its_case_and_accents(two, make, verb, name):
    first = make(two.nora, "VIP")
    assert list(refused(verb, two.nora, "", {"name": name})) == ["name"]
    other = make(two.nora, "Other")
    assert list(refused(verb, two.nora, other, {"name": name})) == ["name"]
    assert write(two.nora, verb, first, {"name": name}).name == name.strip()
    make(two.sol, "VIP")


def test_two_who_make_the_same_tag_at_once_make_it_once(two):
    ends = together(*[lambda: write(two.nora, labels.save_tag, "", {"name": "VIP"})] * 2)
    assert sorted(type(end).__name__ for end in ends) == ["Invalid", "Tag"]


@pytest.mark.parametrize(
    ("verb", "values", "field"),
    [
        (labels.save_tag, {"name": " "}, "name"),
        (labels.save_tag, {"name": "x" * 61}, "name"),
        (labels.save_tag, {"name": "VIP", "colour": "url(x)"}, "colour"),
        (labels.save_tag, {"name": "VIP", "description": "x" * 301}, "description"),
        (labels.save_group, {"name": ""}, "name"),
        (labels.save_group, {"name": "Legal", "terms_days": 366}, "terms_days"),
        (labels.save_group, {"name": "Legal", "currency": "ZZZ"}, "currency"),
        (labels.save_group, {"name": "Legal", "language": "xx"}, "language"),
    ],
)
def test_which_labels_will_not_do(two, verb, values, field):
    assert list(refused(verb, two.nora, "", values)) == [field]


def test_a_name_of_letters_that_fold_to_many_still_fits(two):
    make_tag(two.nora, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 60)
    make_group(two.nora, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 60)


def test_a_renamed_tag_is_renamed_at_every_customer(two):
    tag = make_tag(two.nora, "VIP")
    write(two.nora, change_labels, two.ada, [tag], "")
    write(two.nora, labels.save_tag, tag, {"name": "Gold", "colour": "amber"})
    assert tags_of(two, two.ada) == ["Gold"]


def test_deleting_a_tag_takes_it_from_its_customers_and_nothing_else(two):
    tag, other = make_tag(two.nora, "VIP"), make_tag(two.nora, "Backup")
    write(two.nora, change_labels, two.ada, [tag, other], "")
    write(two.nora, labels.delete_tag, tag)
    assert tags_of(two, two.ada) == ["Backup"]
    with pytest.raises(NotFound):
        write(two.nora, labels.delete_tag, tag)


def test_deleting_a_group_leaves_its_customers_in_none(two):
    group = make_group(two.nora, "Legal")
    write(two.nora, change_labels, two.ada, [], group)
    write(two.nora, labels.delete_group, group)
    assert read(two.nora, lambda tx: tx.get(Customer, two.ada)).group_id is None


def test_merging_tags_leaves_each_customer_with_the_second_once(two):
    old, new = make_tag(two.nora, "V.I.P."), make_tag(two.nora, "VIP")
    write(two.nora, change_labels, two.ada, [old], "")
    write(two.nora, change_labels, two.bruno, [old, new], "")
    write(two.nora, labels.merge_tags, old, new)
    assert tags_of(two, two.ada) == tags_of(two, two.bruno) == ["VIP"]
    assert len(read(two.nora, lambda tx: tx.all(tx.own(CustomerTag)))) == 2
    assert [row.name for row in read(two.nora, all_tags)] == ["VIP"]


def test_a_tag_is_not_merged_into_itself(two):
    tag = make_tag(two.nora, "VIP")
    with pytest.raises(Conflict):
        write(two.nora, labels.merge_tags, tag, tag)


def test_another_partners_labels_do_not_exist(two):
    mine, tag, group = make_tag(two.nora, "VIP"), make_tag(two.sol, "VIP"), make_group(two.sol, "Legal")
    for verb, *args in (
        (labels.save_tag, tag, {"name": "X"}),
        (labels.delete_tag, tag),
        (labels.merge_tags, mine, tag),
        (labels.merge_tags, tag, mine),
        (labels.save_group, group, {"name": "X"}),
        (labels.delete_group, group),
        (change_labels, two.ada, [tag], ""),
        (change_labels, two.ada, [], group),
    ):
        with pytest.raises(NotFound):
            write(two.nora, verb, *args)


def test_a_tag_that_goes_while_somebody_gives_it_is_gone(two):
    tag = make_tag(two.nora, "VIP")
    ends = together(
        lambda: write(two.nora, labels.delete_tag, tag), lambda: write(two.adam, change_labels, two.ada, [tag], "")
    )
    assert ends[0] is None
    assert tags_of(two, two.ada) == []
