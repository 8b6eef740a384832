"""Credit notes: all of an invoice or a part, applied at once or kept on account, never more than was invoiced."""

import pytest

from arbill_app.customers.models import Customer
from arbill_app.invoices import lines
from arbill_app.invoices.commands import credit_notes, issuing, sending
from arbill_app.invoices.commands.credit_notes import NOTHING_LEFT, credit_invoice, creditable
from arbill_app.invoices.commands.settling import apply_credit, settle, settled_of
from arbill_app.invoices.models import CreditNote, Invoice
from arbill_app.invoices.tax_models import LineTax
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.kernel.money import Money
from arbill_app.ledger.models import EntryKind
from arbill_app.ledger.posting import Cause
from tests.together import together
from tests.world import canadian, contacts, item, itemised, make_customer, make_draft_invoice, make_invoice, today

TWO_RATES = itemised(item("Work", "100", tax_rate="8.875"), item("Licence", "50", tax_rate="5"), item("Book", "20"))


def credit(by, invoice_id, amount="", key="", **values):
    made = write(by, credit_invoice, invoice_id, key or f"{invoice_id}-{amount}", values_of(amount) | values)
    return made.id


def values_of(amount):
    return {"amount": amount, "reason": "Billing error"}


def note(by, credit_id):
    return read(by, lambda tx: tx.get(CreditNote, credit_id))


def invoice(by, invoice_id):
    return read(by, lambda tx: tx.get(Invoice, invoice_id))


def refused(by, *args, **values):
    with pytest.raises(Invalid) as refusal:
        credit(by, *args, **values)
    return refusal.value.errors


# ---------------------------------------------------------------- what a credit says


def test_a_credit_of_all_of_it_has_the_invoices_own_lines(two):
    original = make_invoice(two.nora, two.ada, **TWO_RATES)
    kept = note(two.nora, credit(two.nora, original))
    paper = invoice(two.nora, original)
    for name in ("subtotal", "discount", "tax", "total", "currency", "customer_id", "legal_entity_id", "rounding"):
        assert getattr(kept, name) == getattr(paper, name), name
    rows = read(two.nora, lines.lines_of, original), read(two.nora, lines.credit_lines_of, kept.id)
    names = ("position", "description", "quantity", "unit_price", "discount", "tax_rate", "net", "tax")
    ours, theirs = ([[getattr(row, name) for name in names] for row in side] for side in rows)
    assert ours == theirs
    assert (kept.number, kept.reason, kept.unapplied) == ("CN-0001", "Billing error", 0)


def test_a_part_is_credited_in_the_ratio_of_the_rates(two):
    """181.38 in all: 108.88 at 8.875 %, 52.50 at 5 %, 20.00 without tax. Half of it is credited."""
    original = make_invoice(two.nora, two.ada, **TWO_RATES)
    assert invoice(two.nora, original).total == 18_138
    made = credit(two.nora, original, "90.69")
    rows = read(two.nora, lines.credit_lines_of, made)
    assert [(row.tax_rate, row.net, row.tax) for row in rows] == [
        (88_750, 5_000, 444),
        (50_000, 2_500, 125),
        (0, 1_000, 0),
    ]
    assert (note(two.nora, made).subtotal, note(two.nora, made).tax) == (8_500, 569)


def shares(by, credit_id):
    """[(rate, net, tax)] of a credit note's lines."""
    rows = read(by, lines.credit_lines_of, credit_id)
    return [(row.tax_rate, row.net, row.tax) for row in rows]


