"""Adding a customer in two steps: never two of them, never half of one."""

import pytest

from arbill_app.customers.commands import contacts, lifecycle
from arbill_app.customers.commands.lifecycle import SetupFinished, discard_customer, finish_customer, start_customer
from arbill_app.customers.models import Alias, Contact, Customer, CustomerSearch, CustomerTag, ShippingAddress, Status
from arbill_app.customers.views.customers import customer_view, unfinished, unfinished_count
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.partners import commands as partners
from tests.together import together
from tests.world import canadian, letters_to, make_customer, make_draft, make_group, make_tag, typed, user

EVERYTHING = (Customer, Alias, Contact, CustomerTag, ShippingAddress, CustomerSearch, Activity, Effect)


def counts(by):
    return {model.__name__: len(read(by, lambda tx, model=model: tx.all(tx.own(model)))) for model in EVERYTHING}


def start(by, key="key", **changes):
    return write(by, start_customer, key, typed(**changes))


def refused(verb, by, *args, **kwargs):
    with pytest.raises(Invalid) as refusal:
        write(by, verb, *args, **kwargs)
    return refusal.value.errors


# ---------------------------------------------------------------- step one


def test_continue_saves_a_setup_that_is_not_finished(two):
    customer = start(two.nora, legal_name=" Bluebird  Dental, Inc. ", ein="911144442", postal_code="432151234")
    view = read(two.nora, customer_view, customer.id)
    assert (view.status, view.status_label) == (Status.SETUP, "Setup not finished")
    assert (view.business["ein"], view.billing["postal_code"]) == ("91-1144442", "43215-1234")
    assert [(row[0], row[1]) for row in read(two.nora, unfinished)] == [(customer.id, "Bluebird Dental")]
    assert (read(two.nora, unfinished_count), read(two.sol, unfinished_count)) == (1, 0)


def test_continue_twice_is_one_customer_with_what_was_typed_last(two):
    first, second = start(two.nora, company="Bluebird"), start(two.nora, company="Bluebird Dental")
    assert first.id == second.id
    assert read(two.nora, customer_view, first.id).company == "Bluebird Dental"
    assert counts(two.nora)["Customer"] == 3


def test_two_windows_that_continue_at_once_make_one_customer(two):
    jobs = [lambda i=i: start(two.nora, company=f"Bluebird {i}").id for i in range(4)]
    assert len(set(together(*jobs))) == 1
    assert counts(two.nora)["Customer"] == 3


def test_two_partners_never_share_a_setup(two):
    assert start(two.nora).id != start(two.sol).id


def test_errors_leave_nothing_behind(two):
    before = counts(two.nora)
    assert refused(start_customer, two.nora, "key", typed(city=""))
    assert refused(start_customer, two.nora, "key", typed(external_ids=["A", two.ada]))
    with pytest.raises(NotFound):
        start(two.nora, tag_ids=[make_tag(two.sol, "Theirs")])
    with pytest.raises(NotFound):
        start(two.nora, group_id=make_group(two.sol, "Theirs"))
    assert counts(two.nora) == before


def test_an_error_in_a_later_continue_keeps_what_was_saved(two):
    customer = start(two.nora, company="Bluebird", external_ids=["A"])
    refused(start_customer, two.nora, "key", typed("Other", external_ids=["B", two.ada]))
    view = read(two.nora, customer_view, customer.id)
    assert (view.company, [alias.alias for alias in view.aliases]) == ("Bluebird", [customer.id, "A"])


def test_going_back_replaces_what_was_chosen(two):
    tags = [make_tag(two.nora, name) for name in ("VIP", "VoIP")]
    group = make_group(two.nora, "Dental")
    ship = {f"shipping_{name}": value for name, value in typed().items() if name != "company"}
    start(two.nora, tag_ids=tags, group_id=group, external_ids=["A", "B"], shipping_same=False, **ship)
    customer = start(two.nora, tag_ids=tags[1:], external_ids=["B", "", "C"])
    view = read(two.nora, customer_view, customer.id)
    assert [tag.name for tag in view.tags] == ["VoIP"]
    assert [alias.alias for alias in view.aliases] == [customer.id, "B", "C"]
    assert (view.group, view.shipping["same"]) == ("", True)


