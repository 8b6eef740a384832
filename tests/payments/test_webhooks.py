"""What gateways tell us: forged it is refused, replayed and reordered it changes nothing."""

import json

import anyio
import httpx
import pytest
from fastapi import FastAPI

from arbill_app import hooks
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import write
from arbill_app.payments.charging import attempts, webhooks
from arbill_app.payments.gateway.protocol import Dispute as Told
from arbill_app.payments.gateway.protocol import Event, Method
from arbill_app.payments.gateway.protocol import Refund as Refunded
from arbill_app.payments.gateway.sandbox import bank, page
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.methods import methods
from arbill_app.payments.models import Attempt, Dispute, GatewayEvent, Payment, PaymentMethod, Refund
from tests.payments import till
from tests.world import card, make_invoice, make_method

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def door():
    """Posts to the address where gateways knock; gives the status and what it said."""
    api = FastAPI()
    hooks.open_on(api)

    async def post(body, headers, gateway):
        transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://billing.example") as client:
            answer = await client.post(f"/webhooks/{gateway}", content=body, headers=headers)
            return answer.status_code, answer.text

    return lambda body, headers, gateway="sandbox": anyio.run(post, body, headers, gateway)


def charged(two, number=till.CHECK, kind="card"):
    """(attempt, invoice) of $100, charged; what the bank says of it waits to be delivered."""
    invoice = make_invoice(two.nora, two.ada)
    attempt = till.charge(two.nora, two.ada, make_method(two.nora, two.ada, number, kind=kind), (invoice, 10_000))
    till.work()
    return till.row(two.nora, Attempt, attempt.id), invoice


def deliveries(*kinds):
    return [one for one in bank.deliveries() if json.loads(one.body)["kind"] in kinds]


def event(kind, charge_id="", **more):
    return Event(f"evt_{kind}_{len(more)}", kind, charge_id=charge_id, **more)


# ---------------------------------------------------------------- the door


def test_what_the_gateway_posts_is_taken_once(two, door):
    attempt, invoice = charged(two, till.SETTLES, till.BANK)
    bank.settle_due(clock.now())
    (told,) = deliveries("charge.succeeded")
    assert [door(told.body, told.headers) for _ in range(2)] == [(200, '{"new":true}'), (200, '{"new":false}')]
    assert till.states(two.nora) == ["processing"], "the door only writes it down"
    till.work()
    assert till.states(two.nora) == ["succeeded"]
    assert till.balance(two.nora, invoice) == 0
    assert till.only(two.nora, GatewayEvent).charge_id == attempt.charge_id
    till.check_books(two.nora)


def forged(told, **changes):
    return json.dumps(json.loads(told.body) | changes, sort_keys=True).encode()


def test_what_was_changed_on_its_way_is_refused(two, door):
    charged(two)
    told = deliveries("charge.succeeded")[0]
    signature = told.headers[bank.HEADER]
    other = signature.replace(two.nora.partner_id, two.sol.partner_id)
    attacks = [
        (forged(told, kind="refund.updated"), told.headers),
        (forged(told, partner_id=two.sol.partner_id), told.headers),
        (told.body + b" ", told.headers),
        (told.body, {}),
        (told.body, {bank.HEADER: other}),
        (told.body, {bank.HEADER: signature[:-1] + ("0" if signature[-1] != "0" else "1")}),
        (told.body, {bank.HEADER: signature.replace("t=", "t=1")}),
        (told.body, {bank.HEADER: signature.replace("t=", "t=²").encode("latin-1")}),
        (told.body, {bank.HEADER: f"p={two.nora.partner_id},t={'9' * 5000},v1=0"}),
        (told.body, {bank.HEADER: "p=,t=,v1="}),
        (b"", told.headers),
    ]
    assert [door(*attack)[0] for attack in attacks] == [400] * len(attacks)
    assert till.everything(two.nora, GatewayEvent) == []


def test_what_is_too_old_is_refused(two, door, monkeypatch):
    charged(two)
    told = deliveries("charge.succeeded")[0]
    monkeypatch.setattr(bank, "TOLERANCE", -1)
    assert door(told.body, told.headers)[0] == 400


def test_a_gateway_that_is_not_in_use_is_not_listened_to(two, door):
    charged(two)
    told = deliveries("charge.succeeded")[0]
    assert [door(told.body, told.headers, gateway)[0] for gateway in ("stripe", "nobody")] == [400, 400]


def test_what_is_too_large_is_refused_unread(two, door):
    assert door(b" " * (hooks.LARGEST + 1), {})[0] == 413


# ---------------------------------------------------------------- whose it is


def test_what_belongs_to_nobody_here_is_dropped(two):
    """Two installations may share one account at the gateway."""
    for told in (
        event("charge.succeeded", "ch_elsewhere"),
        event("charge.succeeded", "ch_elsewhere", partner_id="par_elsewhere"),
        event("other"),
    ):
        assert not webhooks.take("stripe", told)


def test_where_the_gateway_does_not_say_whose_it_is_the_charge_does(two):
    attempt, _ = charged(two)
    assert webhooks.take("sandbox", event("charge.succeeded", attempt.charge_id))
    assert webhooks.take("sandbox", event("method.updated", method=till.only(two.nora, PaymentMethod).token))
    assert len(till.everything(two.nora, GatewayEvent)) == 2
    assert till.everything(two.sol, GatewayEvent) == []


# ---------------------------------------------------------------- replayed and reordered


