"""What happens at the gateway's own pages: refunds, disputes and cancellations arrive here once, or somebody is asked.

The events have the shape in which Stripe posts them, with its signature.
"""

import json
import time
from pathlib import Path

import pytest
import stripe

from arbill_app.invoices.models import Invoice
from arbill_app.kernel import automations
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import effects
from arbill_app.kernel.settings import settings
from arbill_app.payments import jobs
from arbill_app.payments.charging import webhooks
from arbill_app.payments.gateway.protocol import Charge
from arbill_app.payments.gateway.protocol import Refund as Told
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.stripe.gateway import StripeGateway
from arbill_app.payments.gateway.stripe.reading import EVENTS
from arbill_app.payments.models import Attempt, Dispute, GatewayEvent, Payment, Refund
from arbill_app.payments.refunding import refund_payment
from tests.payments import till
from tests.payments.test_webhooks import charged, door  # noqa: F401

pytestmark = pytest.mark.usefixtures("quick")
SECRET = "whsec_tests"


@pytest.fixture
def at_stripe(two, door, monkeypatch):  # noqa: F811
    """A payment of $100.00 that Stripe captured, and what Stripe says when it is asked."""
    attempt, invoice = charged(two)
    monkeypatch.setenv("ARBILL_STRIPE_SECRET_KEY", "sk_test")
    monkeypatch.setenv("ARBILL_STRIPE_WEBHOOK_SECRET", SECRET)
    settings.cache_clear()
    return AtStripe(two, door, monkeypatch, attempt, invoice)


class AtStripe:
    def __init__(self, two, door, monkeypatch, attempt, invoice):  # noqa: F811
        self.two, self.door, self.attempt, self.invoice = two, door, attempt, invoice
        self.refunds: list[Told] = []
        self.status = "succeeded"
        monkeypatch.setattr(StripeGateway, "fetch", lambda _, id: self._charge(id))
        monkeypatch.setattr(StripeGateway, "refunds", lambda _, id: self.refunds)

    def _charge(self, id):
        gone = sum(one.amount for one in self.refunds if one.status != "failed")
        return Charge(id, self.status, 10_000, "USD", key=self.attempt.key, refunded=gone)

    def refunded(self, amount, status="succeeded", id="re_1", key=""):
        self.refunds = [one for one in self.refunds if one.id != id]
        self.refunds.append(Told(id, status, amount, self.attempt.charge_id, key))

    def charge(self, **changes):
        """A Charge as it stands in `charge.refunded`: how much went back, and no refund."""
        return {
            "id": "ch_3Q",
            "object": "charge",
            "amount": 10_000,
            "amount_captured": 10_000,
            "amount_refunded": 3_000,
            "currency": "usd",
            "metadata": {"arbill_partner": self.two.nora.partner_id, "arbill_key": f"x/{self.attempt.key}"},
            "payment_intent": self.attempt.charge_id,
            "refunded": False,
            "status": "succeeded",
        } | changes

    def refund(self, **changes):
        """A Refund as in `refund.*` and `charge.refund.updated`: one made on the dashboard has no metadata."""
        return {
            "id": "re_1",
            "object": "refund",
            "amount": 3_000,
            "charge": "ch_3Q",
            "currency": "usd",
            "metadata": {},
            "payment_intent": self.attempt.charge_id,
            "reason": None,
            "status": "succeeded",
        } | changes

    def post(self, type, said, id=""):
        body = json.dumps({"id": id or f"evt_{type}", "object": "event", "type": type, "data": {"object": said}})
        at = int(time.time())
        signed = stripe.WebhookSignature._compute_signature(f"{at}.{body}", SECRET)
        status, text = self.door(body.encode(), {"stripe-signature": f"t={at},v1={signed}"}, "stripe")
        assert status == 200, text
        till.work()
        return json.loads(text)["new"]

    def event(self):
        return till.only_kind(self.two.nora, "gateway_event")

    def payment(self):
        return till.only(self.two.nora, Payment)


def state_of(effect):
    return effect.state, effect.last_error


# ---------------------------------------------------------------- refunds


def test_a_charge_that_was_refunded_on_the_dashboard_is_refunded_here(two, at_stripe):
    at_stripe.refunded(3_000)
    assert at_stripe.post("charge.refunded", at_stripe.charge())
    assert not at_stripe.post("charge.refunded", at_stripe.charge()), "the same event again"
    assert at_stripe.post("charge.refunded", at_stripe.charge(), id="evt_again")
    (refund,) = till.everything(two.nora, Refund)
    assert (refund.amount, refund.state, refund.reason) == (3_000, "succeeded", "Refunded at the gateway")
    assert at_stripe.payment().refunded == 3_000
    assert till.row(two.nora, Invoice, at_stripe.invoice).refunded == 3_000
    assert len(till.letters(two.nora, "refund")) == 1


