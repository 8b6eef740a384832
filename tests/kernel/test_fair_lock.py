"""Writers of one process wait in a line."""

import threading
import time

from arbill_app.kernel.fair_lock import FairLock


def test_whoever_came_first_is_let_in_first():
    turns, served = FairLock(), []

    def come(name):
        with turns:
            served.append(name)

    with turns:
        line = []
        for name in range(8):
            line.append(threading.Thread(target=come, args=(name,)))
            line[-1].start()
            while len(turns._waiting) <= name:
                time.sleep(0.001)
        assert served == []
    for thread in line:
        thread.join(5)
    assert served == list(range(8))


def test_one_at_a_time_and_none_is_lost():
    turns, inside, most, done = FairLock(), [], [], []

    def work():
        for _ in range(200):
            with turns:
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                done.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (max(most), len(done)) == (1, 1600)


def test_an_exception_lets_the_next_one_in():
    turns = FairLock()
    try:
        with turns:
            raise ValueError
    except ValueError:
        pass
    with turns:
        pass
