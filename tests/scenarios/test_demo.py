"""The demo company is what it says it is, on both databases."""

import pytest

from arbill_app.customers.models import Alias, Contact, Customer, ShippingAddress
from arbill_app.customers.rules.address import check_address
from arbill_app.customers.rules.ein import ein_warning
from arbill_app.customers.views.customers import count_customers, customer_view, find, unfinished
from arbill_app.customers.views.labels import all_groups, all_tags
from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.demo import company as demo
from arbill_app.kernel.db.transactions import across_partners, read
from arbill_app.messages.views import outbox
from arbill_app.partners.auth.sign_in import resolve, sign_in
from arbill_app.partners.models import Partner
from arbill_app.partners.views import legal_entities, team
from tests.keeping import once
from tests.world import signed_in


@pytest.fixture
def mara(database):
    assert demo.is_empty()
    once("demo", demo.build_demo)
    return signed_in(demo.EMAIL, demo.PASSWORD)


def rows(actor, model):
    return read(actor, lambda tx: tx.all(tx.own(model)))


def test_everything_the_demo_shows_is_there(mara):
    assert not demo.is_empty()
    assert (mara.name, mara.role) == ("Mara Kent", "owner")
    assert read(mara, count_customers) == 62
    assert [row.status_label for row in read(mara, list_customers, Filter(status="archived")).rows] == ["Archived"]
    assert {row[1] for row in read(mara, unfinished)} == {"Dockside Coffee Roasters", "Lantern Hill Brewing"}
    assert len(read(mara, legal_entities)) == 3
    assert {row.name for row in read(mara, all_tags) if row.customers} == {
        *("Managed IT", "VoIP", "Backup", "Projects", "Retainer", "VIP")
    }
    assert all(row.customers and row.defaults for row in read(mara, all_groups))


def test_bluebird_dental_is_the_one_of_the_pictures(mara):
    view = read(mara, customer_view, read(mara, find, "bluebird")[0].id)
    assert (view.company, view.terms_text, view.flow_label) == ("Bluebird Dental", "Net 15", "Send automatically")
    assert view.billing["address_line1"] == "480 Juniper Street"
    assert [view.billing[name] for name in ("city", "region", "postal_code")] == ["Columbus", "OH", "43215"]
    assert [tag.name for tag in view.tags] == ["Managed IT", "VIP"]
    assert (view.contacts[0].name, view.contacts[0].email) == ("Ada Quill", "ada@bluebird.example")
    assert view.contacts[0].is_primary


def test_every_address_is_right(mara):
    for place in [*rows(mara, Customer), *rows(mara, ShippingAddress)]:
        typed = (place.address_line1, place.address_line2, place.city, place.region, place.postal_code, place.country)
        checked = check_address(*typed)
        assert (checked.errors, checked.warnings) == ({}, {}), place


def test_what_is_particular_to_a_country_is_right(mara):
    for row in rows(mara, Customer):
        assert row.currency == {"US": "USD", "CA": "CAD"}[row.country]
        assert (row.language == "fr") == (row.region == "QC")
        assert not row.ein or ein_warning(row.ein) is None
    assert {row.country for row in rows(mara, Customer)} == {"US", "CA"}


def test_everybody_is_invented(mara):
    people = [*rows(mara, Contact), *read(mara, team)]
    assert all(person.email.endswith(".example") for person in people)
    assert all(letter.to.endswith(".example") for letter in outbox(1000))
    assert sum(not alias.is_own for alias in rows(mara, Alias)) > 30
    assert {sum(c.customer_id == row.id for c in rows(mara, Contact)) for row in rows(mara, Customer)} == {0, 1, 2, 3}


def test_the_staff_can_all_sign_in(mara):
    roles = {row.email: row.role for row in read(mara, team)}
    assert sorted(roles.values()) == ["admin", "member", "owner", "read_only"]
    for email, role in roles.items():
        assert resolve(sign_in(email, demo.PASSWORD).secret).actor.role == role


def test_building_it_twice_changes_nothing(mara):
    demo.build_demo()
    with across_partners() as session:
        assert session.query(Partner).count() == 1
