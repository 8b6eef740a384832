"""The ledger says why, and is only ever added to; what is read from it says what happened, not what is likely."""

from datetime import date, timedelta

import pytest
import time_machine
from alembic import command
from alembic.config import Config
from sqlalchemy import delete, event, text, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel

from arbill_app.customers.balances import balances
from arbill_app.customers.commands.merging import merge_customer
from arbill_app.customers.models import Customer
from arbill_app.demo import company as demo
from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.invoices.commands.issuing import void_invoice
from arbill_app.kernel import clock
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.transactions import across_partners, read, transaction, write
from arbill_app.ledger.models import EntryKind, LedgerEntry
from arbill_app.ledger.queries import balance_at, open_at
from arbill_app.migrate import ROOT, upgrade
from arbill_app.payments.allocations import reservations
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute as ToldDispute
from arbill_app.payments.gateway.protocol import Refund as ToldRefund
from arbill_app.payments.models import Payment
from arbill_app.payments.recording import apply_payment, record_payment
from arbill_app.payments.refunding import refund_payment, settle_refund
from arbill_app.payments.views.payments import invoice_money
from arbill_app.reports.statement import statement
from arbill_app.reports.statement_paper import KINDS
from tests.keeping import once
from tests.ledger.filled import by_migration, by_verbs, revision
from tests.payments import till
from tests.reports import from_documents
from tests.world import in_days, make_invoice, make_payment, paid_by_check, signed_in, today

FAR = timedelta(days=900)


def entries(two):
    """[kind, minor units, on an invoice?] in the order they were written."""
    return [[one.kind, one.amount, bool(one.invoice_id)] for one in till.everything(two.nora, LedgerEntry)]


def stated(two, customer=""):
    period = (today() - FAR, today() + FAR)
    return read(two.nora, statement, customer or two.ada, "USD", *period)


def charged(two, payment):
    """As if a gateway had captured it."""
    write(two.nora, lambda tx: setattr(tx.get(Payment, payment), "charge_id", "ch_1"))


def dispute(two, amount, state="open"):
    write(two.nora, dispute_told, "ch_1", ToldDispute("dp_1", amount, "USD", "fraudulent", state))


def refund(two, payment, amount, **more):
    values = {"amount": amount, "reason": "Goodwill"} | more
    return write(two.nora, refund_payment, payment, values, f"refund-{amount}").id


# ---------------------------------------------------------------- what is written


def test_every_change_is_an_entry_with_its_cause(two):
    invoice = make_invoice(two.nora, two.ada, "100")
    payment = make_payment(two.nora, two.ada, "120")
    gone = refund(two, payment, "50")
    assert entries(two) == [
        *(["invoice", 10_000, True], ["payment", -12_000, False]),
        *(["applied", -10_000, True], ["applied", 10_000, False]),
        *(["refund", 2_000, False], ["refund", 3_000, True], ["settled", -3_000, True]),
    ]
    found = till.everything(two.nora, LedgerEntry)
    assert [(one.cause_kind, one.cause_id) for one in found] == [
        *(("invoice", invoice), ("payment", payment), ("payment", payment), ("payment", payment)),
        *[("refund", gone)] * 3,
    ]
    assert {(one.actor_kind, one.actor_id, one.actor_name) for one in found} == {("staff", two.nora.id, "Nora West")}
    assert {(one.customer_id, one.currency, one.counts_on) for one in found} == {(two.ada, "USD", today())}


def test_what_fails_leaves_no_entry(two):
    invoice = make_invoice(two.nora, two.ada, "100")
    before = entries(two)

    def fails(tx):
        void_invoice(tx, invoice)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        write(two.nora, fails)
    assert entries(two) == before


def test_a_payment_costs_one_statement_more(two):
    """All its entries are one INSERT of several rows."""
    invoices = [make_invoice(two.nora, two.ada, "10") for _ in range(3)]
    said = []
    values = paid_by_check("40", parts=dict.fromkeys(invoices, "10"))
    listen = lambda _c, _cursor, sql, *_: said.append(sql)  # noqa: E731
    event.listen(transactions.engine(), "before_cursor_execute", listen)
    try:
        write(two.nora, record_payment, two.ada, values, "key")
    finally:
        event.remove(transactions.engine(), "before_cursor_execute", listen)
    assert len([sql for sql in said if "INSERT INTO ledger_entry" in sql]) == 1
    assert len(till.everything(two.nora, LedgerEntry)) == 3 + 1 + 2 * 3


