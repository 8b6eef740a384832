import pytest
from sqlalchemy import event

from arbill_app.customers.commands.profile import change_labels
from arbill_app.customers.views.customers import count_customers
from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.kernel import paging
from arbill_app.kernel.db.transactions import engine, read, write
from tests.customers.crowd import Row, crowd
from tests.world import canadian, make_contact, make_customer, make_draft, make_group, make_tag, user


def names(by, **wanted):
    return [row.company for row in read(by, list_customers, Filter(**wanted)).rows]


def test_a_row_says_what_the_list_shows(two):
    vip, backup = make_tag(two.nora, "VIP", colour="red"), make_tag(two.nora, "Backup")
    group = make_group(two.nora, "Design")
    make_contact(two.nora, two.ada, "Zed Last")
    write(two.nora, change_labels, two.ada, [vip, backup], group)
    row = read(two.nora, list_customers, Filter()).rows[0]
    assert (row.company, row.contact, row.email) == ("Ada Interiors", "Ada Quill", "ada@adainteriors.example")
    assert [(tag.name, tag.colour) for tag in row.tags] == [("Backup", "grey"), ("VIP", "red")]
    assert (row.group, row.balance, row.status_label) == ("Design", "$0.00", "Active")


def test_a_setup_not_finished_stands_in_the_list_without_a_balance(two):
    make_draft(two.nora, "Dockside")
    row = read(two.nora, list_customers, Filter(q="dockside")).rows[0]
    assert (row.contact, row.balance, row.status_label) == ("", "—", "Setup not finished")


def test_everybody_sees_their_own_list(two):
    assert (names(two.nora), names(two.sol)) == (["Ada Interiors", "Bruno Motors"], ["Clara Books"])


def test_a_canadian_balance_is_written_in_its_currency(two):
    make_customer(two.nora, **{"company": "Clinique"} | {k: v for k, v in canadian().items() if k != "company"})
    assert read(two.nora, list_customers, Filter(country="CA")).rows[0].balance == "CA$0.00"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("company", ["Ada Interiors", "Älpha", "beta", "Bruno Motors"]),
        ("-company", ["Bruno Motors", "beta", "Älpha", "Ada Interiors"]),
        ("created", ["Ada Interiors", "Bruno Motors", "beta", "Älpha"]),
        ("-created", ["Älpha", "beta", "Bruno Motors", "Ada Interiors"]),
        ("nonsense", ["Ada Interiors", "Älpha", "beta", "Bruno Motors"]),
        ("", ["Ada Interiors", "Älpha", "beta", "Bruno Motors"]),
    ],
)
def test_the_order_ignores_case_and_accents(two, sort, order):
    make_customer(two.nora, "beta")
    make_customer(two.nora, "Älpha")
    assert names(two.nora, sort=sort) == order


def test_filters_add_up(two):
    tag, group = make_tag(two.nora, "VIP"), make_group(two.nora, "Design")
    write(two.nora, change_labels, two.ada, [tag], group)
    write(two.nora, change_labels, two.bruno, [tag], "")
    assert names(two.nora, tag_id=tag) == ["Ada Interiors", "Bruno Motors"]
    assert names(two.nora, tag_id=tag, group_id=group) == ["Ada Interiors"]
    assert names(two.nora, tag_id=tag, q="motors", country="US") == ["Bruno Motors"]
    assert names(two.nora, tag_id=tag, country="CA") == []


def test_another_partners_label_filters_nothing_in(two):
    tag, group = make_tag(two.sol, "VIP"), make_group(two.sol, "Design")
    write(two.sol, change_labels, two.clara, [tag], group)
    assert names(two.nora, tag_id=tag) == names(two.nora, group_id=group) == []


@pytest.mark.parametrize("field", ["q", "tag_id", "group_id", "status", "country", "sort"])
@pytest.mark.parametrize("value", ["\0", "\ud800", "'", "%", "x" * 3000, "ÅÉÎ"])
def test_no_filter_makes_the_list_fall_over(two, field, value):
    names(two.nora, **{field: value})


def test_the_total_is_exact_while_it_is_worth_counting(database, monkeypatch):
    made = crowd([Row(f"C{i}") for i in range(6)])
    for most, total in ((5, "5+"), (6, "6"), (1000, "6")):
        monkeypatch.setattr(paging, "COUNTED", most)
        assert made.page(Filter(), 2).total == total
    assert read(made.actor, count_customers) == 6


def test_filtered_rows_are_counted_while_they_are_few_and_called_many_beyond(database, monkeypatch):
    made = crowd([Row(f"C{i}") for i in range(6)])
    for few, total in ((5, "many"), (6, "6")):
        monkeypatch.setattr(paging, "FEW", few)
        assert made.page(Filter(q="c", country="US"), 2).total == total


def test_a_page_says_its_place(database):
    made = crowd([Row(f"C{i}") for i in range(5)])
    page = made.page(Filter(), 2)
    assert (page.first, page.last, page.total, page.previous) == (1, 2, "5", "")
    page = made.page(Filter(after=page.next), 2)
    assert (page.first, page.last) == (3, 4)
    page = made.page(Filter(before=page.previous), 2)
    assert (page.first, page.last) == (1, 2)


def test_an_empty_list_is_a_page_too(database):
    page = crowd().page(Filter(q="anything"))
    assert (page.rows, page.total, page.first, page.last, page.next, page.previous) == ([], "0", 0, 0, "", "")


def test_somebodys_second_contact_does_not_double_the_row(two):
    make_customer(two.nora, "Two People", [user("One Person"), user("Other Person")])
    assert names(two.nora, q="people.example") == ["Two People"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_balances_of_a_page_read_what_its_customers_have_and_nothing_else(two):
    """Without statistics SQLite read all payments of the partner for each page."""
    asked = []
    event.listen(engine(), "before_cursor_execute", lambda c, cursor, sql, values, *_: asked.append((sql, values)))
    read(two.nora, list_customers, Filter())
    about_credit = [(sql, values) for sql, values in list(asked) if "unapplied" in sql]
    assert len(about_credit) == 2
    with engine().connect() as connection:
        for sql, values in about_credit:
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all())
            assert "_unapplied (customer_id=?" in plan, plan
