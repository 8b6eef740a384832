"""Which verb an invoice takes in which state: one table, which the real verbs keep to."""

from datetime import date, timedelta

import pytest

from arbill_app.invoices.commands import credit_notes, drafts, issuing, sending
from arbill_app.invoices.documents.document_builder import invoice_document
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.rules.lifecycle import (
    RULES,
    Settlement,
    Stage,
    Status,
    Verb,
    allowed,
    refusal,
    settlement,
    status,
)
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid
from tests.world import contacts, make_draft_invoice, make_invoice, single

E, D, Q, S, L, P, V, C, U = (
    Verb.EDIT,
    Verb.DISCARD,
    Verb.ISSUE,
    Verb.SEND,
    Verb.COPY_LINK,
    Verb.DOWNLOAD,
    Verb.VOID,
    Verb.CREDIT,
    Verb.DUPLICATE,
)
POSSIBLE = {
    (Stage.DRAFT, Settlement.UNPAID): {E, D, Q, P, U},
    (Stage.OPEN, Settlement.UNPAID): {S, L, P, V, C, U},
    (Stage.OPEN, Settlement.PARTLY_PAID): {S, L, P, C, U},
    (Stage.OPEN, Settlement.PAID): {S, P, C, U},
    (Stage.OPEN, Settlement.REFUNDED): {S, P, C, U},
    (Stage.VOIDED, Settlement.UNPAID): {P, U},
}


def test_every_verb_has_a_rule_and_a_name():
    assert set(RULES) == set(Verb)
    assert all(rule.label for rule in RULES.values())


@pytest.mark.parametrize(("state", "verbs"), POSSIBLE.items())
def test_what_is_possible_in_each_state(state, verbs):
    assert set(allowed(*state)) == verbs
    for verb in Verb:
        said = refusal(verb, *state)
        assert bool(said) == (verb not in verbs)
        assert not said or str(said).endswith(".")


def test_no_combination_is_without_an_answer():
    for stage in Stage:
        for settled in Settlement:
            assert {verb for verb in Verb if not refusal(verb, stage, settled)} == set(allowed(stage, settled))


@pytest.mark.parametrize(
    ("total", "balance", "refunded", "settled"),
    [
        (100, 100, 0, Settlement.UNPAID),
        (100, 99, 0, Settlement.PARTLY_PAID),
        (100, 1, 0, Settlement.PARTLY_PAID),
        (100, 0, 0, Settlement.PAID),
        (100, 0, 40, Settlement.PAID),
        (100, 0, 100, Settlement.REFUNDED),
        (100, 40, 60, Settlement.PARTLY_PAID),
        (250, 200, 50, Settlement.PARTLY_PAID),
    ],
)
def test_how_far_an_invoice_is_settled(total, balance, refunded, settled):
    assert settlement(total, balance, refunded) == settled


TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("stage", "settled", "days", "said"),
    [
        (Stage.DRAFT, Settlement.UNPAID, -9, Status.DRAFT),
        (Stage.OPEN, Settlement.UNPAID, 0, Status.OPEN),
        (Stage.OPEN, Settlement.UNPAID, -1, Status.OVERDUE),
        (Stage.OPEN, Settlement.PARTLY_PAID, 0, Status.PARTLY_PAID),
        (Stage.OPEN, Settlement.PARTLY_PAID, -1, Status.OVERDUE),
        (Stage.OPEN, Settlement.PAID, -9, Status.PAID),
        (Stage.OPEN, Settlement.REFUNDED, -9, Status.REFUNDED),
        (Stage.VOIDED, Settlement.UNPAID, -9, Status.VOIDED),
    ],
)
def test_what_people_read(stage, settled, days, said):
    assert status(stage, settled, TODAY + timedelta(days=days), TODAY) == said
    assert said.label


# ---------------------------------------------------------------- the verbs themselves


def in_state(by, customer_id, state):
    """An invoice that was led there; what pays and refunds is not built yet, so REFUNDED has none."""
    stage, settled = state
    if stage == Stage.DRAFT:
        return make_draft_invoice(by, customer_id)
    invoice_id = make_invoice(by, customer_id)
    if stage == Stage.VOIDED:
        write(by, issuing.void_invoice, invoice_id)
    amounts = {Settlement.PARTLY_PAID: "40.00", Settlement.PAID: ""}
    if settled in amounts:
        credit(by, invoice_id, amounts[settled])
    return invoice_id


def credit(by, invoice_id, amount):
    return write(
        by,
        credit_notes.credit_invoice,
        invoice_id,
        f"credit-{invoice_id}-{amount}",
        {"amount": amount, "reason": "Goodwill"},
    )


