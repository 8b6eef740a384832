"""Money that came another way: for which invoices it counts, what stays on account, and what that can pay later."""

from datetime import timedelta

import pytest

from arbill_app.invoices.commands import credit_notes
from arbill_app.invoices.models import CreditNote
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.payments.forms import payer
from arbill_app.payments.models import Payment
from arbill_app.payments.recording import OLDEST, apply_on_account, apply_payment, record_payment
from arbill_app.payments.views.payments import invoice_money, payment_view
from tests.payments import till
from tests.world import in_days, make_customer, make_invoice, make_method, make_payment, paid_by_check, today

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def three(two):
    """Ada's invoices of $100, $50 and $30; the last one is the oldest."""
    due = (("100.00", 30), ("50.00", 10), ("30.00", 0))
    return [make_invoice(two.nora, two.ada, amount, due_on=in_days(days)) for amount, days in due]


def balances(two, invoices):
    return [till.balance(two.nora, invoice) for invoice in invoices]


# ---------------------------------------------------------------- what it counts for


def test_the_oldest_due_date_is_paid_first_and_the_rest_in_part(two, three):
    make_payment(two.nora, two.ada, "85.00")
    assert balances(two, three) == [9_500, 0, 0]
    till.check_books(two.nora)


def test_what_is_chosen_is_paid_and_nothing_else(two, three):
    payment = make_payment(two.nora, two.ada, "120.00", parts={three[0]: "90", three[1]: "20.00", three[2]: ""})
    assert balances(two, three) == [1_000, 3_000, 3_000]
    assert till.row(two.nora, Payment, payment).unapplied == 1_000
    till.check_books(two.nora)


def test_an_overpayment_stays_on_account(two, three):
    payment = make_payment(two.nora, two.ada, "200.00")
    assert balances(two, three) == [0, 0, 0]
    assert till.row(two.nora, Payment, payment).unapplied == 2_000
    (receipt,) = till.letters(two.nora, "receipt")
    assert receipt["values"]["on_account"] == "$20.00"
    till.check_books(two.nora)


def test_all_of_it_may_stay_on_account(two, three):
    payment = make_payment(two.nora, two.ada, "100.00", parts={three[0]: "0"})
    assert balances(two, three) == [10_000, 5_000, 3_000]
    assert till.row(two.nora, Payment, payment).unapplied == 10_000


def test_a_receipt_goes_out_unless_it_is_not_wanted(two, three):
    make_payment(two.nora, two.ada, "10.00", receipt=False)
    assert till.letters(two.nora, "receipt") == []
    make_payment(two.nora, two.ada, "10.00")
    (receipt,) = till.letters(two.nora, "receipt")
    assert (receipt["values"]["method"], receipt["values"]["reference"]) == ("Check", "1042")


def test_the_same_key_is_the_same_payment(two, three):
    first = write(two.nora, record_payment, two.ada, paid_by_check(), "once")
    assert write(two.nora, record_payment, two.ada, paid_by_check(), "once").id == first.id
    with pytest.raises(Conflict):
        write(two.nora, record_payment, two.bruno, paid_by_check(), "once")
    assert len(till.everything(two.nora, Payment)) == 1


def test_oldest_first_leaves_out_what_is_on_its_way(two, three):
    bank = make_method(two.nora, two.ada, till.SETTLES, kind=till.BANK)
    till.charge(two.nora, two.ada, bank, (three[2], 2_000))
    till.work()
    rows = read(two.nora, payer, two.ada).owed
    assert [(row.id, row.balance, row.minor, row.coming) for row in rows] == [
        (three[2], "$30.00", 1_000, "$20.00"),
        (three[1], "$50.00", 5_000, ""),
        (three[0], "$100.00", 10_000, ""),
    ]
    make_payment(two.nora, two.ada, "25.00")
    assert balances(two, three) == [10_000, 3_500, 2_000]
    till.bank_day()
    assert balances(two, three) == [10_000, 3_500, 0]
    till.check_books(two.nora)


def test_a_check_may_be_put_where_a_charge_is_under_way_and_the_later_one_waits_on_account(two):
    invoice, card = make_invoice(two.nora, two.ada), make_method(two.nora, two.ada)
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    make_payment(two.nora, two.ada, "100.00", parts={invoice: "100.00"})
    assert till.balance(two.nora, invoice) == 0
    till.work()
    assert sorted(one.unapplied for one in till.everything(two.nora, Payment)) == [0, 10_000]
    till.check_books(two.nora)


# ---------------------------------------------------------------- what is refused


IMPOSSIBLE = [
    ({"amount": ""}, "amount"),
    ({"amount": "0"}, "amount"),
    ({"amount": "-5"}, "amount"),
    ({"amount": "1.005"}, "amount"),
    ({"amount": "9" * 40}, "amount"),
    ({"amount": "€5"}, "amount"),
    ({"kind": "card"}, "kind"),
    ({"kind": ["cash"]}, "kind"),
    ({"received_on": "yesterday"}, "received_on"),
    ({"received_on": in_days(2)}, "received_on"),
    ({"received_on": (today() - timedelta(days=366 * (OLDEST + 1))).isoformat()}, "received_on"),
    ({"reference": "x" * 101}, "reference"),
    ({"currency": "ZZZ"}, "currency"),
]