@pytest.mark.parametrize("type", ["refund.created", "refund.updated", "charge.refund.updated"])
def test_each_of_the_refund_events_tells_of_it(two, at_stripe, type):
    at_stripe.refunded(3_000)
    at_stripe.post(type, at_stripe.refund())
    at_stripe.post("charge.refunded", at_stripe.charge())
    assert [one.amount for one in till.everything(two.nora, Refund)] == [3_000]


def test_several_refunds_in_one_event_are_all_recorded(two, at_stripe):
    at_stripe.refunded(3_000)
    at_stripe.refunded(1_250, id="re_2")
    at_stripe.post("charge.refunded", at_stripe.charge(amount_refunded=4_250))
    assert sorted(one.amount for one in till.everything(two.nora, Refund)) == [1_250, 3_000]
    assert at_stripe.payment().refunded == 4_250


def test_a_refund_that_is_under_way_holds_its_amount_until_it_succeeded_or_failed(two, at_stripe):
    at_stripe.refunded(3_000, "processing")
    at_stripe.post("refund.created", at_stripe.refund(status="pending"))
    assert till.only(two.nora, Refund).state == "processing"
    assert at_stripe.payment().refunded == 0
    at_stripe.refunded(3_000, "failed")
    at_stripe.post("refund.failed", at_stripe.refund(status="failed"))
    assert till.only(two.nora, Refund).state == "failed"
    assert at_stripe.payment().refunded == 0


def test_a_refund_that_succeeded_and_fails_days_later_gives_its_money_back(two, at_stripe):
    at_stripe.refunded(3_000)
    at_stripe.post("charge.refunded", at_stripe.charge())
    at_stripe.refunded(3_000, "failed")
    at_stripe.post("refund.failed", at_stripe.refund(status="failed", failure_reason="lost_or_stolen_card"))
    payment = at_stripe.payment()
    assert (payment.refunded, payment.unapplied) == (0, 3_000)


def test_one_of_ours_is_known_by_its_key_and_recorded_once(two, at_stripe):
    values = {"amount": "30", "reason": "Goodwill"}
    made = write(two.nora, refund_payment, at_stripe.payment().id, values, "ours")
    write(two.nora, lambda tx: setattr(tx.get(Effect, only_due(tx)), "state", "done"))
    at_stripe.refunded(3_000, key=made.key)
    at_stripe.post("charge.refunded", at_stripe.charge())
    (refund,) = till.everything(two.nora, Refund)
    assert (refund.id, refund.state, refund.gateway_id) == (made.id, "succeeded", "re_1")


def only_due(tx):
    return tx.first(tx.own(Effect).where(Effect.kind == "refund")).id


def test_one_that_was_asked_for_before_a_backup_was_restored_is_recorded(two, at_stripe):
    """It carries a key of ours that no row here knows."""
    at_stripe.refunded(3_000, key="from another life")
    at_stripe.post("charge.refunded", at_stripe.charge())
    assert till.only(two.nora, Refund).amount == 3_000


def test_more_than_is_left_here_is_for_a_person_and_is_recorded_when_there_is_room(two, at_stripe):
    at_stripe.refunded(3_000)
    write(two.nora, lambda tx: setattr(tx.get(Payment, at_stripe.payment().id), "disputed", 8_000))
    at_stripe.post("charge.refunded", at_stripe.charge())
    assert till.everything(two.nora, Refund) == []
    effect = at_stripe.event()
    assert state_of(effect) == (
        "review",
        "$30.00 was refunded at the gateway, but only $20.00 of this payment is left here.",
    )
    write(two.nora, lambda tx: setattr(tx.get(Payment, at_stripe.payment().id), "disputed", 0))
    write(two.nora, effects.retry, effect.id)
    till.work()
    assert at_stripe.event().state == "done"
    assert at_stripe.payment().refunded == 3_000


def test_a_sum_that_no_refund_explains_is_for_a_person(two, at_stripe, monkeypatch):
    at_stripe.refunded(3_000)
    monkeypatch.setattr(StripeGateway, "refunds", lambda *_: [])
    at_stripe.post("charge.refunded", at_stripe.charge())
    state, why = state_of(at_stripe.event())
    assert (state, why.startswith("The gateway refunded $30.00 of this charge, arbill knows of $0.00.")) == (
        "review",
        True,
    )


def test_the_sandbox_tells_of_a_refund_that_was_made_there(two):
    attempt, _ = charged(two)
    Sandbox(two.nora.partner_id).refund_elsewhere(attempt.charge_id, 3_000)
    till.bank_day()
    assert till.only(two.nora, Refund).amount == 3_000


