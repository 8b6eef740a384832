"""When a process has more open tabs than it can serve, new ones wait outside instead of making everybody slow.

Twice a second an empty query goes through the same queue as all others; its waiting time measures the load.
"""

import asyncio
import time

from ..kernel.db.transactions import take_turn

LOOK = 0.5  # seconds
LATE = 1.0  # seconds that a question waits, on an average of some seconds: nobody new while it is more
FEW = 100  # open tabs that are always admitted, however slow: so few are not the cause
MOST = 2000  # open tabs, for their memory: some 280 KB each
WAIT = 10  # seconds until the page that was not let in loads itself anew
FULL = "Many people use arbill at this moment. This page opens by itself as soon as there is room."


class Admission:
    """Of one process. `tabs` are those whose websocket is open."""

    def __init__(self) -> None:
        self.tabs = 0
        self.late = 0.0

    @property
    def is_full(self) -> bool:
        return self.tabs >= MOST or (self.tabs >= FEW and self.late > LATE)

    async def watch(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK)
            began = time.monotonic()
            await take_turn()
            self.late += (time.monotonic() - began - self.late) / 5


admission = Admission()
