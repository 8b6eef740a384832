"""One child process that typesets, a paper at a time, bounded in time and memory. See child.py for what it runs."""

import contextlib
import json
import logging
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from ..errors import ArbillError
from ..problems import Problem

log = logging.getLogger(__name__)

FONTS = Path(__file__).with_name("fonts")
CHILD = Path(__file__).with_name("child.py")
SECONDS = 20  # a paper may take
MEMORY = 768 * 1024 * 1024  # bytes of address space a child may have; it begins with 215 MB, a third of it used
GROWN = 200 * 1024 * 1024  # bytes it may hold when it is done with a paper
PAPERS = 500  # until a child is replaced
# One thread a child: processors are shared with screens, and a second heap would only take memory.
SURROUNDINGS = {"RAYON_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}

TOO_LONG = Problem("printing.too_long")
TOO_LARGE = Problem("printing.too_large")


class Unprintable(ArbillError):
    """The child that typeset it was ended: it took too long, too much memory, or printing stops.

    No Unavailable: trying again without end would not help.
    """

    status = 503


class Refused(RuntimeError):
    """typst says why it cannot typeset this; the child goes on."""


@dataclass(frozen=True)
class Order:
    """Files in memory by name, "main" among them; `format` "pdf" with its standards, or "png" with `ppi`.

    `seconds` it may take, where that is less than usual.
    """

    files: dict[str, bytes]
    format: str = "pdf"
    standards: tuple[str, ...] = ()
    ppi: float = 0
    seconds: float = SECONDS


class Child:
    """One process, one paper at a time."""

    def __init__(self, memory: int) -> None:
        # Without our environment, which holds secrets; in a session of its own, so that Ctrl-C does not end it.
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(FONTS), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=SURROUNDINGS,
            start_new_session=True,
        )
        self.papers, self.held = 0, 0

    @property
    def fresh(self) -> bool:
        return self.process.poll() is None and self.papers < PAPERS and self.held < GROWN

    def typeset(self, order: Order, seconds: float) -> bytes:
        self.papers += 1
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.process.kill()

        clock = threading.Timer(seconds, stop)
        clock.daemon = True
        clock.start()
        try:
            return self._exchange(order)
        except (OSError, EOFError):
            self.end()
            why = "out of time" if late.is_set() else f"ended with {self.process.returncode}"
            log.warning("a child that prints is replaced: %s", why)
            raise Unprintable(TOO_LONG if late.is_set() else TOO_LARGE) from None
        finally:
            clock.cancel()

    def _exchange(self, order: Order) -> bytes:
        orders, answers = self.process.stdin, self.process.stdout
        assert orders is not None
        assert answers is not None
        said = {"format": order.format, "standards": order.standards, "ppi": order.ppi}
        sizes = [(name, len(content)) for name, content in order.files.items()]
        orders.write(json.dumps(said | {"files": sizes}).encode() + b"\n")
        for content in order.files.values():
            orders.write(content)
        orders.flush()
        line = answers.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        answer = json.loads(line)
        self.held = answer["memory"]
        if "error" in answer:
            raise Refused(answer["error"])
        made = answers.read(answer["bytes"])
        if len(made) < answer["bytes"]:
            raise EOFError
        return made

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError, ValueError):
                if pipe:
                    pipe.close()
