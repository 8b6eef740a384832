"""The statement of account: what happened, in order, and a closing balance that is the customer's balance."""

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbill_app.customers.balances import balances
from arbill_app.customers.models import Customer
from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.invoices.commands.issuing import void_invoice
from arbill_app.invoices.commands.settling import apply_credit
from arbill_app.kernel import clock
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import ArbillError, NotFound
from arbill_app.payments.charging.disputes import dispute_told
from arbill_app.payments.gateway.protocol import Dispute
from arbill_app.payments.models import Payment
from arbill_app.payments.recording import record_payment
from arbill_app.payments.refunding import refund_payment
from arbill_app.reports.statement import Statement, currencies, statement
from arbill_app.reports.statement_paper import render, sheet
from tests.world import in_days, make_invoice, today, unused_email

YEAR = timedelta(days=365)


def stated(two, first: date | None = None, last: date | None = None, currency: str = "USD") -> Statement:
    return read(two.nora, statement, two.ada, currency, first or today() - YEAR, last or today() + YEAR)


def owed(two) -> int:
    return read(two.nora, balances, [two.ada]).get(two.ada, 0)


def pay(two, amount: str, **more: str) -> Payment:
    values = {"amount": amount, "kind": "check", "received_on": in_days(0), "reference": "1001"} | more
    return write(two.nora, record_payment, two.ada, values, unused_email())


def refund(two, payment: Payment, amount: str, owed_again: bool = False) -> None:
    values = {"amount": amount, "reason": "Goodwill", "owed_again": owed_again}
    write(two.nora, refund_payment, payment.id, values, unused_email())


def credit(two, invoice: str, amount: str) -> str:
    return write(two.nora, credit_invoice, invoice, unused_email(), {"reason": "Goodwill", "amount": amount}).id


def seen(found: Statement) -> list[tuple[str, int, int]]:
    return [(entry.kind, entry.amount, entry.balance) for entry in found.entries]


def test_what_happened_stands_in_order_with_a_running_balance(two):
    invoice = make_invoice(two.nora, two.ada, "100.00", memo="Garden")
    make_invoice(two.nora, two.ada, "50.00")
    write(two.nora, void_invoice, make_invoice(two.nora, two.ada, "7.00"))
    credit(two, invoice, "10.00")
    pay(two, "120.00")
    found = stated(two)
    assert [kind for kind, *_ in seen(found)] == ["invoice", "invoice", "invoice", "void", "credit_note", "payment"]
    assert [balance for *_, balance in seen(found)] == [10_000, 15_000, 15_700, 15_000, 14_000, 2_000]
    assert (found.opening, found.closing) == (0, owed(two))
    assert found.entries[0].number == "INV-0001"
    assert found.entries[0].text == "Garden"


def test_on_one_day_nothing_goes_back_before_it_came(two):
    make_invoice(two.nora, two.ada, "100.00")
    payment = pay(two, "100.00")
    refund(two, payment, "25.00")
    write(two.nora, lambda tx: setattr(tx.get(Payment, payment.id), "charge_id", "ch_1"))
    for state in ("open", "won"):
        write(two.nora, dispute_told, "ch_1", Dispute("dp_1", 3_000, "USD", "fraudulent", state))
    found = stated(two)
    order = ["invoice", "payment", "refund", "settled", "dispute", "dispute_won"]
    assert [kind for kind, *_ in seen(found)] == order
    assert [balance for *_, balance in seen(found)] == [10_000, 0, 2_500, 0, 3_000, 0]
    assert found.closing == owed(two) == 0


def test_a_period_opens_where_the_one_before_closed(two):
    with time_machine.travel(clock.now() - timedelta(days=40)):
        make_invoice(two.nora, two.ada, "100.00")
    make_invoice(two.nora, two.ada, "30.00")
    split = today() - timedelta(days=20)
    before, after = stated(two, last=split), stated(two, first=split + timedelta(days=1))
    assert (before.opening, before.closing, after.opening, after.closing) == (0, 10_000, 10_000, owed(two))
    assert len(before.entries) == len(after.entries) == 1


def test_both_days_of_a_period_belong_to_it(two):
    make_invoice(two.nora, two.ada, "30.00")
    assert len(stated(two, today(), today()).entries) == 1
    assert stated(two, today() + timedelta(days=1)).entries == []
    assert stated(two, last=today() - timedelta(days=1)).entries == []


