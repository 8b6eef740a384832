"""A real arbill, built and served as `arbill run` does it, with a database of its own: for attacks and journeys."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from arbill_app.build import build
from arbill_app.kernel.process.start import figures_folder
from arbill_app.migrate import ROOT, upgrade
from tests.services import free_port

SECONDS_TO_START = 60


@dataclass
class Server:
    origin: str
    database_url: str
    home: Path
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    environment: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ("arbill_app.cli", "run")

    def start(self) -> None:
        """Also after a stop: the same address and database."""
        command = [sys.executable, "-m", *self.words]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                httpx.get(f"{self.origin}/healthz", timeout=2)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"arbill did not start: {self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)

    def shoot(self) -> None:
        """kill -9, its children with it."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=20)

    def cookie(self, email: str, password: str) -> str:
        """Signs in by HTTP: the session's cookie, as "name=value"; not the one that makes this browser known."""
        data, headers = {"email": email, "password": password}, {"origin": self.origin}
        answer = httpx.post(f"{self.origin}/auth/sign-in", data=data, headers=headers, timeout=30)
        assert answer.status_code == 303, answer.text
        return next(f"{name}={value}" for name, value in answer.cookies.items() if name.endswith("_session"))


@contextmanager
def running(
    home: Path, database_url: str = "", *, demo: bool = False, words: tuple[str, ...] = Server.words, **more: str
) -> Iterator[Server]:
    """A migrated, running server; `more` are further settings, without the prefix. `words` start something else."""
    build()
    port = free_port()
    url = database_url or f"sqlite:///{home / 'arbill.db'}"
    upgrade(url)
    server = Server(f"http://localhost:{port}", url, home, home / "server.log", words=words)
    wanted = {"PORT": str(port), "HOME": str(home), "DATABASE_URL": url, "DEMO": "1" if demo else "0"}
    wanted |= {"GATEWAY": "sandbox"} | more
    server.environment = {f"ARBILL_{name}": value for name, value in wanted.items()}
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(figures_folder(home), ignore_errors=True)
