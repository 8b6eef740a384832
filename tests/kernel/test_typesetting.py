"""Printing in child processes: limits, fair turns, and nothing that stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import wait
from pathlib import Path

import pytest

from arbill_app.kernel.errors import Busy
from arbill_app.kernel.typesetting import limits, pool, process
from arbill_app.kernel.typesetting.limits import place
from arbill_app.kernel.typesetting.pool import Order, Press, Refused, Requester, Unprintable

ROOT = Path(__file__).resolve().parents[2]
ADA, ALF, BEA = Requester("par_a", "staff:ada"), Requester("par_a", "staff:alf"), Requester("par_b", "staff:bea")
MAILS = Requester("par_a")


def order(text: str = "Hello") -> Order:
    return Order({"main": f'#set text(font: "Noto Sans")\n{text}'.encode()})


def slow(rounds: int = 20) -> Order:
    """Takes 5 to 10 ms a round."""
    return order(
        f"#for i in range({rounds}) {{ let x = range(4000).map(j => j * i).sum() }} slow {os.urandom(4).hex()}"
    )


ENDLESS = order("#let r = range(5000)\n#for i in r { for j in r { for k in r { let x = i + j + k } } }")
HUGE = order("#let a = range(100000000)")


@pytest.fixture
def press():
    made = Press(children=2, seconds=10)
    yield made
    made.close()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def until(true, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_paper_is_printed(press):
    assert press.typeset(order(), ADA).startswith(b"%PDF-")
    picture = press.typeset(Order({"main": b"#set page(width: 9pt, height: 9pt)"}, "png", ppi=72), ADA)
    assert picture.startswith(b"\x89PNG")
    assert len(press.processes) == 1, "one after the other needs one child"


def test_typst_says_why_and_the_child_goes_on(press):
    press.typeset(order(), ADA)
    before = press.processes
    with pytest.raises(Refused, match="unknown variable: nowhere"):
        press.typeset(order("#nowhere"), ADA)
    press.typeset(order(), ADA)
    assert press.processes == before


def test_what_takes_too_long_is_ended_and_said(press):
    with pytest.raises(Unprintable, match=r"^This takes too long to print\.$"):
        press.typeset(Order(ENDLESS.files, seconds=0.5), ADA)
    assert press.typeset(order(), ADA).startswith(b"%PDF-")


def test_what_takes_too_much_memory_is_ended_and_said(press):
    with pytest.raises(Unprintable, match=r"^This needs more memory than printing may take\.$"):
        press.typeset(HUGE, ADA)
    assert press.typeset(order(), ADA).startswith(b"%PDF-")


def test_one_that_dies_takes_no_others_along(press):
    good = [press.submit(slow(), BEA) for _ in range(3)]
    bad = [press.submit(Order(ENDLESS.files, seconds=0.3), ADA), press.submit(HUGE, ALF)]
    wait([*good, *bad], 30)
    assert [made.result()[:5] for made in good] == [b"%PDF-"] * 3
    assert [type(made.exception()) for made in bad] == [Unprintable, Unprintable]


def test_a_child_that_was_shot_while_it_waited_is_replaced(press):
    press.typeset(order(), ADA)
    (pid,) = press.processes
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # all its threads are gone; its status is left to the press
    assert press.typeset(order(), ADA).startswith(b"%PDF-")
    assert press.processes != [pid]


def test_a_child_that_has_grown_gives_its_memory_back(press, monkeypatch):
    press.typeset(order(), ADA)
    (pid,) = press.processes
    monkeypatch.setattr(process, "GROWN", 1)
    press.typeset(order(), ADA)
    until(lambda: pid not in press.processes)
    assert not is_alive(pid)


def test_children_are_stopped_when_nothing_is_printed(press, monkeypatch):
    monkeypatch.setattr(pool, "IDLE", 0.1)
    press.typeset(order(), ADA)
    until(lambda: press.processes == [])
    assert press.typeset(order(), ADA).startswith(b"%PDF-"), "and started again"


def test_children_know_no_secret(press, monkeypatch):
    monkeypatch.setenv("ARBILL_SECRET_KEY", "hidden")
    press.typeset(order(), ADA)
    assert Path(f"/proc/{press.processes[0]}/environ").read_bytes().count(b"hidden") == 0


def test_nothing_is_read_from_the_disk(press):
    for path in ("/etc/passwd", "../pool.py", "/../../../../../../etc/passwd"):
        with pytest.raises(Refused):
            press.typeset(order(f'#read("{path}")'), ADA)


def test_a_closed_press_says_so(press):
    running, waiting = press.submit(ENDLESS, ADA), press.submit(order(), ADA)
    until(lambda: press.processes)
    pids = press.processes
    press.close()
    for made in (running, waiting):
        with pytest.raises(Unprintable):
            made.result(10)
    assert not any(map(is_alive, pids))
    with pytest.raises(Unprintable, match=r"Printing was stopped. Try again."):
        press.typeset(order(), ADA)


# ---------------------------------------------------------------- in turn


def finished(jobs):
    """Names in the order in which they were printed. `jobs` are (name, future)."""
    done: list[str] = []
    for name, made in jobs:
        made.add_done_callback(lambda _, name=name: done.append(name))
    wait([made for _, made in jobs], 60)
    return done


def test_one_partner_never_uses_all_children(press):
    flood = [("flood", press.submit(slow(), Requester("par_a", f"staff:{i}"))) for i in range(6)]
    assert finished([*flood, ("bea", press.submit(order(), BEA))])[0] == "bea"


def test_one_person_prints_one_at_a_time():
    press = Press(children=3)
    mine = [("ada", press.submit(slow(), ADA)) for _ in range(4)]
    done = finished([*mine, ("alf", press.submit(order(), ALF))])
    press.close()
    assert done[0] == "alf"


def test_people_come_before_mails(press):
    mails = [("mail", press.submit(slow(), MAILS)) for _ in range(6)]
    done = finished([*mails, ("ada", press.submit(order(), ADA))])
    assert done.index("ada") <= 1, "only the one that had begun comes first"


def test_partners_take_turns():
    press = Press(children=1)
    press.typeset(order(), Requester("par_c", "staff:cy"))  # the child has begun
    first = press.submit(slow(), ADA)
    mine = [("ada", press.submit(order(f"{i}"), ADA)) for i in range(3)]
    theirs = [("bea", press.submit(order(f"{i}"), BEA)) for i in range(3)]
    done = finished([*mine, *theirs])
    press.close()
    assert first.done()
    assert done == ["bea", "ada", "bea", "ada", "bea", "ada"]


# ---------------------------------------------------------------- how many at once


def test_somebody_who_asks_for_too_many_is_refused_and_others_are_not():
    with place(ADA), place(ADA), place(ADA), place(ADA):
        with pytest.raises(Busy, match="Your last papers are still being printed") as refused, place(ADA):
            pass
        assert (refused.value.status, refused.value.retry_after) == (429, 5)
        with place(ALF), place(BEA):
            pass
    with place(ADA):
        pass
    assert not limits._asked


def test_a_partner_has_a_limit_and_leaves_a_place_for_every_other():
    opened = [place(Requester("par_a", f"staff:{i}")) for i in range(12)]
    opened += [place(Requester(f"par_{i}", "staff:x")) for i in range(30)]
    for one in opened:
        one.__enter__()
    with pytest.raises(Busy), place(Requester("par_a", "staff:new")):
        pass
    with pytest.raises(Busy, match="Many papers are being printed"), place(Requester("par_1", "staff:new")):
        pass
    with place(Requester("par_new", "staff:new")):
        pass
    for one in opened:
        one.__exit__(None, None, None)
    assert not limits._asked


# ---------------------------------------------------------------- processes

STARTS = """
import sys, time
from arbill_app.kernel.typesetting import limits, pool, process
from arbill_app.kernel.typesetting.limits import place
from tests.kernel.test_typesetting import ADA, ENDLESS, order
press = pool.press()
press.typeset(order(), ADA)
press.submit(ENDLESS, ADA)
print(*press.processes, flush=True)
time.sleep(60)
"""

FORKS = """
import os
from arbill_app.kernel.typesetting import limits, pool, process
from arbill_app.kernel.typesetting.limits import place
from tests.kernel.test_typesetting import ADA, order
pool.typeset(order(), ADA)
ours = pool.press().processes
if os.fork() == 0:
    made = pool.typeset(order(), ADA)
    os._exit(0 if made.startswith(b"%PDF-") and pool.press().processes != ours else 1)
_, status = os.wait()
assert status == 0
assert pool.typeset(order(), ADA).startswith(b"%PDF-")
assert pool.press().processes == ours
"""


def test_children_go_with_the_process_that_started_them_in_the_middle_of_a_paper():
    with subprocess.Popen([sys.executable, "-c", STARTS], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        process.kill()
    assert pids
    until(lambda: not any(map(is_alive, pids)))


def test_a_fork_has_children_of_its_own():
    subprocess.run([sys.executable, "-c", FORKS], cwd=ROOT, check=True, timeout=60)


def test_many_threads_print_at_once(press):
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda i=i: made.append(press.typeset(order(f"{i}"), Requester("par_a", f"{i}"))))
        for i in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 40
    assert len(press.processes) <= 2
