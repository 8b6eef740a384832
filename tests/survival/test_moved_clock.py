"""The clock of a machine runs a day ahead while everything runs, and is put right again.

PostgreSQL has a clock of its own: a process that disagrees with it begins nothing. SQLite has none, so work goes on;
what was dated ahead must not wait for that day once the clock is right.
"""

from datetime import timedelta

from arbill_app.kernel.clock import now
from arbill_app.kernel.jobs import periodic
from arbill_app.kernel.jobs.workers import known_workers
from arbill_app.kernel.monitoring.clock_watch import SKEW
from tests.server import running
from tests.survival.conftest import charge, in_the_books, letters, open_effects
from tests.survival.monitor import told, wait_for
from tests.survival.test_web_outages import NORA, QUICK, Visitor

DAY = timedelta(days=1)


def set_clock(folder, ahead):
    """The server reads the file at any moment: it must never be half written."""
    (folder / "next").write_text(str(ahead.total_seconds()))
    (folder / "next").rename(folder / "clock")


def test_a_clock_a_day_ahead_and_back(two, database, bank, mail, tmp_path, monkeypatch):
    set_clock(tmp_path, timedelta())
    monkeypatch.setenv("TEST_CLOCK", str(tmp_path / "clock"))
    with running(tmp_path, database, words=QUICK) as server:
        nora = Visitor(server)
        wait_for(lambda: told(server, "/statusz")[1]["clock"] == "ok" and not open_effects())
        set_clock(tmp_path, DAY)
        if database.startswith("postgresql"):
            wait_for(lambda: any("ahead of the database's" in worker.trouble for worker in known_workers()))
            wait_for(lambda: told(server, "/statusz")[0] == 503)
            keys = charge(two.nora, 5)
        else:
            wait_for(lambda: told(server, "/statusz")[1]["clock"] == "warn")
            keys = charge(two.nora, 5)
            wait_for(lambda: not open_effects())
        assert told(server, "/readyz")[0] == 200
        assert nora.get("/customers").status_code == 200, "signed in for 14 days"
        assert nora.post("/auth/forgot", email=NORA).status_code < 400
        ahead = Visitor(server)
        if database.startswith("postgresql"):
            assert not bank.calls
        set_clock(tmp_path, timedelta())
        sent = letters(two.nora, 5)
        wait_for(lambda: not open_effects(), 40)
        wait_for(lambda: all(run.started_at < now() + SKEW for run in periodic.last_runs()))
        assert [who.get("/customers").status_code for who in (nora, ahead)] == [200, 200]
        wait_for(lambda: told(server, "/readyz")[0] == told(server, "/statusz")[0] == 200)
        assert "Traceback" not in server.log.read_text()
    assert in_the_books(two.nora) == {f"paid_{key}": 1 for key in keys}
    assert set(bank.calls.values()) == {1}
    assert set(mail.arrived) >= set(sent)
    assert len(mail.arrived) > len(sent), "the link for a new password too"
