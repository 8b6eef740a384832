"""Nobody but the partner's own staff touches an invoice: for everybody else it does not exist."""

from collections.abc import Callable
from typing import Any

import pytest

from arbill_app.invoices import lines, payment_links
from arbill_app.invoices.commands import attachments, credit_notes, drafts, issuing, sending, settling
from arbill_app.invoices.documents import document_builder
from arbill_app.invoices.models import Allocation, Attachment, CreditNote, Invoice, InvoiceLine, NumberCounter
from arbill_app.invoices.tax_models import LineTax
from arbill_app.invoices.views import invoices, preview
from arbill_app.invoices.views.listing import Filter, every_invoice, first_invoices, list_invoices, sums
from arbill_app.kernel.db.transactions import Owned, read, write
from arbill_app.kernel.errors import Forbidden, Invalid, NotFound
from tests.world import contacts, itemised, make_draft_invoice, make_invoice, seat_of, single


class Theirs:
    """Everything Southgate has; Northwind has the same, and `mine` names it."""

    def __init__(self, by, customer_id):
        self.customer = customer_id
        self.contact = contacts(by, customer_id)[0].id
        self.invoice, self.other = make_invoice(by, customer_id), make_invoice(by, customer_id)
        self.draft = make_draft_invoice(by, customer_id)
        self.file = write(by, attachments.attach, self.draft, "a.txt", b"text").id
        values = {"amount": "40", "reason": "Goodwill", "apply": False}
        self.credit = write(by, credit_notes.credit_invoice, self.other, "credit", values).id
        self.effect = write(by, sending.send_invoice, self.invoice, [self.contact]).id


CREDIT = {"amount": "1", "reason": "Goodwill"}
# What is tried on the invoice, credit, file … of `t`; `m` is what the person who tries has of their own.
VERBS: dict[str, Callable[[Any, Any], tuple[Any, ...]]] = {
    "save a draft": lambda t, m: (drafts.save_draft, "k", single() | {"customer_id": m.customer}, t.draft),
    "save for a customer": lambda t, m: (drafts.save_draft, "k", single() | {"customer_id": t.customer}),
    "create": lambda t, m: (issuing.create_invoice, "k", single() | {"customer_id": t.customer}),
    "create from a draft": lambda t, m: (issuing.create_invoice, "k", single() | {"customer_id": m.customer}, t.draft),
    "discard": lambda t, m: (drafts.discard_draft, t.draft),
    "issue": lambda t, m: (issuing.issue_invoice, t.draft),
    "void": lambda t, m: (issuing.void_invoice, t.invoice),
    "duplicate": lambda t, m: (issuing.duplicate_invoice, t.invoice, "k"),
    "send": lambda t, m: (sending.send_invoice, t.invoice, [m.contact]),
    "send to": lambda t, m: (sending.send_invoice, m.invoice, [t.contact]),
    "take back": lambda t, m: (sending.take_back, t.effect),
    "credit": lambda t, m: (credit_notes.credit_invoice, t.invoice, "k", CREDIT),
    "send a credit": lambda t, m: (credit_notes.send_credit_note, t.credit),
    "apply a credit": lambda t, m: (settling.apply_credit, t.credit, m.invoice),
    "apply to": lambda t, m: (settling.apply_credit, m.credit, t.invoice),
    "attach": lambda t, m: (attachments.attach, t.draft, "b.txt", b"text"),
    "detach": lambda t, m: (attachments.detach, t.file),
}
QUERIES: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "page": lambda t: (invoices.invoice_view, t.invoice),
    "editor": lambda t: (invoices.draft_view, t.draft),
    "paper": lambda t: (document_builder.invoice_document, t.invoice),
    "credit note": lambda t: (document_builder.credit_document, t.credit),
    "file": lambda t: (attachments.file_of, t.file),
    "message": lambda t: (sending.message_of, t.invoice, []),
    "creditable": lambda t: (credit_notes.creditable, t.invoice),
    "choose": lambda t: (preview.choose, t.customer),
}
EMPTY: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "lines": lambda t: (lines.lines_of, t.invoice),
    "credit lines": lambda t: (lines.credit_lines_of, t.credit),
    "lines with taxes": lambda t: (lines.taxed_lines, t.invoice),
    "credit lines with taxes": lambda t: (lines.taxed_credit_lines, t.credit),
    "credited lines": lambda t: (lines.credited_lines, t.other),
    "files": lambda t: (attachments.attachments_of, t.draft),
    "billing contacts": lambda t: (sending.billing_contacts, t.customer),
    "times sent": lambda t: (sending.times_sent, t.invoice),
    "credited": lambda t: (credit_notes.credited, t.other),
    "settled": lambda t: (settling.settled_of, t.invoice),
}
EVERYTHING: tuple[type[Owned], ...] = (Invoice, InvoiceLine, LineTax, CreditNote, Allocation, NumberCounter, Attachment)


