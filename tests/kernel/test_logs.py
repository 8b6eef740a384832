"""Lines of the log: what stands in one, that a flood is counted instead of written, that nothing slips past."""

import io
import json
import logging
import threading
import time

import pytest

from arbill_app.kernel.monitoring import logs
from arbill_app.kernel.monitoring.logs import Flood, set_up, tell, tracing

SECRET = "q8J2-vLw_Zx0mEo4sTn7RyKc1Ub5dFhGa9iPl3MtNQw"


@pytest.fixture
def out():
    """Everything as it was afterwards: pytest has handlers of its own."""
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    stream.use = lambda **how: set_up(stream=stream, **how)
    yield stream
    root.handlers[:], root.level = handlers, level
    logging.setLogRecordFactory(factory)
    logging.captureWarnings(False)
    threading.excepthook = threading.__excepthook__


def test_a_line_for_people(out):
    out.use()
    with tracing("abc123") as found:
        found.actor_id = "stf_1"
        tell(logging.getLogger("arbill.request"), "GET /customers", time.perf_counter(), "200")
    line = out.getvalue()
    assert " INFO arbill.request GET /customers 200 " in line
    assert line.endswith(" ms [abc123 stf_1]\n")


def test_an_address_with_control_characters_stays_on_its_line(out):
    out.use()
    logging.getLogger("arbill.request").warning("GET /portal/x\n2026 ERROR forged\r\x1b[2K\x9b")
    assert out.getvalue().count("\n") == 1
    assert r"/portal/x\n2026 ERROR forged\r\x1b[2K\x9b" in out.getvalue()


def test_a_line_for_programs(out):
    out.use(as_json=True)
    with tracing("abc123"):
        try:
            raise ValueError(f"no good: {SECRET}")
        except ValueError:
            logging.getLogger("arbill_app.kernel.jobs.handlers").exception("settling %s failed", "eff_1")
    said = json.loads(out.getvalue())
    assert (said["level"], said["message"], said["request_id"]) == ("error", "settling eff_1 failed", "abc123")
    assert "ValueError: no good: [removed]" in said["error"]
    assert SECRET not in out.getvalue()


@pytest.mark.parametrize(
    "name", ["reflex", "reflex.app", "_granian", "sqlalchemy.engine", "dbos", "asyncio", "brand.new"]
)
def test_every_logger_is_scrubbed_also_those_with_handlers_of_their_own(out, name):
    logger, theirs = logging.getLogger(name), io.StringIO()
    logger.addHandler(logging.StreamHandler(theirs))
    out.use()
    late = logging.StreamHandler(theirs)
    logger.addHandler(late)  # somebody adds one afterwards
    try:
        logger.critical("event %s", {"cookie": f"arbill_session={SECRET}"}, extra={"dedupe": True})
        raise RuntimeError(SECRET)
    except RuntimeError:
        logger.critical("failed", exc_info=True)
    finally:
        logger.removeHandler(late)
    assert "event" in theirs.getvalue()
    assert SECRET not in theirs.getvalue() + out.getvalue()


def test_a_line_whose_arguments_do_not_fit_is_still_one_line(out):
    out.use()
    logging.getLogger("arbill_app").warning("%s and %s", 1)
    assert "could not be written" in out.getvalue()


def test_a_line_keeps_to_its_length_and_a_hostile_one_takes_no_time(out):
    out.use()
    began = time.perf_counter()
    for hostile in (
        "a-" * 50_000,
        "cookie=" * 20_000,
        "[parameters: " * 10_000,
        "A1b-" * 30_000,
        "'token': '" * 10_000,
    ):
        logging.getLogger("arbill_app").warning(hostile)
    assert time.perf_counter() - began < 5
    assert max(map(len, out.getvalue().splitlines())) < 40_000


# ---------------------------------------------------------------- floods


class Clock:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def line(lineno=1):
    return logging.LogRecord("x", logging.ERROR, "x.py", lineno, "Redis is away", (), None)


def test_lines_of_one_kind_are_counted_beyond_the_first(monkeypatch):
    monkeypatch.setattr(Flood, "_wait", lambda self, kind: None)
    said, clock = [], Clock()
    flood = Flood(lambda record: said.append(record.getMessage()), clock)
    passed = sum(flood.filter(line()) for _ in range(5_332))
    assert passed == logs.MOST == 20
    assert flood.filter(line(2)), "another kind is not held up"
    clock.at += 10
    assert flood.filter(line())
    assert said == ["… and 5,312 more like this in 10 s: Redis is away"]


def test_the_count_is_told_also_when_no_further_line_comes(monkeypatch):
    monkeypatch.setattr(logs, "WINDOW", 0.05)
    told = threading.Event()
    flood = Flood(lambda record: told.set())
    for _ in range(50):
        flood.filter(line())
    assert told.wait(5)


def test_requests_and_effects_are_no_flood():
    flood = Flood(print)
    record = line()
    record.duration_ms = 1.0
    assert all(flood.filter(record) for _ in range(100))


def test_a_quiet_line_costs_little():
    """A thousand lines in well under a second: the requests of a busy second."""
    began = time.perf_counter()
    for _ in range(1000):
        logs.clean_record(
            "arbill.request", logging.INFO, "x.py", 1, "%s %s %s ms", ("GET /customers", "200", 4.1), None
        )
    assert time.perf_counter() - began < 1
