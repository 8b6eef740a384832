from pathlib import Path

import pytest

from arbill_app.kernel.settings import Settings


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    for name in ("PORT", "HOME", "DATABASE_URL", "ORIGIN", "DEMO", "SMTP_URL", "REDIS_URL"):
        monkeypatch.delenv(f"ARBILL_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_home_does_not_move_with_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("ARBILL_HOME", "data")
    made = Settings()
    assert made.home == tmp_path / "data"
    assert made.database_url == f"sqlite:///{tmp_path}/data/arbill.db"


def test_what_is_set_empty_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("ARBILL_HOME", "")
    monkeypatch.setenv("ARBILL_SMTP_URL", "")
    assert (Settings().home, Settings().smtp_url) == (Path.cwd() / "var", None)


@pytest.mark.parametrize(
    ("origin", "demo"),
    [
        ("", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("https://billing.example", False),
        ("https://localhost.billing.example", False),
    ],
)
def test_the_demo_is_only_on_this_machine(monkeypatch, origin, demo):
    monkeypatch.setenv("ARBILL_ORIGIN", origin)
    assert Settings().demo is demo


def test_the_demo_elsewhere_must_be_asked_for(monkeypatch):
    monkeypatch.setenv("ARBILL_ORIGIN", "https://demo.example/")
    monkeypatch.setenv("ARBILL_DEMO", "true")
    made = Settings()
    assert (made.demo, made.origin, made.https) == (True, "https://demo.example", True)


def test_on_one_machine_its_names_are_one_place(monkeypatch):
    assert "http://127.0.0.1:3000" in Settings().origins
    monkeypatch.setenv("ARBILL_ORIGIN", "https://billing.example")
    assert Settings().origins == {"https://billing.example"}
