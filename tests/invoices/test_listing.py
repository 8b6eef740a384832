"""What the invoices list shows, finds and counts."""

from datetime import timedelta

import time_machine

from arbill_app.customers.commands import profile
from arbill_app.customers.models import Customer
from arbill_app.invoices.commands import credit_notes, issuing
from arbill_app.invoices.views import listing
from arbill_app.invoices.views.listing import TABS, Filter, company_of, currencies, list_invoices, sums
from arbill_app.kernel import clock, paging
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.text.formatting import date_text
from tests.invoices.ledger import Row, ledger
from tests.world import in_days, make_draft_invoice, make_invoice, today


def rows(by, **wanted):
    return read(by, list_invoices, Filter(**wanted)).rows


def numbers(by, **wanted):
    return [row.number for row in rows(by, **wanted)]


def rename(by, customer_id, company):
    now = profile.business_of(read(by, lambda tx: tx.get(Customer, customer_id)))
    write(by, profile.change_business, customer_id, now | {"company": company}, now)


def test_a_row_says_what_the_list_shows(two):
    made = make_invoice(two.nora, two.ada, "1180", memo="December", option="link")
    (row,) = rows(two.nora)
    assert (row.id, row.number, row.customer_id, row.company) == (made, "INV-0001", two.ada, "Ada Interiors")
    assert (row.total, row.balance, row.memo, row.status_label) == ("$1,180.00", "$1,180.00", "December", "Open")
    assert (row.issued, row.due) == (date_text(today()), date_text(today() + timedelta(days=30)))
    assert (row.option, row.sent) == ("Email payment link", True)


def test_a_draft_has_no_number_and_no_balance_yet(two):
    make_draft_invoice(two.nora, two.ada)
    (row,) = rows(two.nora)
    assert (row.number, row.total, row.balance, row.issued, row.status) == ("Draft", "$100.00", "—", "—", "draft")


def test_a_void_invoice_stays_in_the_list_and_owes_nothing(two):
    write(two.nora, issuing.void_invoice, make_invoice(two.nora, two.ada))
    (row,) = rows(two.nora)
    assert (row.number, row.total, row.balance, row.status) == ("INV-0001", "$100.00", "—", "voided")
    assert read(two.nora, sums, Filter()) == []


def test_everybody_sees_their_own_list(two):
    mine, theirs = make_invoice(two.nora, two.ada), make_invoice(two.sol, two.clara)
    assert [[row.id for row in rows(by)] for by in (two.nora, two.rhea, two.sol)] == [[mine], [mine], [theirs]]
    assert rows(two.sol, customer_id=two.ada) == []
    assert rows(two.sol, q="Ada") == []


def test_the_newest_comes_first(two):
    for customer_id in (two.ada, two.bruno):
        make_invoice(two.nora, customer_id)
    assert numbers(two.nora) == ["INV-0002", "INV-0001"]
    assert numbers(two.nora, sort="nonsense") == ["INV-0001", "INV-0002"]


def test_an_open_invoice_becomes_overdue_with_the_day_after(two):
    make_invoice(two.nora, two.ada, due_on=in_days(3))
    assert [len(rows(two.nora, tab=tab)) for tab in TABS] == [1, 0, 1, 0, 0]
    midnight = clock.now() + timedelta(days=4)
    with time_machine.travel(midnight):
        assert [len(rows(two.nora, tab=tab)) for tab in TABS] == [1, 0, 1, 1, 0]
        assert rows(two.nora, tab="overdue")[0].status_label == "Overdue"


def test_overdue_begins_at_the_companys_midnight(two):
    with time_machine.travel("2026-11-21T12:00:00-05:00"):
        make_invoice(two.nora, two.ada, due_on="2026-11-23")
    for moment, count in (("2026-11-23T23:59:00-05:00", 0), ("2026-11-24T00:01:00-05:00", 1)):
        with time_machine.travel(moment):
            assert len(rows(two.nora, tab="overdue")) == count


def test_tabs_follow_what_happens(two):
    paid, partly, voided = (make_invoice(two.nora, two.ada) for _ in range(3))
    make_draft_invoice(two.nora, two.ada)
    for id, amount in ((paid, ""), (partly, "40")):
        write(two.nora, credit_notes.credit_invoice, id, f"c{id}", {"amount": amount, "reason": "Goodwill"})
    write(two.nora, issuing.void_invoice, voided)
    found = {tab: [row.id for row in rows(two.nora, tab=tab)] for tab in ("open", "paid")}
    assert found == {"open": [partly], "paid": [paid]}
    assert [row.status for row in rows(two.nora)] == ["draft", "voided", "partly_paid", "paid"]
    assert rows(two.nora, tab="open")[0].balance == "$60.00"