# ---------------------------------------------------------------- on which day


def test_what_was_received_earlier_counts_from_then_but_not_before_its_invoice(two):
    with time_machine.travel(clock.now() - timedelta(days=10)):
        old = make_invoice(two.nora, two.ada, "100")
    new = make_invoice(two.nora, two.ada, "30")
    make_payment(two.nora, two.ada, "130", received_on=in_days(-4))
    for days, owed, open_ in ((-11, 0, set()), (-5, 10_000, {old}), (-4, -3_000, {None}), (-1, -3_000, {None})):
        day = today() + timedelta(days=days)
        assert read(two.nora, balance_at, two.ada, "USD", day) == owed
        assert {one.invoice_id for one in read(two.nora, open_at, day)} == open_
    assert read(two.nora, open_at, today()) == []
    assert till.balance(two.nora, new) == 0


def test_what_is_applied_on_a_later_day_was_money_on_account_until_then(two):
    with time_machine.travel(clock.now() - timedelta(days=3)):
        payment = make_payment(two.nora, two.ada, "70")
        invoice = make_invoice(two.nora, two.ada, "100")
    write(two.nora, apply_payment, payment, invoice)
    yesterday = today() - timedelta(days=1)
    assert sorted(one.amount for one in read(two.nora, open_at, yesterday)) == [-7_000, 10_000]
    assert [one.amount for one in read(two.nora, open_at, today(), two.ada)] == [3_000]
    assert [one.kind for one in stated(two).entries] == ["invoice", "payment"]


def test_a_statement_of_the_past_does_not_change_when_a_refund_comes_back(two):
    """It vanished from statements that had been sent already."""
    with time_machine.travel(clock.now() - timedelta(days=9)):
        make_invoice(two.nora, two.ada, "100")
        gone = refund(two, make_payment(two.nora, two.ada, "100"), "40", owed_again=True)
    before = today() - timedelta(days=5)
    period = (two.ada, "USD", today() - FAR, before)
    sent = read(two.nora, statement, *period)
    write(two.nora, settle_refund, gone, ToldRefund("re_1", "failed", 4_000))
    assert read(two.nora, statement, *period) == sent
    assert [(one.kind, one.balance) for one in stated(two).entries][-2:] == [("refund", 4_000), ("refund_failed", 0)]
    assert stated(two).closing == read(two.nora, balances, [two.ada]).get(two.ada, 0) == 0
    assert KINDS[EntryKind.REFUND_FAILED] == "Refund failed"
    till.check_books(two.nora)


def test_a_dispute_that_grows_counts_on_each_day_that_it_grew(two):
    make_invoice(two.nora, two.ada, "100")
    charged(two, make_payment(two.nora, two.ada, "100"))
    dispute(two, 3_000)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        dispute(two, 5_000)
    found = [(one.day, one.amount) for one in stated(two).entries if one.kind == "dispute"]
    assert found == [(today(), 3_000), (today() + timedelta(days=2), 2_000)]


def test_a_dispute_of_what_had_gone_back_already_is_no_line(two):
    payment = make_payment(two.nora, two.ada, "100")
    refund(two, payment, "100.00")
    charged(two, payment)
    dispute(two, 10_000)
    assert [one.kind for one in stated(two).entries] == ["payment", "refund"]


# ---------------------------------------------------------------- no more guessing


def test_an_invoice_whose_refund_is_owed_again_is_not_the_one_that_the_bank_disputes(two):
    """It was taken for disputed when anything else of the same payment was, and was never charged by itself again."""
    first, second = make_invoice(two.nora, two.ada, "100"), make_invoice(two.nora, two.ada, "50")
    payment = make_payment(two.nora, two.ada, "150", parts={first: "100", second: "50"})
    refund(two, payment, "50", owed_again=True)
    charged(two, payment)
    dispute(two, 6_000)
    assert read(two.nora, reservations.disputed, [first, second]) == {first}
    rows = {one.id: read(two.nora, invoice_money, one.id).rows for one in till.everything(two.nora, till.Invoice)}
    assert [row.what for row in rows[first]] == ["Disputed", "Check"]
    assert [row.what for row in rows[second]] == ["Refunded", "Check"]


