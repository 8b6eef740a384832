"""A saved method is charged: once, for no more than is open, and whatever becomes of it is written down."""

import pytest

from arbill_app.invoices.commands import issuing
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.kernel.jobs import effects, handlers
from arbill_app.kernel.jobs.effects import Outcome
from arbill_app.payments import forms, jobs
from arbill_app.payments.charging import attempts
from arbill_app.payments.gateway.protocol import Charge, GatewayDown, GatewayRefusal, GatewayTimeout
from arbill_app.payments.gateway.sandbox import bank
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.sandbox.models import SandboxCharge
from arbill_app.payments.models import Attempt, Payment
from arbill_app.payments.views.payments import invoice_money
from tests.payments import till
from tests.world import canadian, make_contact, make_customer, make_invoice, make_method, make_payment

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def card(two):
    return make_method(two.nora, two.ada)


@pytest.fixture
def invoice(two):
    return make_invoice(two.nora, two.ada, "100.00")


def attempt_of(two, number, invoice, amount=10_000, kind="card"):
    method = make_method(two.nora, two.ada, number, kind=kind)
    return till.charge(two.nora, two.ada, method, (invoice, amount))


# ---------------------------------------------------------------- what becomes of it


def test_a_charge_pays_the_invoice_and_sends_a_receipt(two, card, invoice):
    attempt = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    assert attempt.state == "started"
    assert till.balance(two.nora, invoice) == 10_000
    till.work()
    payment = till.only(two.nora, Payment)
    assert (payment.amount, payment.unapplied, payment.label) == (10_000, 0, "Visa ending 4242")
    assert till.balance(two.nora, invoice) == 0
    (receipt,) = till.letters(two.nora, "receipt")
    assert receipt["values"]["amount"] == "$100.00"
    assert receipt["values"]["invoices"] == till.row(two.nora, issuing.Invoice, invoice).number
    till.check_books(two.nora)


@pytest.mark.parametrize("typed", ["", "100.00"])
def test_a_second_click_on_charge_is_the_same_charge(two, card, invoice, typed):
    first, second = (write(two.nora, forms.charge_invoice, invoice, card, typed, "click") for _ in "ab")
    assert first.id == second.id
    till.work()
    assert write(two.nora, forms.charge_invoice, invoice, card, typed, "click").id == first.id
    assert till.only(two.nora, Payment).amount == 10_000


def test_what_waited_for_long_is_looked_up_before_it_is_charged(two, card, invoice, monkeypatch):
    """An old backup asks for what was charged in another life, under a key that its gateway has forgotten."""
    attempt = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    method = till.method(two.nora, card)
    asked = {"customer": method.account, "method": method.token, "amount": 10_000, "currency": "USD"}
    made = Sandbox(two.nora.partner_id).charge(**asked, key=attempt.key, ref=attempt.id)
    monkeypatch.setattr(Sandbox, "charge", lambda *_, **__: pytest.fail("charged again"))
    write(two.nora, lambda tx: setattr(tx.get(Attempt, attempt.id), "created_at", attempt.created_at - jobs.KEYS_LAST))
    till.work()
    assert till.only(two.nora, Payment).charge_id == made.id


def test_one_charge_pays_several_invoices_in_part(two, card, invoice):
    other = make_invoice(two.nora, two.ada, "50.00")
    till.charge(two.nora, two.ada, card, (invoice, 10_000), (other, 2_000))
    till.work()
    assert (till.balance(two.nora, invoice), till.balance(two.nora, other)) == (0, 3_000)
    till.check_books(two.nora)


def test_a_declined_charge_leaves_the_invoice_open_and_says_why(two, invoice):
    attempt_of(two, "4000000000009995", invoice)
    till.work()
    assert till.states(two.nora) == ["declined"]
    assert till.balance(two.nora, invoice) == 10_000
    (said,) = till.notes(two.nora, invoice, "invoice.declined")
    assert said == "$100.00. There was not enough money available for this payment."
    (view,) = read(two.nora, invoice_money, invoice).attempts
    assert (view.state, view.live, view.why) == (
        "declined",
        False,
        "There was not enough money available for this payment.",
    )
    (letter,) = till.letters(two.nora, "payment_failed")
    assert letter["values"]["reason"] == "There was not enough money available for this payment."
    assert "/pay/" in letter["link"]


