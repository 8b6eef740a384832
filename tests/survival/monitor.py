"""What an operator's monitor sees of a running server from outside."""

import time

import httpx


def told(server, path):
    """(the status code, the states of the checks by name)."""
    answer = httpx.get(server.origin + path, timeout=30)
    return answer.status_code, {name: check["state"] for name, check in answer.json()["checks"].items()}


def is_well(server):
    return told(server, "/statusz")[0] == 200


def wait_for(until, seconds=20):
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.1)