@pytest.mark.parametrize(
    ("price", "rate", "amounts", "expected"),
    [
        ("0.10", "20", ["0.04", "0.04", ""], [(3, 1), (4, 0), (3, 1)]),
        ("10.00", "10", ["3.67", "3.67", ""], [(334, 33), (333, 34), (333, 33)]),
        ("100.00", "19", ["39.67", "39.67", ""], [(3334, 633), (3333, 634), (3333, 633)]),
        ("100.00", "19", ["118.99", ""], [(9999, 1900), (1, 0)]),
        ("1.00", "50", ["0.01"] * 3 + [""], [(1, 0), (0, 1), (1, 0), (98, 49)]),
    ],
)
def test_credits_in_parts_add_up_to_the_invoice(two, price, rate, amounts, expected):
    original = make_invoice(two.nora, two.ada, **itemised(item("Work", price, tax_rate=rate)))
    made = [credit(two.nora, original, amount, key=f"k{n}") for n, amount in enumerate(amounts)]
    assert [pair for id in made for _, *pair in shares(two.nora, id)] == [list(pair) for pair in expected]
    paper = invoice(two.nora, original)
    assert sum(note(two.nora, id).tax for id in made) == paper.tax
    assert sum(note(two.nora, id).subtotal for id in made) == paper.subtotal


def test_a_deduction_at_a_rate_of_its_own_is_credited_too(two):
    """120.00 at 20 % and 10.00 off without tax: a credit of half takes half of the deduction as well."""
    typed = itemised(item("Work", "100", tax_rate="20"), item("Goodwill", "-10"))
    original = make_invoice(two.nora, two.ada, **typed)
    assert shares(two.nora, credit(two.nora, original, "55")) == [(200_000, 5_000, 1_000), (0, -500, 0)]
    assert shares(two.nora, credit(two.nora, original)) == [(200_000, 5_000, 1_000), (0, -500, 0)]


def test_what_stored_credits_took_too_much_is_given_back_by_the_next(two):
    """Versions before this one credited 0.03 of 0.02 tax: the last credit sets it right."""
    original = make_invoice(two.nora, two.ada, **itemised(item("Work", "0.10", tax_rate="20")))
    made = credit(two.nora, original, "0.08")

    def as_it_was(tx):
        (row,) = lines.credit_lines_of(tx, made)
        (one,) = tx.all(tx.own(LineTax).where(LineTax.credit_line_id == row.id))
        row.net, row.tax, one.base, one.amount = 5, 3, 5, 3

    write(two.nora, as_it_was)
    last = credit(two.nora, original)
    assert shares(two.nora, last) == [(200_000, 5, -1)]
    assert note(two.nora, last).total == 4


def test_the_tax_that_is_foretold_is_the_tax_that_is_credited(two):
    original = make_invoice(two.nora, two.ada, **TWO_RATES)
    for amount in ("33.33", "60", ""):
        said = read(two.nora, creditable, original).outcome(amount, True)
        tax = note(two.nora, credit(two.nora, original, amount)).tax
        assert said.endswith(f" It includes {Money(tax, 'USD').text()} tax.")


# ---------------------------------------------------------------- how much


def test_a_credit_is_at_most_the_invoice(two):
    original, most = make_invoice(two.nora, two.ada), "Enter at most $100.00, what was not credited yet."
    for amount, said in (
        ("100.01", most),
        ("0", most),
        ("-5", most),
        ("five", "Enter an amount such as 1,250.00."),
        ("0.001", "USD has 2 decimals."),
        ("9" * 99, "This amount is too large."),
    ):
        assert refused(two.nora, original, amount) == {"amount": said}


def test_several_credits_are_at_most_the_invoice_together(two):
    original = make_invoice(two.nora, two.ada)
    credit(two.nora, original, "60")
    assert refused(two.nora, original, "40.01") == {"amount": "Enter at most $40.00, what was not credited yet."}
    assert note(two.nora, credit(two.nora, original)).total == 4_000
    with pytest.raises(Conflict, match=str(NOTHING_LEFT)):
        credit(two.nora, original, "0.01")


def test_two_who_credit_at_once_do_not_credit_twice(two):
    original = make_invoice(two.nora, two.ada)
    ends = together(*(lambda n=n: credit(two.nora, original, "60", key=f"k{n}") for n in range(3)))
    assert sorted(type(end).__name__ for end in ends) == ["Invalid", "Invalid", "str"]
    assert read(two.nora, credit_notes.credited, original) == 6_000


