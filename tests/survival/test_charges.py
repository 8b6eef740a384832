"""Workers are shot between the gateway's capture and our record: one charge there, one payment here."""

import random
import signal
import time

from sqlmodel import select

from arbill_app.kernel.db.transactions import across_partners
from arbill_app.payments.gateway.sandbox.models import SandboxCharge
from arbill_app.payments.models import Payment
from tests.payments import till
from tests.survival.conftest import open_effects, tries, wait
from tests.world import make_invoice, make_method

SHOTS = 3


def captured():
    with across_partners() as session:
        return len(session.scalars(select(SandboxCharge.id)).all())


def test_who_is_shot_after_the_capture_is_replaced_by_one_who_looks_it_up(two, workers):
    method = make_method(two.nora, two.ada, till.SLOW)
    invoice = make_invoice(two.nora, two.ada)
    attempt = till.charge(two.nora, two.ada, method, (invoice, 10_000))
    shot = workers.start()
    wait(captured)
    assert till.everything(two.nora, Payment) == [], "the gateway has not answered yet"
    workers.tell(shot, signal.SIGKILL)
    workers.start()
    wait(lambda: not open_effects())
    assert till.balance(two.nora, invoice) == 0
    assert tries(two.nora, f"charge:{attempt.id}") == ["lost", "done"]
    assert captured() == len(till.everything(two.nora, Payment)) == 1
    till.check_books(two.nora)


def test_charges_under_fire_are_captured_and_recorded_once_each(two, workers):
    method = make_method(two.nora, two.ada)
    invoices = [make_invoice(two.nora, two.ada) for _ in range(20)]
    for _ in range(2):
        workers.start()
    for invoice in invoices:
        till.charge(two.nora, two.ada, method, (invoice, 10_000), key=invoice)
    for _ in range(SHOTS):
        time.sleep(random.uniform(0.05, 0.3))
        workers.tell(random.choice(workers.alive), signal.SIGKILL)
        workers.start()
    wait(lambda: not open_effects())
    assert captured() == len(till.everything(two.nora, Payment)) == 20
    assert [till.balance(two.nora, invoice) for invoice in invoices] == [0] * 20
    till.check_books(two.nora)
