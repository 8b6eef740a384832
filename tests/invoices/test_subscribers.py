"""What invoices mean to a customer: they tie it, move with it when it is merged, and make its balance."""

import pytest

from arbill_app.customers.balances import balances
from arbill_app.customers.commands import profile
from arbill_app.customers.commands.lifecycle import archive_customer, delete_customer
from arbill_app.customers.commands.merging import merge_customer
from arbill_app.customers.models import Customer
from arbill_app.customers.views.listing import Filter, list_customers
from arbill_app.invoices.commands import credit_notes, drafts, issuing
from arbill_app.invoices.commands.settling import apply_credit
from arbill_app.invoices.documents.document_builder import invoice_document
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.listing import Filter as InvoiceFilter
from arbill_app.invoices.views.listing import list_invoices
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid
from tests.together import together
from tests.world import make_draft_invoice, make_invoice


def balance(by, customer_id):
    return next(row.balance for row in read(by, list_customers, Filter()).rows if row.id == customer_id)


def credit(by, invoice_id, amount="", **values):
    return write(
        by, credit_notes.credit_invoice, invoice_id, f"c-{invoice_id}", {"amount": amount, "reason": "x"} | values
    ).id


def business(by, customer_id):
    return profile.business_of(read(by, lambda tx: tx.get(Customer, customer_id)))


# ---------------------------------------------------------------- ties


def test_a_customer_with_an_invoice_is_not_deleted(two):
    make_invoice(two.nora, two.ada)
    with pytest.raises(Conflict, match=r"Ada Interiors has 1 invoice\. Archive it instead"):
        write(two.nora, delete_customer, two.ada)
    make_draft_invoice(two.nora, two.ada)
    with pytest.raises(Conflict, match="has 2 invoices"):
        write(two.nora, delete_customer, two.ada)
    write(two.nora, archive_customer, two.ada)


def test_once_its_draft_is_discarded_it_can_be_deleted(two):
    write(two.nora, drafts.discard_draft, make_draft_invoice(two.nora, two.ada))
    write(two.nora, delete_customer, two.ada)


def test_a_void_invoice_ties_it_too(two):
    write(two.nora, issuing.void_invoice, make_invoice(two.nora, two.ada))
    with pytest.raises(Conflict):
        write(two.nora, delete_customer, two.ada)


def test_the_currency_is_locked_by_an_invoice(two):
    now = business(two.nora, two.ada)
    make_invoice(two.nora, two.ada)
    with pytest.raises(Invalid) as refusal:
        write(two.nora, profile.change_business, two.ada, now | {"currency": "CAD"}, now)
    assert refusal.value.errors == {"currency": "Locked: 1 invoice exists in this currency."}
    write(two.nora, profile.change_business, two.ada, now | {"terms_days": 7}, now)


def test_invoicing_and_deleting_at_once_leaves_no_invoice_without_its_customer(two):
    ends = together(
        lambda: make_invoice(two.nora, two.ada),
        lambda: write(two.nora, delete_customer, two.ada),
        lambda: make_invoice(two.nora, two.ada),
    )
    made = [end for end in ends if isinstance(end, str)]
    gone = ends[1] is None
    assert (gone and not made) or (isinstance(ends[1], Conflict) and len(made) == 2)


def test_invoicing_and_changing_the_currency_at_once_agree(two):
    now = business(two.nora, two.ada)
    ends = together(
        lambda: make_invoice(two.nora, two.ada),
        lambda: write(two.nora, profile.change_business, two.ada, now | {"currency": "CAD"}, now),
    )
    currency = read(two.nora, lambda tx: tx.get(Invoice, ends[0]).currency)
    assert currency == business(two.nora, two.ada)["currency"]


# ---------------------------------------------------------------- balances


