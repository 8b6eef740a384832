"""Numbers of papers: gapless for each legal entity, whoever issues, voids or is refused at the same moment."""

from datetime import UTC, datetime

import pytest
import time_machine

from arbill_app.customers.commands import profile
from arbill_app.customers.models import Customer
from arbill_app.invoices import numbering
from arbill_app.invoices.commands import credit_notes, drafts, issuing
from arbill_app.invoices.models import CreditNote, Invoice, NumberCounter
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Invalid
from arbill_app.partners.commands import save_legal_entity
from arbill_app.partners.models import LegalEntity
from tests.together import together
from tests.world import make_customer, make_draft_invoice, make_invoice, single


def numbers(by, entity_id="", model=Invoice):
    """In the order of giving them."""
    rows = read(by, lambda tx: tx.all(tx.own(model).where(model.number != "").order_by(model.issued_at, model.id)))
    return [row.number for row in rows if entity_id in ("", row.legal_entity_id)]


def number(by, invoice_id):
    return read(by, lambda tx: tx.get(Invoice, invoice_id).number)


def make_entity(by, name, **patterns):
    return write(by, save_legal_entity, "", {"name": name, "country": "US"} | patterns).id


def default_entity(by):
    return read(by, lambda tx: tx.first(tx.own(LegalEntity).where(LegalEntity.is_default)))


def set_pattern(by, **patterns):
    entity = default_entity(by)
    write(by, save_legal_entity, entity.id, {"name": entity.name, "country": "US"} | patterns)


def bill_as(by, customer_id, entity_id):
    """From now on this customer is invoiced by that legal entity."""
    customer = read(by, lambda tx: tx.get(Customer, customer_id))
    now = profile.business_of(customer)
    write(by, profile.change_business, customer_id, now | {"legal_entity_id": entity_id}, now)


def test_numbers_follow_each_other(two):
    for customer_id in (two.ada, two.bruno, two.ada):
        make_invoice(two.nora, customer_id)
    assert numbers(two.nora) == ["INV-0001", "INV-0002", "INV-0003"]


def test_a_draft_has_no_number(two):
    draft = make_draft_invoice(two.nora, two.ada)
    assert number(two.nora, draft) == ""
    make_invoice(two.nora, two.ada)
    assert write(two.nora, issuing.issue_invoice, draft).number == "INV-0002"


def test_every_partner_counts_for_itself(two):
    make_invoice(two.nora, two.ada)
    make_invoice(two.sol, two.clara)
    assert numbers(two.nora) == numbers(two.sol) == ["INV-0001"]


def test_every_legal_entity_counts_for_itself(two):
    cabling = make_entity(two.nora, "Northwind Cabling", invoice_pattern="CAB-{number:3}")
    bill_as(two.nora, two.bruno, cabling)
    for customer_id in (two.ada, two.bruno, two.ada, two.bruno):
        make_invoice(two.nora, customer_id)
    assert numbers(two.nora, cabling) == ["CAB-001", "CAB-002"]
    assert numbers(two.nora, default_entity(two.nora).id) == ["INV-0001", "INV-0002"]


def test_two_legal_entities_may_write_the_same_number(two):
    bill_as(two.nora, two.bruno, make_entity(two.nora, "Northwind Cabling"))
    assert [number(two.nora, make_invoice(two.nora, id)) for id in (two.ada, two.bruno)] == ["INV-0001"] * 2


def test_credit_notes_count_apart(two):
    invoices = [make_invoice(two.nora, two.ada) for _ in range(2)]
    for invoice_id in invoices:
        write(two.nora, credit_notes.credit_invoice, invoice_id, f"credit-{invoice_id}", {"reason": "Goodwill"})
    assert numbers(two.nora, model=CreditNote) == ["CN-0001", "CN-0002"]
    assert number(two.nora, make_invoice(two.nora, two.ada)) == "INV-0003"


def test_a_voided_invoice_keeps_its_number(two):
    write(two.nora, issuing.void_invoice, make_invoice(two.nora, two.ada))
    make_invoice(two.nora, two.ada)
    assert numbers(two.nora) == ["INV-0001", "INV-0002"]


def test_with_the_year_in_the_pattern_the_counter_begins_anew(two):
    set_pattern(two.nora, invoice_pattern="INV-{year}-{number:4}")
    # In New York it is still last year for five hours.
    for moment in ("2026-12-31T12:00", "2027-01-01T04:59", "2027-01-01T05:01", "2027-06-01T12:00"):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC)):
            make_invoice(two.nora, two.ada)
    assert numbers(two.nora) == ["INV-2026-0001", "INV-2026-0002", "INV-2027-0001", "INV-2027-0002"]