# ---------------------------------------------------------------- found by


FINDING = [
    *("INV-0001", "inv-0001", "0001", "Ada", "INTERIORS", "terio", "Décember", "PO-7"),
    *("1,180", "1180.00", "$1,180.00", "1180", "ada december", "0001 interiors 1180"),
]
FINDING_NONE = ["nobody", "ada nobody", "INV-0009", "%", "_", "'", '"', "*", "NEAR(", "ada OR bruno"]


def test_an_invoice_is_found_by_what_stands_on_it(two):
    made = make_invoice(two.nora, two.ada, "1180", memo="December rent", po_number="PO-77")
    make_invoice(two.nora, two.bruno, "5", memo="Other")
    assert {words: [row.id for row in rows(two.nora, q=words)] for words in FINDING} == {
        words: [made] for words in FINDING
    }


def test_what_stands_on_none_finds_none(two):
    make_invoice(two.nora, two.ada)
    assert [words for words in FINDING_NONE if rows(two.nora, q=words)] == []


def test_a_renamed_customer_is_found_by_both_names(two):
    make_invoice(two.nora, two.ada)
    rename(two.nora, two.ada, "Zebra Studio")
    for words in ("ada", "interiors", "zebra", "ZEBRA studio"):
        (row,) = rows(two.nora, q=words)
        assert row.company == "Zebra Studio"


def test_a_draft_is_found_and_by_its_number_once_it_is_issued(two):
    draft = make_draft_invoice(two.nora, two.ada, "1180")
    assert [row.id for row in rows(two.nora, q="1,180 ada")] == [draft]
    assert rows(two.nora, q="INV-0001") == []
    write(two.nora, issuing.issue_invoice, draft)
    assert [row.id for row in rows(two.nora, q="INV-0001")] == [draft]


def test_filters_add_up(two):
    make_invoice(two.nora, two.ada, option="link")
    make_invoice(two.nora, two.ada)
    make_invoice(two.nora, two.bruno, option="link")
    assert numbers(two.nora, customer_id=two.ada) == ["INV-0002", "INV-0001"]
    assert numbers(two.nora, customer_id=two.ada, option="link") == ["INV-0001"]
    assert numbers(two.nora, customer_id=two.ada, option="link", q="motors") == []
    assert numbers(two.nora, currency="USD", tab="open", q="motors") == ["INV-0003"]
    assert numbers(two.nora, currency="EUR") == []


def test_no_filter_makes_the_list_fall_over(two):
    make_invoice(two.nora, two.ada)
    for field in Filter.__dataclass_fields__:
        for value in ("\0", "\ud800", "'", "%", "x" * 3000, "ÅÉÎ", "-"):
            rows(two.nora, **{field: value})
            read(two.nora, sums, Filter(**{field: value}))


# ---------------------------------------------------------------- counted


def test_the_total_is_exact_while_it_is_worth_counting(database, monkeypatch):
    made = ledger([Row()] * 6)
    for most, total in ((5, "5+"), (6, "6"), (1000, "6")):
        monkeypatch.setattr(paging, "COUNTED", most)
        assert made.page(Filter(), 2).total == total


def test_filtered_rows_are_counted_while_they_are_few_and_called_many_beyond(database, monkeypatch):
    made = ledger([Row()] * 6)
    for few, total in ((5, "many"), (6, "6")):
        monkeypatch.setattr(paging, "FEW", few)
        assert made.page(Filter(q="ada", currency="USD"), 2).total == total


def test_an_empty_list_is_a_page_too(database):
    page = ledger().page(Filter(q="anything", tab="overdue"))
    assert (page.rows, page.total, page.first, page.last, page.next, page.previous) == ([], "0", 0, 0, "", "")
    assert listing.PAGE == 50


def test_sums_are_written_by_currency(database):
    made = ledger([Row(total=118_000, paid=18_000), Row(total=5), Row(total=7, currency="JPY"), Row(stage="voided")])
    found = read(made.actor, sums, Filter())
    assert [(one.currency, one.count, one.total, one.balance) for one in found] == [
        ("JPY", "1", "¥7", "¥7"),
        ("USD", "2", "$1,180.05", "$1,000.05"),
    ]


def test_the_currencies_are_those_of_ones_own_invoices(database):
    made = ledger([Row(), Row(currency="CAD"), Row(currency="CAD"), Row(currency="JPY", stage="draft")])
    assert read(made.actor, currencies) == ["CAD", "JPY", "USD"]
    assert read(ledger().actor, currencies) == []


def test_a_list_about_a_customer_says_whom(two):
    assert read(two.nora, company_of, two.ada) == "Ada Interiors"
    for customer_id in (two.clara, "cus_nobody", "\0"):
        assert read(two.nora, company_of, customer_id) == ""