def test_why_it_was_declined_is_said_in_the_customers_language(two):
    clinic = make_customer(two.nora, **canadian(language="fr-CA"))
    invoice = make_invoice(two.nora, clinic, "100.00")
    method = make_method(two.nora, clinic, "4000000000000069")
    till.charge(two.nora, clinic, method, (invoice, 10_000))
    till.work()
    values = till.letters(two.nora, "payment_failed")[0]["values"]
    assert (values["reason"], values["advice"]) == ("Votre carte a expiré.", "Ajoutez votre nouvelle carte.")
    assert (values["method"], values["amount"]) == ("Visa se terminant par 0069", "100,00\N{NO-BREAK SPACE}$")


def test_a_bank_payment_is_on_its_way_until_it_settles(two, invoice):
    attempt_of(two, till.SETTLES, invoice, kind=till.BANK)
    till.work()
    assert till.states(two.nora) == ["processing"]
    assert till.balance(two.nora, invoice) == 10_000
    assert len(till.letters(two.nora, "payment_processing")) == 1
    till.bank_day()
    assert till.states(two.nora) == ["succeeded"]
    assert till.balance(two.nora, invoice) == 0
    assert len(till.letters(two.nora, "receipt")) == 1
    till.check_books(two.nora)


def test_a_bank_payment_may_fail_days_later(two, invoice):
    attempt_of(two, till.FAILS_LATER, invoice, kind=till.BANK)
    till.work()
    till.bank_day()
    assert till.states(two.nora) == ["declined"]
    assert till.balance(two.nora, invoice) == 10_000
    assert len(till.letters(two.nora, "payment_failed")) == 1


def test_no_answer_is_looked_up_and_never_charged_twice(two, invoice):
    attempt_of(two, till.TIMEOUT, invoice)
    till.work()
    assert till.states(two.nora) == ["unknown"]
    with pytest.raises(Conflict, match="under way already"):
        till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 1))
    till.later()
    till.work()
    assert till.states(two.nora) == ["succeeded"]
    assert len(till.everything(two.nora, SandboxCharge)) == len(till.everything(two.nora, Payment)) == 1
    till.check_books(two.nora)


def test_a_gateway_that_is_away_for_good_charges_nothing_and_lets_go(two, invoice):
    attempt_of(two, till.DOWN, invoice)
    for _ in range(len(jobs.WAITS) + 1):
        till.work()
        till.later()
    attempt = till.only(two.nora, Attempt)
    assert (attempt.state, attempt.error) == (
        "canceled",
        "The gateway can’t be reached just now. Nothing was charged.",
    )
    assert till.notes(two.nora, invoice, "invoice.not_charged")
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 10_000))


@pytest.mark.parametrize("then", [GatewayDown("away", "down"), GatewayRefusal("gone", "detached")])
def test_after_no_answer_nothing_is_certain_until_somebody_looked(two, invoice, monkeypatch, then):
    """It was captured at the first try: what goes wrong later must not say that nothing was charged."""
    attempt_of(two, till.TIMEOUT, invoice)
    till.work()

    def gone(*_, **__):
        raise then

    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "find", gone)
        for _ in range(len(jobs.WAITS) + 1):
            till.later()
            till.work()
    assert till.states(two.nora) == ["unknown"]
    effect = next(one for one in till.everything(two.nora, Effect) if one.kind == "charge")
    assert effect.state == "review"
    write(two.nora, effects.retry, effect.id)
    till.work()
    assert till.states(two.nora) == ["succeeded"]
    till.check_books(two.nora)


def test_what_was_given_up_is_not_charged_by_trying_it_again(two, invoice, monkeypatch):
    attempt = attempt_of(two, till.CHECK, invoice)
    with monkeypatch.context() as patch:

        def refuse(*_, **__):
            raise GatewayRefusal("No.", "no")

        patch.setattr(Sandbox, "charge", refuse)
        till.work()
    assert till.states(two.nora) == ["canceled"]
    effect = next(one for one in till.everything(two.nora, Effect) if one.kind == "charge")
    write(two.nora, effects.retry, effect.id)
    till.work()
    assert till.everything(two.nora, SandboxCharge) == []
    assert till.row(two.nora, Effect, effect.id).state == "failed"
    assert till.row(two.nora, Attempt, attempt.id).state == "canceled"


# ---------------------------------------------------------------- approving and cancelling


def test_a_charge_that_needs_approval_tells_the_customer_and_waits(two, invoice):
    attempt = attempt_of(two, till.ACTION, invoice)
    till.work()
    assert till.states(two.nora) == ["requires_action"]
    assert till.letters(two.nora, "payment_failed")[0]["values"]["reason"].startswith("Your bank asks you to approve")
    charge_id = till.row(two.nora, Attempt, attempt.id).charge_id
    Sandbox(two.nora.partner_id).authenticate(charge_id, approve=True)
    till.bank_day()
    assert till.states(two.nora) == ["succeeded"]
    till.check_books(two.nora)