def test_a_credit_has_a_reason(two):
    original = make_invoice(two.nora, two.ada)
    assert refused(two.nora, original, "200", reason=" \0 ") == {
        "reason": "Say why.",
        "amount": "Enter at most $100.00, what was not credited yet.",
    }
    assert len(note(two.nora, credit(two.nora, original, reason="x" * 999)).reason) == 200


def test_the_same_key_twice_is_one_credit(two):
    original = make_invoice(two.nora, two.ada)
    ends = together(*[lambda: credit(two.nora, original, "60", key="k")] * 3)
    assert len(set(ends)) == 1
    assert invoice(two.nora, original).balance == 4_000


def test_what_a_credit_would_do_is_said_before(two):
    original = make_invoice(two.nora, two.ada)
    credit(two.nora, original, "60", apply=False)
    now = read(two.nora, creditable, original)
    assert (now.rest, now.balance) == (4_000, 10_000)
    assert now.outcome("10", True) == "$10.00 comes off INV-0001, which leaves $90.00 open."
    assert now.outcome("", False) == "$40.00 stays on account until you apply it to an invoice."
    assert now.outcome("41", True) == now.outcome("x", True) == ""


# ---------------------------------------------------------------- applied, or on account


def test_applied_at_once_it_settles_the_invoice(two):
    original = make_invoice(two.nora, two.ada)
    part = credit(two.nora, original, "40")
    assert (invoice(two.nora, original).balance, note(two.nora, part).unapplied) == (6_000, 0)
    assert read(two.nora, invoice_view, original).status == "partly_paid"
    credit(two.nora, original)
    assert read(two.nora, invoice_view, original).status == "paid"
    assert read(two.nora, settled_of, original) == 10_000


def test_kept_on_account_it_settles_nothing(two):
    original = make_invoice(two.nora, two.ada)
    kept = credit(two.nora, original, "40", apply=False)
    assert (invoice(two.nora, original).balance, note(two.nora, kept).unapplied) == (10_000, 4_000)


def test_what_an_invoice_does_not_need_stays_on_account(two):
    """Settled by an older credit, and then credited itself."""
    older, original = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)
    write(two.nora, apply_credit, credit(two.nora, older, "70", apply=False), original)
    made = credit(two.nora, original)
    assert (invoice(two.nora, original).balance, note(two.nora, made).unapplied) == (0, 7_000)


def test_a_credit_pays_for_another_invoice_of_its_customer(two):
    older, newer = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada, "30")
    kept = credit(two.nora, older, "40", apply=False)
    assert write(two.nora, apply_credit, kept, newer) == 3_000
    assert (invoice(two.nora, newer).balance, note(two.nora, kept).unapplied) == (0, 1_000)
    assert write(two.nora, apply_credit, kept, older, 400) == 400
    assert (invoice(two.nora, older).balance, note(two.nora, kept).unapplied) == (9_600, 600)


@pytest.mark.parametrize(("amount", "said"), [(4_001, "more than is left"), (0, "more than is left"), (-1, "more")])
def test_no_more_is_applied_than_is_left(two, amount, said):
    kept = credit(two.nora, make_invoice(two.nora, two.ada), "40", apply=False)
    with pytest.raises(Conflict, match=said):
        write(two.nora, apply_credit, kept, make_invoice(two.nora, two.ada), amount)


def test_no_more_is_applied_than_is_open(two):
    kept = credit(two.nora, make_invoice(two.nora, two.ada), "40", apply=False)
    newer = make_invoice(two.nora, two.ada, "30")
    with pytest.raises(Conflict, match=r"\$30.00 is open on this invoice"):
        write(two.nora, apply_credit, kept, newer, 3_001)
    assert (invoice(two.nora, newer).balance, note(two.nora, kept).unapplied) == (3_000, 4_000)