def test_a_moment_falls_on_the_partners_day(two):
    """Voided at 11 in the evening in New York is the next day in UTC."""
    invoice = make_invoice(two.nora, two.ada, "30.00")
    day = today() + timedelta(days=2)
    with time_machine.travel(f"{day + timedelta(days=1)}T03:30:00+00:00"):
        write(two.nora, void_invoice, invoice)
    assert [entry.day for entry in stated(two).entries] == [today(), day]
    assert len(stated(two, day, day).entries) == 1


@pytest.mark.parametrize("owed_again", [False, True])
def test_a_refund_is_owed_again_only_when_it_is_meant_to_be(two, owed_again):
    make_invoice(two.nora, two.ada, "100.00")
    refund(two, pay(two, "150.00"), "120.00", owed_again)
    found = stated(two)
    assert found.closing == owed(two) == (7_000 if owed_again else 0)
    assert ("settled" in [kind for kind, *_ in seen(found)]) is not owed_again


@pytest.mark.parametrize("state", ["open", "won", "lost"])
def test_a_dispute_is_owed_until_it_is_won(two, state):
    make_invoice(two.nora, two.ada, "100.00")
    payment = pay(two, "100.00")
    write(job(two.nora.partner_id), lambda tx: setattr(tx.get(Payment, payment.id), "charge_id", "ch_1"))
    for told in ("open", state):
        write(job(two.nora.partner_id), dispute_told, "ch_1", Dispute("dp_1", 10_000, "USD", "fraudulent", told))
    assert stated(two).closing == owed(two) == (0 if state == "won" else 10_000)


def test_currencies_have_statements_of_their_own(two):
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "currency", "CAD"))
    make_invoice(two.nora, two.ada, "100.00")
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "currency", "USD"))
    assert read(two.nora, currencies, two.ada) == ["USD", "CAD"]
    assert (stated(two).closing, stated(two, currency="CAD").closing) == (0, 10_000)


def test_another_partners_customer_has_none(two):
    with pytest.raises(NotFound):
        read(two.sol, statement, two.ada, "USD", today(), today())
    make_invoice(two.nora, two.bruno, "70.00")
    assert stated(two).entries == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "void", "credit", "apply", "pay", "refund", "again"]),
        st.integers(1, 400),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_the_closing_balance_is_the_customers_balance(two, steps):
    invoices, credits, payments = [make_invoice(two.nora, two.ada, "80.00")], [], []
    for what, euros, which in steps:
        try:
            if what == "invoice":
                invoices.append(make_invoice(two.nora, two.ada, f"{euros}.37"))
            elif what == "void":
                write(two.nora, void_invoice, invoices[which % len(invoices)])
            elif what == "credit":
                credits.append((credit(two, invoices[which % len(invoices)], str(euros)), invoices[-1]))
            elif what == "apply" and credits:
                write(two.nora, apply_credit, *credits[which % len(credits)])
            elif what == "pay":
                payments.append(pay(two, f"{euros}.50"))
            elif payments:
                refund(two, payments[which % len(payments)], str(euros), what == "again")
        except ArbillError:
            continue  # what cannot be done is no matter for this
    found = stated(two)
    assert found.closing == owed(two)
    assert found.opening + sum(entry.amount for entry in found.entries) == found.closing


# ---------------------------------------------------------------- in words and as a PDF


@pytest.mark.parametrize(
    ("language", "title", "closing"),
    [
        ("en", "Statement of account", "$30.00"),
        ("fr-CA", "Relevé de compte", "30,00"),
        ("es", "Estado de cuenta", "$30.00"),
    ],
)
def test_it_is_said_in_the_readers_language(two, language, title, closing):
    make_invoice(two.nora, two.ada, "30.00")
    shown = read(two.nora, lambda tx: sheet(tx, two.ada, statement(tx, two.ada, "USD", today(), today()), language))
    assert shown.title == title
    assert closing in shown.closing
    assert shown.head.buyer.name == "Ada Interiors"


def test_the_pdf_holds_every_row(two):
    import io

    from pypdf import PdfReader

    for _ in range(60):
        make_invoice(two.nora, two.ada, "30.00", memo="Ünïcode & <b>#text</b> $x$")
    shown = read(two.nora, lambda tx: sheet(tx, two.ada, statement(tx, two.ada, "USD", today(), today()), "en"))
    pages = PdfReader(io.BytesIO(render(shown))).pages
    said = "\n".join(page.extract_text() for page in pages)
    assert len(pages) > 1
    assert said.count("Invoice INV-") == 60
    assert "$1,800.00" in said
    assert "<b>#text</b> $x$" in said