def test_an_approval_that_is_not_given_frees_the_invoice(two, invoice):
    attempt = attempt_of(two, till.ACTION, invoice)
    till.work()
    write(two.nora, attempts.cancel_attempt, attempt.id)
    till.work()
    assert till.states(two.nora) == ["canceled"]
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 10_000))
    till.work()
    assert till.balance(two.nora, invoice) == 0
    till.check_books(two.nora)


def test_nobody_waits_for_an_approval_longer_than_a_day(two, invoice):
    attempt = attempt_of(two, till.ACTION, invoice)
    till.work()
    assert jobs.give_up_waiting(attempt.created_at + jobs.PATIENCE) == 0
    assert jobs.give_up_waiting(attempt.created_at + jobs.PATIENCE * 1.1) == 1
    till.work()
    assert till.states(two.nora) == ["canceled"]


def test_a_charge_that_has_not_begun_is_cancelled_at_once(two, card, invoice):
    attempt = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    write(two.nora, attempts.cancel_attempt, attempt.id)
    till.work()
    assert till.states(two.nora) == ["canceled"]
    assert till.everything(two.nora, SandboxCharge) == []


def test_what_is_on_its_way_cannot_be_cancelled(two, invoice):
    attempt = attempt_of(two, till.SETTLES, invoice, kind=till.BANK)
    till.work()
    with pytest.raises(Conflict, match="on its way"):
        write(two.nora, attempts.cancel_attempt, attempt.id)


# ---------------------------------------------------------------- what is refused


def test_the_same_key_is_the_same_charge(two, card, invoice):
    first = till.charge(two.nora, two.ada, card, (invoice, 10_000), key="once")
    assert till.charge(two.nora, two.ada, card, (invoice, 10_000), key="once").id == first.id
    till.work()
    assert till.charge(two.nora, two.ada, card, (invoice, 10_000), key="once").id == first.id
    assert len(till.everything(two.nora, SandboxCharge)) == 1


def test_a_key_says_nothing_about_somebody_elses_charge(two, card, invoice):
    till.charge(two.nora, two.ada, card, (invoice, 10_000), key="once")
    with pytest.raises(Invalid):
        till.charge(two.nora, two.bruno, make_method(two.nora, two.bruno), (invoice, 10_000), key="once")
    theirs = make_invoice(two.nora, two.bruno)
    with pytest.raises(Conflict):
        till.charge(two.nora, two.bruno, make_method(two.nora, two.bruno), (theirs, 10_000), key="once")
    with pytest.raises(Conflict):
        till.charge(two.nora, two.ada, card, (invoice, 9_999), key="once")


def test_an_amount_that_is_not_open_is_refused(two, card, invoice):
    for amount in (0, -1, 10_001, 10**18):
        with pytest.raises(Conflict):
            till.charge(two.nora, two.ada, card, (invoice, amount))
    assert till.everything(two.nora, Attempt) == []


def test_the_same_invoice_twice_in_one_charge_is_refused(two, card, invoice):
    """Each part alone would fit."""
    with pytest.raises(Invalid, match="once"):
        till.charge(two.nora, two.ada, card, (invoice, 6_000), (invoice, 6_000))
    with pytest.raises(Invalid, match="once"):
        till.charge(two.nora, two.ada, card, (invoice, 6_000), (invoice + "\x00", 6_000))


def test_nothing_to_pay_is_refused(two, card):
    with pytest.raises(Invalid):
        till.charge(two.nora, two.ada, card)


def test_another_customers_invoice_and_method_are_refused(two, card, invoice):
    theirs, their_card = make_invoice(two.nora, two.bruno), make_method(two.nora, two.bruno)
    with pytest.raises(Invalid, match="invoices of this customer"):
        till.charge(two.nora, two.ada, card, (theirs, 10_000))
    with pytest.raises(Invalid, match="method of this customer"):
        till.charge(two.nora, two.ada, their_card, (invoice, 10_000))
    with pytest.raises(Invalid):
        till.charge(two.nora, two.bruno, card, (invoice, 10_000))
    assert till.everything(two.nora, Attempt) == []


def test_another_partners_invoice_and_method_do_not_exist(two, card, invoice):
    with pytest.raises(NotFound):
        till.charge(two.nora, two.ada, card, (make_invoice(two.sol, two.clara), 10_000))
    with pytest.raises(NotFound):
        till.charge(two.nora, two.ada, make_method(two.sol, two.clara), (invoice, 10_000))


