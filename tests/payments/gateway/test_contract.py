"""What every gateway keeps to: run on the sandbox (both databases) and on Stripe's SDK before localstripe."""

from dataclasses import replace

import pytest

from arbill_app.payments.gateway.protocol import CARD, PAD, US_BANK, BadSignature, GatewayRefusal, GatewayTimeout
from tests.payments.gateway.conftest import BACK, key, number_of, on_every_bench

pytestmark = on_every_bench
UNKNOWN = "sk_or_sbc_nobody"


# ---------------------------------------------------------------- methods


def test_a_customer_is_the_same_again(bench):
    assert bench.customer("cus_same") == bench.customer("cus_same") != bench.customer("cus_other")


def test_a_saved_card_says_what_people_recognise_it_by(bench):
    customer = bench.customer()
    first, again = (bench.method("success", CARD, customer) for _ in range(2))
    assert (first.kind, first.brand, first.last4, first.customer) == (CARD, "visa", "4242", customer)
    assert (first.exp_month, first.exp_year, first.funding, first.needs_mandate) == (12, 2034, "credit", False)
    assert first.fingerprint == again.fingerprint != bench.method("action").fingerprint
    assert bench.gateway.fetch_method(first.token) == first


@pytest.mark.parametrize("kind", [US_BANK, PAD])
def test_a_saved_bank_account_comes_with_its_mandate(bench, kind):
    method = bench.method("settle", kind)
    assert (method.kind, method.last4, method.ready, method.needs_mandate) == (kind, "6789", True, True)
    assert method.mandate
    assert method.bank_name


def test_a_setup_is_not_finished_before_anything_was_typed(bench):
    token = bench.begun(bench.customer())
    with pytest.raises(GatewayRefusal) as refused:
        bench.gateway.finish_setup(token)
    assert refused.value.code == "not_finished"
    bench.enter(token, CARD, number_of("success"))
    assert bench.gateway.finish_setup(token) == bench.gateway.finish_setup(token)


def test_the_same_setup_is_begun_once(bench):
    customer, once = bench.customer(), key()
    first, again = (bench.gateway.begin_setup(customer, [CARD], BACK, once) for _ in range(2))
    assert first == again
    assert first.url


def test_what_was_detached_cannot_be_charged(bench):
    method = bench.method()
    for _ in range(2):
        bench.gateway.detach(method.token)
    assert bench.gateway.fetch_method(method.token).customer == ""
    with pytest.raises(GatewayRefusal):
        bench.charge(method)


def test_a_method_pays_for_its_own_customer_only(bench):
    with pytest.raises(GatewayRefusal):
        bench.charge(replace(bench.method(), customer=bench.customer()))


# ---------------------------------------------------------------- charges


def test_a_card_is_charged(bench):
    made = bench.charge(bench.method(), 12500, key="charge:inv_9:1", ref="ptt_9")
    assert (made.status, made.amount, made.currency) == ("succeeded", 12500, "USD")
    assert (made.key, made.ref, made.decline, made.refunded) == ("charge:inv_9:1", "ptt_9", None, 0)
    assert bench.gateway.fetch(made.id) == made


@pytest.mark.parametrize(
    ("code", "staff", "customer", "advice", "again"),
    [
        ("card_declined", "did not say why", "did not approve", "ask your bank", True),
        ("insufficient_funds", "not enough money", "not enough money", "try again", True),
        ("expired_card", "has expired", "has expired", "add your new card", False),
        ("incorrect_cvc", "security code", "security code", "check each number", False),
        ("lost_card", "reported lost", "did not approve", "another card", False),
        ("stolen_card", "reported stolen", "did not approve", "another card", False),
        ("try_again_later", "could not answer", "could not be reached", "try again", True),
    ],
)
def test_a_decline_says_why_and_what_to_do(bench, code, staff, customer, advice, again):
    made = bench.charge(bench.method(f"decline:{code}"))
    assert (made.status, made.decline.code, made.decline.again) == ("declined", code, again)
    assert staff in made.decline.staff
    assert customer in made.decline.customer
    assert advice in made.decline.advice
    assert bench.gateway.fetch(made.id).decline == made.decline


