"""Saved cards and bank accounts: added at the gateway's page, one default, removed with care, watched for expiry."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from arbill_app.kernel.actor import job
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.payments import jobs
from arbill_app.payments.charging.gateway_returns import finish_setup
from arbill_app.payments.gateway.protocol import GatewayRefusal, Method
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.gateway.sandbox.models import SandboxMethod
from arbill_app.payments.methods import methods
from arbill_app.payments.models import PaymentMethod, Setup
from arbill_app.payments.views.payments import auto_pay_view, methods_view
from tests.payments import till
from tests.world import canadian, make_customer, make_invoice, make_method, today

pytestmark = pytest.mark.usefixtures("quick")
FOUND = Method(
    "pm_1", "us_bank_account", "6789", bank_name="B" * 300, customer="acc", ready=False, verify_url="https://v"
)


def views(two, customer=""):
    return read(two.nora, methods_view, customer or two.ada)


def setup(two, source="portal"):
    return write(two.nora, methods.note_setup, two.ada, f"token-{source}", default=False, source=source)


# ---------------------------------------------------------------- adding


def test_the_first_is_the_default_and_others_only_when_asked(two):
    first, second = make_method(two.nora, two.ada), make_method(two.nora, two.ada, "5555555555554444")
    assert [(view.id, view.is_default) for view in views(two)] == [(first, True), (second, False)]
    third = make_method(two.nora, two.ada, default=True)
    assert [view.id for view in views(two) if view.is_default] == [third]
    assert len(till.letters(two.nora, "method_added")) == 3


@pytest.mark.parametrize(
    ("number", "kind", "label"),
    [
        (till.CHECK, "card", "Visa ending 4242"),
        ("4000056655665556", "card", "Visa debit ending 5556"),
        ("378282246310005", "card", "American Express ending 0005"),
        (till.SETTLES, till.BANK, "Sandbox Bank ending 6789"),
    ],
)
def test_it_is_called_by_what_people_recognise(two, number, kind, label):
    make_method(two.nora, two.ada, number, kind=kind)
    assert views(two)[0].label == label


def test_coming_back_twice_keeps_it_once(two):
    make_method(two.nora, two.ada)
    row = till.only(two.nora, Setup)
    finish_setup(two.nora.partner_id, row.id)
    assert len(views(two)) == 1
    assert len(till.letters(two.nora, "method_added")) == 1


def test_nothing_is_kept_of_a_page_that_was_left(two):
    token = Sandbox(two.nora.partner_id).begin_setup("acc", ("card",), "", "left").token
    row = write(two.nora, methods.note_setup, two.ada, token, default=False)
    with pytest.raises(GatewayRefusal):
        finish_setup(two.nora.partner_id, row.id)
    with pytest.raises(NotFound):
        finish_setup(two.sol.partner_id, row.id)
    assert views(two) == []


def test_a_method_of_somebody_else_at_the_gateway_is_refused(two):
    with pytest.raises(Conflict, match="somebody else"):
        write(two.nora, methods.keep_method, setup(two).id, "sandbox", "another", FOUND)


def test_what_a_payment_link_adds_is_never_the_default(two):
    make_method(two.nora, two.ada, source="link")
    assert [view.is_default for view in views(two)] == [False]
    own = make_method(two.nora, two.ada)
    assert [view.id for view in views(two) if view.is_default] == [own]


def test_a_bank_account_is_charged_once_it_is_verified(two):
    row = setup(two)
    kept = write(two.nora, methods.keep_method, row.id, "sandbox", "acc", FOUND)
    assert views(two)[0].why.endswith("is still being verified by the bank.")
    assert read(two.nora, methods.choices, two.ada) == []
    with pytest.raises(Invalid, match="verified"):
        till.charge(two.nora, two.ada, kept.id, (make_invoice(two.nora, two.ada), 100))
    write(two.nora, methods.keep_method, row.id, "sandbox", "acc", replace(FOUND, ready=True))
    assert views(two)[0].why == ""


def test_a_pre_authorised_debit_that_staff_typed_waits_for_the_customer(two):
    clinic = make_customer(two.nora, **canadian())
    method = make_method(two.nora, clinic, till.SETTLES, kind="acss_debit", source="staff")
    (view,) = views(two, clinic)
    assert (view.needs_approval, view.why != "") == (True, True)
    with pytest.raises(Conflict, match="Only the customer"):
        write(two.nora, methods.approve, method)
    write(job(two.nora.partner_id, "Ada Quill"), methods.approve, method)
    assert (views(two, clinic)[0].needs_approval, views(two, clinic)[0].why) == (False, "")
    by_themselves = make_method(two.nora, clinic, till.SETTLES, kind="acss_debit")
    assert till.method(two.nora, by_themselves).approved_at


# ---------------------------------------------------------------- default and removing


def test_there_is_one_default(two):
    make_method(two.nora, two.ada)
    second = make_method(two.nora, two.ada)
    write(two.nora, methods.make_default, second)
    assert [view.id for view in views(two) if view.is_default] == [second]


def test_another_partners_method_does_not_exist(two):
    method = make_method(two.sol, two.clara)
    for verb in (methods.make_default, methods.approve, methods.remove_method):
        with pytest.raises(NotFound):
            write(two.nora, verb, method)


def test_removing_says_what_would_stop(two):
    method = make_method(two.nora, two.ada)
    invoice = make_invoice(two.nora, two.ada, option="on_due")
    write(two.nora, methods.set_auto_pay, two.ada, True, "Northwind")
    with pytest.raises(Conflict) as refused:
        write(two.nora, methods.remove_method, method)
    number = till.row(two.nora, till.Invoice, invoice).number
    assert refused.value.message == f"Auto Pay of Ada Interiors charges it. {number} is to be charged to it."
    write(two.nora, methods.remove_method, method, confirmed=True)
    till.work()
    assert views(two) == []
    assert till.only(two.nora, SandboxMethod).detached_at
    with pytest.raises(Conflict):
        write(two.nora, methods.make_default, method)


def test_the_next_that_can_be_charged_becomes_the_default(two):
    clinic = make_customer(two.nora, **canadian())
    first = make_method(two.nora, clinic)
    make_method(two.nora, clinic, till.SETTLES, kind="acss_debit", source="staff")
    last = make_method(two.nora, clinic)
    write(two.nora, methods.remove_method, first)
    assert [view.id for view in views(two, clinic) if view.is_default] == [last]


def test_what_is_being_charged_is_not_removed(two):
    method, invoice = make_method(two.nora, two.ada), make_invoice(two.nora, two.ada)
    till.charge(two.nora, two.ada, method, (invoice, 100))
    with pytest.raises(Conflict, match="under way"):
        write(two.nora, methods.remove_method, method, confirmed=True)
    till.work()
    write(two.nora, methods.remove_method, method)


def test_a_method_that_the_gateway_does_not_know_any_more_is_gone_all_the_same(two, monkeypatch):
    method = make_method(two.nora, two.ada)

    def gone(*_):
        raise GatewayRefusal("Never heard of it.", "resource_missing")

    monkeypatch.setattr(Sandbox, "detach", gone)
    write(two.nora, methods.remove_method, method)
    till.work()
    assert [one.state for one in till.everything(two.nora, till.Effect) if one.kind == "detach"] == ["done"]


def test_auto_pay_says_since_when_and_what_it_charges(two):
    make_method(two.nora, two.ada)
    write(two.nora, methods.set_auto_pay, two.ada, True, "Northwind")
    view = read(two.nora, auto_pay_view, two.ada)
    assert (view.on, view.method) == (True, "Visa ending 4242")
    assert view.since.endswith("by Nora West")


# ---------------------------------------------------------------- expiry

MONTH = (today().month, today().year)
LAST = date(MONTH[1], MONTH[0], monthrange(MONTH[1], MONTH[0])[1])


def expiring(two):
    """A card that is good until the end of this month."""
    return make_method(two.nora, two.ada, exp_month=str(MONTH[0]), exp_year=str(MONTH[1]))


def look(days_before_its_end):
    moment = datetime.combine(LAST - timedelta(days=days_before_its_end), datetime.min.time(), UTC)
    return jobs.look_for_expiring_cards(moment + timedelta(hours=12))


def test_a_card_that_is_going_to_be_charged_and_expires_within_a_month_is_told_of_once(two):
    expiring(two)
    make_invoice(two.nora, two.ada, option="on_due")
    assert [look(31), look(30), look(30), look(0)] == [0, 1, 0, 0]
    (letter,) = till.letters(two.nora, "card_expiring")
    assert letter["values"]["method"] == "Visa ending 4242"


def test_what_is_not_charged_by_itself_is_left_alone(two):
    method = expiring(two)
    assert look(5) == 0
    make_method(two.nora, two.ada, default=True)
    make_invoice(two.nora, two.ada, option="on_due")
    assert look(5) == 0
    write(two.nora, methods.make_default, method)
    assert look(5) == 1


def test_auto_pay_alone_is_reason_enough_and_a_renewed_card_is_none(two):
    method = expiring(two)
    write(two.nora, methods.set_auto_pay, two.ada, True, "Northwind")
    found = Sandbox(two.nora.partner_id).fetch_method(till.method(two.nora, method).token)
    assert look(5) == 1
    write(two.nora, methods.renew_method, method, replace(found, exp_year=MONTH[1] + 4))
    assert look(5) == 0
    assert till.method(two.nora, method).expiry_told_at is None


def test_what_was_removed_at_the_gateway_is_removed_here(two):
    method = make_method(two.nora, two.ada)
    found = Sandbox(two.nora.partner_id).fetch_method(till.method(two.nora, method).token)
    write(two.nora, methods.renew_method, method, replace(found, customer=""))
    assert views(two) == []


def test_an_expired_card_is_known(two):
    with time_machine.travel(datetime.now(UTC) - timedelta(days=1500)):
        method = make_method(two.nora, two.ada)
    row: PaymentMethod = till.method(two.nora, method)
    assert methods.expired(row, today())
    assert not methods.expired(row, date(row.exp_year, row.exp_month, 28))
