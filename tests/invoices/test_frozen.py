"""Issued papers do not change any more; drafts follow whatever changes, until they are issued."""

from dataclasses import replace

import pytest
import time_machine

from arbill_app.customers.commands import profile
from arbill_app.customers.models import Customer
from arbill_app.invoices.commands import credit_notes, drafts, issuing
from arbill_app.invoices.documents.document_builder import credit_document, invoice_document
from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict
from arbill_app.kernel.typesetting.pool import Requester
from arbill_app.partners import branding
from arbill_app.partners.commands import make_default_entity, save_legal_entity
from arbill_app.partners.models import LegalEntity, Partner
from tests.world import item, itemised, make_customer, make_draft_invoice, make_invoice, single

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'


def document(by, invoice_id):
    return read(by, invoice_document, invoice_id)


def change_everything(by, customer_id):
    """Names, addresses, tax, language, terms, the legal entity, the logo, the colour, the rounding."""
    customer = read(by, lambda tx: tx.get(Customer, customer_id))
    now = profile.business_of(customer)
    changed = {"company": "Renamed Interiors", "legal_name": "Renamed Holding", "language": "fr", "terms_days": 7}
    other = write(by, save_legal_entity, "", {"name": "Other Entity", "country": "CA", "tax_id": "12-3"})
    write(by, profile.change_business, customer_id, now | changed, now)
    place = profile.billing_of(customer)
    write(by, profile.change_billing, customer_id, place | {"address_line1": "1 New Street"}, place)
    tax = {"tax_rate": "13", "tax_exempt": False, "tax_country": "", "tax_id": "", "tax_certificate": ""}
    write(by, profile.change_tax, customer_id, tax, profile.tax_of(customer))
    write(by, make_default_entity, other.id)
    write(by, branding.save_logo, SVG)
    write(by, branding.change_branding, {"accent": "#123456"})

    def rounding(tx):
        tx.get(Partner, tx.actor.partner_id).tax_rounding = "invoice"

    write(by, rounding)


@pytest.fixture
def taxed(two):
    return make_customer(two.nora, "Taxed Interiors", tax_rate="8.875")


def test_an_issued_invoice_never_changes(two, taxed):
    invoice_id = make_invoice(two.nora, taxed, **itemised(item(), item("More", "5")))
    before = document(two.nora, invoice_id)
    change_everything(two.nora, taxed)
    assert document(two.nora, invoice_id) == before
    assert (before.buyer.name, before.seller.name, before.language) == ("Taxed Interiors", "Northwind", "en")


def test_neither_does_a_void_one_or_its_credit_note(two, taxed):
    voided = make_invoice(two.nora, taxed)
    write(two.nora, issuing.void_invoice, voided)
    credited = make_invoice(two.nora, taxed)
    note = write(two.nora, credit_notes.credit_invoice, credited, "c", {"reason": "Goodwill"}).id
    before = document(two.nora, voided), read(two.nora, credit_document, note)
    change_everything(two.nora, taxed)
    assert (document(two.nora, voided), read(two.nora, credit_document, note)) == before


def test_a_credit_note_names_who_stood_on_the_invoice(two, taxed):
    """Not who they are called by then: it corrects that paper."""
    invoice_id = make_invoice(two.nora, taxed)
    change_everything(two.nora, taxed)
    note = write(two.nora, credit_notes.credit_invoice, invoice_id, "c", {"reason": "Goodwill"}).id
    paper, original = read(two.nora, credit_document, note), document(two.nora, invoice_id)
    assert (paper.seller, paper.buyer, paper.language) == (original.seller, original.buyer, original.language)
    assert (paper.accent, paper.logo, paper.about) == (original.accent, original.logo, "INV-0001")


def test_a_draft_shows_what_it_would_freeze(two, taxed):
    draft = make_draft_invoice(two.nora, taxed)
    change_everything(two.nora, taxed)
    seen = document(two.nora, draft)
    assert (seen.buyer.name, seen.buyer.lines[:2]) == ("Renamed Interiors", ["Renamed Holding", "1 New Street"])
    assert (seen.seller.name, seen.seller.tax_ids, seen.language) == ("Other Entity", ["12-3"], "fr")
    assert (seen.accent, seen.logo) == ("#123456", printed(SVG))
    write(two.nora, issuing.issue_invoice, draft)
    issued = document(two.nora, draft)
    assert (issued.buyer, issued.seller, issued.ship_to) == (seen.buyer, seen.seller, seen.ship_to)
    assert (issued.language, issued.accent, issued.logo) == (seen.language, seen.accent, seen.logo)


