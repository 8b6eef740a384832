"""The payments list: what it shows, how it is narrowed, sorted and paged."""

import pytest

from arbill_app.kernel.db.transactions import read, write
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute as Told
from arbill_app.payments.models import Payment
from arbill_app.payments.refunding import refund_payment
from arbill_app.payments.views.listing import Filter, every_payment, list_payments
from tests.keeping import once
from tests.payments import till
from tests.world import build, in_days, make_invoice, make_method, make_payment

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def shop(database):
    """Five payments of Northwind, one of Southgate."""
    return once("shop", _shop)


def _shop():
    two = build()
    make_payment(two.nora, two.ada, "10.00", received_on=in_days(-3), reference="CHK 77", parts={})
    make_payment(two.nora, two.bruno, "1250.00", received_on=in_days(-1), kind="wire", note="from Oslo")
    invoice = make_invoice(two.nora, two.ada, "30.00")
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 3_000))
    till.work()
    back = make_payment(two.nora, two.ada, "40.00", received_on=in_days(-2), kind="cash")
    write(two.nora, refund_payment, back, {"amount": "", "reason": "Other"}, "all")
    part = make_payment(two.nora, two.bruno, "50.00", received_on=in_days(-2))
    write(two.nora, refund_payment, part, {"amount": "5", "reason": "Other"}, "part")
    make_payment(two.sol, two.clara, "60.00")
    return two


def found(shop, size=50, by=None, **wanted):
    return read(by or shop.nora, list_payments, Filter(**wanted), size)


def amounts(shop, **wanted):
    return [row.amount for row in found(shop, **wanted).rows]


ALL = ["$30.00", "$1,250.00", "$50.00", "$40.00", "$10.00"]


def test_the_latest_come_first_and_nobody_elses(shop):
    assert amounts(shop) == ALL
    assert amounts(shop, by=shop.sol) == ["$60.00"]


def test_a_row_says_what_it_pays_and_how_it_stands(shop):
    rows = {row.amount: row for row in found(shop).rows}
    card = rows["$30.00"]
    assert (card.company, card.label, card.status_label) == ("Ada Interiors", "Visa ending 4242", "Applied")
    assert card.invoices.endswith("0001")
    assert (rows["$10.00"].on_account, rows["$10.00"].status_label) == ("$10.00", "On account")
    assert (rows["$40.00"].status_label, rows["$50.00"].status_label) == ("Refunded", "Partly refunded")


def test_what_went_back_says_of_which_invoice_and_is_found_by_its_number(two):
    card = make_method(two.nora, two.ada)
    first, second, third = (make_invoice(two.nora, two.ada, "60.00") for _ in range(3))
    till.charge(two.nora, two.ada, card, (first, 6_000), (second, 6_000))
    till.charge(two.nora, two.ada, card, (third, 6_000))
    till.work()
    both, one = till.everything(two.nora, Payment)
    write(two.nora, refund_payment, both.id, {"amount": "60.00", "reason": "Goodwill"}, "half")
    write(two.nora, dispute_told, one.charge_id, Told("dp_1", 6_000, "USD", "fraudulent", "open"))
    make_payment(two.nora, two.bruno, "3.00")
    till.work()

    def shown(words):
        return {row.id: row.invoices for row in found(two, q=words).rows}

    assert shown("inv-0003") == {one.id: "INV-0003 (disputed)"}
    assert shown("INV-0002") == shown("0001 ada") == {both.id: "INV-0001, INV-0002 (refunded)"}
    assert shown("inv-0001 bruno") == shown("inv-0009") == {}
    assert found(two, q="inv-0003", by=two.sol).rows == []


NARROWED = [
    ({"tab": "on_account"}, ["$1,250.00", "$50.00", "$10.00"]),
    ({"tab": "refunded"}, ["$50.00", "$40.00"]),
    ({"tab": "disputed"}, []),
    ({"tab": "nonsense"}, ALL),
    ({"kind": "wire"}, ["$1,250.00"]),
    ({"kind": "card"}, ["$30.00"]),
    ({"currency": "CAD"}, []),
    ({"q": "chk 77"}, ["$10.00"]),
    ({"q": "1,250"}, ["$1,250.00"]),
    ({"q": "1250.00"}, ["$1,250.00"]),
    ({"q": "oslo bruno"}, ["$1,250.00"]),
    ({"q": "ada", "tab": "refunded"}, ["$40.00"]),
    ({"q": "clara"}, []),
    ({"q": "\x00%_"}, []),
    ({"sort": "amount"}, ["$10.00", "$30.00", "$40.00", "$50.00", "$1,250.00"]),
    ({"sort": "-amount"}, ["$1,250.00", "$50.00", "$40.00", "$30.00", "$10.00"]),
    ({"sort": "received"}, ALL[::-1]),
    ({"sort": "'; --"}, ALL[::-1]),
]


def test_it_is_narrowed_and_sorted(shop):
    assert [(wanted, amounts(shop, **wanted)) for wanted, _ in NARROWED] == NARROWED


def test_a_customers_own(shop):
    assert amounts(shop, customer_id=shop.bruno) == ["$1,250.00", "$50.00"]
    assert amounts(shop, customer_id=shop.clara) == []


def test_pages_forth_and_back_show_each_once(shop):
    for sort in ("-received", "received", "amount", "-amount"):
        _page_through(shop, sort)


def _page_through(shop, sort):
    whole = amounts(shop, sort=sort)
    first = found(shop, 2, sort=sort)
    second = found(shop, 2, sort=sort, after=first.next)
    third = found(shop, 2, sort=sort, after=second.next)
    assert [row.amount for one in (first, second, third) for row in one.rows] == whole
    assert (third.next, first.previous) == ("", "")
    assert [row.amount for row in found(shop, 2, sort=sort, before=third.previous).rows] == whole[2:4]
    assert (second.first, second.last, first.total) == (3, 4, "5")


def test_all_of_a_filter_are_exported(shop):
    rows = read(shop.nora, lambda tx: list(every_payment(tx, Filter(tab="refunded"))))
    assert [row.amount for row in rows] == ["$50.00", "$40.00"]
