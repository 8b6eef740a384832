"""Logging: every line of every logger, scrubbed, with the id of the request it belongs to.

`set_up` puts one handler under all loggers, also those of libraries. Lines for people, or JSON with ARBILL_LOG=json.
"""

import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from .scrubbing import scrub

WINDOW = 10.0  # seconds over which lines of one kind are counted
MOST = 20  # lines of one kind in a window
KINDS = 1000  # kinds that are remembered; a kind is a place in a program
LONGEST = 20_000  # characters of one line, its traceback included
NOISY = {"dbos": logging.CRITICAL, "websockets": logging.WARNING, "httpx": logging.WARNING, "asyncio": logging.WARNING}
SELF = logging.getLogger(__name__)


@dataclass
class Trace:
    """What all lines of one request, event or effect have in common. `actor_id` is filled in once it is known."""

    id: str
    actor_id: str = ""
    status: str = ""


trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def tracing(id: str) -> Iterator[Trace]:
    found = Trace(id)
    token = trace.set(found)
    try:
        yield found
    finally:
        trace.reset(token)


def note_actor(actor_id: str) -> None:
    """Sets the actor of the current request in its log lines; threads of one request share it."""
    if found := trace.get():
        found.actor_id = actor_id


def note_status(status: str) -> None:
    if found := trace.get():
        found.status = status


def request_id() -> str:
    """Of the request, event or effect at hand; "" outside of any."""
    found = trace.get()
    return found.id if found else ""


def tell(logger: logging.Logger, what: str, began: float, status: str, level: int = logging.INFO) -> None:
    """One line for one request, event or effect: `what` and `status` in words, `began` by time.perf_counter."""
    if not logger.isEnabledFor(level):
        return
    duration = round((time.perf_counter() - began) * 1000, 1)
    logger.log(level, "%s %s %s ms", what, status, duration, extra={"status": status, "duration_ms": duration})


# ---------------------------------------------------------------- records


def clean_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """Made at once and without its arguments, so that no handler of anybody can say what was removed."""
    record = logging.LogRecord(*args, **kwargs)
    try:
        record.msg = scrub(record.getMessage()[:LONGEST])
        record.args = ()
    except Exception as error:
        record.msg, record.args = f"a log line could not be written: {type(error).__name__}", ()
    if record.exc_info and record.exc_info[0]:
        record.exc_text = scrub("".join(traceback.format_exception(*record.exc_info)).rstrip())[-LONGEST:]
    if record.stack_info:
        record.stack_info = scrub(record.stack_info)
    found = trace.get()
    record.request_id = found.id if found else ""
    record.actor_id = found.actor_id if found else ""
    return record


# An address or a name must not begin a line of its own, nor move the cursor of a terminal.
_ESCAPED = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {10: "\\n", 13: "\\r", 9: "\t"}


class Plain(logging.Formatter):
    """`2026-11-28 08:45:01.204 INFO arbill.request GET /customers 200 4.1 ms [7f3c21 stf_…]`"""

    def format(self, record: logging.LogRecord) -> str:
        whose = f"{getattr(record, 'request_id', '')} {getattr(record, 'actor_id', '')}".strip()
        line = f"{_moment(record):%Y-%m-%d %H:%M:%S}.{int(record.msecs):03} {record.levelname} {record.name} "
        line += record.getMessage().translate(_ESCAPED) + (f" [{whose}]" if whose else "")
        return f"{line}\n{record.exc_text}" if record.exc_text else line


class Json(logging.Formatter):
    """One object a line: time, level, logger, message, request_id, actor_id, duration_ms, status, error."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in ("request_id", "actor_id", "duration_ms", "status"):
            if (value := getattr(record, name, "")) != "":
                said[name] = value
        if record.exc_text:
            said["error"] = record.exc_text
        return json.dumps(said, ensure_ascii=False, default=str)


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


# ---------------------------------------------------------------- floods


class Flood(logging.Filter):
    """Lets MOST lines of one kind through in WINDOW seconds, then says how many more there were.

    A kind is the place in the program that says it. What is told once per request is no flood.
    """

    def __init__(self, say: Callable[[logging.LogRecord], object], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._say, self._clock = say, clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}
        self._last: dict[tuple[str, int], logging.LogRecord] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if hasattr(record, "duration_ms"):
            return True
        kind = record.pathname, record.lineno
        with self._lock:
            began, count = self._seen.get(kind, (self._clock(), 0))
            over = self._clock() - began >= WINDOW
            ended = self._last.pop(kind, None) if over else None
            self._remember(kind, *((self._clock(), 1) if over else (began, count + 1)))
            quiet = not over and count >= MOST
            if quiet and kind not in self._last:
                self._wait(kind)
            if quiet:
                self._last[kind] = record
        if ended:
            self._sum_up(ended, count - MOST)
        return not quiet

    def _remember(self, kind: tuple[str, int], began: float, count: int) -> None:
        if len(self._seen) >= KINDS and kind not in self._seen:
            self._seen.clear()
        self._seen[kind] = began, count

    def _wait(self, kind: tuple[str, int]) -> None:
        """In case that no further line of this kind comes."""
        timer = threading.Timer(WINDOW, self._close, [kind])
        timer.daemon = True
        timer.start()

    def _close(self, kind: tuple[str, int]) -> None:
        with self._lock:
            last = self._last.pop(kind, None)
            _, count = self._seen.pop(kind, (0.0, 0))
        if last:
            self._sum_up(last, count - MOST)

    def _sum_up(self, last: logging.LogRecord, more: int) -> None:
        said = f"… and {more:,} more like this in {WINDOW:g} s: {last.getMessage()[:200]}"
        self._say(logging.LogRecord(last.name, last.levelno, last.pathname, last.lineno, said, (), None))


# ---------------------------------------------------------------- setting up


def set_up(*, as_json: bool = False, stream: TextIO | None = None, level: int = logging.INFO) -> logging.Handler:
    """One handler under every logger, now and for those that come. Calling it again replaces it."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if as_json else Plain())
    handler.addFilter(Flood(handler.emit))
    logging.setLogRecordFactory(clean_record)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("arbill").setLevel(level)
    logging.getLogger("arbill_app").setLevel(level)
    for name in [*logging.root.manager.loggerDict, *NOISY]:
        _take_over(logging.getLogger(name))
    for name, least in NOISY.items():
        logging.getLogger(name).setLevel(least)
    # DBOS gives itself a handler when it finds none.
    logging.getLogger("dbos").addHandler(logging.NullHandler())
    logging.captureWarnings(True)
    sys.excepthook, threading.excepthook = _crashed, _thread_crashed
    return handler


def _take_over(logger: logging.Logger) -> None:
    logger.handlers[:] = []
    logger.propagate = True


def _crashed(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
        return
    SELF.critical("stopped by an error", exc_info=(kind, error, where))


def _thread_crashed(what: threading.ExceptHookArgs) -> None:
    if what.exc_value and not issubclass(what.exc_type, SystemExit):
        SELF.error("a thread ended with an error", exc_info=(what.exc_type, what.exc_value, what.exc_traceback))