def test_the_single_amount_of_a_draft_is_taxed_as_the_customer_is_when_it_is_issued(two, taxed):
    draft = make_draft_invoice(two.nora, taxed)
    change_everything(two.nora, taxed)
    assert write(two.nora, issuing.issue_invoice, draft).total == 11_300


def test_a_rate_that_stands_on_a_line_stays(two, taxed):
    draft = make_draft_invoice(two.nora, taxed, **itemised(item()))
    change_everything(two.nora, taxed)
    assert write(two.nora, issuing.issue_invoice, draft).total == 10_888


def test_a_draft_is_rounded_as_the_company_rounds_when_it_is_issued(two, taxed):
    draft = make_draft_invoice(two.nora, taxed, **itemised(*[item(unit_price="33.33")] * 3))
    assert read(two.nora, lambda tx: tx.get(Invoice, draft).tax) == 888
    change_everything(two.nora, taxed)
    issued = write(two.nora, issuing.issue_invoice, draft)
    assert (issued.tax, issued.rounding) == (887, "invoice")


def test_a_duplicate_starts_from_today(two, taxed):
    original = make_invoice(two.nora, taxed)
    change_everything(two.nora, taxed)
    copy = write(two.nora, issuing.duplicate_invoice, original, "copy")
    write(two.nora, issuing.issue_invoice, copy.id)
    paper = document(two.nora, copy.id)
    assert (paper.buyer.name, paper.seller.name, paper.language) == ("Renamed Interiors", "Other Entity", "fr")
    assert (paper.total, paper.terms_days) == (11_300, 7)


def test_a_shipping_address_is_frozen_too(two):
    customer = read(two.nora, lambda tx: tx.get(Customer, two.ada))
    same = read(two.nora, profile.shipping_of, customer)
    place = {"address_line1": "9 Dock Road", "city": "Columbus", "region": "OH", "postal_code": "43215"}
    elsewhere = same | place | {"same": False, "country": "US"}
    write(two.nora, profile.change_shipping, two.ada, elsewhere, same)
    invoice_id, draft = make_invoice(two.nora, two.ada), make_draft_invoice(two.nora, two.ada)
    write(two.nora, profile.change_shipping, two.ada, same, read(two.nora, profile.shipping_of, customer))
    assert document(two.nora, invoice_id).ship_to.lines == ["9 Dock Road", "Columbus, OH 43215"]
    assert document(two.nora, draft).ship_to is None


def printed(drawing):
    """The picture that papers show of it."""
    return branding.prepare_logo(drawing, Requester()).printed


def test_an_invoice_keeps_the_logo_that_was_replaced_and_removed(two):
    write(two.nora, branding.save_logo, SVG)
    invoice_id = make_invoice(two.nora, two.ada)
    write(two.nora, branding.remove_logo)
    assert document(two.nora, invoice_id).logo == printed(SVG)
    assert document(two.nora, make_invoice(two.nora, two.ada)).logo == b""


def test_a_legal_entitys_own_logo_goes_before_the_companys(two):
    entity = read(two.nora, lambda tx: tx.first(tx.own(LegalEntity)))
    other = SVG.replace(b"9", b"8")
    write(two.nora, branding.save_logo, SVG)
    write(two.nora, branding.save_logo, other, entity.id)
    assert document(two.nora, make_invoice(two.nora, two.ada)).logo == printed(other)


def test_lines_and_amounts_of_an_issued_invoice_cannot_be_changed(two):
    invoice_id = make_invoice(two.nora, two.ada, **itemised(item()))
    before = document(two.nora, invoice_id)
    values = itemised(item("Less", "1")) | {"customer_id": two.bruno}
    with pytest.raises(Conflict, match="frozen"):
        write(two.nora, drafts.save_draft, "k", values, invoice_id=invoice_id)
    # A browser that tries once more is told what is there.
    again = write(two.nora, issuing.create_invoice, "k", single("1") | values, invoice_id=invoice_id)
    assert (again.id, document(two.nora, invoice_id)) == (invoice_id, before)


def test_only_what_is_settled_changes_on_a_paper(two):
    invoice_id = make_invoice(two.nora, two.ada)
    before = document(two.nora, invoice_id)
    write(two.nora, credit_notes.credit_invoice, invoice_id, "c", {"amount": "40", "reason": "Goodwill"})
    assert document(two.nora, invoice_id) == replace(before, paid=4_000)


def test_an_invoice_is_dated_by_the_companys_day(two):
    with time_machine.travel("2026-12-31T23:30:00-05:00"):
        paper = document(two.nora, make_invoice(two.nora, two.ada))
    assert paper.issued_on.isoformat() == "2026-12-31"