def test_what_cannot_be_is_refused_at_its_field(two):
    for changes, field in IMPOSSIBLE:
        with pytest.raises(Invalid) as refused:
            make_payment(two.nora, two.ada, **({"amount": "100.00"} | changes))
        assert set(refused.value.errors) == {field}, changes
    assert till.everything(two.nora, Payment) == []


def test_a_part_is_no_more_than_what_is_open(two, three):
    for part in ("100.01", "-1", "much"):
        with pytest.raises(Invalid) as refused:
            make_payment(two.nora, two.ada, "500.00", parts={three[0]: part})
        assert set(refused.value.errors) == {f"part_{three[0]}"}


def test_parts_are_no_more_than_the_amount(two, three):
    with pytest.raises(Invalid, match="more than the amount"):
        make_payment(two.nora, two.ada, "10.00", parts={three[0]: "6", three[1]: "6"})


def test_another_customers_invoice_is_not_open_here(two, three):
    for theirs in (make_invoice(two.nora, two.bruno), make_invoice(two.sol, two.clara), "inv_nobody"):
        with pytest.raises(Invalid, match="not open"):
            make_payment(two.nora, two.ada, "10.00", parts={theirs: "5"})


def test_another_partners_customer_does_not_exist(two):
    with pytest.raises(NotFound):
        make_payment(two.nora, two.clara)


# ---------------------------------------------------------------- on account


def test_what_is_on_account_pays_credits_first_then_the_oldest_payment(two):
    old = make_invoice(two.nora, two.ada, "40.00")
    values = {"amount": "40.00", "reason": "Goodwill", "apply": False}
    credit = write(two.nora, credit_notes.credit_invoice, old, "credit", values)
    payments = [make_payment(two.nora, two.ada, amount, parts={old: "0"}) for amount in ("30.00", "50.00")]
    invoice = make_invoice(two.nora, two.ada, "100.00")
    assert read(two.nora, invoice_money, invoice).on_account == "$120.00"
    assert write(two.nora, apply_on_account, invoice) == 10_000
    assert till.row(two.nora, CreditNote, credit.id).unapplied == 0
    assert [till.row(two.nora, Payment, payment).unapplied for payment in payments] == [0, 2_000]
    assert till.balance(two.nora, invoice) == 0
    with pytest.raises(Conflict):
        write(two.nora, apply_on_account, invoice)
    till.check_books(two.nora)


def test_a_payment_on_account_is_applied_in_parts(two):
    payment = make_payment(two.nora, two.ada, "80.00")
    invoice = make_invoice(two.nora, two.ada, "100.00")
    assert write(two.nora, apply_payment, payment, invoice, 3_000) == 3_000
    with pytest.raises(Conflict, match="more than is left"):
        write(two.nora, apply_payment, payment, invoice, 5_001)
    assert write(two.nora, apply_payment, payment, invoice) == 5_000
    assert till.balance(two.nora, invoice) == 2_000
    view = read(two.nora, payment_view, payment)
    assert (view.on_account, [amount for _, _, amount in view.invoices]) == ("", ["$80.00"])
    till.check_books(two.nora)


def test_nothing_and_less_is_not_applied(two):
    payment, invoice = make_payment(two.nora, two.ada), make_invoice(two.nora, two.ada)
    for amount in (0, -1, 10**15):
        with pytest.raises(Conflict):
            write(two.nora, apply_payment, payment, invoice, amount)


def test_a_payment_pays_no_other_customers_invoice(two):
    payment = make_payment(two.nora, two.ada)
    with pytest.raises(Conflict):
        write(two.nora, apply_payment, payment, make_invoice(two.nora, two.bruno))
    with pytest.raises(NotFound):
        write(two.nora, apply_payment, payment, make_invoice(two.sol, two.clara))


def test_another_currency_is_not_applied(two):
    payment = make_payment(two.nora, two.ada)
    canadian = make_customer(two.nora, "Deux", currency="CAD")
    with pytest.raises(Conflict):
        write(two.nora, apply_payment, payment, make_invoice(two.nora, canadian))


def test_what_is_being_charged_is_not_paid_from_the_account_meanwhile(two):
    payment = make_payment(two.nora, two.ada, "100.00")
    invoice, card = make_invoice(two.nora, two.ada), make_method(two.nora, two.ada)
    till.charge(two.nora, two.ada, card, (invoice, 7_000))
    assert write(two.nora, apply_on_account, invoice) == 3_000
    with pytest.raises(Conflict, match="nothing to apply"):
        write(two.nora, apply_payment, payment, invoice)
    till.work()
    assert till.balance(two.nora, invoice) == 0
    till.check_books(two.nora)
