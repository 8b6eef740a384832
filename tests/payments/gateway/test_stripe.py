"""What Stripe may answer, or not answer, beyond what localstripe shows."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote_plus

import pytest
import stripe

from arbill_app.payments.gateway.protocol import BadSignature, GatewayDown, GatewayRefusal, GatewayTimeout
from arbill_app.payments.gateway.stripe import calls
from arbill_app.payments.gateway.stripe.amounts import from_stripe, to_stripe
from arbill_app.payments.gateway.stripe.gateway import StripeGateway
from arbill_app.payments.gateway.stripe.reading import charge_of, event_of, finished, method_of
from tests.payments.gateway.shim import serving
from tests.services import free_port

SECRET = "whsec_tests"


def gateway(base):
    return StripeGateway("par_1", "sk_test_x", base, SECRET)


class Answers(BaseHTTPRequestHandler):
    """Says JSON, and nothing in the test's output."""

    def answer(self, said, status=200):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_):
        pass


@contextmanager
def answering(status, said):
    """Something that answers everything alike."""

    class Door(Answers):
        def do_GET(self):
            self.answer(said, status)

        do_POST = do_GET

    with serving(Door) as base:
        yield gateway(base)


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ida@bücher.example", "ida@xn--bcher-kva.example"),
        ("Ida@Bluebird.example", "Ida@Bluebird.example"),
        ("jürgen@bücher.example", ""),
    ],
)
def test_stripe_is_told_addresses_in_ascii(typed, told):
    asked = []

    class Door(Answers):
        def do_GET(self):
            length = int(self.headers.get("content-length") or 0)
            asked.append(unquote_plus(f"{self.path} {self.rfile.read(length).decode()}"))
            empty = {"object": "list", "data": [], "has_more": False, "url": "/v1/customers"}
            said = empty if self.command == "GET" else {"id": "cus_1", "object": "customer"}
            self.answer(said)

        do_POST = do_GET

    with serving(Door) as base:
        assert gateway(base).ensure_customer("cus_1", typed, "Ida Moss") == "cus_1"
    assert asked
    assert typed == told or typed not in "".join(asked)
    assert all(f"email={told}" in said for said in asked) if told else "@" not in "".join(asked)


# ---------------------------------------------------------------- no good answer


def test_where_nobody_listens_nothing_happened():
    with pytest.raises(GatewayDown):
        gateway(f"http://127.0.0.1:{free_port()}").fetch("pi_1")


def test_where_the_name_is_unknown_nothing_happened():
    with pytest.raises(GatewayDown):
        gateway("http://stripe.invalid").fetch("pi_1")


def test_who_takes_the_call_and_says_nothing_may_have_done_it(monkeypatch):
    monkeypatch.setattr(calls, "ANSWER", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(GatewayTimeout):
        gateway(f"http://127.0.0.1:{silent.getsockname()[1]}").fetch("pi_1")


def test_who_hangs_up_in_the_middle_may_have_done_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        with pytest.raises(GatewayTimeout):
            gateway(f"http://127.0.0.1:{server.getsockname()[1]}").fetch("pi_1")


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        (401, {"type": "invalid_request_error"}, GatewayDown, "key"),
        (403, {"type": "invalid_request_error"}, GatewayDown, "key"),
        (429, {"code": "rate_limit"}, GatewayDown, "busy"),
        (409, {"type": "idempotency_error", "code": "idempotency_key_in_use"}, GatewayTimeout, "unclear"),
        (500, {"type": "api_error"}, GatewayTimeout, "unclear"),
        (503, {"type": "api_error"}, GatewayTimeout, "unclear"),
        (400, {"type": "idempotency_error"}, GatewayRefusal, "key_reused"),
        (404, {"type": "invalid_request_error", "code": "resource_missing"}, GatewayRefusal, "resource_missing"),
    ],
)
def test_errors_say_whether_it_may_have_happened(status, error, kind, code):
    with answering(status, {"error": {"message": "Something.", **error}}) as asked:
        with pytest.raises(kind) as raised:
            asked.fetch("pi_1")
        assert raised.value.code == code
        assert raised.value.message.endswith(".")


def test_an_answer_that_is_no_json_is_no_answer():
    with answering(502, "") as asked, pytest.raises(GatewayTimeout):
        asked.fetch("pi_1")


# ---------------------------------------------------------------- what its objects mean


def intent(status="requires_payment_method", **more):
    return {"id": "pi_1", "object": "payment_intent", "status": status, "amount": 500, "currency": "usd"} | more


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "declined", "insufficient_funds"),
        ({"code": "expired_card", "decline_code": "expired_card"}, "declined", "expired_card"),
        ({"code": "card_declined", "decline_code": "brand_new_code"}, "declined", "card_declined"),
        ({"code": "authentication_required", "decline_code": "authentication_required"}, "requires_action", None),
        ({"code": "card_declined", "decline_code": "authentication_required"}, "requires_action", None),
        ({"code": "payment_intent_authentication_failure"}, "declined", "authentication_failed"),
    ],
)
def test_what_failed_says_why(error, status, code):
    charge = charge_of(intent(last_payment_error=error))
    assert (charge.status, charge.decline and charge.decline.code) == (status, code)


def test_a_returned_debit_says_why():
    charge = charge_of(intent(latest_charge={"failure_code": "account_closed"}, last_payment_error={"code": "x"}))
    assert charge.decline.code == "account_closed"


