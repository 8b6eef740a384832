"""The create screen, handler by handler: taxes that a program named stay as long as their rate and customer do."""

import pytest

from arbill_app.dashboard.screens.invoice_editor.editor import InvoiceEditor
from arbill_app.invoices.lines import taxed_lines
from arbill_app.kernel.db.transactions import read
from tests.world import canadian, item, itemised, make_customer, make_draft_invoice

TAXES = [
    {"name": "GST", "jurisdiction": "CA", "kind": "gst", "rate": 50_000},
    {"name": "QST", "jurisdiction": "CA-QC", "kind": "qst", "rate": 99_750},
]
APART = [["GST 5.00%", "CA$5.00"], ["QST 9.975%", "CA$9.98"]]
AS_ONE = [["Tax 14.975%", "CA$14.98"]]


@pytest.fixture
def clinic(two):
    return make_customer(two.nora, **canadian(currency="CAD", tax_rate="14.975"))


def opened(pipeline, draft):
    tab = pipeline.tab("nora@northwind.example", path=f"/invoices/new?draft={draft}")
    tab.router["query"] = {"draft": draft}
    return tab.do(InvoiceEditor.load)


def shown(tab):
    return tab.state(InvoiceEditor).paper.sums


def names(two, draft):
    return [[one.name for one in line.taxes] for line in read(two.nora, taxed_lines, draft)]


@pytest.fixture
def lined(two, clinic):
    return make_draft_invoice(two.nora, clinic, **itemised(item() | {"taxes": TAXES}))


def test_a_draft_with_taxes_by_name_is_shown_and_saved_with_them(two, pipeline, lined):
    tab = opened(pipeline, lined)
    assert shown(tab) == APART
    tab.do(InvoiceEditor.type, name="memo", value="December").do(InvoiceEditor.save)
    assert names(two, lined) == [["GST", "QST"]]
    tab.do(InvoiceEditor.submit, form={})
    assert names(two, lined) == [["GST", "QST"]]


def test_another_rate_makes_one_tax_of_them(two, pipeline, lined):
    tab = opened(pipeline, lined)
    (line,) = tab.state(InvoiceEditor).lines
    tab.do(InvoiceEditor.type_line, key=line["key"], name="tax_rate", value="5")
    assert shown(tab) == [["Tax 5.00%", "CA$5.00"]]
    tab.do(InvoiceEditor.save)
    assert names(two, lined) == [["Tax"]]


def test_another_customer_makes_one_tax_of_them(two, pipeline, lined):
    other = make_customer(two.nora, **canadian("Clinique Lavoie", currency="CAD", tax_rate="14.975"))
    tab = opened(pipeline, lined).do(InvoiceEditor.choose_customer, customer_id=other)
    assert shown(tab) == AS_ONE


def test_a_single_amount_takes_its_taxes_along_into_a_line_and_back(two, pipeline, clinic):
    draft = make_draft_invoice(two.nora, clinic, taxes=TAXES)
    tab = opened(pipeline, draft)
    assert shown(tab) == APART
    assert shown(tab.do(InvoiceEditor.itemise)) == APART
    assert shown(tab.do(InvoiceEditor.single_amount)) == APART
    tab.do(InvoiceEditor.save)
    assert names(two, draft) == [["GST", "QST"]]


def test_a_browser_names_no_taxes(two, pipeline, lined):
    """The controls are text; what else a form sends is left alone."""
    tab = opened(pipeline, lined)
    (line,) = tab.state(InvoiceEditor).lines
    free = '[{"name": "None", "jurisdiction": "CA", "rate": 0}]'
    tab.do(InvoiceEditor.type_line, key=line["key"], name="taxes", value=free)
    tab.do(InvoiceEditor.type, name="taxes", value=free)
    tab.do(InvoiceEditor.submit, form={"taxes": free, f"taxes_{line['key']}": free})
    assert names(two, lined) == [["GST", "QST"]]