@pytest.mark.parametrize(("approve", "status"), [(True, "succeeded"), (False, "declined")])
def test_a_charge_off_session_waits_for_the_customers_approval(bench, approve, status):
    made = bench.charge(bench.method("action"))
    assert (made.status, made.decline) == ("requires_action", None)
    waiting = bench.gateway.begin_action(made.id, BACK)
    assert (waiting.id, waiting.status) == (made.id, "requires_action")
    bench.answer(waiting, approve)
    ended = bench.gateway.fetch(made.id)
    assert ended.status == status
    assert (ended.decline and ended.decline.code) == (None if approve else "authentication_failed")
    assert ended.action_url == ""


def test_a_charge_on_session_says_at_once_where_to_approve(bench):
    made = bench.charge(bench.method("action"), on_session=True, return_url=BACK)
    assert made.status == "requires_action"
    bench.answer(made, True)
    assert bench.gateway.fetch(made.id).status == "succeeded"


def test_what_nobody_approved_can_be_canceled(bench):
    made = bench.charge(bench.method("action"), on_session=True, return_url=BACK)
    assert bench.gateway.cancel(made.id).status == "canceled"
    assert bench.gateway.cancel(made.id).status == "canceled"
    bench.answer(made, True)
    assert bench.gateway.fetch(made.id).status == "canceled"


def test_what_has_succeeded_is_not_canceled(bench):
    made = bench.charge(bench.method())
    assert bench.gateway.cancel(made.id) == made


@pytest.mark.parametrize(("kind", "currency"), [(US_BANK, "USD"), (PAD, "CAD")])
def test_a_bank_payment_is_processing_until_it_settles(bench, kind, currency):
    made = bench.charge(bench.method("settle", kind), currency=currency)
    assert (made.status, made.currency) == ("processing", currency)
    assert bench.until(made, "succeeded").status == "succeeded"


def test_a_bank_payment_fails_later_and_says_why(bench):
    made = bench.charge(bench.method("fail:insufficient_funds", US_BANK))
    assert made.status == "processing"
    failed = bench.until(made, "declined")
    assert (failed.status, failed.decline.code) == ("declined", "insufficient_funds")


def test_a_charge_nobody_knows_is_refused(bench):
    with pytest.raises(GatewayRefusal):
        bench.gateway.fetch(UNKNOWN)


# ---------------------------------------------------------------- once


def test_the_same_key_charges_once(bench):
    method, once = bench.method(), key()
    first, again = (bench.charge(method, key=once) for _ in range(2))
    assert first == again


def test_the_same_key_with_another_amount_is_refused(bench):
    method, once = bench.method(), key()
    made = bench.charge(method, 100, key=once)
    with pytest.raises(GatewayRefusal) as refused:
        bench.charge(method, 200, key=once)
    assert refused.value.code == "key_reused"
    assert bench.gateway.fetch(made.id).amount == 100


def test_a_declined_key_stays_declined(bench):
    method, once = bench.method("decline:insufficient_funds"), key()
    assert bench.charge(method, key=once) == bench.charge(method, key=once)


def test_what_gave_no_answer_is_found_by_its_key_and_not_charged_again(bench):
    method, once = bench.method("timeout"), key()
    with pytest.raises(GatewayTimeout):
        bench.charge(method, key=once)
    found = bench.gateway.find(once, method.customer)
    assert (found.status, found.amount, found.key) == ("succeeded", 12500, once)
    assert bench.gateway.find(once) == found
    assert bench.charge(method, key=once) == found


def test_a_key_that_was_never_used_is_not_found(bench):
    method = bench.method()
    bench.charge(method, key="charge:inv_77:1")
    assert bench.gateway.find("charge:inv_7", method.customer) is None
    assert bench.gateway.find("charge:inv_7") is None


