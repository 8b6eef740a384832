"""Creating an invoice: drafted, saved again, issued once, whatever is clicked twice or sent along."""

import pytest

from arbill_app.customers.commands import profile
from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.customers.models import Customer
from arbill_app.invoices import billing_context, payment_facts
from arbill_app.invoices.commands import drafts, issuing
from arbill_app.invoices.lines import lines_of
from arbill_app.invoices.models import Invoice, InvoiceLine, InvoiceSearch
from arbill_app.invoices.payment_facts import Method
from arbill_app.invoices.rules.lifecycle import Stage
from arbill_app.invoices.tax_models import LineTax
from arbill_app.invoices.views.invoices import draft_view, invoice_view
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.together import together
from tests.world import (
    in_days,
    item,
    itemised,
    make_customer,
    make_draft,
    make_draft_invoice,
    make_group,
    make_invoice,
    single,
    today,
)


def create(by, key, customer_id, **changes):
    return write(by, issuing.create_invoice, key, single(**changes) | {"customer_id": customer_id})


def save(by, key, customer_id, *, invoice_id="", **changes):
    return write(by, drafts.save_draft, key, single(**changes) | {"customer_id": customer_id}, invoice_id=invoice_id)


def invoice(by, invoice_id):
    return read(by, lambda tx: tx.get(Invoice, invoice_id))


def invoices(by):
    return read(by, lambda tx: tx.all(tx.own(Invoice)))


def lines(by, invoice_id):
    return read(by, lines_of, invoice_id)


def actions(by, invoice_id):
    wanted = Activity.subject_id == invoice_id
    return [row.action for row in read(by, lambda tx: tx.all(tx.own(Activity).where(wanted).order_by(Activity.id)))]


def refused(verb, *args, **kwargs):
    with pytest.raises(Invalid) as refusal:
        write(*args[:1], verb, *args[1:], **kwargs)
    return refusal.value.errors


# ---------------------------------------------------------------- issued in one go


def test_an_invoice_is_issued_with_what_was_typed(two):
    made = create(two.nora, "k", two.ada, amount="1,180.00", memo="December", po_number="PO-7", note="Ask Ada")
    kept = invoice(two.nora, made.id)
    assert (kept.number, kept.stage, kept.total, kept.balance) == ("INV-0001", Stage.OPEN, 118_000, 118_000)
    assert (kept.memo, kept.po_number, kept.note) == ("December", "PO-7", "Ask Ada")
    assert (kept.issued_on, kept.due_on.isoformat(), kept.currency) == (today(), in_days(30), "USD")
    assert [(line.description, line.net) for line in lines(two.nora, made.id)] == [("December", 118_000)]
    assert actions(two.nora, made.id) == ["invoice.issued"]


def test_lines_keep_their_order(two):
    wanted = [item(f"Line {i}", str(i + 1)) for i in range(20)]
    made = make_invoice(two.nora, two.ada, **itemised(*wanted))
    assert [line.description for line in lines(two.nora, made)] == [row["description"] for row in wanted]
    assert invoice(two.nora, made).total == sum(range(1, 21)) * 100


def test_everything_that_is_wrong_is_said_at_once(two):
    wrong = single("0", due_on="", option="now", memo="x" * 1001, po_number="x" * 61, note="x" * 2001)
    errors = refused(issuing.create_invoice, two.nora, "k", wrong | {"customer_id": two.ada})
    assert set(errors) == {"amount", "due_on", "option", "memo", "po_number", "note"}
    assert errors["option"] == "Ada Interiors has no payment method on file."
    assert invoices(two.nora) == []


@pytest.mark.parametrize("verb", [issuing.create_invoice, drafts.save_draft])
def test_an_invoice_has_a_customer(two, verb):
    for id in ("", None, "cus_nobody", "\0", "\ud800"):
        assert refused(verb, two.nora, "k", single() | {"customer_id": id}) == {"customer": "Choose a customer."}


@pytest.mark.parametrize("verb", [issuing.create_invoice, drafts.save_draft])
def test_a_customer_that_is_not_active_is_not_invoiced(two, verb):
    values = single() | {"customer_id": make_draft(two.nora, "Dockside")}
    assert refused(verb, two.nora, "k", values) == {"customer": "Finish the setup of Dockside first."}
    write(two.nora, archive_customer, two.ada)
    said = refused(verb, two.nora, "k", single() | {"customer_id": two.ada})
    assert said == {"customer": "Ada Interiors is archived. Restore it to invoice it."}


