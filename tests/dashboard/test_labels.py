"""The screen "Tags and groups", handler by handler."""

import pytest

from arbill_app.customers.commands.bulk import group_many, tag_many
from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.customers.views.labels import all_groups, all_tags
from arbill_app.dashboard.screens.labels.labelling import Labels
from arbill_app.kernel.db.transactions import read, write
from tests import world

TAG = {"name": "VIP", "colour": "red", "description": "Call back within the hour."}
WRITING = {
    Labels.new_tag: {},
    Labels.edit_tag: {"tag_id": ""},
    Labels.new_group: {},
    Labels.edit_group: {"group_id": ""},
    Labels.choose_terms: {"value": "30"},
    Labels.save: {"form": TAG},
    Labels.ask_merge: {"tag_id": ""},
    Labels.choose_into: {"tag_id": ""},
    Labels.merge: {},
    Labels.ask_delete_tag: {"tag_id": ""},
    Labels.ask_delete_group: {"group_id": ""},
    Labels.delete: {},
}


@pytest.fixture
def mia(two, pipeline):
    """A member: everybody who writes may keep the labels."""
    return pipeline.tab("mia@northwind.example").do(Labels.load)


def names(two):
    return [tag.name for tag in read(two.nora, all_tags)]


def test_a_new_tag_is_saved_and_shown(two, mia):
    mia.do(Labels.new_tag)
    assert mia.state(Labels).dialog == "tag"
    mia.do(Labels.save, form=TAG)
    assert mia.state(Labels).dialog == ""
    assert [(tag.name, tag.colour) for tag in mia.state(Labels).tags] == [("VIP", "red")]
    assert mia.notice == "Tag VIP saved."


def test_a_second_click_saves_nothing_more(two, mia):
    mia.do(Labels.new_tag).do(Labels.save, form=TAG).do(Labels.save, form=TAG | {"name": "Twice"})
    assert names(two) == ["VIP"]


def test_a_name_taken_is_said_under_the_field_and_keeps_what_was_typed(two, mia):
    world.make_tag(two.nora, "vip")
    mia.do(Labels.new_tag).do(Labels.save, form=TAG)
    state = mia.state(Labels)
    assert (state.dialog, state.errors) == ("tag", {"name": "There is a tag of this name already."})
    assert (state.typed["description"], state.focus) == (TAG["description"], "label-name")


def test_a_tag_is_changed(two, mia):
    tag_id = world.make_tag(two.nora, "Vip")
    mia.do(Labels.load).do(Labels.edit_tag, tag_id=tag_id).do(Labels.save, form=TAG)
    assert names(two) == ["VIP"]


def test_merging_says_first_who_changes(two, mia):
    old, kept = world.make_tag(two.nora, "Old"), world.make_tag(two.nora, "Kept")
    write(two.nora, tag_many, [two.ada, two.bruno], old)
    write(two.nora, tag_many, [two.ada], kept)
    mia.do(Labels.load).do(Labels.ask_merge, tag_id=old).do(Labels.merge)
    assert mia.state(Labels).errors == {"into": "Choose the tag to keep."}
    mia.do(Labels.choose_into, tag_id=kept)
    assert mia.state(Labels).effects == [
        "2 customers swap Old for Kept.",
        "1 of them has Kept already.",
        "The tag Old is gone afterwards.",
    ]
    mia.do(Labels.merge)
    assert [(tag.name, tag.customers) for tag in read(two.nora, all_tags)] == [("Kept", 2)]
    assert mia.state(Labels).focus == "new-tag"


def test_deleting_says_first_who_loses_it_the_archived_too(two, mia):
    tag_id = world.make_tag(two.nora, "Old")
    write(two.nora, tag_many, [two.ada, two.bruno], tag_id)
    write(two.nora, archive_customer, two.bruno)
    mia.do(Labels.load).do(Labels.ask_delete_tag, tag_id=tag_id)
    assert mia.state(Labels).tags[0].customers == 1, "as many as the list shows"
    assert mia.state(Labels).effects == ["2 customers lose this tag, 1 of them archived."]
    mia.do(Labels.delete)
    assert (names(two), mia.notice) == ([], "Tag Old deleted.")


