"""What payments mean to a customer: they tie it, they make its balance, they move with it when it is merged."""

import pytest

from arbill_app.customers.balances import balances
from arbill_app.customers.commands import lifecycle, merging
from arbill_app.customers.dependents import currency_lock, ties
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict
from arbill_app.payments.methods.methods import methods_of
from arbill_app.payments.models import Payment
from tests.payments import till
from tests.world import make_invoice, make_method, make_payment

pytestmark = pytest.mark.usefixtures("quick")


def test_what_lies_on_account_is_owed_to_the_customer(two):
    make_invoice(two.nora, two.ada, "30.00")
    make_payment(two.nora, two.ada, "100.00")
    assert read(two.nora, balances, [two.ada, two.bruno]) == {two.ada: -7_000}
    assert read(two.sol, balances, [two.ada]) == {}


def test_a_payment_ties_its_customer_and_locks_its_currency(two):
    make_payment(two.nora, two.ada)
    assert read(two.nora, ties, two.ada).text("en") == "1 payment"
    assert read(two.nora, currency_lock, two.ada)


def test_a_saved_method_ties_it_and_leaves_the_currency_free(two):
    make_method(two.nora, two.ada)
    with pytest.raises(Conflict, match="has payment methods"):
        write(two.nora, lifecycle.delete_customer, two.ada)
    assert read(two.nora, currency_lock, two.ada) is None


def test_everything_moves_when_customers_are_merged_and_the_default_stays(two):
    moved, own = make_method(two.nora, two.ada), make_method(two.nora, two.bruno)
    invoice = make_invoice(two.nora, two.ada)
    make_payment(two.nora, two.ada, "30.00", parts={invoice: "0"})
    attempt = till.charge(two.nora, two.ada, moved, (invoice, 10_000))
    write(two.nora, merging.merge_customer, two.ada, two.bruno)
    till.work()
    assert [(one.id, one.is_default) for one in read(two.nora, methods_of, two.bruno)] == [(own, True), (moved, False)]
    assert {one.customer_id for one in till.everything(two.nora, Payment)} == {two.bruno}
    assert till.row(two.nora, till.Attempt, attempt.id).state == "succeeded"
    assert read(two.nora, balances, [two.ada, two.bruno]) == {two.bruno: -3_000}
    till.check_books(two.nora)