def test_of_two_causes_at_one_moment_each_row_names_its_own(two):
    invoice = make_invoice(two.nora, two.ada, "100")
    payment = make_payment(two.nora, two.ada, "100")
    with time_machine.travel(clock.now() + timedelta(seconds=5), tick=False):
        refund(two, payment, "10", owed_again=True)
        charged(two, payment)
        dispute(two, 4_000)
        write(two.nora, lambda tx: setattr(tx.get(Payment, payment), "charge_id", ""))
        refund(two, payment, "20", owed_again=False)
    rows = read(two.nora, invoice_money, invoice).rows
    assert sorted((row.what, row.amount, row.why) for row in rows) == [
        ("Check", "$100.00", ""),
        ("Disputed", "-$40.00", "It is owed again."),
        ("Refunded", "-$10.00", "It is owed again."),
        ("Refunded", "-$20.00", ""),
    ]


# ---------------------------------------------------------------- customers that are one


def test_a_merged_customers_entries_follow_its_invoices(two):
    make_invoice(two.nora, two.ada, "100")
    make_invoice(two.nora, two.bruno, "30")
    make_payment(two.nora, two.bruno, "50")
    both = stated(two).closing + stated(two, two.bruno).closing
    amounts = entries(two)
    write(two.nora, merge_customer, two.bruno, two.ada)
    assert entries(two) == amounts
    assert (stated(two).closing, stated(two, two.bruno).closing) == (both, 0)
    assert [one.kind for one in stated(two).entries] == ["invoice", "invoice", "payment"]
    till.check_books(two.nora)


def test_entries_move_to_no_other_customer_than_the_merged_ones(two):
    make_invoice(two.nora, two.ada, "100")
    for change in ({"customer_id": two.bruno}, {"customer_id": two.bruno, "amount": 1}, {"amount": 1}):
        refused(update(LedgerEntry).values(**change))
    write(two.nora, merge_customer, two.ada, two.bruno)
    refused(update(LedgerEntry).values(customer_id=two.ada))
    refused(update(LedgerEntry).values(customer_id=two.bruno, amount=1))


# ---------------------------------------------------------------- only ever added to


def refused(change):
    with pytest.raises(DatabaseError, match="only ever added to"), across_partners(write=True) as session:
        session.execute(change)


@pytest.mark.parametrize(
    "change",
    [
        text("UPDATE ledger_entry SET amount = 1"),
        text("UPDATE ledger_entry SET counts_on = '2020-01-01'"),
        text("DELETE FROM ledger_entry"),
        update(LedgerEntry).values(cause_id="x"),
        delete(LedgerEntry),
    ],
    ids=str,
)
def test_the_database_refuses_to_change_or_delete_an_entry(two, change):
    make_invoice(two.nora, two.ada, "100")
    before = [one.model_dump() for one in till.everything(two.nora, LedgerEntry)]
    refused(change)
    assert [one.model_dump() for one in till.everything(two.nora, LedgerEntry)] == before


def test_nor_can_it_be_replaced_or_emptied_at_once(two):
    make_invoice(two.nora, two.ada, "100")
    if transactions.engine().dialect.name == "postgresql":
        refused(text("TRUNCATE ledger_entry"))
        columns = "SELECT * FROM ledger_entry ON CONFLICT (id) DO UPDATE SET amount = 1"
        refused(text(f"INSERT INTO ledger_entry {columns}"))
        return
    names = ", ".join(column.name for column in SQLModel.metadata.tables["ledger_entry"].columns)
    refused(text(f"INSERT OR REPLACE INTO ledger_entry ({names}) SELECT {names} FROM ledger_entry"))
    other = names.replace("id, ", "'led_x', ", 1) if names.startswith("id, ") else names.replace(", id,", ", 'led_x',")
    refused(text(f"REPLACE INTO ledger_entry (rowid, {names}) SELECT rowid, {other} FROM ledger_entry"))
    refused(text("UPDATE OR REPLACE ledger_entry SET amount = 1"))


def test_so_does_the_orm(two):
    make_invoice(two.nora, two.ada, "100")

    def change(tx):
        tx.first(tx.own(LedgerEntry)).amount = 1

    for verb in (change, lambda tx: tx.delete(tx.first(tx.own(LedgerEntry)))):
        with pytest.raises(TypeError, match="only ever added to"):
            write(two.nora, verb)