def test_a_tag_that_went_meanwhile_is_a_sentence(two, mia):
    tag_id = world.make_tag(two.nora, "Old")
    mia.do(Labels.load).do(Labels.ask_delete_tag, tag_id=tag_id)
    other = mia.pipeline.tab("nora@northwind.example").do(Labels.load)
    other.do(Labels.ask_delete_tag, tag_id=tag_id).do(Labels.delete)
    mia.do(Labels.delete)
    assert (mia.state(Labels).tags, mia.state(Labels).dialog) == ([], "")
    assert "no longer here" in mia.notice


def test_a_group_with_its_defaults(two, mia):
    form = {"name": "Schools", "terms": "custom", "custom_days": "21", "currency": "CAD", "language": "fr"}
    mia.do(Labels.new_group).do(Labels.choose_terms, value="custom")
    assert mia.state(Labels).focus == "label-custom_days"
    mia.do(Labels.save, form=form | {"custom_days": "soon"})
    assert mia.state(Labels).errors == {"custom_days": "Enter a number of days from 0 to 365."}
    mia.do(Labels.save, form=form)
    assert mia.state(Labels).groups[0].defaults == "Net 21 · CAD · French"
    mia.do(Labels.edit_group, group_id=mia.state(Labels).groups[0].id)
    assert mia.state(Labels).typed == form


@pytest.mark.parametrize("form", [{"currency": "ZZZ"}, {"language": "xx!"}])
def test_a_default_that_does_not_exist_is_refused(two, mia, form):
    mia.do(Labels.new_group).do(Labels.save, form={"name": "Schools"} | form)
    assert list(mia.state(Labels).errors) == list(form)
    assert read(two.nora, all_groups) == []


def test_deleting_a_group_says_who_leaves_it(two, mia):
    group_id = world.make_group(two.nora, "Schools", terms_days=15)
    write(two.nora, group_many, [two.ada], group_id)
    mia.do(Labels.load).do(Labels.ask_delete_group, group_id=group_id)
    assert mia.state(Labels).effects == ["1 customer is then in no group.", "What they inherit from it ends: Net 15."]
    mia.do(Labels.delete)
    assert read(two.nora, all_groups) == []


def test_read_only_people_look_and_change_nothing(two, pipeline):
    tag_id = world.make_tag(two.nora, "VIP")
    rhea = pipeline.tab("rhea@northwind.example").do(Labels.load)
    assert [tag.name for tag in rhea.state(Labels).tags] == ["VIP"]
    for handler, payload in WRITING.items():
        assert rhea.denies(
            handler, **{name: tag_id if name.endswith("_id") else given for name, given in payload.items()}
        )
        assert rhea.state(Labels).dialog == ""
    assert names(two) == ["VIP"]


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab()
    for handler, payload in {Labels.load: {}, **WRITING}.items():
        stranger.do(handler, **payload)
        assert stranger.went_to == ["/login"]
        assert (stranger.state(Labels).tags, stranger.state(Labels).dialog) == ([], "")


def test_another_partners_tag_does_not_exist(two, mia):
    theirs = world.make_tag(two.sol, "Theirs")
    mia.do(Labels.ask_delete_tag, tag_id=theirs)
    assert mia.state(Labels).dialog == ""
    mia.state(Labels).dialog, mia.state(Labels).label_id = "delete_tag", theirs
    mia.do(Labels.delete)
    assert [tag.name for tag in read(two.sol, all_tags)] == ["Theirs"]


@pytest.mark.parametrize("form", ["x", ["name"], {"name": {"$gt": 1}}, {"name": ["a"]}, {"name": "y" * 20_000}, None])
def test_what_is_no_form_is_refused(two, mia, form):
    mia.do(Labels.new_tag).do(Labels.save, form=form)
    assert (names(two), mia.state(Labels).dialog) == ([], "tag")
