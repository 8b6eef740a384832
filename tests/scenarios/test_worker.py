"""A worker on its own machine: sends what others wrote down, and stops in order."""

import signal
import subprocess
import sys
import time

import pytest

from arbill_app.customers.commands import contacts as people
from arbill_app.kernel.db.transactions import write
from tests.world import contacts, letters_to

START = "from arbill_app.worker import run_forever; print(0, flush=True); run_forever(); print(1)"


@pytest.fixture
def worker(two):
    process = subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "0\n"
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_sends_until_it_is_told_to_stop(two, worker, told):
    ada = contacts(two.nora, two.ada)[0]
    write(two.nora, people.resend_welcome, ada.id)
    deadline = time.monotonic() + 20
    while letters_to(ada.email)[0].state != "Sent" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert letters_to(ada.email)[0].state == "Sent"
    worker.send_signal(told)
    assert worker.communicate(timeout=10)[0] == "1\n"
    assert worker.returncode == 0
