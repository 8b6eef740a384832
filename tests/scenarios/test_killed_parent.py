"""`arbill run` forks the processes that serve off another one: killed with -9, that one takes them along."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests import services
from tests.server import running

SECONDS = 40


def children(pid):
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def is_gone(pid):
    try:
        return (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]) == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait(until):
    deadline = time.monotonic() + SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize("shape", ["embedded", "with Redis"])
def test_a_killed_parent_takes_its_children_along_and_frees_the_port(tmp_path, shape):
    more = {}
    if shape == "with Redis":
        more = {"REDIS_URL": services.redis() or pytest.skip("Redis is not installed here")}
    with running(tmp_path, **more) as server:
        port, pid = int(server.environment["ARBILL_PORT"]), server.process.pid
        if more:
            wait(lambda: len(children(pid)) >= min(os.cpu_count() or 1, 4))
        forked = children(pid)
        assert forked
        assert not is_free(port)
        os.kill(pid, signal.SIGKILL)
        server.process.wait()
        wait(lambda: all(map(is_gone, forked)))
        assert is_free(port)
        server.start()
