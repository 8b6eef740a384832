"""Run as a program of its own, never imported: localstripe, which speaks the GPL, on 127.0.0.1 and without a file.

Left alone it listens on every address, wants IPv6, and writes all it knows to one file in /tmp after each request.
"""

import builtins
import os
import runpy
import socket
import sys


class Loopback(socket.socket):
    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        super().__init__(socket.AF_INET if family == socket.AF_INET6 else family, type, proto, fileno)

    def bind(self, address):
        super().bind(("127.0.0.1", address[1]) if address[0] == "::" else address)


def opened(path, *args, _open=builtins.open, **kwargs):
    return _open(os.devnull if str(path).endswith("localstripe.pickle") else path, *args, **kwargs)


if __name__ == "__main__":
    socket.socket, builtins.open = Loopback, opened  # type: ignore[misc, assignment]
    sys.argv = ["localstripe", "--from-scratch", "--port", sys.argv[1]]
    runpy.run_module("localstripe", run_name="__main__")
