"""A wire between arbill and a server of its own (PostgreSQL, Redis) that a test may cut, or leave silent."""

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Wire:
    """Forwards `port` to `target`. Cut: connections break and none is taken. Silent: taken, and never answered."""

    target: tuple[str, int]
    port: int = 0
    silent: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket | None = None
    _open: list[socket.socket] = field(default_factory=list)

    def mend(self) -> "Wire":
        self.silent.clear()
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._take, args=[self._listener], daemon=True).start()
        return self

    def cut(self) -> None:
        listener, self._listener = self._listener, None
        for one in [*([listener] if listener else []), *self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _take(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _ = listener.accept()
            except OSError:
                return
            there = socket.create_connection(self.target)
            self._open += [here, there]
            for source, sink in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=[source, sink], daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                while self.silent.is_set() and source.fileno() >= 0:
                    time.sleep(0.01)
                sink.sendall(piece)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def wire_to(url: str) -> tuple[Wire, str]:
    """(the wire, the URL by which the server is reached over it)."""
    parts = urlsplit(url)
    wire = Wire((parts.hostname or "", parts.port or 0)).mend()
    return wire, url.replace(f":{parts.port}/", f":{wire.port}/")