def test_what_charges_needs_a_method_of_this_customer(two, monkeypatch):
    visa = Method("pm_1", "Visa ending 4242", True)
    monkeypatch.setattr(payment_facts, "ISSUED", [])  # who charges it: see tests/payments
    monkeypatch.setattr(payment_facts, "KNOWN", [lambda tx, customer_id: [visa] if customer_id == two.ada else []])
    for option in ("now", "on_due", "method"):
        with pytest.raises(Invalid) as refusal:
            create(two.nora, f"no-{option}", two.bruno, option=option)
        assert list(refusal.value.errors) == ["option"]
    with pytest.raises(Invalid, match="Choose a payment method"):
        create(two.nora, "other", two.ada, option="method", payment_method_id="pm_2")
    made = create(two.nora, "k", two.ada, option="method", payment_method_id="pm_1")
    assert (made.option, made.payment_method_id) == ("method", "pm_1")


def test_control_characters_leave_no_trace(two):
    made = create(two.nora, "k", two.ada, memo="Dec\0ember\ud800", payment_method_id="pm\0", note="\0")
    assert (made.memo, made.payment_method_id, made.note) == ("December", "pm", "")
    other = make_invoice(two.nora, two.ada, **itemised(item("Wo\0rk\ud800")))
    assert lines(two.nora, other)[0].description == "Work"


FORGED = {
    "total": 1,
    "subtotal": 1,
    "tax": 0,
    "balance": 0,
    "currency": "JPY",
    "number": "INV-9999",
    "stage": "voided",
    "status": "paid",
    "partner_id": "par_other",
    "legal_entity_id": "ent_other",
    "id": "inv_mine",
    "draft_key": "other",
    "link_token": "known",
    "issued_on": "2020-01-01",
    "sent_at": "2020-01-01",
    "seller": {},
    "rounding": "invoice",
    "language": "fr",
}


def test_what_is_not_typed_cannot_be_sent_along(two):
    """Worked out here, from the customer and the company, whatever the browser says."""
    made = make_invoice(two.nora, two.ada, **FORGED)
    draft = make_draft_invoice(two.nora, two.ada, **FORGED)
    for kept, number, stage in (
        (invoice(two.nora, made), "INV-0001", Stage.OPEN),
        (invoice(two.nora, draft), "", Stage.DRAFT),
    ):
        assert (kept.partner_id, kept.number, kept.stage) == (two.nora.partner_id, number, stage)
        assert (kept.total, kept.currency, kept.rounding, kept.language) == (10_000, "USD", "line", "en")
        assert kept.link_token != "known"
        assert kept.sent_at is None
        assert kept.id not in ("inv_mine", "")


def test_a_lines_amounts_cannot_be_sent_along(two):
    forged = {"net": 1, "tax": 1, "position": 9, "invoice_id": "inv_other", "partner_id": "par_other"}
    made = make_invoice(two.nora, two.ada, **itemised(item() | forged))
    (line,) = lines(two.nora, made)
    assert (line.net, line.tax, line.position, line.partner_id) == (10_000, 0, 0, two.nora.partner_id)


# ---------------------------------------------------------------- once


def test_the_same_key_twice_is_one_invoice(two):
    assert create(two.nora, "k", two.ada).id == create(two.nora, "k", two.ada, amount="5").id
    assert [row.total for row in invoices(two.nora)] == [10_000]


@pytest.mark.parametrize("verb", [create, save])
def test_the_same_key_at_once_is_one_invoice(two, verb):
    ends = together(*[lambda: verb(two.nora, "k", two.ada).id] * 4)
    assert len(set(ends)) == 1
    assert [row.id for row in invoices(two.nora)] == ends[:1]


def test_two_partners_may_have_the_same_key(two):
    assert create(two.nora, "k", two.ada).id != create(two.sol, "k", two.clara).id


