"""Taxes by name: given with a line or from the customer's rate, frozen at issue, printed apart, credited apart."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlmodel import col

from arbill_app.customers.models import Customer
from arbill_app.invoices.commands import credit_notes, drafts, issuing
from arbill_app.invoices.documents.document_builder import credit_document, invoice_document
from arbill_app.invoices.documents.document_text import paper
from arbill_app.invoices.inputs import TaxInput
from arbill_app.invoices.lines import taxed_credit_lines, taxed_lines
from arbill_app.invoices.models import CreditLine, Invoice, InvoiceLine
from arbill_app.invoices.rules.taxes import Kind
from arbill_app.invoices.tax_models import LineTax
from arbill_app.invoices.validation import check
from arbill_app.invoices.views.invoices import draft_view, invoice_view
from arbill_app.invoices.views.preview import choose
from arbill_app.invoices.views.preview import paper as preview
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Invalid
from arbill_app.partners.entities import save_legal_entity
from arbill_app.partners.models import LegalEntity
from tests.world import canadian, item, itemised, make_customer, make_draft_invoice, make_invoice, single

GST = TaxInput(name="GST", jurisdiction="CA", kind=Kind.GST, rate=50_000)
QST = TaxInput(name="QST", jurisdiction="CA-QC", kind=Kind.QST, rate=99_750)
QUEBEC = [GST, QST]
EXPORT = {"name": "GST", "jurisdiction": "CA", "kind": "gst", "rate": 0, "reason": "zero_rated"}


@pytest.fixture
def clinic(two):
    """In Québec, invoiced in Canadian dollars."""
    return make_customer(two.nora, **canadian(currency="CAD", tax_rate="14.975"))


def taxed(description="Work", price="100.00", taxes=QUEBEC, **typed):
    return item(description, price, **typed) | {"taxes": taxes}


def components(by, invoice_id):
    """[(name, jurisdiction, kind, reason, rate, base, amount)] of each line."""
    return [told(line) for line in read(by, taxed_lines, invoice_id)]


def told(line):
    return [(one.name, one.jurisdiction, one.kind, one.reason, one.rate, one.base, one.amount) for one in line.taxes]


def sums(by, invoice_id):
    return [(row.label, row.value) for row in read(by, invoice_view, invoice_id).sums]


def printed(document):
    return [(name, amount) for name, amount, _ in paper(document)["sums"]]


def name_tax(by, name):
    write(by, lambda tx: setattr(tx.first(tx.own(LegalEntity).where(LegalEntity.is_default)), "tax_name", name))


# ---------------------------------------------------------------- by the customer's rate


def test_a_customers_rate_is_one_tax(two):
    customer = make_customer(two.nora, "Taxed", tax_rate="8.875")
    made = make_invoice(two.nora, customer)
    assert components(two.nora, made) == [[("Tax", "", "other", "", 88_750, 10_000, 888)]]
    assert sums(two.nora, made) == [("Subtotal", "$100.00"), ("Tax 8.875%", "$8.88"), ("Total", "$108.88")]


@pytest.mark.parametrize(("name", "kind"), [("Sales tax", "sales"), ("GST", "gst"), ("Parish levy", "other")])
def test_it_is_called_what_the_legal_entity_calls_it(two, name, kind):
    name_tax(two.nora, name)
    customer = make_customer(two.nora, "Taxed", tax_rate="5")
    made = make_invoice(two.nora, customer, **itemised(item(), item("Book", "20", tax_rate="0")))
    assert components(two.nora, made) == [
        [(name, "", kind, "", 50_000, 10_000, 500)],
        [(name, "", kind, "", 0, 2_000, 0)],
    ]
    assert sums(two.nora, made)[1:3] == [(f"{name} 0.00%", "$0.00"), (f"{name} 5.00%", "$5.00")]
    assert printed(read(two.nora, invoice_document, made))[1:3] == [
        (f"{name} 0.00% on $20.00", "$0.00"),
        (f"{name} 5.00% on $100.00", "$5.00"),
    ]


def test_an_issued_invoice_keeps_the_name_and_a_draft_takes_the_new_one(two):
    name_tax(two.nora, "GST")
    customer = make_customer(two.nora, "Taxed", tax_rate="5")
    issued, draft = make_invoice(two.nora, customer), make_draft_invoice(two.nora, customer)
    name_tax(two.nora, "VAT")
    assert write(two.nora, issuing.issue_invoice, draft).total == 10_500
    assert [sums(two.nora, id)[1][0] for id in (issued, draft)] == ["GST 5.00%", "VAT 5.00%"]
    copy = write(two.nora, issuing.duplicate_invoice, issued, "copy")
    assert sums(two.nora, copy.id)[1][0] == "VAT 5.00%"
    note = write(two.nora, credit_notes.credit_invoice, issued, "c", {"amount": "21", "reason": "Goodwill"})
    assert printed(read(two.nora, credit_document, note.id))[0] == ("GST 5.00%", "$1.00")


def test_an_exempt_customer_is_charged_nothing_and_it_is_said_why(two):
    customer = make_customer(two.nora, "School", tax_rate="8.875")
    write(two.nora, lambda tx: setattr(tx.get(Customer, customer), "tax_exempt", True))
    assert components(two.nora, make_invoice(two.nora, customer)) == [[("Tax", "", "other", "exempt", 0, 10_000, 0)]]


def test_the_screens_of_the_editor_say_the_name_before_anything_is_saved(two):
    name_tax(two.nora, "Sales tax")
    customer = make_customer(two.nora, "Taxed", tax_rate="8.875")
    ground = read(two.nora, choose, customer).defaults
    shown = preview(check(single(), ground), "USD", "", itemised=False)
    assert shown.sums == [["Sales tax 8.875%", "$8.88"]]


# ---------------------------------------------------------------- by name


def test_gst_and_qst_are_kept_and_printed_apart(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed(), taxed("Support", "33.33")))
    assert components(two.nora, made) == [
        [("GST", "CA", "gst", "taxable", 50_000, 10_000, 500), ("QST", "CA-QC", "qst", "taxable", 99_750, 10_000, 998)],
        [("GST", "CA", "gst", "taxable", 50_000, 3_333, 167), ("QST", "CA-QC", "qst", "taxable", 99_750, 3_333, 332)],
    ]
    assert sums(two.nora, made) == [
        ("Subtotal", "CA$133.33"),
        ("GST 5.00%", "CA$6.67"),
        ("QST 9.975%", "CA$13.30"),
        ("Total", "CA$153.30"),
    ]
    document = read(two.nora, invoice_document, made)
    assert printed(document)[1:3] == [
        ("GST 5.00% on CA$133.33", "CA$6.67"),
        ("QST 9.975% on CA$133.33", "CA$13.30"),
    ]
    rows = read(two.nora, lambda tx: tx.all(tx.own(InvoiceLine).order_by(col(InvoiceLine.position))))
    assert [(row.tax_rate, row.tax) for row in rows] == [(149_750, 1_498), (149_750, 499)]


def test_in_french_they_are_tps_and_tvq(two, clinic):
    write(two.nora, lambda tx: setattr(tx.get(Customer, clinic), "language", "fr"))
    made = make_invoice(two.nora, clinic, **itemised(taxed()))
    names = [name.replace("\u00a0", " ") for name, _ in printed(read(two.nora, invoice_document, made))]
    assert names == ["Sous-total", "TPS 5,00 % sur 100,00 $", "TVQ 9,975 % sur 100,00 $", "Total"]


def test_a_single_amount_may_have_several_taxes(two, clinic):
    made = make_invoice(two.nora, clinic, taxes=QUEBEC)
    assert [one[0] for one in components(two.nora, made)[0]] == ["GST", "QST"]
    assert read(two.nora, lambda tx: tx.get(Invoice, made)).total == 11_498


def test_a_tax_of_nothing_has_its_own_row(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed(), taxed("Export", "50", [EXPORT])))
    assert components(two.nora, made)[1] == [("GST", "CA", "gst", "zero_rated", 0, 5_000, 0)]
    assert [name for name, _ in printed(read(two.nora, invoice_document, made))[1:-1]] == [
        "GST 0.00% on CA$50.00",
        "GST 5.00% on CA$100.00",
        "QST 9.975% on CA$100.00",
    ]


def test_a_deduction_is_taxed_negatively_by_each_tax(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed(), taxed("Goodwill", "-10")))
    assert [one[-1] for one in components(two.nora, made)[1]] == [-50, -100]
    assert sums(two.nora, made)[1:3] == [("GST 5.00%", "CA$4.50"), ("QST 9.975%", "CA$8.98")]


def test_a_draft_keeps_its_taxes_until_it_is_issued_and_so_does_a_duplicate(two, clinic):
    draft = make_draft_invoice(two.nora, clinic, **itemised(taxed(), item("Book", "20", tax_rate="0")))
    before = components(two.nora, draft)
    assert write(two.nora, issuing.issue_invoice, draft).total == 13_498
    copy = write(two.nora, issuing.duplicate_invoice, draft, "copy")
    assert components(two.nora, draft) == components(two.nora, copy.id) == before
    one = make_draft_invoice(two.nora, clinic, taxes=QUEBEC)
    assert write(two.nora, issuing.issue_invoice, one).total == 11_498


def test_the_editor_is_told_which_taxes_were_given_by_name(two, clinic):
    draft = make_draft_invoice(two.nora, clinic, **itemised(taxed(), item("Book", "20", tax_rate="5")))
    view = read(two.nora, draft_view, draft)
    assert [line["tax_rate"] for line in view.lines] == ["14.975", "5.00"]
    assert [[one.name for one in taxes] for taxes in view.taxes] == [["GST", "QST"], []]


def test_saving_a_draft_again_leaves_no_old_taxes(two, clinic):
    draft = make_draft_invoice(two.nora, clinic, **itemised(taxed(), taxed("Support")))
    values = itemised(item(tax_rate="5")) | {"customer_id": clinic}
    write(two.nora, drafts.save_draft, "k", values, invoice_id=draft)
    assert len(read(two.nora, lambda tx: tx.all(tx.own(LineTax)))) == 1
    write(two.nora, drafts.discard_draft, draft)
    assert read(two.nora, lambda tx: tx.all(tx.own(LineTax))) == []


@pytest.mark.parametrize(
    "taxes",
    [
        [GST, GST],
        [{"name": "GST", "jurisdiction": "", "rate": 50_000}],
        [{"name": "", "jurisdiction": "CA", "rate": 50_000}],
        [{"name": "GST", "jurisdiction": "CA", "rate": -1}],
        [{"name": "GST", "jurisdiction": "CA", "rate": 1_000_001}],
        [{"name": "GST", "jurisdiction": "CA", "rate": "5"}],
        [{"name": "GST", "jurisdiction": "CA", "rate": 0.5}],
        [{"name": "GST", "jurisdiction": "CA", "rate": True}],
        [{"name": "GST", "jurisdiction": "CA", "rate": None}],
        [{"name": "GST", "jurisdiction": "CA", "rate": 50_000, "kind": "levy"}],
        [{"name": "GST", "jurisdiction": "CA", "rate": 50_000, "reason": "exempt"}],
        [{"name": "x" * 61, "jurisdiction": "CA", "rate": 50_000}],
        [{"name": ["GST"], "jurisdiction": "CA", "rate": 50_000}],
        [{"name": f"Tax {n}", "jurisdiction": "CA", "rate": 1} for n in range(9)],
        [GST, {"name": "Rest", "jurisdiction": "CA", "rate": 950_001}],
        ["GST"],
        [7],
        "GST",
        7,
        {"name": "GST"},
    ],
)
def test_taxes_that_cannot_be_are_refused_beside_their_line(two, clinic, taxes):
    for verb in (make_invoice, make_draft_invoice):
        with pytest.raises(Invalid) as refused:
            verb(two.nora, clinic, **itemised(taxed(), taxed("Wrong", taxes=taxes)))
        assert list(refused.value.errors) == ["taxes_1"]
        with pytest.raises(Invalid) as refused:
            verb(two.nora, clinic, taxes=taxes)
        assert list(refused.value.errors) == ["taxes"]


def test_taxes_and_a_rate_that_say_different_things_are_refused(two, clinic):
    assert make_invoice(two.nora, clinic, **itemised(taxed(tax_rate="14.975")))
    with pytest.raises(Invalid) as refused:
        make_invoice(two.nora, clinic, **itemised(taxed(tax_rate="15")))
    assert refused.value.errors == {"taxes_0": "These taxes come to 14.975%."}


# ---------------------------------------------------------------- credited


def credit(by, invoice_id, amount=""):
    values = {"amount": amount, "reason": "Goodwill"}
    return write(by, credit_notes.credit_invoice, invoice_id, f"{invoice_id} {amount}", values)


def test_a_credit_of_all_of_it_has_the_same_taxes(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed(), item("Book", "20", tax_rate="0")))
    note = credit(two.nora, made)
    lines = read(two.nora, taxed_credit_lines, note.id)
    assert [told(line) for line in lines] == components(two.nora, made)
    document = read(two.nora, credit_document, note.id)
    assert printed(document)[1:4] == printed(read(two.nora, invoice_document, made))[1:4]


def test_credits_in_parts_give_back_each_tax(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed(), taxed("Export", "50", [EXPORT])))
    notes = [credit(two.nora, made, amount) for amount in ("33.33", "77.77", "")]
    found: dict[tuple, list[int]] = {}
    for note in notes:
        lines = read(two.nora, taxed_credit_lines, note.id)
        assert sum(line.net + line.tax for line in lines) == note.total
        for *key, base, amount in (one for line in lines for one in told(line)):
            before = found.get(tuple(key), [0, 0])
            found[tuple(key)] = [before[0] + base, before[1] + amount]
    invoiced = {tuple(key): [base, amount] for line in components(two.nora, made) for *key, base, amount in line}
    assert found == invoiced


def test_half_a_credit_is_printed_by_name(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed()))
    note = credit(two.nora, made, "57.49")
    assert printed(read(two.nora, credit_document, note.id))[1:4] == [
        ("GST 5.00% on CA$50.00", "CA$2.50"),
        ("QST 9.975% on CA$50.00", "CA$4.99"),
        ("Total credit", "CA$57.49"),
    ]


# ---------------------------------------------------------------- rows


def test_every_lines_tax_is_the_sum_of_its_rows(two, clinic):
    made = make_invoice(two.nora, clinic, **itemised(taxed(), taxed("Export", "50", [EXPORT]), item(tax_rate="8.875")))
    for amount in ("10", "20.01", ""):
        credit(two.nora, made, amount)
    taxes = read(two.nora, lambda tx: tx.all(tx.own(LineTax)))
    rows = [
        *read(two.nora, lambda tx: tx.all(tx.own(InvoiceLine))),
        *read(two.nora, lambda tx: tx.all(tx.own(CreditLine))),
    ]
    for row in rows:
        its = [one for one in taxes if row.id in (one.invoice_line_id, one.credit_line_id)]
        assert sorted(one.position for one in its) == list(range(len(its))) != []
        assert (sum(one.amount for one in its), sum(one.rate for one in its)) == (row.tax, row.tax_rate)
    assert len(taxes) == sum(len(one.taxes) for one in read(two.nora, taxed_lines, made)) + len(
        [one for one in taxes if one.credit_line_id]
    )


@contextmanager
def statements():
    """The SQL that is asked meanwhile."""
    asked: list[str] = []

    def heard(_connection, _cursor, statement, *_more):
        asked.append(statement)

    event.listen(transactions.engine(), "before_cursor_execute", heard)
    yield asked
    event.remove(transactions.engine(), "before_cursor_execute", heard)


def test_taxes_of_twenty_lines_are_written_in_one_statement(two, clinic):
    make_invoice(two.nora, clinic)
    with statements() as few:
        make_invoice(two.nora, clinic, **itemised(taxed()))
    with statements() as many:
        make_invoice(two.nora, clinic, **itemised(*[taxed()] * 20))
    assert [s for s in many if "line_tax" in s] == [s for s in few if "line_tax" in s]
    assert len([s for s in many if "line_tax" in s]) == 1
    assert len(many) == len(few)


# ---------------------------------------------------------------- what the legal entity calls it


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ({"country": "US", "region": "OH"}, "Sales tax"),
        ({"country": "CA", "region": "AB"}, "GST"),
        ({"country": "CA", "region": "ON"}, "HST"),
        ({"country": "CA", "region": "QC"}, ""),
        ({"country": "DE"}, "VAT"),
        ({"country": "NZ"}, "GST"),
        ({"country": "US", "tax_name": ""}, ""),
        ({"country": "US", "tax_name": " Retail\ntax "}, "Retail tax"),
    ],
)
def test_a_new_legal_entity_calls_its_tax_as_is_usual_there(two, place, name):
    assert write(two.nora, save_legal_entity, "", {"name": "Second"} | place).tax_name == name


def test_a_name_that_is_too_long_is_refused(two):
    with pytest.raises(Invalid) as refused:
        write(two.nora, save_legal_entity, "", {"name": "Second", "country": "US", "tax_name": "x" * 61})
    assert refused.value.errors == {"tax_name": "Use at most 60 characters."}