@pytest.fixture
def mine(two):
    return Theirs(two.nora, two.ada)


@pytest.fixture
def theirs(two):
    return Theirs(two.sol, two.clara)


def everything(by):
    """All there is, as it stands."""
    return read(by, lambda tx: [[row.model_dump() for row in tx.all(tx.own(model))] for model in EVERYTHING])


def tried(by, verb, *args):
    """`save_draft` and `create_invoice` take the id of a known draft by its name."""
    if verb in (drafts.save_draft, issuing.create_invoice) and len(args) == 3:
        return write(by, verb, *args[:2], invoice_id=args[2])
    return write(by, verb, *args)


def succeeds(attempt, *args):
    try:
        attempt(*args)
    except (NotFound, Invalid):
        return False
    return True


def test_another_partners_invoice_does_not_exist(two, mine, theirs):
    before = everything(two.sol), everything(two.nora)
    done = [name for name, attempt in VERBS.items() if succeeds(tried, two.nora, *attempt(theirs, mine))]
    assert done == []
    assert (everything(two.sol), everything(two.nora)) == before


def test_another_partners_invoice_cannot_be_seen(two, theirs):
    assert [name for name, ask in QUERIES.items() if succeeds(read, two.nora, *ask(theirs))] == []
    assert {name: read(two.nora, *ask(theirs)) or 0 for name, ask in EMPTY.items()} == dict.fromkeys(EMPTY, 0)


def test_several_at_once_leave_others_alone(two, theirs):
    before = everything(two.sol)
    assert write(two.nora, issuing.void_many, [theirs.invoice, theirs.other]) == 0
    assert write(two.nora, sending.send_many, [theirs.invoice, theirs.other]) == (0, 2)
    assert everything(two.sol) == before


def test_who_owns_them_can_do_all_of_that(two, mine):
    """Or the refusals above would say nothing."""
    for name, ask in QUERIES.items():
        assert read(two.nora, *ask(mine)), name
    for name in ("send", "take back", "credit", "send a credit", "apply a credit", "attach", "detach", "duplicate"):
        assert tried(two.nora, *VERBS[name](mine, mine)) is not None or name == "detach"


class Bruno(Theirs):
    """Another customer of the same partner: somebody in its portal, and who holds the link of its invoice."""

    def __init__(self, two):
        super().__init__(two.nora, two.bruno)
        self.seat = seat_of("bruno@brunomotors.example").actor
        self.link = payment_links.holder_of(read(two.nora, lambda tx: tx.get(Invoice, self.invoice).link_token))


def test_another_customer_reaches_nothing_of_it(two, mine, theirs):
    bruno = Bruno(two)
    for actor in (bruno.seat, bruno.link):
        before = everything(two.nora), everything(two.sol)
        for whose in (mine, theirs):
            assert [name for name, attempt in VERBS.items() if succeeds(tried, actor, *attempt(whose, bruno))] == []
            assert [name for name, ask in QUERIES.items() if succeeds(read, actor, *ask(whose))] == []
            assert [name for name, ask in EMPTY.items() if read(actor, *ask(whose))] == []
        assert (everything(two.nora), everything(two.sol)) == before


def test_read_only_people_read_and_change_nothing(two, mine):
    before = everything(two.nora)
    for attempt in VERBS.values():
        with pytest.raises(Forbidden):
            tried(two.rhea, *attempt(mine, mine))
    for ask in QUERIES.values():
        assert read(two.rhea, *ask(mine))
    assert everything(two.nora) == before


def test_members_create_and_send(two):
    made = make_invoice(two.mia, two.ada, **itemised())
    write(two.mia, sending.send_invoice, made, [contacts(two.mia, two.ada)[0].id])
    write(two.mia, issuing.void_invoice, made)


def test_lists_are_ones_own(two, mine, theirs):
    def lists(by):
        def all_of(tx):
            pages = (
                list_invoices(tx, Filter()).rows,
                first_invoices(tx, Filter(), 99),
                list(every_invoice(tx, Filter())),
            )
            return [{row.id for row in rows} for rows in pages]

        return read(by, all_of)

    assert lists(two.nora) == [{mine.invoice, mine.other, mine.draft}] * 3
    assert lists(two.sol) == [{theirs.invoice, theirs.other, theirs.draft}] * 3
    assert [one.count for one in read(two.nora, sums, Filter())] == ["3"]
