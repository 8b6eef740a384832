import pytest

from arbill_app.customers.commands.lifecycle import add_alias, customer_by_alias, remove_alias
from arbill_app.customers.views.customers import customer_view
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.together import together
from tests.world import make_customer, make_draft


def aliases(by, customer_id):
    return [alias.alias for alias in read(by, customer_view, customer_id).aliases]


def refusal(by, customer_id, alias):
    with pytest.raises(Invalid) as refused:
        write(by, add_alias, customer_id, alias)
    return refused.value.errors["alias"]


def test_a_customers_own_id_is_an_alias_that_cannot_be_removed(two):
    own = read(two.nora, customer_view, two.ada).aliases[0]
    assert (own.alias, own.is_own) == (two.ada, True)
    with pytest.raises(Conflict, match="own id"):
        write(two.nora, remove_alias, own.id)
    assert read(two.nora, customer_by_alias, two.ada).id == two.ada


def test_any_alias_finds_the_customer(two):
    for alias in ("PSA-1042", "SAGE 7"):
        write(two.nora, add_alias, two.ada, f" {alias} ")
        assert read(two.nora, customer_by_alias, alias).id == two.ada
    assert aliases(two.nora, two.ada) == [two.ada, "PSA-1042", "SAGE 7"]


def test_an_alias_belongs_to_one_customer_of_a_partner(two):
    write(two.nora, add_alias, two.ada, "PSA-1042")
    assert refusal(two.nora, two.ada, "PSA-1042") == "This customer has that external ID already."
    assert refusal(two.nora, two.bruno, "PSA-1042") == (
        "Ada Interiors has this external ID. Each belongs to one customer."
    )


def test_nobody_takes_another_customers_own_id(two):
    assert "Each belongs to one customer" in refusal(two.nora, two.bruno, two.ada)


def test_two_partners_may_use_the_same_alias(two):
    write(two.nora, add_alias, two.ada, "PSA-1042")
    write(two.sol, add_alias, two.clara, "PSA-1042")
    assert read(two.nora, customer_by_alias, "PSA-1042").id == two.ada
    assert read(two.sol, customer_by_alias, "PSA-1042").id == two.clara


def test_another_partners_customer_is_not_found_by_its_id(two):
    for alias in (two.clara, "", "\0", "PSA-%"):
        with pytest.raises(NotFound):
            read(two.nora, customer_by_alias, alias)


def test_a_removed_alias_is_free_again(two):
    row = write(two.nora, add_alias, two.ada, "PSA-1042")
    write(two.nora, remove_alias, row.id)
    write(two.nora, add_alias, two.bruno, "PSA-1042")
    assert aliases(two.nora, two.ada) == [two.ada]


def test_another_partners_alias_does_not_exist(two):
    row = write(two.sol, add_alias, two.clara, "PSA-1042")
    with pytest.raises(NotFound):
        write(two.nora, remove_alias, row.id)
    with pytest.raises(NotFound):
        write(two.nora, add_alias, two.clara, "X")


@pytest.mark.parametrize(
    ("alias", "said"),
    [("  ", "Enter the external ID."), ("x" * 121, "Use at most 120 characters."), ("\0", "Enter the external ID.")],
)
def test_what_is_no_alias(two, alias, said):
    assert refusal(two.nora, two.ada, alias) == said


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [(["A", "TAKEN", ""], "external_id_1"), (["", "Z", "TAKEN"], "external_id_2"), (["A", "x" * 121], "external_id_1")],
)
def test_in_step_one_the_complaint_stands_at_the_right_line(two, typed, wrong):
    write(two.nora, add_alias, two.ada, "TAKEN")
    with pytest.raises(Invalid) as refused:
        make_draft(two.nora, external_ids=typed)
    assert list(refused.value.errors) == [wrong]


def test_two_who_give_the_same_alias_at_once_do_not_both_get_it(two):
    jobs = [lambda id=id: write(two.nora, add_alias, id, "PSA-1042") for id in (two.ada, two.bruno)]
    assert sorted(type(end).__name__ for end in together(*jobs)) == ["Alias", "Invalid"]


def test_a_new_customer_takes_no_used_alias(two):
    make_customer(two.nora, external_ids=["PSA-1042"])
    with pytest.raises(Invalid, match="Bluebird Dental has this"):
        make_customer(two.nora, "Other", external_ids=["PSA-1042"])
