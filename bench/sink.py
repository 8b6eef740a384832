"""A mail server of its own process that takes everything: `python -m bench.sink PORT` prints who got what, a line each.

Nobody reads about the bulk recipient: printing 100 lines a second of them would only take time from what is measured.
"""

import sys
import threading
from typing import Any

from aiosmtpd.controller import Controller

BULK = "bulk@bench.example"


class Sink:
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        for address in envelope.rcpt_tos:
            if address != BULK:
                print(address, flush=True)
        return "250 OK"


if __name__ == "__main__":
    Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    print("ready", flush=True)
    threading.Event().wait()