def test_an_american_bank_account_does_not_pay_canadian_dollars(two):
    clinic = make_customer(two.nora, **canadian())
    method = make_method(two.nora, clinic, till.SETTLES, kind=till.BANK)
    with pytest.raises(Invalid, match="does not pay in CAD"):
        till.charge(two.nora, clinic, method, (make_invoice(two.nora, clinic), 10_000))


def test_an_invoice_with_a_charge_under_way_is_not_voided(two, card, invoice):
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    with pytest.raises(Conflict, match="under way"):
        write(two.nora, issuing.void_invoice, invoice)


# ---------------------------------------------------------------- what comes late, twice or wrong


def charge_like(attempt, **changes):
    facts = {"id": "chg_1", "status": "succeeded", "amount": attempt.amount, "currency": "USD", "key": attempt.key}
    return Charge(**(facts | changes))


def test_a_capture_that_arrives_after_the_end_is_written_down_and_lies_on_account(two, card, invoice):
    attempt = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    write(two.nora, attempts.give_up, attempt.id, "It was thought lost.")
    make_payment(two.nora, two.ada, "100.00")
    write(two.nora, attempts.settle_attempt, attempt.id, charge_like(attempt))
    late = next(one for one in till.everything(two.nora, Payment) if one.attempt_id)
    assert (late.amount, late.unapplied) == (10_000, 10_000)


def test_older_news_change_nothing_once_it_has_ended(two, card, invoice):
    first = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    write(two.nora, attempts.settle_attempt, first.id, charge_like(first))
    other = till.charge(two.nora, two.ada, card, (make_invoice(two.nora, two.ada), 10_000))
    write(two.nora, attempts.give_up, other.id)
    for status in ("processing", "requires_action", "declined", "canceled"):
        write(two.nora, attempts.settle_attempt, first.id, charge_like(first, status=status))
        write(two.nora, attempts.settle_attempt, other.id, charge_like(other, id="chg_2", status=status))
        assert till.states(two.nora) == ["succeeded", "canceled"]
    assert till.balance(two.nora, invoice) == 0


def test_an_answer_about_something_else_is_not_believed(two, card, invoice):
    attempt = till.charge(two.nora, two.ada, card, (invoice, 10_000))
    for changes in ({"amount": 9_999}, {"amount": 9_999}, {"currency": "CAD"}, {"key": "another"}):
        write(two.nora, attempts.settle_attempt, attempt.id, charge_like(attempt, **changes))
        assert till.states(two.nora) == ["unknown"]
    assert till.everything(two.nora, Payment) == []
    assert len(till.notes(two.nora, attempt.id, "payment.mismatch")) == 3, "the same is not written down twice"


def test_a_webhook_that_never_comes_is_asked_for(two, invoice):
    attempt = attempt_of(two, till.SETTLES, invoice, kind=till.BANK)
    till.work()
    bank.settle_due(attempt.created_at.replace(year=attempt.created_at.year + 1))
    assert till.states(two.nora) == ["processing"]
    jobs.look_after_attempts(attempt.created_at + jobs.YOUNG / 2)
    assert till.states(two.nora) == ["succeeded"]
    till.check_books(two.nora)


def test_what_people_read_of_a_charge(two, card, invoice):
    till.charge(two.nora, two.ada, card, (invoice, 10_000))
    effect = next(one for one in till.everything(two.nora, Effect) if one.kind == "charge")
    assert handlers.called(effect) == "Charge: $100.00 from Visa ending 4242"


@pytest.mark.parametrize(
    "error", [GatewayTimeout("late", "timeout"), GatewayDown("away", "down"), GatewayRefusal("no such card", "unknown")]
)
def test_after_a_try_without_an_answer_no_error_is_an_end(error):
    def fail():
        raise error

    outcome = jobs.asking(fail, unsure=lambda: True)
    assert outcome == Outcome("unknown", str(error))


def test_nobody_gets_billing_emails_and_it_is_charged_all_the_same(two):
    quiet = make_customer(two.nora, "Quiet Ltd", [{"first_name": "Q", "last_name": "T", "email": "q@quiet.example"}])
    make_contact(two.nora, quiet, mail_billing=False)
    invoice = make_invoice(two.nora, quiet)
    till.charge(two.nora, quiet, make_method(two.nora, quiet), (invoice, 10_000))
    till.work()
    assert till.balance(two.nora, invoice) == 0


def test_a_charge_that_somebody_waits_for_passes_those_that_happen_by_themselves(two, card, invoice):
    for source in ("portal", "link", "staff", "auto"):
        till.charge(two.nora, two.ada, card, (invoice, 100), source=source)
    charges = [row for row in till.everything(two.nora, Effect) if row.kind == "charge"]
    assert [row.lane for row in charges] == ["now", "now", "now", "charges"]