def test_an_event_that_overtakes_the_answer_records_the_payment_and_the_answer_adds_nothing(two, monkeypatch):
    invoice = make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, make_method(two.nora, two.ada), (invoice, 10_000))
    real = Sandbox.charge

    def overtaken(self, **wanted):
        made = real(self, **wanted)
        webhooks.run_sandbox_bank(clock.now())
        till.handlers.work("gateway_event")
        assert till.balance(two.nora, invoice) == 0
        return made

    monkeypatch.setattr(Sandbox, "charge", overtaken)
    till.work()
    assert len(till.everything(two.nora, Payment)) == 1
    till.check_books(two.nora)


def test_all_that_was_ever_told_may_be_told_again_backwards(two, door):
    attempt, _ = charged(two, till.DISPUTED)
    payment = till.only(two.nora, Payment)
    won = Told(f"dis_{attempt.charge_id}", 10_000, "USD", "fraudulent", "won")
    webhooks.take("sandbox", event("charge.disputed", attempt.charge_id, dispute=won))
    told = deliveries("charge.succeeded", "charge.disputed")
    for one in reversed(told):
        assert door(one.body, one.headers)[0] == 200
        till.work()
    assert till.only(two.nora, Dispute).state == "won"
    assert till.row(two.nora, Payment, payment.id).disputed == 0
    till.check_books(two.nora)


def test_a_dispute_that_is_told_before_its_capture_was_written_down_is_not_lost(two):
    invoice = make_invoice(two.nora, two.ada)
    attempt = till.charge(two.nora, two.ada, make_method(two.nora, two.ada, till.TIMEOUT), (invoice, 10_000))
    till.work()
    assert till.states(two.nora) == ["unknown"]
    charge = Sandbox(two.nora.partner_id).find(attempt.key)
    told = Told("dp_1", 10_000, "USD", "fraudulent", "open")
    webhooks.take("sandbox", event("charge.disputed", charge.id, partner_id=two.nora.partner_id, dispute=told))
    till.work()
    assert till.states(two.nora) == ["succeeded"]
    assert till.only(two.nora, Dispute).amount == 10_000
    assert till.balance(two.nora, invoice) == 10_000
    till.check_books(two.nora)


def test_a_refund_made_at_the_gateway_is_learnt(two):
    attempt, _ = charged(two)
    told = Refunded("re_1", "succeeded", 3_000, attempt.charge_id)
    webhooks.take("sandbox", event("refund.updated", attempt.charge_id, refund=told))
    till.work()
    assert till.only(two.nora, Refund).amount == 3_000
    till.check_books(two.nora)


def test_an_event_says_nothing_by_itself(two):
    """It is a knock at the door: how the charge stands is asked of the gateway."""
    attempt, invoice = charged(two, till.SETTLES, till.BANK)
    webhooks.take("sandbox", event("charge.succeeded", attempt.charge_id))
    till.work()
    assert till.states(two.nora) == ["processing"]
    assert till.balance(two.nora, invoice) == 10_000


# ---------------------------------------------------------------- methods


def begun(two, source="portal"):
    """A page where a card was typed, and that nobody came back from."""
    account = f"sandbox_{two.ada}"
    token = Sandbox(two.nora.partner_id).begin_setup(account, ("card",), "", f"left-{source}").token
    write(two.nora, methods.note_setup, two.ada, token, default=False, source=source)
    page.enter(token, "card", card(till.CHECK))
    return token


def test_a_method_is_kept_though_nobody_came_back_from_the_page(two):
    begun(two)
    till.bank_day()
    assert till.only(two.nora, PaymentMethod).is_default
    assert len(till.letters(two.nora, "method_added")) == 1


def test_what_was_typed_for_a_payment_link_is_left_to_its_page(two):
    begun(two, "link")
    till.bank_day()
    assert till.everything(two.nora, PaymentMethod) == []


def test_an_account_that_was_verified_days_later_can_be_charged(two):
    """The gateway names the account then, not the page."""
    begun(two)
    till.bank_day()
    method = till.only(two.nora, PaymentMethod)
    write(two.nora, lambda tx: setattr(tx.get(PaymentMethod, method.id), "verified", False))
    webhooks.take("sandbox", event("setup.finished", method=method.token))
    till.work()
    assert till.method(two.nora, method.id).verified


def test_a_card_that_its_bank_renewed_is_renewed_here(two, monkeypatch):
    method = make_method(two.nora, two.ada)
    token = till.method(two.nora, method).token
    renewed = Method(token, "card", "4242", "visa", 1, 2099, customer="acc")
    monkeypatch.setattr(Sandbox, "fetch_method", lambda *_: renewed)
    webhooks.take("sandbox", event("method.updated", method=token))
    till.work()
    row = till.method(two.nora, method)
    assert (row.exp_month, row.exp_year, row.removed_at) == (1, 2099, None)


def test_what_was_detached_at_the_gateway_is_removed_here(two):
    method = make_method(two.nora, two.ada)
    Sandbox(two.nora.partner_id).detach(till.method(two.nora, method).token)
    till.bank_day()
    assert till.method(two.nora, method).removed_at


def test_poll_and_event_find_the_same_end(two):
    attempt, _ = charged(two, till.SETTLES, till.BANK)
    bank.settle_due(clock.now())
    found = Sandbox(two.nora.partner_id).fetch(attempt.charge_id)
    write(two.nora, attempts.settle_attempt, attempt.id, found)
    till.bank_day()
    assert len(till.everything(two.nora, Payment)) == 1
    till.check_books(two.nora)
