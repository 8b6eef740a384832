"""A customer in one call, as programs add it: the same customer as by the two steps of the screens."""

from dataclasses import replace

import pytest

from arbill_app.customers.commands.create import create_customer
from arbill_app.customers.commands.lifecycle import finish_customer, start_customer
from arbill_app.customers.models import Alias, Contact, Customer, CustomerSearch, CustomerTag, ShippingAddress, Status
from arbill_app.customers.views.customers import customer_view, find
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.together import together
from tests.world import letters_to, make_group, make_tag, typed, user

ADA = user("Ada Quill", "ada.quill@bluebird.example", portal_access=True)
BEN = user("Ben Ochre", "ben.ochre@bluebird.example")
WRITTEN = (Customer, Alias, Contact, CustomerTag, ShippingAddress, CustomerSearch)


def everything(two):
    shipping = {f"shipping_{name}": value for name, value in typed(city="Dayton").items() if name != "company"}
    labels = {"group_id": make_group(two.nora, "Dentists"), "tag_ids": [make_tag(two.nora, "Managed IT")]}
    return (
        typed(legal_name="Bluebird Dental, Inc.", external_ids=["SAGE-7", "", "PSA 12"], shipping_same=False)
        | shipping
        | labels
    )


def rows(by, customer_id):
    """What was written, without what differs from one customer to the next."""
    found = {}
    for model in WRITTEN:
        whose = model.id if model in (Customer, CustomerSearch) else model.customer_id
        found[model.__name__] = [
            row.model_dump(exclude={"id", "number", "customer_id", "draft_key", "created_at", "updated_at", "ready_at"})
            for row in read(by, lambda tx, model=model, whose=whose: tx.all(tx.own(model).where(whose == customer_id)))
        ]
    aliases = sorted(found["Alias"], key=lambda row: (not row["is_own"], row["alias"]))
    for row in found["CustomerSearch"]:
        row["found_by"] = set(row["found_by"].split(" · "))
    return found | {"Alias": [row | {"alias": "own"} if row["is_own"] else row for row in aliases]}


def test_it_is_the_customer_that_two_steps_make(two):
    values = everything(two) | {"external_ids": []}  # each belongs to one customer
    once = write(two.nora, create_customer, "api-1", values, [ADA, BEN])
    draft = write(two.nora, start_customer, "screen-1", values)
    twice = write(two.nora, finish_customer, draft.id, [ADA, BEN], welcome=False)
    assert rows(two.nora, once.id) == rows(two.nora, twice.id)
    assert read(two.nora, customer_view, once.id).status == Status.ACTIVE


def test_it_is_found_by_everything_at_once(two):
    made = write(two.nora, create_customer, "api-1", everything(two), [ADA, BEN])
    for words in ("bluebird", "dental inc", "sage-7", "psa 12", "ben.ochre", "ada.quill@bluebird", made.id):
        assert [row.id for row in read(two.nora, find, words)] == [made.id], words


def test_the_same_key_is_the_same_customer(two):
    first = write(two.nora, create_customer, "api-1", typed("Bluebird"), [ADA])
    again = write(two.nora, create_customer, "api-1", typed("Something else"), [BEN])
    assert (again.id, again.company) == (first.id, "Bluebird")
    jobs = [lambda: write(two.nora, create_customer, "api-2", typed("Cedar"), [ADA]).id for _ in range(3)]
    assert len(set(together(*jobs))) == 1


def test_a_key_of_a_setup_that_is_not_finished_is_refused(two):
    write(two.nora, start_customer, "screen-1", typed("Bluebird"))
    with pytest.raises(Conflict, match="not finished"):
        write(two.nora, create_customer, "screen-1", typed("Bluebird"), [ADA])


def test_every_complaint_of_both_steps_is_made_at_once_and_nothing_is_written(two):
    before = len(read(two.nora, lambda tx: tx.all(tx.own(Customer))))
    wrong = typed("", postal_code="1", external_ids=["A", "A"])
    with pytest.raises(Invalid) as refused:
        write(two.nora, create_customer, "api-1", wrong, [user("Ada Quill", "nobody"), BEN, user(email=BEN["email"])])
    assert {"company", "postal_code", "external_id_1", "email_0", "email_2"} <= set(refused.value.errors)
    with pytest.raises(Invalid) as refused:
        write(two.nora, create_customer, "api-1", typed(), [])
    assert set(refused.value.errors) == {"first_name_0"}
    assert len(read(two.nora, lambda tx: tx.all(tx.own(Customer)))) == before


def test_contacts_are_invited_when_asked_for(two):
    write(two.nora, create_customer, "api-1", typed(), [ADA, BEN], welcome=True)
    assert len(letters_to(ADA["email"])) == 1
    write(
        two.nora, create_customer, "api-2", typed("Cedar"), [user("Kim Vale", "kim@cedar.example", portal_access=True)]
    )
    assert letters_to("kim@cedar.example") == []


def test_labels_of_another_partner_do_not_exist_and_read_only_people_add_nobody(two):
    for label in ({"group_id": make_group(two.sol, "Theirs")}, {"tag_ids": [make_tag(two.sol, "Theirs")]}):
        with pytest.raises(NotFound):
            write(two.nora, create_customer, "api-1", typed(**label), [ADA])
    with pytest.raises(Forbidden):
        write(replace(two.nora, role=Role.READ_ONLY), create_customer, "api-1", typed(), [ADA])
    assert read(two.sol, find, "bluebird") == []