def test_two_partners_may_use_the_same_key(bench):
    bench.charge(bench.method(), key="charge:1")
    other = type(bench)(**{**vars(bench), "gateway": bench.other_partner()})
    assert other.gateway.find("charge:1") is None
    assert other.charge(other.method(), 7700, key="charge:1").amount == 7700


# ---------------------------------------------------------------- refunds


def test_refunds_go_up_to_what_was_captured_and_never_beyond(bench):
    made = bench.charge(bench.method(), 10000)
    first = bench.gateway.refund(made.id, 4000, "refund:1", "Two chairs came back")
    assert (first.status, first.amount, first.charge_id, first.key) == ("succeeded", 4000, made.id, "refund:1")
    with pytest.raises(GatewayRefusal) as refused:
        bench.gateway.refund(made.id, 6001, "refund:2", "")
    assert refused.value.code == "over_refund"
    assert bench.gateway.fetch(made.id).refunded == 4000
    bench.gateway.refund(made.id, 6000, "refund:3", "requested_by_customer")
    assert bench.gateway.fetch(made.id).refunded == 10000
    with pytest.raises(GatewayRefusal):
        bench.gateway.refund(made.id, 1, "refund:4", "")


def test_all_refunds_of_a_charge_are_listed(bench):
    made = bench.charge(bench.method(), 10000)
    assert bench.gateway.refunds(made.id) == []
    parts = [bench.gateway.refund(made.id, amount, f"refund:{amount}", "") for amount in (4000, 100)]
    assert sorted(bench.gateway.refunds(made.id), key=lambda one: -one.amount) == parts


def test_the_same_refund_is_given_once_and_found_by_its_key(bench):
    made = bench.charge(bench.method(), 10000)
    first, again = (bench.gateway.refund(made.id, 10000, "refund:1", "") for _ in range(2))
    assert first == again == bench.gateway.find_refund(made.id, "refund:1")
    assert bench.gateway.find_refund(made.id, "refund:2") is None
    assert bench.gateway.fetch(made.id).refunded == 10000
    with pytest.raises(GatewayRefusal) as refused:
        bench.gateway.refund(made.id, 1, "refund:1", "")
    assert refused.value.code == "key_reused"


@pytest.mark.parametrize(("outcome", "kind"), [("decline:card_declined", CARD), ("settle", US_BANK)])
def test_what_was_not_captured_cannot_be_refunded(bench, outcome, kind):
    made = bench.charge(bench.method(outcome, kind))
    with pytest.raises(GatewayRefusal):
        bench.gateway.refund(made.id, 100, "refund:1", "")


# ---------------------------------------------------------------- webhooks


def test_a_webhook_tells_of_a_charge_to_whose_partner_it_is(bench):
    made = bench.charge(bench.method())
    body, headers = bench.heard_of(made, "charge.succeeded")
    event = bench.gateway.parse_webhook(body, headers)
    assert event.partner_id == bench.gateway.partner_id
    assert bench.gateway.parse_webhook(body, headers).id == event.id


def test_a_webhook_tells_of_a_bank_payment_that_failed(bench):
    made = bench.charge(bench.method("fail:insufficient_funds", US_BANK))
    bench.until(made, "declined")
    body, headers = bench.heard_of(made, "charge.failed")
    assert made.id.encode() in body
    assert bench.gateway.parse_webhook(body, headers).charge_id == made.id


def test_a_webhook_that_was_changed_or_is_not_signed_is_refused(bench):
    made = bench.charge(bench.method())
    body, headers = bench.heard_of(made, "charge.succeeded")
    other = bench.heard_of(bench.charge(bench.method()), "charge.succeeded")[1]
    changed = body.replace(made.id.encode(), b"pi_somebody_elses")
    for forged in ((changed, headers), (body + b" ", headers), (body, other), (body, {}), (b"\xff", headers)):
        with pytest.raises(BadSignature):
            bench.gateway.parse_webhook(*forged)
