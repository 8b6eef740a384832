import pytest

from arbill_app.customers.commands.merging import merge_customer
from arbill_app.customers.views import duplicates
from arbill_app.customers.views.duplicates import find_duplicate
from arbill_app.kernel.db.transactions import read, write
from tests.customers.crowd import Row, crowd
from tests.world import make_customer, user


@pytest.fixture
def bluebird(two):
    users = [user("Ada Quill", "ada@bluebird.example"), user("Bo Dean", "bo@gmail.com")]
    return make_customer(two.nora, "Bluebird Dental", users, ein="91-1144442")


def hint(by, *args, **kwargs):
    found = read(by, find_duplicate, *args, **kwargs)
    return found and (found.company, found.why)


@pytest.mark.parametrize(
    "typed",
    [
        "Bluebird Dental",
        "bluebird dental, Inc.",
        "Blue Bird Dental LLC",
        "The Bluebird Dental Company",
        "Bluebird Dentel",
        "Bluebird Dental Care",
        "Bluebirds Dental",
        "Bluebird",
    ],
)
def test_a_nearly_equal_name_is_noticed(two, bluebird, typed):
    assert hint(two.nora, typed) == ("Bluebird Dental", "nearly the same name")


@pytest.mark.parametrize("typed", ["", "   ", "B", "Blue", "Bluebir", "Bluebell Bakery", "Dental", "\0", "\ud800"])
def test_another_name_is_not(two, bluebird, typed):
    assert hint(two.nora, typed) is None


@pytest.mark.parametrize("typed", ["91-1144442", "911144442", " 91 1144442 "])
def test_the_same_ein_is_noticed_however_it_is_typed(two, bluebird, typed):
    assert hint(two.nora, "Something Else", ein=typed) == ("Bluebird Dental", "same EIN")


def test_the_same_domain_is_noticed(two, bluebird):
    assert hint(two.nora, "Something Else", email=" New@BLUEBIRD.example ") == ("Bluebird Dental", "same email domain")


@pytest.mark.parametrize("email", ["", "nobody", "x@gmail.com", "x@GMAIL.com", "x@other.example", "\0@\0"])
def test_a_domain_that_everybody_shares_says_nothing(two, bluebird, email):
    assert hint(two.nora, "Something Else", email=email) is None


def test_a_customer_does_not_look_like_itself(two, bluebird):
    assert hint(two.nora, "Bluebird Dental", ein="91-1144442", email="ada@bluebird.example", but=bluebird) is None


def test_another_partners_customer_is_not_looked_at(two, bluebird):
    assert hint(two.sol, "Bluebird Dental", ein="91-1144442", email="ada@bluebird.example") is None


def test_who_was_merged_away_is_not_suggested(two, bluebird):
    write(two.nora, merge_customer, bluebird, two.bruno)
    assert hint(two.nora, "Bluebird Dental", ein="91-1144442") is None


def test_a_short_name_must_be_the_same(database):
    made = crowd([Row("ABC"), Row("ABD Corp.")])
    assert hint(made.actor, "abd") == ("ABD Corp.", "nearly the same name")
    assert hint(made.actor, "abe") is None


def test_the_same_name_is_found_among_many_that_begin_alike(database, monkeypatch):
    monkeypatch.setattr(duplicates, "COMPARED", 5)
    made = crowd([Row(f"North {i:04} Supply") for i in range(20)] + [Row("Northwind Traders")], labels=0)
    assert hint(made.actor, "Northwind Traders, Inc.") == ("Northwind Traders", "nearly the same name")


def test_domains_are_compared_as_mail_finds_them(two):
    make_customer(two.nora, "Buchladen", [user("Ida Moss", "ida@bücher.example")])
    make_customer(two.nora, "Wegebau", [user("Kim Doe", "kim@straße.example")])
    for email in ("new@xn--bcher-kva.example", "NEW@BÜCHER.example", "new@bu\u0308cher.example"):
        assert hint(two.nora, "Something Else", email=email) == ("Buchladen", "same email domain")
    assert hint(two.nora, "Something Else", email="new@strasse.example") is None
