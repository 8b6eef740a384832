"""Serves screens, API and websocket on one port with granian."""

import errno
import http.client
import os
import socket
import threading
import time
from collections.abc import Callable

from arbill_app.build import environment, is_intact
from arbill_app.kernel.errors import ArbillError
from arbill_app.kernel.process.parent import forks
from arbill_app.kernel.settings import settings
from arbill_app.migrate import ROOT

TARGET = "arbill_app.arbill_app:served"
HOST = "127.0.0.1"
MOST_WORKERS = 4
REDIS_CONNECTIONS = 50
HEADERS_WITHIN = 10_000  # milliseconds until the headers of a request must have come
HEADERS_AT_MOST = 64 * 1024  # bytes
# Its lines go where all others go: see kernel/monitoring/logs.py.
_LOGGER = {"handlers": [], "level": "WARNING", "propagate": True}
OUR_LOGS = {"formatters": {}, "handlers": {}, "loggers": {"_granian": _LOGGER, "granian.access": _LOGGER}}


class PortTaken(ArbillError):
    """Somebody else listens there."""


def check_port(host: str = HOST) -> None:
    """granian would share a taken port instead of refusing it, and half of the requests would get lost."""
    port = settings().port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            raise PortTaken(_refusal(refused, port)) from None


def _refusal(refused: OSError, port: int) -> str:
    if refused.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Stop what uses it, or choose another: ARBILL_PORT={port + 1} make run"
    return f"Port {port} cannot be used: {refused.strerror}."


def serve(host: str = HOST, on_ready: Callable[[], None] | None = None) -> None:
    """Returns when a signal has ended the server."""
    os.environ.update(reflex_environment())
    os.chdir(ROOT)
    # Imported here: building and migrating do without a server.
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    forks()
    server = Granian(
        TARGET,
        factory=True,
        address=host,
        port=settings().port,
        interface=Interfaces.ASGI,
        workers=worker_count(),
        # Browsers and nginx speak HTTP/1.1 without TLS; HTTP/2's settings would need limits of their own.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN, max_buffer_size=HEADERS_AT_MOST),
        log_level=LogLevels.warning,
        log_dictconfig=OUR_LOGS,
        respawn_failed_workers=worker_count() > 1,
        # A browser keeps its websocket open: without a limit, stopping would wait for it.
        workers_kill_timeout=1,
    )
    if on_ready:
        server.on_startup(lambda: _when_ready(host, on_ready))
    server.serve()


def worker_count() -> int:
    """State lives in the process unless Redis holds it, so several workers need Redis."""
    return min(os.cpu_count() or 1, MOST_WORKERS) if settings().redis_url else 1


def reflex_environment() -> dict[str, str]:
    """The two names with underscores are Reflex's own for "serve what is built, compile nothing"."""
    redis = settings().redis_url
    told = {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_STATE_MANAGER_MODE": "redis" if redis else "memory",
        "REFLEX_REDIS_MAX_CONNECTIONS": str(REDIS_CONNECTIONS),
    }
    return environment() | told | ({"REFLEX_REDIS_URL": redis} if redis else {})


def _when_ready(host: str, announce: Callable[[], None]) -> None:
    def wait() -> None:
        while not _answers(host):
            time.sleep(0.1)
        if is_intact():
            announce()
        else:
            print("The built screens are missing or incomplete. Run: arbill build", flush=True)

    # Started a moment later, because granian forks its workers right after this hook.
    timer = threading.Timer(0.5, wait)
    timer.daemon = True
    timer.start()


def _answers(host: str) -> bool:
    connection = http.client.HTTPConnection(host, settings().port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