def test_a_credit_is_applied_to_open_invoices_only(two):
    kept = credit(two.nora, make_invoice(two.nora, two.ada), "40", apply=False)
    voided = make_invoice(two.nora, two.ada)
    write(two.nora, issuing.void_invoice, voided)
    for other in (make_draft_invoice(two.nora, two.ada), voided):
        with pytest.raises(Conflict):
            write(two.nora, apply_credit, kept, other)
        with pytest.raises(Conflict, match="Only an open invoice"):
            write(two.nora, settle_nothing, other, kept)


def settle_nothing(tx, invoice_id, credit_id):
    found = tx.get(Invoice, invoice_id, lock=True)
    settle(tx, found, 0, "credit", credit_id, Cause(EntryKind.APPLIED, found, today()))


def test_a_credit_is_applied_to_its_own_customer_and_currency_only(two):
    kept = credit(two.nora, make_invoice(two.nora, two.ada), "40", apply=False)
    dollars = make_invoice(two.nora, two.ada)
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "currency", "CAD"))
    canadian_dollars = make_invoice(two.nora, two.ada)
    for other in (make_invoice(two.nora, two.bruno), canadian_dollars):
        with pytest.raises(Conflict, match="own customer and currency"):
            write(two.nora, apply_credit, kept, other)
    assert write(two.nora, apply_credit, kept, dollars) == 4_000


def test_applying_at_once_uses_a_credit_once(two):
    kept = credit(two.nora, make_invoice(two.nora, two.ada), "40", apply=False)
    others = [make_invoice(two.nora, two.ada, "30") for _ in range(3)]
    together(*(lambda id=id: write(two.nora, apply_credit, kept, id) for id in others))
    assert note(two.nora, kept).unapplied == 0
    assert sorted(invoice(two.nora, id).balance for id in others) == [0, 2_000, 3_000]


def test_a_canadian_invoice_is_credited_in_its_currency(two):
    customer_id = make_customer(two.nora, **canadian())
    original = make_invoice(two.nora, customer_id, "CA$100")
    assert note(two.nora, credit(two.nora, original, "CA$40")).currency == "CAD"


# ---------------------------------------------------------------- sending it


def test_a_credit_note_goes_to_the_billing_contacts_once(two):
    original = make_invoice(two.nora, two.ada)
    made = credit(two.nora, original, "40")
    first, second = (write(two.nora, credit_notes.send_credit_note, made) for _ in range(2))
    assert first.id == second.id
    assert [email for _, email in first.payload["to"]] == ["ada@adainteriors.example"]
    values = first.payload["values"]
    assert (first.payload["kind"], first.payload["attach"], first.about) == ("credit_note", [made], original)
    assert (values["number"], values["total"], values["invoice_number"]) == ("CN-0001", "$40.00", "INV-0001")


def test_a_credit_note_needs_somebody_to_go_to(two):
    made = credit(two.nora, make_invoice(two.nora, two.ada), "40")
    contact = contacts(two.nora, two.ada)[0].id

    def silence(tx):
        tx.get(type(contacts(two.nora, two.ada)[0]), contact).mail_billing = False

    write(two.nora, silence)
    assert read(two.nora, sending.billing_contacts, two.ada) == []
    with pytest.raises(Conflict, match="Nobody at Ada Interiors"):
        write(two.nora, credit_notes.send_credit_note, made)
    assert read(two.nora, lambda tx: tx.first(tx.own(Effect).where(Effect.about != ""))) is None


def test_another_partners_credit_does_not_exist(two):
    made = credit(two.nora, make_invoice(two.nora, two.ada), "40", apply=False)
    for verb, *args in ((credit_notes.send_credit_note, made), (apply_credit, made, make_invoice(two.sol, two.clara))):
        with pytest.raises(NotFound):
            write(two.sol, verb, *args)
