"""Prometheus metrics: counted in each process, added up for `/metrics` over all processes of this machine.

Processes that share ARBILL_HOME write into files of one folder (process/start.py says where), so that any web process
can tell what the others and the workers did. What stands in the database is asked when somebody wants to know.
"""

import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

log = logging.getLogger(__name__)
P = ParamSpec("P")
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

_requests = Counter("arbill_requests", "HTTP requests", ["area", "method", "status"])
_request_seconds = Histogram("arbill_request_seconds", "Time of an HTTP request", ["area"], buckets=QUICK)
_events = Counter("arbill_events", "Events of the dashboard's screens", ["outcome"])
_event_seconds = Histogram("arbill_event_seconds", "Time of an event", buckets=QUICK)
_tries = Counter("arbill_effect_tries", "Attempts at effects, by how they ended", ["kind", "outcome"])
_try_seconds = Histogram("arbill_effect_seconds", "Time of an attempt at an effect", ["kind"], buckets=SLOW)
_charges = Counter("arbill_charges", "Answers of the gateway to charges", ["outcome"])
_websockets = Gauge("arbill_websockets", "Open websockets", multiprocess_mode="livesum")
_connections = Gauge("arbill_database_connections", "Database connections in use", multiprocess_mode="livesum")
_outages = Counter("arbill_database_outages", "Transactions that the database could not do")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _harmless(count: Callable[P, None]) -> Callable[P, None]:
    """Work goes on when a figure cannot be written. The folder may have been deleted: systemd does so at a logout."""

    @wraps(count)
    def counted(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except (OSError, TypeError) as lost:  # a TypeError from a file that could not be opened again after a fork
            log.warning("a figure was lost: %s", lost)
            if folder := os.environ.get(FOLDER):
                with suppress(OSError):
                    Path(folder).mkdir(mode=0o700, exist_ok=True)

    return counted


@_harmless
def request(area: str, method: str, status: int, seconds: float) -> None:
    _requests.labels(area, method if method in METHODS else "other", str(status)).inc()
    _request_seconds.labels(area).observe(seconds)


@_harmless
def event(outcome: str, seconds: float) -> None:
    """`outcome` is done, refused or crashed."""
    _events.labels(outcome).inc()
    _event_seconds.observe(seconds)


@_harmless
def effect(kind: str, outcome: str, seconds: float) -> None:
    _tries.labels(kind, outcome).inc()
    _try_seconds.labels(kind).observe(seconds)


@_harmless
def charge(outcome: str) -> None:
    """`outcome` is the gateway's: captured, pending, requires_action, declined, …"""
    _charges.labels(outcome).inc()


@_harmless
def websocket(step: int) -> None:
    _websockets.inc(step)


@_harmless
def connection(step: int) -> None:
    _connections.inc(step)


@_harmless
def outage() -> None:
    _outages.inc()


# ---------------------------------------------------------------- telling


def text(*more: Collector) -> bytes:
    """Everything, in the text format of Prometheus."""
    registry = CollectorRegistry()
    folder = os.environ.get(FOLDER)
    if folder and Path(folder).is_dir():
        forget_the_dead(Path(folder))
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Own())
    for collector in more:
        registry.register(collector)
    return generate_latest(registry)


def forget_the_dead(folder: Path) -> None:
    """What a process that ended held open is open no more; what it counted stays counted."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not _lives(int(pid)):
            with suppress(FileNotFoundError):
                file.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _Own(Collector):
    """Of this process alone."""

    def collect(self) -> Iterable[Metric]:
        return (metric for metric in REGISTRY.collect() if metric.name.startswith("arbill_"))
