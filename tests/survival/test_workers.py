"""Workers are shot, frozen and never come back: each charge is captured once and written down once, no letter is lost.

A letter may arrive twice only if its sender was shot or frozen between the server's yes and our settling: one message
for each of its connections. The repeat has the same Message-ID.
"""

import random
import signal
import time

import pytest

from arbill_app.kernel.db.transactions import write
from tests.survival.conftest import charge, in_the_books, letters, open_effects, tries, wait

LANES = 4  # connections of a worker

SHOTS = 6


def once(keys):
    return {f"paid_{key}": 1 for key in keys}


def test_workers_shot_at_random_lose_nothing_and_double_nothing(two, bank, mail, workers):
    for _ in range(3):
        workers.start()
    sent, keys = letters(two.nora, 150), charge(two.nora, 150)
    for _ in range(SHOTS):
        time.sleep(random.uniform(0.2, 0.7))
        workers.tell(random.choice(workers.alive), signal.SIGKILL)
        workers.start()
    wait(lambda: not open_effects())
    assert in_the_books(two.nora) == once(keys)
    assert set(mail.arrived) >= set(sent)
    assert sum(mail.arrived[id] - 1 for id in sent) <= SHOTS * LANES
    assert sum(bank.calls.values()) - 150 <= SHOTS * 2


def test_a_worker_that_is_frozen_in_its_call_is_replaced_and_says_nothing_when_it_thaws(two, bank, mail, workers):
    bank.hanging.add("charge:0")
    frozen = workers.start()
    (key,) = charge(two.nora, 1)
    wait(lambda: bank.calls[key])
    workers.freeze(frozen)
    bank.hanging.clear()
    workers.start()
    wait(lambda: in_the_books(two.nora))
    workers.tell(frozen, signal.SIGCONT)
    time.sleep(1)
    assert in_the_books(two.nora) == once([key])
    assert tries(two.nora, key) == ["lost", "done"]


def test_a_letter_repeats_only_if_its_sender_was_frozen_on_it(two, bank, mail, workers):
    mail.hanging = True
    frozen = workers.start()
    sent = letters(two.nora, 30)
    wait(lambda: mail.stuck)
    workers.freeze(frozen)
    workers.start()
    mail.hanging = False
    wait(lambda: not open_effects())
    workers.tell(frozen, signal.SIGCONT)
    time.sleep(1)
    assert set(mail.arrived) >= set(sent)
    assert sum(mail.arrived[id] - 1 for id in sent) <= LANES


def test_what_a_machine_had_that_never_comes_back_is_done_by_another(two, bank, mail, workers):
    bank.hanging.update(f"charge:{n}" for n in range(2))
    gone = workers.start()
    keys = charge(two.nora, 20)
    wait(lambda: bank.calls["charge:0"] and bank.calls["charge:1"])
    workers.tell(gone, signal.SIGKILL)
    workers.start()
    wait(lambda: not open_effects())
    assert in_the_books(two.nora) == once(keys)
    assert tries(two.nora, "charge:0") == ["lost", "done"]


def test_who_is_told_to_stop_gives_back_what_it_had_only_begun(two, bank, mail, workers):
    """Others need not wait for its claim to run out."""
    bank.seconds = (0.2, 0.3)
    leaving = workers.start()
    keys = charge(two.nora, 12)
    wait(lambda: len(bank.calls) >= 2)
    workers.tell(leaving, signal.SIGTERM)
    workers.start()
    wait(lambda: not open_effects())
    assert in_the_books(two.nora) == once(keys)
    assert set(bank.calls.values()) == {1}


def test_what_is_rolled_back_is_never_called(two, bank, mail, workers):
    def verb(tx):
        tx.later("errand", "never", {})
        tx.flush()
        time.sleep(0.5)
        raise ZeroDivisionError

    workers.start()
    charge(two.nora, 1)
    wait(lambda: not open_effects())
    with pytest.raises(ZeroDivisionError):
        write(two.nora, verb)
    time.sleep(0.5)
    assert "never" not in bank.calls
