"""Any part of a name, legal name, alias, contact's name or email; and whatever is typed is text, never a pattern."""

from unittest import mock

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands import lifecycle, profile
from arbill_app.customers.views import customers
from arbill_app.customers.views.customers import find
from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.kernel import paging
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.text.search_keys import fold
from tests.customers.crowd import Row, crowd
from tests.world import contacts, make_customer, user

often = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def beau(two):
    users = [user("Lucie Gagnon", "lucie@beaulieu.example"), user("Éric Roy", "roy@soins.example")]
    make_customer(two.nora, "Clinique Beaulieu", users, legal_name="9012 Québec inc.", external_ids=["PSA-1042"])


def found(two, words):
    return [row.company for row in read(two.nora, list_customers, Filter(q=words)).rows]


@pytest.mark.parametrize(
    "words",
    [
        "Clinique Beaulieu",
        "beau",
        "LIEU",
        "iqu",
        "u",
        "9012",
        "quebec inc",
        "QUÉBEC",
        "psa-1042",
        "1042",
        "A-1",
        "gagnon",
        "lucie gag",
        "gagnon lucie",
        "lucie@beaulieu.example",
        "@beau",
        "eric",
        "roy@soins",
        "soins clinique",
        "  clinique   ",
        "ｃｌｉｎｉｑｕｅ",
        "clin\N{COMBINING GRAVE ACCENT}ique",
    ],
)
def test_a_customer_is_found_by_any_part_of_any_of_it(two, beau, words):
    assert "Clinique Beaulieu" in found(two, words)


@pytest.mark.parametrize(
    "words",
    ["cliniq%", "b_au", "%", "__", "beau*", '"beau"', "beau OR bruno", "NOT ada", "x' OR 1=1", "beau gagnom", "^c"],
)
def test_what_is_typed_is_text(two, beau, words):
    assert found(two, words) == []


def test_no_words_are_no_filter(two, beau):
    assert len(found(two, " \t")) == len(found(two, "\0")) == 3


def test_nobody_finds_another_partners_customers(two, beau):
    assert found(two, "clara") == found(two, two.clara) == []
    assert read(two.nora, find, "clara") == []


def test_an_id_is_found_as_a_whole_only(two, beau):
    """Every id begins alike: parts of it would find everybody."""
    assert found(two, f" {two.ada} ") == found(two, two.ada.upper()) == ["Ada Interiors"]
    assert found(two, "cus_") == found(two, two.ada[:9]) == []


# ---------------------------------------------------------------- kept in step


def test_each_change_is_found_at_once(two):
    ada = contacts(two.nora, two.ada)[0]
    view = read(two.nora, lambda tx: profile.business_of(tx.get(profile.Customer, two.ada)))
    write(two.nora, profile.change_business, two.ada, {"company": "Zephyr", "legal_name": "Mistral LLC"}, view)
    alias = write(two.nora, lifecycle.add_alias, two.ada, "SAGE-7")
    other = write(two.nora, people.add_contact, two.ada, user("Odo Lang", "odo@wind.example"))
    write(
        two.nora,
        people.change_contact,
        ada.id,
        people.contact_of(ada) | {"last_name": "Renamed", "email": "ada@zephyr.example"},
    )
    for words in ("zephyr", "mistral", "sage-7", "odo", "wind.example", "renamed"):
        assert found(two, words) == ["Zephyr"], words
    write(two.nora, lifecycle.remove_alias, alias.id)
    write(two.nora, people.remove_contact, other.id, confirmed=True)
    for words in ("interiors", "sage-7", "odo", "quill"):
        assert found(two, words) == [], words


def test_a_setup_is_found_before_it_is_finished_and_not_after_it_was_discarded(two):
    draft = write(two.nora, lifecycle.start_customer, "key", {"company": "Zephyr", **place()})
    assert found(two, "zephyr") == ["Zephyr"]
    write(two.nora, lifecycle.discard_customer, draft.id)
    assert found(two, "zephyr") == []


def place():
    return {"address_line1": "1 A", "city": "Columbus", "region": "OH", "postal_code": "43215", "country": "US"}


# ---------------------------------------------------------------- against Python's own idea of a substring

# What search engines and LIKE read as commands, and letters that fold.
letters = "abcAÉß%_*\"'\\-:^()+~&|.,/ "
names = st.text(letters, min_size=1, max_size=9).filter(str.strip)


@given(st.lists(names, min_size=1, max_size=5), st.text(letters, max_size=6), st.sampled_from([0, 1000]))
@often
def test_found_is_what_holds_every_word(database, companies, words, few):
    made = crowd([Row(name) for name in companies], labels=0)
    terms = fold(words).split()
    right = {id for id, row in made.rows.items() if all(term in fold(row.company) for term in terms)}
    with mock.patch.object(paging, "FEW", few):
        assert {row.id for row in made.page(Filter(q=words)).rows} == right
    assert {hit.id for hit in read(made.actor, find, words)} == (right if terms else set())


@given(st.text(min_size=1, max_size=12), st.text(max_size=8))
@often
def test_no_text_makes_the_search_fall_over(database, company, words):
    made = crowd([Row("Bluebird")], labels=0)
    made.page(Filter(q=words))
    read(made.actor, find, words)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"]), min_size=3, max_size=10)
)
@often
def test_every_name_is_found_by_every_part_of_it(database, name):
    made = crowd([Row(f"x{name}y")], labels=0)
    for start in range(len(name) - 1):
        words = name[start : start + 3]
        assert len(made.page(Filter(q=words)).rows) == 1, words


# ---------------------------------------------------------------- the palette


def test_what_begins_with_the_words_comes_first(database):
    made = crowd([Row("Blue Bird"), Row("Old Blue"), Row("blueberry"), Row("Sky", contact=person("Blue"))])
    assert [hit.company for hit in read(made.actor, find, "blue")] == ["Blue Bird", "blueberry", "Old Blue", "Sky"]


def test_what_begins_with_the_words_is_never_crowded_out(database, monkeypatch):
    monkeypatch.setattr(customers, "HITS", 10)
    made = crowd([Row(f"No {i:03} ace") for i in range(20)] + [Row("Ace")], labels=0)
    hits = read(made.actor, find, "ace")
    assert (hits[0].company, len(hits)) == ("Ace", 8)


def test_another_partners_customers_crowd_nobody_out(database, monkeypatch):
    monkeypatch.setattr(customers, "HITS", 5)
    crowd([Row(f"An ace {i}") for i in range(20)], labels=0)
    mine = crowd([Row("My ace")], labels=0)
    assert [hit.company for hit in read(mine.actor, find, "ace")] == ["My ace"]


def test_the_palette_leaves_out_who_is_archived(database):
    made = crowd([Row("Ace", status="archived"), Row("Ace Two")])
    assert [hit.company for hit in read(made.actor, find, "ace")] == ["Ace Two"]


def test_the_palette_says_where_somebody_is(two):
    assert [(hit.company, hit.place) for hit in read(two.nora, find, "ada")] == [("Ada Interiors", "Columbus, OH")]


def person(first):
    return {"first_name": first, "last_name": "Person", "email": f"{first.lower()}@people.example"}


@pytest.mark.parametrize("stored", ["ida@bücher.example", "ida@xn--bcher-kva.example", "IDA@BÜCHER.example"])
def test_an_international_domain_is_found_however_it_is_written(two, stored):
    make_customer(two.nora, "Moss", [user("Ida Moss", stored)])
    for words in ("ida@bücher.example", "ida@xn--bcher-kva.example", "ida@bu\u0308cher.example", "bücher", "@xn--bch"):
        assert found(two, words) == ["Moss"]