def test_without_the_year_it_counts_on(two):
    for moment in ("2026-12-31T12:00", "2027-01-01T12:00"):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC)):
            make_invoice(two.nora, two.ada)
    assert numbers(two.nora) == ["INV-0001", "INV-0002"]


def test_a_pattern_that_is_changed_and_changed_back_goes_on_where_it_was(two):
    for pattern in ("A-{number}", "B-{number:3}", "C-{year}-{number}", "A-{number}"):
        set_pattern(two.nora, invoice_pattern=pattern)
        make_invoice(two.nora, two.ada)
    year = datetime.now(UTC).year
    assert numbers(two.nora) == ["A-1", "B-002", f"C-{year}-1", "A-3"]


def test_a_number_that_was_given_already_is_passed_over(two):
    """Imported from elsewhere, or written by another pattern."""
    taken = make_invoice(two.nora, two.ada)
    write(two.nora, lambda tx: setattr(tx.get(Invoice, taken), "number", "INV-0003"))
    given = [number(two.nora, make_invoice(two.nora, two.ada)) for _ in range(2)]
    assert given == ["INV-0002", "INV-0004"]


def test_a_refused_issue_consumes_nothing(two):
    with pytest.raises(Invalid):
        make_invoice(two.nora, two.ada, "0")
    draft = make_draft_invoice(two.nora, two.ada, "")
    with pytest.raises(Invalid):
        write(two.nora, issuing.issue_invoice, draft)
    assert number(two.nora, make_invoice(two.nora, two.ada)) == "INV-0001"


def test_what_breaks_after_the_number_was_taken_consumes_nothing(two, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(issuing, "send_on_issue", broken)
    with pytest.raises(ZeroDivisionError):
        make_invoice(two.nora, two.ada)
    monkeypatch.undo()
    assert number(two.nora, make_invoice(two.nora, two.ada)) == "INV-0001"


def test_many_who_issue_at_once_leave_no_gap(two):
    ends = together(*(lambda: [make_invoice(two.nora, two.ada) for _ in range(25)] for _ in range(8)))
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert sorted(numbers(two.nora)) == [f"INV-{n:04}" for n in range(1, 201)]


def test_several_legal_entities_at_once_with_voids_and_refusals_leave_no_gap(two, monkeypatch):
    entities = [make_entity(two.nora, f"Entity {i}", invoice_pattern=f"E{i}-{{number}}") for i in range(3)]
    customers = [make_customer(two.nora, f"Customer {i}", legal_entity_id=id) for i, id in enumerate(entities)]
    index = issuing.search.index

    def sometimes(tx, invoice, company, **more):
        """After the number was taken."""
        if invoice.memo == "refuse":
            raise Invalid("No.")
        index(tx, invoice, company, **more)

    monkeypatch.setattr(issuing.search, "index", sometimes)

    def work(number):
        refused = 0
        for i in range(12):
            customer_id = customers[(number + i) % 3]
            if i % 4 == 3:
                with pytest.raises(Invalid):
                    make_invoice(two.nora, customer_id, memo="refuse")
                refused += 1
            else:
                invoice_id = make_invoice(two.nora, customer_id)
                if i % 4 == 2:
                    write(two.nora, issuing.void_invoice, invoice_id)
        return refused

    assert together(*(lambda n=n: work(n) for n in range(6))) == [3] * 6
    for i, entity_id in enumerate(entities):
        given = numbers(two.nora, entity_id)
        assert sorted(given, key=lambda text: int(text.partition("-")[2])) == [f"E{i}-{n}" for n in range(1, 19)]


def test_the_very_first_number_is_given_once(two):
    ends = together(*[lambda: make_invoice(two.nora, two.ada)] * 4)
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert len(set(numbers(two.nora))) == 4
    assert read(two.nora, lambda tx: [(row.kind, row.last) for row in tx.all(tx.own(NumberCounter))]) == [
        (numbering.INVOICE, 4)
    ]


def test_one_draft_issued_by_two_at_once_is_one_number(two):
    draft = make_draft_invoice(two.nora, two.ada)
    ends = together(*(lambda who=who: write(who, issuing.issue_invoice, draft) for who in (two.nora, two.mia)))
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "Invoice"]
    assert numbers(two.nora) == ["INV-0001"]


def test_a_discarded_draft_leaves_no_trace_in_the_numbers(two):
    write(two.nora, drafts.discard_draft, make_draft_invoice(two.nora, two.ada))
    values = single() | {"customer_id": two.ada}
    assert write(two.nora, issuing.create_invoice, "next", values).number == "INV-0001"