def test_every_payment_link_is_another(two):
    for _ in range(3):
        make_invoice(two.nora, two.ada)
    tokens = {row.link_token for row in invoices(two.nora)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32


# ---------------------------------------------------------------- drafts


def test_a_draft_is_saved_again_under_its_id(two):
    draft = save(two.nora, "k", two.ada, amount="5")
    again = save(two.nora, "other", two.bruno, invoice_id=draft.id, amount="7", memo="New")
    assert (again.id, again.customer_id, again.total, again.memo) == (draft.id, two.bruno, 700, "New")
    assert save(two.nora, "k", two.bruno, amount="8").id == draft.id
    assert len(invoices(two.nora)) == 1
    assert actions(two.nora, draft.id) == ["invoice.drafted"]


def test_a_draft_that_is_issued_keeps_its_id_and_its_link(two):
    draft = save(two.nora, "k", two.ada, amount="5")
    values = single("7") | {"customer_id": two.ada}
    made = write(two.nora, issuing.create_invoice, "k2", values, invoice_id=draft.id)
    assert (made.id, made.link_token, made.total, made.number) == (draft.id, draft.link_token, 700, "INV-0001")
    assert [line.net for line in lines(two.nora, draft.id)] == [700]


def test_a_draft_may_have_little_in_it(two):
    draft = make_draft_invoice(two.nora, two.ada, "", due_on="")
    kept = invoice(two.nora, draft)
    assert (kept.total, kept.due_on.isoformat(), lines(two.nora, draft)) == (0, in_days(30), [])
    draft = make_draft_invoice(two.nora, two.ada, **itemised(item("", "5"), item("Later", "")))
    assert [(line.description, line.net) for line in lines(two.nora, draft)] == [("", 500), ("Later", 0)]


@pytest.mark.parametrize(
    "typed",
    [
        single("1180.50", memo="December", po_number="PO-7", note="Ask", option="link"),
        itemised(
            item("Work", "99.99", quantity="1.5", discount="10.00%", tax_rate="8.875"), item("", "5", discount="1")
        ),
        itemised(item("x" * 500, "-5.00", quantity="0.000001"), po_number="7"),
    ],
)
def test_what_was_typed_is_there_again(two, typed):
    draft = make_draft_invoice(two.nora, two.ada, **typed)
    view = read(two.nora, draft_view, draft)
    again = view.typed | {"itemised": view.itemised, "lines": view.lines, "customer_id": view.customer_id}
    write(two.nora, drafts.save_draft, "k", again, invoice_id=draft)
    assert read(two.nora, draft_view, draft) == view
    for name in ("amount", "memo", "po_number", "note", "option", "due_on"):
        assert view.typed[name] == typed.get(name, "")
    for kept, row in zip(view.lines, typed.get("lines", []), strict=True):
        said = {name: text for name, text in row.items() if text}
        assert {name: kept[name].removesuffix(".00") for name in said} == {
            name: text.removesuffix(".00") for name, text in said.items()
        }


LOSABLE = [
    single("five"),
    single("1.001"),
    single(due_on="2026-02-30"),
    single(option="barter"),
    single(memo="x" * 1001),
    itemised(item("Work", "five")),
    itemised(item(quantity="0")),
    itemised(item(quantity="some")),
    itemised(item(discount="200")),
    itemised(item(tax_rate="some")),
    itemised(item("x" * 501)),
    itemised(*[item()] * 501),
]


def test_a_draft_never_loses_what_was_typed_it_asks_instead(two):
    for typed in LOSABLE:
        with pytest.raises(Invalid):
            make_draft_invoice(two.nora, two.ada, **typed)
    assert invoices(two.nora) == []


def test_a_discarded_draft_is_gone_with_all_its_rows(two):
    draft = make_draft_invoice(two.nora, two.ada, **itemised(item(), item()))
    write(two.nora, drafts.discard_draft, draft)
    for model in (Invoice, InvoiceLine, LineTax, InvoiceSearch):
        assert read(two.nora, lambda tx, model=model: tx.all(tx.own(model))) == []
    with pytest.raises(NotFound):
        save(two.nora, "k", two.ada, invoice_id=draft)


def test_a_draft_is_open_for_its_editor_only_while_it_is_one(two):
    draft = make_draft_invoice(two.nora, two.ada)
    assert read(two.nora, draft_view, draft)
    write(two.nora, issuing.issue_invoice, draft)
    assert read(two.nora, draft_view, draft) is None


# ---------------------------------------------------------------- a draft is issued


REFUSED = [
    (single(""), "amount"),
    (single("0"), "amount"),
    (single("-5"), "amount"),
    (itemised(item("", "5")), "description_0"),
    (itemised(lines=[]), "lines"),
    (itemised(item("Work", "5"), item("Deduction", "-5")), "lines"),
    (single(option="now"), "option"),
]


def test_what_could_not_be_created_cannot_be_issued(two):
    for typed, said in REFUSED:
        draft = make_draft_invoice(two.nora, two.ada, **typed)
        assert list(refused(issuing.issue_invoice, two.nora, draft)) == [said]
        assert invoice(two.nora, draft).stage == Stage.DRAFT


def test_a_draft_that_lay_too_long_is_not_issued(two):
    draft = make_draft_invoice(two.nora, two.ada)
    write(two.nora, lambda tx: setattr(tx.get(Invoice, draft), "due_on", today().replace(year=2020)))
    assert refused(issuing.issue_invoice, two.nora, draft) == {"due_on": "The due date must be today or later."}


def test_a_draft_in_another_currency_than_its_customers_is_opened_again(two):
    draft = make_draft_invoice(two.nora, two.ada)
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "currency", "JPY"))
    assert list(refused(issuing.issue_invoice, two.nora, draft)) == ["customer"]
    with pytest.raises(Invalid, match="JPY has no decimals"):
        save(two.nora, "k", two.ada, invoice_id=draft, amount="100.50")