def test_a_bank_account_may_have_to_be_verified_first():
    verify = {"verify_with_microdeposits": {"hosted_verification_url": "https://verify.example/1"}}
    account = {"id": "pm_1", "type": "us_bank_account", "us_bank_account": {"last4": "6789", "bank_name": "TEST BANK"}}
    waiting = {"id": "seti_1", "status": "requires_action", "payment_method": account, "mandate": "man_1"}
    method = finished({"status": "complete", "setup_intent": waiting | {"next_action": verify}})
    assert (method.ready, method.verify_url, method.mandate) == (False, "https://verify.example/1", "man_1")
    assert finished({"status": "complete", "setup_intent": waiting | {"status": "succeeded"}}).ready


def test_an_amex_keeps_its_name():
    card = {"brand": "amex", "last4": "0005", "funding": "unknown", "exp_month": 1, "exp_year": 2030}
    method = method_of({"id": "pm_1", "type": "card", "card": card, "customer": {"id": "cus_1"}})
    assert (method.brand, method.funding, method.customer, method.bank_name) == ("amex", "", "cus_1", "")


def disputed(status):
    said = {"id": "dp_1", "object": "dispute", "status": status, "amount": 500, "currency": "usd"}
    said |= {"reason": "fraudulent", "payment_intent": "pi_1"}
    return event_of({"id": "evt_1", "type": "charge.dispute.updated", "data": {"object": said}})


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed"])
def test_a_bank_that_only_asks_has_taken_nothing(status):
    assert disputed(status).dispute is None


@pytest.mark.parametrize(
    ("status", "state"),
    [("needs_response", "open"), ("under_review", "open"), ("won", "won"), ("lost", "lost")],
)
def test_a_dispute_is_open_won_or_lost(status, state):
    event = disputed(status)
    assert (event.kind, event.charge_id, event.dispute.state, event.partner_id) == (
        "charge.disputed",
        "pi_1",
        state,
        "",
    )


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("payment_intent.succeeded", intent("succeeded", latest_charge="ch_1"), "charge.succeeded"),
        ("payment_intent.processing", intent("processing"), "charge.processing"),
        ("payment_intent.payment_failed", intent(last_payment_error={"code": "card_declined"}), "charge.failed"),
        (
            "payment_intent.payment_failed",
            intent(last_payment_error={"code": "authentication_required"}),
            "charge.requires_action",
        ),
        ("payment_intent.created", intent(), "other"),
        ("payment_method.automatically_updated", {"id": "pm_1"}, "method.updated"),
        ("payment_method.detached", {"id": "pm_1"}, "method.detached"),
        ("checkout.session.completed", {"id": "cs_1", "mode": "setup"}, "setup.finished"),
        ("checkout.session.completed", {"id": "cs_1", "mode": "payment"}, "other"),
        ("setup_intent.succeeded", {"id": "seti_1", "payment_method": "pm_1"}, "setup.finished"),
        ("charge.refunded", {"object": "charge", "payment_intent": "pi_1"}, "charge.refunded"),
        ("charge.captured", {"object": "charge", "payment_intent": "pi_1"}, "charge.updated"),
        ("payment_intent.canceled", intent("canceled"), "charge.canceled"),
        ("setup_intent.setup_failed", {"id": "seti_1"}, "other"),
        ("invoice.paid", {"id": "in_1", "metadata": None}, "other"),
    ],
)
def test_events_have_our_names(name, said, kind):
    assert event_of({"id": "evt_1", "type": name, "data": {"object": said}}).kind == kind


def test_a_refund_that_failed_is_told():
    said = {"id": "re_1", "object": "refund", "status": "failed", "amount": 300, "currency": "usd"}
    said |= {"payment_intent": "pi_1", "metadata": {"arbill_partner": "par_1", "arbill_key": "par_1/refund:1"}}
    event = event_of({"id": "evt_1", "type": "refund.failed", "data": {"object": said}})
    assert (event.partner_id, event.refund.status, event.refund.key) == ("par_1", "failed", "refund:1")


def test_only_stripes_signature_over_the_raw_body_counts():
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": intent("succeeded")}}
    body = json.dumps(event, indent=2).encode()
    signed = stripe.WebhookSignature._compute_signature
    at = int(time.time())
    header = {"Stripe-Signature": f"t={at},v1={signed(f'{at}.{body.decode()}', SECRET)}"}
    assert gateway(None).parse_webhook(body, header).id == "evt_1"
    for wrong in (StripeGateway("par_1", "sk", None, "whsec_other"), StripeGateway("par_1", "sk", None, None)):
        with pytest.raises(BadSignature):
            wrong.parse_webhook(body, header)
    with pytest.raises(BadSignature):
        gateway(None).parse_webhook(json.dumps(event).encode(), header)


# ---------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("amount", "currency", "counted"),
    [
        (12345, "USD", 12345),
        (500, "JPY", 500),
        (500, "ISK", 50000),
        (500, "UGX", 50000),
        (500, "MGA", 5),
        (5120, "KWD", 5120),
    ],
)
def test_amounts_are_counted_as_stripe_counts(amount, currency, counted):
    assert to_stripe(amount, currency) == counted
    assert from_stripe(counted, currency) == amount


@pytest.mark.parametrize(("amount", "currency"), [(5124, "KWD"), (550, "MGA")])
def test_an_amount_stripe_cannot_express_is_refused(amount, currency):
    with pytest.raises(GatewayRefusal):
        to_stripe(amount, currency)
