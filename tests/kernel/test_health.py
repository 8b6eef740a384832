from datetime import timedelta

import pytest
import time_machine

from arbill_app.kernel import db, effects
from arbill_app.kernel.clock import now
from arbill_app.kernel.db import write
from arbill_app.kernel.health import is_ready, readiness
from arbill_app.migrate import upgrade
from tests.conftest import settled


def test_a_migrated_database_that_answers_is_ready(two):
    found = readiness()
    assert is_ready(found)
    assert (found["database"], found["migrations"]) == ("ok", "ok")


def test_the_age_of_the_queue_is_how_long_its_oldest_could_have_begun(two):
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        effects.begin("email", 100)  # the world's invitations
        assert readiness()["queue_age_seconds"] == 0
        write(two.nora, lambda tx: tx.later("charge", "a", {}, due_at=now() + timedelta(seconds=5)))
        clock.shift(65)
        found = readiness()
    assert found["queue_age_seconds"] == 60
    assert is_ready(found)


@pytest.mark.parametrize("shape", ["bare", "old"])
def test_a_database_that_was_not_migrated_is_not_ready(bare_database, tmp_path, monkeypatch, shape):
    with settled(bare_database, tmp_path, monkeypatch):
        if shape == "old":
            upgrade(bare_database)
            with db.engine().execution_options(write=True).begin() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        found = readiness()
    assert not is_ready(found)
    assert "arbill migrate" in found["migrations"]


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://arbill:s3cret@127.0.0.1:1/arbill", "sqlite:////proc/nowhere/arbill.db"]
)
def test_a_database_that_does_not_answer_is_not_ready_and_no_secret_is_told(tmp_path, monkeypatch, caplog, url):
    monkeypatch.setattr("pathlib.Path.mkdir", lambda *_, **__: None)
    with settled(url, tmp_path, monkeypatch):
        found = readiness()
    assert not is_ready(found)
    assert found["database"] == "does not answer"
    assert "s3cret" not in str(found) + caplog.text
