"""Workers that lose patience in seconds instead of minutes, and know an errand: an effect that calls the test's bank.

`python -m tests.survival.quick`: each line of its input, an environment in JSON, starts a worker in it, forked off a
process that has imported everything already, and is answered with its process id. `… serve` is `arbill run` with the
same impatience.
"""

import json
import os
import signal
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from arbill_app import cli, worker
from arbill_app.kernel import clock
from arbill_app.kernel.db import connections
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import Tx
from arbill_app.kernel.jobs import claiming, effects, handlers, periodic, runner
from arbill_app.kernel.jobs.effects import Outcome

CLAIM = timedelta(seconds=2)


def lose_patience() -> None:
    claiming.CLAIM = CLAIM
    effects.MOST_TRIES = 1000
    connections.FROZEN_AFTER = 2
    connections.PATIENCE, connections.ANSWERS_WITHIN, connections.LOCKED_FOR = 2, 2.0, 0.5
    runner.LOOK, runner.AGAIN = 0.1, 0.2
    handlers.PAUSE = 0.1
    periodic.GIVEN_UP = timedelta(seconds=2)
    for name in ("stuck work", "times in the future"):
        periodic.SWEEPS[name] = replace(periodic.SWEEPS[name], every=timedelta(seconds=0.5))
    for kind, handler in handlers.HANDLERS.items():
        handlers.HANDLERS[kind] = replace(handler, waits=(timedelta(seconds=0.5),) * 100)


def write_in_the_books(tx: Tx, effect: Effect, outcome: Outcome) -> None:
    if outcome.state == "done":
        tx.record("charge.captured", effect, note=outcome.reference)


@handlers.handles("errand", slots=2, settle=write_in_the_books)
def run_errand(effect: Effect) -> Outcome:
    with urllib.request.urlopen(f"{os.environ['TEST_BANK']}/{effect.key}", data=b"", timeout=30) as answer:
        return Outcome(reference=answer.read().decode())


def follow(clock_file: str) -> None:
    """As if the clock of this machine were set while we run: by as many seconds as the file says."""
    right, counted = clock.now, time.time

    def moved() -> float:
        return float(Path(clock_file).read_text())

    clock.now = lambda: right() + timedelta(seconds=moved())
    time.time = lambda: counted() + moved()  # ids hold the time of their birth


def obey(switch: str) -> None:
    """As if a SQLite file were read-only while the file `switch` is there, for whoever uses it in this process."""

    @event.listens_for(Engine, "begin", insert=True)
    def _(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA query_only={int(Path(switch).exists())}")


def start_workers() -> None:
    import dbos

    assert dbos.__name__
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for environment in sys.stdin:
        child = os.fork()
        if not child:
            os.environ.update(json.loads(environment))
            worker.run_forever()
            os._exit(0)
        print(child, flush=True)


lose_patience()
if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        sys.argv[1:] = ["run"]
        if "TEST_CLOCK" in os.environ:
            follow(os.environ["TEST_CLOCK"])
        if "TEST_READ_ONLY" in os.environ:
            obey(os.environ["TEST_READ_ONLY"])
        cli.app()
    start_workers()