def test_the_key_of_an_issued_invoice_changes_it_no_more(two):
    create(two.nora, "k", two.ada)
    with pytest.raises(Conflict, match="frozen"):
        save(two.nora, "k", two.ada, amount="5")


# ---------------------------------------------------------------- duplicates


def test_a_duplicate_is_a_draft_of_its_own(two):
    original = make_invoice(two.nora, two.ada, "1180", memo="December", po_number="PO-7", note="Ask", due_on=in_days(3))
    copy = write(two.nora, issuing.duplicate_invoice, original, "copy")
    assert (copy.stage, copy.number, copy.duplicate_of) == (Stage.DRAFT, "", original)
    assert (copy.total, copy.memo, copy.po_number, copy.note) == (118_000, "December", "PO-7", "Ask")
    assert copy.due_on.isoformat() == in_days(30)
    assert copy.link_token != invoice(two.nora, original).link_token
    assert write(two.nora, issuing.issue_invoice, copy.id).number == "INV-0002"


def test_a_duplicate_has_the_same_lines(two):
    original = make_invoice(two.nora, two.ada, **itemised(item("A", "5", discount="10%"), item("B", tax_rate="5")))
    copy = write(two.nora, issuing.duplicate_invoice, original, "copy")
    names = ("position", "description", "quantity", "unit_price", "discount_rate", "discount", "tax_rate", "net", "tax")
    both = [[[getattr(line, name) for name in names] for line in lines(two.nora, id)] for id in (original, copy.id)]
    assert both[0] == both[1]


def test_duplicating_twice_with_the_same_key_is_one_draft(two):
    original = make_invoice(two.nora, two.ada)
    ends = together(*[lambda: write(two.nora, issuing.duplicate_invoice, original, "copy").id] * 3)
    assert len(set(ends)) == 1


def test_a_duplicate_charges_nobody_by_itself(two, monkeypatch):
    monkeypatch.setattr(payment_facts, "ISSUED", [])
    monkeypatch.setattr(payment_facts, "KNOWN", [lambda tx, customer_id: [Method("pm_1", "Visa", True)]])
    original = make_invoice(two.nora, two.ada, option="method", payment_method_id="pm_1")
    copy = write(two.nora, issuing.duplicate_invoice, original, "copy")
    assert (copy.option, copy.payment_method_id) == ("later", None)


# ---------------------------------------------------------------- what is inherited


def test_terms_are_the_customers_the_groups_or_the_companys(two):
    def terms():
        return read(two.nora, lambda tx: billing_context.parties_of(tx, two.ada, hold=False).terms_days)

    assert terms() == 30
    write(two.nora, profile.change_labels, two.ada, [], make_group(two.nora, "Design", terms_days="15"))
    assert terms() == 15
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "terms_days", 0))
    assert terms() == 0


def test_language_is_the_customers_the_groups_or_the_companys(two):
    def language():
        return invoice(two.nora, make_invoice(two.nora, two.ada)).language

    assert language() == "en"
    write(two.nora, profile.change_labels, two.ada, [], make_group(two.nora, "Design", language="fr"))
    assert language() == "fr"
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "language", "es"))
    assert language() == "es"


def test_who_is_exempt_pays_no_tax(two):
    taxed = make_customer(two.nora, "Taxed", tax_rate="8.875")
    assert invoice(two.nora, make_invoice(two.nora, taxed)).total == 10_888
    write(two.nora, lambda tx: setattr(tx.get(Customer, taxed), "tax_exempt", True))
    assert invoice(two.nora, make_invoice(two.nora, taxed)).total == 10_000


def test_the_page_of_an_invoice_says_what_is_on_it(two):
    made = make_invoice(
        two.nora, two.ada, **itemised(item("Work", "99.99", quantity="1.5", discount="10%", tax_rate="5"))
    )
    view = read(two.nora, invoice_view, made)
    assert (view.title, view.status, view.total, view.balance) == ("Invoice INV-0001", "open", "$141.74", "$141.74")
    assert [(row.label, row.value) for row in view.sums] == [
        ("Subtotal", "$149.99"),
        ("Discount", "-$15.00"),
        ("Tax 5.00%", "$6.75"),
        ("Total", "$141.74"),
    ]
    assert [(line.quantity, line.unit_price, line.net) for line in view.lines] == [("1.5", "$99.99", "$134.99")]
