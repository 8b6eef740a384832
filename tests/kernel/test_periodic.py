from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.exc import OperationalError

from arbill_app.kernel.clock import now
from arbill_app.kernel.jobs import periodic
from arbill_app.kernel.jobs.periodic import due, late, run, sweep
from tests.together import together

START = "2027-01-01T00:00:00Z"


@pytest.fixture
def counted(database, monkeypatch):
    """A sweep each minute; the list grows by the time of each run."""
    monkeypatch.setattr(periodic, "SWEEPS", {})
    found = []

    @sweep("overdue invoices", every=60)
    def look(at):
        found.append(at)
        return len(found)

    return found


def row():
    return periodic.last_runs()[0]


def test_a_sweep_runs_when_its_time_has_come_and_says_what_it_found(counted):
    with time_machine.travel(START, tick=False) as clock:
        assert due(now()) == ["overdue invoices"]
        assert run("overdue invoices") == 1
        assert due(now()) == []
        assert run("overdue invoices") is None
        clock.shift(60)
        assert run("overdue invoices") == 2
        assert counted[1] == now()
    assert (row().name, row().found, row().error) == ("overdue invoices", 2, "")


def test_after_any_downtime_it_runs_once(counted):
    with time_machine.travel(START, tick=False) as clock:
        run("overdue invoices")
        clock.shift(timedelta(days=3))
        run("overdue invoices")
        assert due(now()) == []
    assert len(counted) == 2


def test_of_several_processes_one_runs_it(counted):
    results = together(*[lambda: run("overdue invoices")] * 4)
    assert sorted(results, key=str) == [1, None, None, None]


def test_what_goes_wrong_is_written_down_and_it_runs_again(database, monkeypatch):
    monkeypatch.setattr(periodic, "SWEEPS", {})

    @sweep("overdue invoices", every=60)
    def look(at):
        raise ZeroDivisionError("nothing there")

    with time_machine.travel(START, tick=False) as clock:
        run("overdue invoices")
        assert row().error == "ZeroDivisionError: nothing there"
        clock.shift(60)
        assert due(now()) == ["overdue invoices"]


def test_a_run_that_died_is_given_up(counted):
    with time_machine.travel(START, tick=False) as clock:
        periodic._begin(periodic.SWEEPS["overdue invoices"], now())
        clock.shift(periodic.GIVEN_UP - timedelta(seconds=1))
        assert run("overdue invoices") is None
        clock.shift(1)
        assert run("overdue invoices") == 1


def test_it_is_late_when_it_has_not_finished_for_three_intervals(counted):
    with time_machine.travel(START, tick=False) as clock:
        assert late(now()) == []
        run("overdue invoices")
        clock.shift(180)
        assert late(now()) == []
        clock.shift(1)
        assert late(now()) == ["overdue invoices"]
        run("overdue invoices")
        assert late(now()) == []


def test_a_database_that_goes_away_under_a_sweep_is_no_fault_of_ours(database, monkeypatch, caplog):
    monkeypatch.setattr(periodic, "SWEEPS", {})

    @sweep("overdue invoices", every=60)
    def cut_off(_now):
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    assert run("overdue invoices") == 0
    assert [(record.levelname, bool(record.exc_info)) for record in caplog.records] == [("WARNING", False)]
    assert "OperationalError" in periodic.last_runs()[0].error
