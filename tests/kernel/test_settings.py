from pathlib import Path

import pytest

from arbill_app.kernel.settings import Settings, WrongSettings, settings


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


KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "three", "is a whole number."),
        ("PORT", "70000", "is at most 65535."),
        ("ROLE", "wbe", "is one of 'all' or 'web'."),
        ("DEMO", "perhaps", "is true or false."),
        ("PROXIES", "10.0.0.300", "is a network"),
        ("SMTP_URL", "smtp://mail.example?form=ida@x.example", "“form” after the ? means nothing here"),
        ("SMTP_URL", "smtp://mail.example?from=ida", "from is the email address"),
        ("SMTP_URL", "smtp://mail.example?timeout=soon", "timeout is a whole number"),
        ("SMTP_URL", "smtp://mail.example?timeout=0", "timeout is a whole number"),
        ("SMTP_URL", "smtp://mail.example/out", "is an address such as smtp://"),
        ("STRIPE_SECRET_KEY", "pk_live_x", "is Stripe’s secret key"),
        ("STRIPE_WEBHOOK_SECRET", "we_1abc", "is the signing secret"),
        ("SENTRY_DSN", "sentry.example.com", "is a DSN"),
        ("SENTRY_DSN", "https://sentry.example.com/1", "is a DSN"),
        ("METRICS_TOKEN", "short", "needs at least 16 characters"),
    ],
)
def test_a_value_that_cannot_be_right_is_said_in_a_sentence(monkeypatch, name, value, said):
    monkeypatch.setenv(f"ARBILL_{name}", value)
    settings.cache_clear()
    with pytest.raises(WrongSettings) as wrong:
        settings()
    settings.cache_clear()
    assert wrong.value.message.startswith(f"ARBILL_{name}: ")
    assert said in wrong.value.message
    assert "Input should" not in wrong.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "smtps://ida%40x:p%2Fw@mail.example:465?from=ida@x.example&timeout=20"),
        ("SMTP_URL", "smtp://mail.example"),
        ("STRIPE_SECRET_KEY", "rk_live_x"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_x"),
        ("SENTRY_DSN", f"https://{KEY}@sentry.example.com/1"),
        ("METRICS_TOKEN", KEY),
    ],
)
def test_right_values_are_taken(monkeypatch, name, value):
    monkeypatch.setenv(f"ARBILL_{name}", value)
    assert getattr(Settings(), name.lower()) == value


def test_on_one_machine_its_names_are_one_place(monkeypatch):
    assert "http://127.0.0.1:3000" in Settings().origins
    monkeypatch.setenv("ARBILL_ORIGIN", "https://billing.example")
    assert Settings().origins == {"https://billing.example"}
