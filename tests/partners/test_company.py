import pytest

from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Invalid, NotFound
from arbill_app.partners import commands as partners
from arbill_app.partners import views
from tests.together import together

CANADA = {"name": "Northwind Canada", "country": "CA", "city": "Toronto", "region": "ON"}


def refused(verb, by, *args):
    with pytest.raises(Invalid) as refusal:
        write(by, verb, *args)
    return refusal.value.errors


def test_a_company_starts_with_sensible_settings(two):
    us = read(two.nora, views.company)
    assert (us.name, us.currency, us.terms_days, us.language, us.countries) == (
        "Northwind",
        "USD",
        30,
        "en",
        ["US", "CA"],
    )


def test_settings_are_changed_with_before_and_after(two):
    write(two.adam, partners.change_company, {"name": "Northwind Group", "terms_days": 15}, ["US", "MX", "US"])
    us = read(two.nora, views.company)
    assert (us.name, us.terms_days, us.countries) == ("Northwind Group", 15, ["MX", "US"])
    row = read(two.nora, lambda tx: tx.first(tx.own(Activity).where(Activity.action == "partner.changed")))
    assert row.changes["terms_days"] == [30, 15]
    assert row.actor_name == "Adam Hill"


@pytest.mark.parametrize(
    ("values", "countries", "wrong"),
    [
        ({"name": ""}, ["US"], "name"),
        ({"name": "N", "terms_days": 366}, ["US"], "terms_days"),
        ({"name": "N", "currency": "DOLLAR"}, ["US"], "currency"),
        ({"name": "N", "currency": "ZZZ"}, ["US"], "currency"),
        ({"name": "N", "timezone": "Mars/Olympus"}, ["US"], "timezone"),
        ({"name": "N", "timezone": "../../etc/passwd"}, ["US"], "timezone"),
        ({"name": "N", "language": ""}, ["US"], "language"),
        ({"name": "N", "language": "xx"}, ["US"], "language"),
        ({"name": "N"}, [], "countries"),
        ({"name": "N"}, ["ZZ"], "countries"),
    ],
)
def test_settings_that_make_no_sense_are_refused(two, values, countries, wrong):
    assert list(refused(partners.change_company, two.nora, values, countries)) == [wrong]


def test_legal_entities_have_names_of_their_own(two):
    write(two.nora, partners.save_legal_entity, "", CANADA)
    assert list(refused(partners.save_legal_entity, two.nora, "", CANADA)) == ["name"]
    assert write(two.sol, partners.save_legal_entity, "", CANADA).name == "Northwind Canada"


def test_a_legal_entity_is_changed(two):
    entity = write(two.nora, partners.save_legal_entity, "", CANADA)
    write(two.nora, partners.save_legal_entity, entity.id, CANADA | {"city": "Ottawa"})
    row = next(row for row in read(two.nora, views.legal_entities) if row.id == entity.id)
    assert row.place == "Ottawa, ON, CA"
    with pytest.raises(NotFound):
        write(two.sol, partners.save_legal_entity, entity.id, CANADA)


def test_exactly_one_legal_entity_is_the_default(two):
    entity = write(two.nora, partners.save_legal_entity, "", CANADA)
    first = read(two.nora, views.default_entity_id)
    write(two.nora, partners.make_default_entity, entity.id)
    rows = read(two.nora, views.legal_entities)
    assert [(row.id, row.is_default) for row in rows] == [(entity.id, True), (first, False)]
    assert read(two.nora, views.entity_names)[0] == (entity.id, "Northwind Canada")
    assert read(two.sol, views.default_entity_id) not in (entity.id, first)


def test_two_who_choose_a_default_at_once_leave_one(two):
    ids = [write(two.nora, partners.save_legal_entity, "", CANADA | {"name": f"Entity {i}"}).id for i in range(4)]
    for _ in range(5):
        together(*(lambda id=id: write(two.nora, partners.make_default_entity, id) for id in ids))
        assert sum(row.is_default for row in read(two.nora, views.legal_entities)) == 1


def test_ones_own_account(two):
    me = read(two.rhea, views.my_account)
    assert (me.name, me.role_label, me.two_factor, me.me) == ("Rhea Lane", "Read-only", False, True)