def test_one_to_a_bank_account_is_followed_though_nobody_tells(two):
    attempt, _ = charged(two, till.SETTLES, till.BANK)
    till.bank_day()
    Sandbox(two.nora.partner_id).refund_elsewhere(attempt.charge_id, 3_000)
    webhooks.run_sandbox_bank(webhooks.clock.now())
    till.work()
    assert till.only(two.nora, Refund).state == "processing"
    far = webhooks.clock.now() + jobs.timedelta(days=1)
    jobs_bank_settles(far)
    jobs.look_after_refunds(far)
    assert till.only(two.nora, Refund).state == "succeeded"


def jobs_bank_settles(now):
    webhooks.bank.settle_due(now)


# ---------------------------------------------------------------- what arbill does not know


def test_an_event_that_arbill_does_not_use_is_shown_as_ignored(two, at_stripe):
    said = {"id": "seti_1", "object": "setup_intent", "metadata": {"arbill_partner": two.nora.partner_id}}
    at_stripe.post("setup_intent.setup_failed", said)
    effect = at_stripe.event()
    assert state_of(effect) == ("ignored", webhooks.UNUSED)
    shown = read(two.nora, automations.activities, "UTC", "ignored").rows
    assert [(row.what, row.state, row.badge, row.why) for row in shown] == [
        ("Gateway event: setup_intent.setup_failed", "Ignored", "warn", webhooks.UNUSED)
    ]
    assert till.only(two.nora, GatewayEvent).kind == "setup_intent.setup_failed"


def test_a_charge_that_names_this_company_but_is_not_known_here_is_for_a_person(two, at_stripe):
    """Begun after the backup that was restored, say."""
    at_stripe.attempt.key = ""
    at_stripe.post("charge.refunded", at_stripe.charge(payment_intent="pi_unknown"))
    state, why = state_of(at_stripe.event())
    assert (state, "pi_unknown" in why) == ("review", True)
    assert at_stripe.payment().refunded == 0


def test_what_concerns_nothing_here_is_logged(two, at_stripe, caplog):
    with caplog.at_level("INFO"):
        assert not at_stripe.post("customer.created", {"id": "cus_1", "object": "customer", "metadata": {}})
    assert "evt_customer.created (customer.created)" in caplog.text
    assert till.everything(two.nora, GatewayEvent) == []


def test_a_dispute_of_a_charge_without_a_payment_is_for_a_person(two, at_stripe):
    at_stripe.attempt.key = ""
    said = {"id": "dp_1", "object": "dispute", "amount": 500, "currency": "usd", "status": "needs_response"}
    said |= {"payment_intent": "pi_unknown", "metadata": {"arbill_partner": two.nora.partner_id}}
    at_stripe.post("charge.dispute.created", said)
    assert at_stripe.event().state == "review"
    assert till.everything(two.nora, Dispute) == []


@pytest.mark.parametrize(
    ("verb", "status", "state"),
    [
        ("created", "needs_response", "open"),
        ("updated", "under_review", "open"),
        ("funds_withdrawn", "needs_response", "open"),
        ("funds_reinstated", "won", "won"),
        ("closed", "lost", "lost"),
    ],
)
def test_every_dispute_event_is_understood(two, at_stripe, verb, status, state):
    said = {"id": "dp_1", "object": "dispute", "amount": 10_000, "currency": "usd", "status": status}
    said |= {"payment_intent": at_stripe.attempt.charge_id, "reason": "fraudulent", "metadata": {}}
    at_stripe.post(f"charge.dispute.{verb}", said)
    assert till.only(two.nora, Dispute).state == state
    assert at_stripe.event().state == "done"


def test_a_charge_that_was_cancelled_on_the_dashboard_sets_its_invoice_free(two, at_stripe):
    write(two.nora, lambda tx: reopen(tx, at_stripe.attempt.id))
    at_stripe.status = "canceled"
    said = {"id": at_stripe.attempt.charge_id, "object": "payment_intent", "amount": 10_000, "currency": "usd"}
    at_stripe.post("payment_intent.canceled", said | {"status": "canceled", "metadata": {}})
    assert till.row(two.nora, Attempt, at_stripe.attempt.id).state == "canceled"


def reopen(tx, attempt_id):
    """As if nobody had told how it ended."""
    attempt = tx.get(Attempt, attempt_id)
    attempt.state, attempt.ended_at = "requires_action", None


def test_readme_names_every_event_to_subscribe_to():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [name for name in EVENTS if f"`{name}`" not in readme] == []