def someone(by, invoice_id):
    return [contacts(by, read(by, lambda tx: tx.get(Invoice, invoice_id).customer_id))[0].id]


def do(by, verb, invoice_id):
    values = single("7") | {"customer_id": read(by, lambda tx: tx.get(Invoice, invoice_id).customer_id)}
    attempts = {
        E: lambda: write(by, drafts.save_draft, "k", values, invoice_id=invoice_id),
        D: lambda: write(by, drafts.discard_draft, invoice_id),
        Q: lambda: write(by, issuing.issue_invoice, invoice_id),
        S: lambda: write(by, sending.send_invoice, invoice_id, someone(by, invoice_id)),
        P: lambda: read(by, invoice_document, invoice_id),
        V: lambda: write(by, issuing.void_invoice, invoice_id),
        C: lambda: credit(by, invoice_id, "1.00"),
        U: lambda: write(by, issuing.duplicate_invoice, invoice_id, f"copy-{invoice_id}"),
    }
    return attempts[verb]()


REACHABLE = [state for state in POSSIBLE if state[1] != Settlement.REFUNDED]


@pytest.mark.parametrize("state", REACHABLE)
def test_the_verbs_keep_to_the_table(two, state):
    for verb in Verb:
        if verb == L:
            continue
        invoice_id = in_state(two.nora, two.ada, state)
        assert drafts.settlement_of(read(two.nora, lambda tx, id=invoice_id: tx.get(Invoice, id))) == state[1]
        said = refusal(verb, *state)
        # All of it was credited: the table lets one try, and there is nothing left.
        if verb == C and state[1] == Settlement.PAID:
            said = credit_notes.NOTHING_LEFT
        if not said:
            do(two.nora, verb, invoice_id)
            continue
        with pytest.raises(Conflict) as refused:
            do(two.nora, verb, invoice_id)
        assert refused.value.problem == said


@pytest.mark.parametrize("state", REACHABLE)
def test_a_page_shows_what_is_possible(two, state):
    view = read(two.nora, invoice_view, in_state(two.nora, two.ada, state))
    assert {Verb(verb) for verb in view.verbs} == POSSIBLE[state]
    assert bool(view.link) == (L in POSSIBLE[state])


def test_many_are_voided_where_that_is_possible(two):
    invoices = [in_state(two.nora, two.ada, state) for state in REACHABLE]
    assert write(two.nora, issuing.void_many, [*invoices, invoices[1], "inv_nobody", "\0"]) == 1
    stages = [read(two.nora, lambda tx, id=id: tx.get(Invoice, id).stage) for id in invoices]
    assert stages == [Stage.DRAFT, Stage.VOIDED, Stage.OPEN, Stage.OPEN, Stage.VOIDED]


def test_a_void_invoice_is_owed_no_more_and_says_why(two):
    invoice_id = make_invoice(two.nora, two.ada)
    voided = write(two.nora, issuing.void_invoice, invoice_id, "  Twice\0 ")
    assert (voided.number, voided.total, voided.balance, voided.void_reason) == ("INV-0001", 10_000, 0, "Twice")
    assert read(two.nora, invoice_view, invoice_id).status == "voided"
    other = write(two.nora, issuing.void_invoice, make_invoice(two.nora, two.ada), "x" * 9999)
    assert len(other.void_reason) == 500


def test_an_invoice_whose_credit_is_kept_on_account_is_not_voided(two):
    """Nothing of it is settled yet; voided, the customer would keep a credit for what it never owed."""
    kept, other = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)
    values = {"amount": "40.00", "reason": "Goodwill", "apply": False}
    write(two.nora, credit_notes.credit_invoice, kept, "c", values)
    with pytest.raises(Conflict, match="credited already"):
        write(two.nora, issuing.void_invoice, kept)
    assert write(two.nora, issuing.void_many, [kept, other]) == 1


def test_issuing_twice_is_refused(two):
    invoice_id = make_draft_invoice(two.nora, two.ada)
    write(two.nora, issuing.issue_invoice, invoice_id)
    with pytest.raises(Conflict, match="issued already"):
        write(two.nora, issuing.issue_invoice, invoice_id)


def test_a_refused_issue_leaves_a_draft(two):
    invoice_id = make_draft_invoice(two.nora, two.ada, "")
    with pytest.raises(Invalid):
        write(two.nora, issuing.issue_invoice, invoice_id)
    view = read(two.nora, invoice_view, invoice_id)
    assert (view.status, view.number, view.issued) == ("draft", "", "")
