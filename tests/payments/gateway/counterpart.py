"""localstripe as a process of its own, the shim before it, and somebody who listens to its webhooks.

Where it is not installed what needs it is skipped loudly; with CI=true its absence is a failure.
"""

import importlib.util
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from tests.payments.gateway.shim import serving, shimmed
from tests.services import free_port

KEY = "sk_test_arbill"
WEBHOOK_SECRET = "whsec_arbill_tests"
LAUNCH = Path(__file__).with_name("launch_localstripe.py")
SECONDS_TO_START = 20


@dataclass
class Stripe:
    base: str  # the shim's address
    heard: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)


def require() -> None:
    if importlib.util.find_spec("localstripe"):
        return
    said = "localstripe IS NOT INSTALLED HERE: nothing is tested against Stripe."
    if os.environ.get("CI") == "true":
        raise RuntimeError(said)
    warnings.warn(said, stacklevel=2)
    pytest.skip(said)


@contextmanager
def running(folder: Path) -> Iterator[Stripe]:
    require()
    with _localstripe(folder) as behind, shimmed(behind) as base:
        stripe = Stripe(base)
        with _listening(stripe) as url:
            events = ["payment_intent.succeeded", "payment_intent.payment_failed"]
            hook = {"url": url, "secret": WEBHOOK_SECRET, "events": events}
            httpx.post(f"{behind}/_config/webhooks/tests", json=hook).raise_for_status()
            yield stripe


@contextmanager
def _localstripe(folder: Path) -> Iterator[str]:
    port = free_port()
    with (folder / "localstripe.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, LAUNCH, str(port)], cwd=folder, stdout=log, stderr=log)
    try:
        _wait(process, port, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/v1/balance", auth=(KEY, ""), timeout=2)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"localstripe did not start: {(folder / 'localstripe.log').read_text()[-2000:]}")


@contextmanager
def _listening(stripe: Stripe) -> Iterator[str]:
    class Ear(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            stripe.heard.append((body, dict(self.headers)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with serving(Ear) as base:
        yield f"{base}/webhooks"
