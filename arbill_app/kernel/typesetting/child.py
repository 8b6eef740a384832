"""The process that typesets: run as a script by `pool.py`, it imports nothing of arbill and shares nothing with it.

It reads orders from standard input and writes what came of each to standard output, one after the other:

    order   {"files": [[name, bytes], …], "format": "pdf", "standards": […], "ppi": 0}\\n, then the files
    answer  {"bytes": 1234, "memory": 34000000}\\n, then the paper; or {"error": "…", "memory": …}\\n

`memory` is what the process holds afterwards, in bytes. A limit on the address space ends the process, not the machine.
"""

import contextlib
import json
import os
import queue
import resource
import sys
import threading
from typing import Any, BinaryIO

import typst

NICENESS = 5  # screens and sign-in come first on a busy machine


def main(fonts: str, most_memory: int) -> None:
    _limit(most_memory)
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    # Standard output is for answers: whatever a library prints goes to the errors.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_read_orders, args=(sys.stdin.buffer, orders), daemon=True).start()
    press = typst.Fonts(font_paths=[fonts], include_system_fonts=False, include_embedded_fonts=False)
    while True:
        _answer(answers, _made(orders.get(), fonts, press))


def _limit(most_memory: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.nice(NICENESS)
    for limit, most in ((resource.RLIMIT_AS, most_memory), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):  # not every system has each
            resource.setrlimit(limit, (most, most))


def _read_orders(stream: BinaryIO, orders: "queue.SimpleQueue[dict[str, Any]]") -> None:
    """Ends the process when the one that started it is gone, also in the middle of a paper."""
    while line := stream.readline():
        order = json.loads(line)
        order["files"] = {name: stream.read(size) for name, size in order["files"]}
        orders.put(order)
    os._exit(0)


def _made(order: dict[str, Any], fonts: str, press: typst.Fonts) -> bytes | str:
    """The paper, or why there is none. The root is the folder of fonts, so that references to other files find
    nothing."""
    settings: dict[str, Any] = {"root": fonts, "font_paths": press, "ignore_system_fonts": True}
    settings |= {"pdf_standards": order["standards"]} if order["format"] == "pdf" else {"ppi": order["ppi"]}
    try:
        made = typst.compile(order["files"], format=order["format"], **settings)
    except RuntimeError as refused:
        return f"{refused}"[:2000]
    # Several pages of a picture are a list.
    return bytes(made if isinstance(made, (bytes, bytearray)) else made[0])


def _answer(answers: BinaryIO, made: bytes | str) -> None:
    said = {"error": made} if isinstance(made, str) else {"bytes": len(made)}
    answers.write(json.dumps(said | {"memory": _memory()}).encode() + b"\n")
    if isinstance(made, bytes):
        answers.write(made)
    answers.flush()


def _memory() -> int:
    try:
        with open("/proc/self/statm") as sizes:
            return int(sizes.read().split()[1]) * resource.getpagesize()
    except OSError:  # not on Linux: the most it ever held, which replaces a process a little early
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