def test_another_partner_sees_no_entry(two):
    make_invoice(two.nora, two.ada, "100")
    assert till.everything(two.sol, LedgerEntry) == []
    assert read(two.sol, open_at, date.max) == []


def test_what_was_appended_is_counted_by_a_question_in_the_same_transaction(two):
    make_invoice(two.nora, two.ada, "100")
    charged(two, make_payment(two.nora, two.ada, "100"))
    with transaction(two.nora) as tx:
        dispute_told(tx, "ch_1", ToldDispute("dp_1", 10_000, "USD", "fraudulent", "open"))
        (invoice,) = tx.all(tx.own(till.Invoice))
        assert reservations.disputed(tx, [invoice.id]) == {invoice.id}
    assert len(entries(two)) == 5


# ---------------------------------------------------------------- the migration


def test_the_migration_makes_the_same_ledger_and_statements(two):
    """Down to before the ledger and up again, with something of everything."""
    first, second = make_invoice(two.nora, two.ada, "100", memo="Garden"), make_invoice(two.nora, two.ada, "50")
    write(two.nora, void_invoice, make_invoice(two.nora, two.ada, "7"))
    write(two.nora, credit_invoice, second, "key", {"amount": "20", "reason": "Goodwill"})
    payment = make_payment(two.nora, two.ada, "140", received_on=in_days(-2))
    refund(two, payment, "25", owed_again=True)
    refund(two, payment, "15")
    charged(two, payment)
    dispute(two, 3_000)
    dispute(two, 3_000, "won")
    before, shown = by_verbs(two.nora), stated(two)
    money = [read(two.nora, invoice_money, id) for id in (first, second)]
    assert by_migration(two.nora) == before
    down_and_up()
    assert by_verbs(two.nora) == before
    assert [one.amount for one in stated(two).entries] == [one.amount for one in shown.entries]
    assert [_without_ids(read(two.nora, invoice_money, id)) for id in (first, second)] == [
        _without_ids(one) for one in money
    ]
    refused(text("DELETE FROM ledger_entry"))
    till.check_books(two.nora)


def _without_ids(money):
    return [(row.what, row.about, row.amount, row.why, row.badge, row.payment_id) for row in money.rows]


def down_and_up():
    url = transactions.engine().url.render_as_string(hide_password=False)
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    transactions.engine().dispose()
    command.downgrade(config, revision().down_revision)
    upgrade(url)


def test_the_demos_statements_are_those_of_its_documents(database):
    once("demo", demo.build_demo)
    mara = signed_in(demo.EMAIL, demo.PASSWORD)
    assert by_migration(mara) == by_verbs(mara)
    seen = 0
    for customer in till.everything(mara, Customer):
        for first in (today() - FAR, today() - timedelta(days=30)):
            period = (customer.id, customer.currency, first, today())
            new, old = read(mara, statement, *period), read(mara, from_documents.statement, *period)
            assert (new.opening, new.closing) == (old.opening, old.closing)
            assert [vars(one) for one in new.entries] == [vars(one) for one in old.entries]
            seen += len(new.entries)
    assert seen > 30
    till.check_books(mara)


def test_a_check_that_came_before_an_invoice_was_open_again_pays_it_from_then(two):
    """Paid, given back "owed again" on the tenth day; on the twelfth a check of the seventh is recorded."""
    start = clock.now()
    invoice = make_invoice(two.nora, two.ada, "100.00")
    payment = make_payment(two.nora, two.ada, "100.00", parts={invoice: "100.00"}, receipt=False)
    days = {}
    with time_machine.travel(start + timedelta(days=10)):
        again = {"amount": "100.00", "reason": "Goodwill", "owed_again": True}
        write(signed_in("nora@northwind.example"), refund_payment, payment, again, "back")
    with time_machine.travel(start + timedelta(days=12)):
        seventh = (today() - timedelta(days=5)).isoformat()
        make_payment(two.nora, two.ada, "100.00", parts={invoice: "100.00"}, receipt=False, received_on=seventh)
        for passed in range(13):
            day = today() - timedelta(days=12 - passed)
            days[passed] = {one.invoice_id: one.amount for one in read(two.nora, open_at, day, two.ada)}
    assert all(amounts.get(invoice, 0) >= 0 for amounts in days.values())
    assert days[8] == {None: -10_000}, "until the tenth day the check is money on account"
    assert days[10] == days[12] == {}