def test_a_balance_is_what_is_open_less_what_is_on_account(two):
    first, second = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada, "50")
    make_draft_invoice(two.nora, two.ada, "999")
    assert balance(two.nora, two.ada) == "$150.00"
    kept = credit(two.nora, first, "70", apply=False)
    assert balance(two.nora, two.ada) == "$80.00"
    write(two.nora, apply_credit, kept, second)
    assert balance(two.nora, two.ada) == "$80.00"
    write(two.nora, issuing.void_invoice, make_invoice(two.nora, two.ada))
    assert balance(two.nora, two.ada) == "$80.00"
    assert balance(two.nora, two.bruno) == "$0.00"


def test_what_a_credit_paid_for_can_be_credited_too(two):
    """All of both was taken back: nothing is owed, whatever paid for what."""
    first, second = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)
    write(two.nora, apply_credit, credit(two.nora, first, apply=False), second)
    kept = credit(two.nora, second)
    assert balance(two.nora, two.ada) == "$0.00"
    write(two.nora, apply_credit, kept, first)
    assert balance(two.nora, two.ada) == "$0.00"
    assert [row.status for row in read(two.nora, list_invoices, InvoiceFilter()).rows] == ["paid", "paid"]


def test_balances_are_ones_own(two):
    make_invoice(two.nora, two.ada)
    make_invoice(two.sol, two.clara)
    ids = [two.ada, two.bruno, two.clara]
    assert read(two.nora, balances, ids) == {two.ada: 10_000}
    assert read(two.sol, balances, ids) == {two.clara: 10_000}
    assert read(two.nora, balances, []) == {}


# ---------------------------------------------------------------- merging


def test_merging_moves_invoices_and_what_is_owed(two):
    moved = [make_invoice(two.nora, two.bruno), make_invoice(two.nora, two.bruno)]
    kept = credit(two.nora, moved[0], "30", apply=False)
    write(two.nora, merge_customer, two.bruno, two.ada)
    assert balance(two.nora, two.ada) == "$170.00"
    found = read(two.nora, list_invoices, InvoiceFilter(customer_id=two.ada)).rows
    assert [row.id for row in found] == moved[::-1]
    # A credit goes on working for what has moved along, and for what was there.
    assert write(two.nora, apply_credit, kept, make_invoice(two.nora, two.ada, "10")) == 1_000


def test_papers_keep_the_name_they_were_issued_with(two):
    issued, draft = make_invoice(two.nora, two.bruno), make_draft_invoice(two.nora, two.bruno)
    write(two.nora, merge_customer, two.bruno, two.ada)
    assert read(two.nora, invoice_document, issued).buyer.name == "Bruno Motors"
    assert read(two.nora, invoice_document, draft).buyer.name == "Ada Interiors"
    assert write(two.nora, issuing.issue_invoice, draft).buyer["name"] == "Ada Interiors"
    for words in ("bruno", "ada"):
        found = read(two.nora, list_invoices, InvoiceFilter(q=words)).rows
        assert issued in [row.id for row in found]


def test_invoicing_and_merging_at_once_loses_no_invoice(two):
    ends = together(
        *[lambda: make_invoice(two.nora, two.bruno)] * 3,
        lambda: write(two.nora, merge_customer, two.bruno, two.ada),
    )
    made = {end for end in ends if isinstance(end, str)}
    assert {row.id for row in read(two.nora, list_invoices, InvoiceFilter(customer_id=two.ada)).rows} == made
    assert all(isinstance(end, (str, Customer, Invalid)) for end in ends)


def test_a_draft_that_is_issued_while_its_customer_is_merged_is_issued_to_one_of_them(two):
    draft = make_draft_invoice(two.nora, two.bruno)
    ends = together(
        lambda: write(two.nora, issuing.issue_invoice, draft),
        lambda: write(two.nora, merge_customer, two.bruno, two.ada),
    )
    assert isinstance(ends[1], Customer)
    kept = read(two.nora, lambda tx: tx.get(Invoice, draft))
    assert kept.customer_id == two.ada
    assert (kept.stage == "open") == (not isinstance(ends[0], Exception))
