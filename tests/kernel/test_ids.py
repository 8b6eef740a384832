import re
import threading

import time_machine

from arbill_app.kernel.db.transactions import new_id


def test_ids_are_words_of_one_length():
    assert re.fullmatch("cus_[0-9a-hjkmnp-tv-z]{22}", new_id("cus"))


def test_ids_sort_by_their_time_of_birth():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        born = []
        for _ in range(200):
            born.append(new_id("cus"))
            clock.shift(0.001)
    assert born == sorted(born)


def test_ids_of_one_millisecond_keep_their_order():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        born = [new_id("cus") for _ in range(5000)]
    assert born == sorted(set(born))


def test_a_clock_that_is_set_back_does_not_stop_ids_from_differing():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        later = new_id("cus")
    with time_machine.travel("2026-11-21T11:00:00Z", tick=False):
        earlier = [new_id("cus") for _ in range(100)]
    assert max(earlier) < later
    assert len(set(earlier)) == 100


def test_threads_never_get_the_same_id():
    found: list[str] = []

    def take() -> None:
        found.extend([new_id("cus") for _ in range(2000)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 16000