def test_a_legal_entity_of_another_partner_does_not_exist(two):
    theirs = write(two.sol, partners.save_legal_entity, "", {"name": "Southgate North", "country": "US"})
    with pytest.raises(NotFound):
        start(two.nora, legal_entity_id=theirs.id)


@pytest.mark.parametrize(
    ("chosen", "of_group", "currency"), [("EUR", "CAD", "EUR"), ("", "CAD", "CAD"), ("", "", "USD")]
)
def test_a_currency_left_open_is_the_groups_then_the_countrys(two, chosen, of_group, currency):
    group = make_group(two.nora, "Dental", currency=of_group)
    customer = start(two.nora, currency=chosen, group_id=group)
    assert read(two.nora, customer_view, customer.id).business["currency"] == currency


def test_a_canadian_pays_in_canadian_dollars(two):
    customer = write(two.nora, start_customer, "key", canadian())
    assert read(two.nora, customer_view, customer.id).balance == "CA$0.00"


def test_a_setup_resumed_elsewhere_is_the_same_customer(two):
    customer = start(two.nora, "one window")
    again = write(two.nora, start_customer, "another window", typed("Renamed"), customer_id=customer.id)
    assert (again.id, again.company) == (customer.id, "Renamed")


def test_a_setup_discarded_elsewhere_is_not_revived(two):
    customer = start(two.nora)
    write(two.nora, discard_customer, customer.id)
    with pytest.raises(NotFound):
        write(two.nora, start_customer, "key", typed(), customer_id=customer.id)
    with pytest.raises(NotFound):
        write(two.sol, start_customer, "key", typed(), customer_id=two.ada)


# ---------------------------------------------------------------- step two


def test_create_customer_finishes_with_the_first_user_as_primary_contact(two):
    customer_id = make_draft(two.nora)
    users = [user("Ada Quill", "ada@bluebird.example"), user("Rowan Pike"), user("Bea Lund")]
    write(two.nora, finish_customer, customer_id, users, welcome=True)
    view = read(two.nora, customer_view, customer_id)
    assert view.status == Status.ACTIVE
    assert [(c.name, c.is_primary) for c in view.contacts] == [
        ("Ada Quill", True),
        ("Rowan Pike", False),
        ("Bea Lund", False),
    ]
    assert letters_to("ada@bluebird.example")[0].subject == "Northwind has set up an account for Bluebird Dental"


def test_without_the_tick_nobody_is_welcomed(two):
    customer_id = make_draft(two.nora)
    write(two.nora, finish_customer, customer_id, [user(email="ada@bluebird.example")], welcome=False)
    assert letters_to("ada@bluebird.example") == []


def test_who_may_not_enter_the_portal_is_not_welcomed_to_it(two):
    users = [user(email="ada@bluebird.example"), user(email="ben@bluebird.example", portal_access=False)]
    write(two.nora, finish_customer, make_draft(two.nora), users, welcome=True)
    assert letters_to("ada@bluebird.example")
    assert letters_to("ben@bluebird.example") == []


@pytest.mark.parametrize(
    ("users", "errors"),
    [
        ([], {"first_name_0": "Add at least one user."}),
        (
            [{"first_name": "", "last_name": "", "email": ""}],
            {
                "first_name_0": "Enter the first name.",
                "last_name_0": "Enter the last name.",
                "email_0": "Enter the email address.",
            },
        ),
        (
            [user("Ada Quill", "ada@x.example"), {"first_name": "", "last_name": " ", "email": ""}, user("Bo", "bo")],
            {"last_name_2": "Enter the last name.", "email_2": "Enter an email address such as name@company.com."},
        ),
        (
            [user("Ada Quill", "ada@x.example"), user("Bo Dean", "ADA@x.example")],
            {"email_1": "This email stands here twice. Each user needs an own one."},
        ),
    ],
)
def test_which_users_will_not_do(two, users, errors):
    customer_id = make_draft(two.nora)
    before = counts(two.nora)
    assert refused(finish_customer, two.nora, customer_id, users, welcome=True) == errors
    assert counts(two.nora) == before


def test_empty_rows_after_the_first_are_left_out(two):
    customer_id = make_draft(two.nora)
    empty = {"first_name": " ", "last_name": "", "email": ""}
    write(two.nora, finish_customer, customer_id, [user("Ada Quill"), empty, user("Bo Dean")], welcome=False)
    assert [c.name for c in read(two.nora, customer_view, customer_id).contacts] == ["Ada Quill", "Bo Dean"]


def test_the_same_person_may_be_at_two_customers(two):
    for company in ("One", "Two"):
        make_customer(two.nora, company, [user("Ada Quill", "ada@both.example")])


def test_finishing_twice_says_that_it_is_finished(two):
    customer_id = make_customer(two.nora, users=[user("Ada Quill")])
    with pytest.raises(SetupFinished) as told:
        write(two.nora, finish_customer, customer_id, [user("Bo Dean")], welcome=True)
    assert told.value.customer_id == customer_id
    assert [c.name for c in read(two.nora, customer_view, customer_id).contacts] == ["Ada Quill"]


def test_two_windows_that_finish_at_once_finish_once(two):
    customer_id = make_draft(two.nora)
    finish = lambda name: lambda: write(two.nora, finish_customer, customer_id, [user(name)], welcome=True)  # noqa: E731
    ends = together(*map(finish, ("Ada Quill", "Bo Dean", "Cy Eng")))
    assert sorted(type(end).__name__ for end in ends) == ["Customer", "SetupFinished", "SetupFinished"]
    assert len(read(two.nora, customer_view, customer_id).contacts) == 1
    assert len([r for r in read(two.nora, lambda tx: tx.all(tx.own(Effect))) if r.key.startswith("welcome")]) == 1


def test_continuing_a_finished_setup_leads_to_the_customer(two):
    customer = start(two.nora)
    write(two.nora, finish_customer, customer.id, [user()], welcome=False)
    for changes in ({}, {"customer_id": customer.id}):
        with pytest.raises(SetupFinished) as told:
            write(two.nora, start_customer, "key", typed("Renamed"), **changes)
        assert told.value.customer_id == customer.id
    assert read(two.nora, customer_view, customer.id).company == "Bluebird Dental"


# ---------------------------------------------------------------- discarding


def test_discarding_leaves_nothing_of_it(two):
    before = counts(two.nora)
    ship = {f"shipping_{name}": value for name, value in typed().items() if name != "company"}
    tag = make_tag(two.nora, "VIP")
    customer = start(two.nora, tag_ids=[tag], external_ids=["A"], shipping_same=False, **ship)
    write(two.nora, discard_customer, customer.id)
    after = counts(two.nora)
    del before["Activity"], after["Activity"]
    assert after == before


def test_a_finished_customer_is_not_discarded(two):
    with pytest.raises(SetupFinished):
        write(two.nora, discard_customer, two.ada)


def test_another_partners_setup_does_not_exist(two):
    theirs = make_draft(two.sol)
    for verb, *args in ((discard_customer,), (finish_customer, [user()])):
        with pytest.raises(NotFound):
            write(two.nora, verb, theirs, *args, **({"welcome": False} if args else {}))


def test_a_setup_not_finished_is_not_archived_and_gets_no_other_contacts(two):
    draft = make_draft(two.nora)
    with pytest.raises(Conflict, match="Finish the setup"):
        write(two.nora, lifecycle.archive_customer, draft)
    with pytest.raises(Conflict, match="Finish the setup"):
        write(two.nora, contacts.add_contact, draft, user())
