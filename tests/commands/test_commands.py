"""The command line as people use it, in processes of its own: sentences, exit codes, no traceback."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from arbill_app import cli
from arbill_app.kernel import clock
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.jobs import operator as effects_desk
from arbill_app.kernel.settings import settings
from arbill_app.migrate import ROOT
from arbill_app.partners import operator
from arbill_app.partners.auth import account
from arbill_app.partners.auth.sign_in import sign_in
from tests.services import fresh_database, postgres
from tests.world import PASSWORD, letters_to, person_of, signed_in


def arbill(home: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`environment` without the prefix; what the tests themselves are set to is left out."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ARBILL_")}
    told = {"HOME": str(home)} | environment
    return subprocess.run(
        [sys.executable, "-m", "arbill_app.cli", *words],
        cwd=ROOT,
        env=clean | {f"ARBILL_{name}": value for name, value in told.items()},
        capture_output=True,
        text=True,
        timeout=60,
    )


def refused(done: "subprocess.CompletedProcess[str]", code: int) -> str:
    """What it said, in one or two lines, without a traceback."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr
    return done.stderr


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"ROLE": "wbe"}, "ARBILL_ROLE"),
        ({"PORT": "x"}, "ARBILL_PORT"),
        ({"PORT": "70000"}, "ARBILL_PORT"),
        ({"DEMO": "perhaps"}, "ARBILL_DEMO"),
        ({"GATEWAY": "paypal"}, "ARBILL_GATEWAY"),
        ({"GATEWAY": "stripe"}, "needs ARBILL_STRIPE_SECRET_KEY"),
        ({"ORIGIN": "billing.example"}, "https://"),
        ({"ORIGIN": "https://billing.example/arbill"}, "without a path"),
        ({"ORIGIN": "https://billing.example:x"}, "ARBILL_ORIGIN"),
        ({"DATABASE_URL": "postgres://arbill@127.0.0.1/arbill"}, "postgresql+psycopg://"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "redis://"),
        ({"SMTP_URL": "mail.example"}, "smtp://"),
        ({"SECRET_KEY": "short"}, "32"),
        ({"PROXIES": "10.0.0.300"}, "ARBILL_PROXIES"),
        ({"SMTP_URI": "smtp://mail.example"}, "Did you mean ARBILL_SMTP_URL?"),
        ({"ORIGN": "https://x.example"}, "Did you mean ARBILL_ORIGIN?"),
        ({"XYZ": "1"}, "ARBILL_XYZ is not a setting"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, environment, said):
    assert said in refused(arbill(tmp_path, "effects", "list", **environment), 2)


def test_several_wrong_settings_are_named_at_once(tmp_path):
    done = arbill(tmp_path, "migrate", ROLE="wbe", PORT="x")
    assert done.returncode == 2
    assert "ARBILL_ROLE" in done.stderr
    assert "ARBILL_PORT" in done.stderr


# ---------------------------------------------------------------- what cannot be used


def test_an_unreachable_database_is_said(tmp_path):
    for command in ("migrate", "worker"):
        url = "postgresql+psycopg://arbill@127.0.0.1:1/arbill"
        assert "cannot be reached" in refused(arbill(tmp_path, command, DATABASE_URL=url, GATEWAY="none"), 1)


def test_a_missing_database_is_said(tmp_path):
    server = (postgres() or pytest.skip("PostgreSQL is not installed here")).rpartition("/")[0]
    assert "no such database" in refused(arbill(tmp_path, "migrate", DATABASE_URL=f"{server}/nothing"), 1)


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "arbill.db").write_text("this is no database, but long enough to be looked at " * 20)
    assert "not an SQLite database" in refused(arbill(tmp_path, "migrate"), 1)


def test_a_home_that_is_a_file_is_said(tmp_path):
    (tmp_path / "home").write_text("")
    assert str(tmp_path / "home") in refused(arbill(tmp_path / "home", "migrate"), 1)


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        ('connection failed: FATAL:  password authentication failed for user "arbill"', "refuses the password"),
        ("attempt to write a readonly database", "read-only"),
        ("cannot execute UPDATE in a read-only transaction", "read-only"),
        ("database or disk is full", "disk is full"),
        ("unable to open database file", "cannot be opened"),
    ],
)
def test_what_drivers_say_is_said_in_a_sentence(driver, said):
    from sqlalchemy.exc import OperationalError

    from arbill_app.commands.refusals import sentence_of

    assert said in str(sentence_of(OperationalError("SELECT 1", {}, Exception(driver))))


def test_a_fault_of_ours_keeps_its_traceback():
    from arbill_app.commands.refusals import sentence_of

    assert sentence_of(KeyError("x")) is None
    assert sentence_of(ModuleNotFoundError("No module named 'x'", name="x")) is not None


# ---------------------------------------------------------------- migrating


def test_migrating_keeps_a_sample_of_the_key_and_refuses_another(tmp_path):
    """What it encrypted belongs to this key from then on, whichever command is used first."""
    assert "from nothing to" in arbill(tmp_path, "migrate").stdout
    other = {"SECRET_KEY": "of somebody else: 0123456789abcdef0123456789abcdef"}
    for words in (("migrate",), ("worker",)):
        assert "secret key" in refused(arbill(tmp_path, *words, **other), 1)
    assert "BAD   key check" in arbill(tmp_path, "doctor", **other).stdout
    assert "already" in arbill(tmp_path, "migrate").stdout


def test_looking_keeps_no_sample(tmp_path):
    assert arbill(tmp_path, "migrate").returncode == 0
    file = tmp_path / "arbill.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM key_check")
    arbill(tmp_path, "doctor", SECRET_KEY="of somebody else: 0123456789abcdef0123456789abcdef")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM key_check").fetchone() == (0,)


def test_an_older_program_says_that_the_database_is_newer(tmp_path):
    assert arbill(tmp_path, "migrate").returncode == 0
    with closing(sqlite3.connect(tmp_path / "arbill.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer than this program" in refused(arbill(tmp_path, "migrate"), 1)


# ---------------------------------------------------------------- private files


def test_everything_under_home_is_private(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    for name in ("arbill.db", "arbill.db-wal", "build.log"):
        (home / name).touch(mode=0o644)
    assert arbill(home, "migrate").returncode == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()}
    assert home.stat().st_mode & 0o777 == 0o700
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def test_a_shared_folder_is_left_as_it_is(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    arbill(shared, "effects", "list")
    assert shared.stat().st_mode & 0o7777 == 0o1777


# ---------------------------------------------------------------- starting where others can reach it


@pytest.mark.parametrize("words", [("run", "--host", "0.0.0.0"), ("worker",)])
def test_it_does_not_start_unsafely(tmp_path, words):
    done = arbill(tmp_path, *words, ORIGIN="http://billing.example", DEMO="0")
    assert done.returncode == 1
    assert "not https" in done.stderr
    assert "No gateway was chosen" in done.stderr
    assert "ARBILL_SMTP_URL" in done.stderr
    assert "ARBILL_UNSAFE=1" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_lists_the_same_and_says_how_bad_it_is(tmp_path):
    assert arbill(tmp_path, "migrate").returncode == 0
    here = arbill(tmp_path, "doctor")
    assert "key check" in here.stdout
    assert "database" in here.stdout
    away = arbill(tmp_path, "doctor", ORIGIN="http://billing.example")
    assert away.returncode == 2
    assert "BAD   address" in away.stdout
    mail = arbill(tmp_path, "doctor", "--mail-to", "ida@x.example", SMTP_URL="smtp://127.0.0.1:1")
    assert "BAD   test mail" in mail.stdout
    assert "Traceback" not in away.stderr + mail.stderr


def test_postgresql_elsewhere_wants_the_key_in_the_environment(tmp_path):
    url = fresh_database("keyless") or pytest.skip("PostgreSQL is not installed here")
    told = {"ORIGIN": "https://billing.example", "DATABASE_URL": url, "DEMO": "0"}
    assert "ARBILL_SECRET_KEY is not set" in arbill(tmp_path, "worker", **told).stderr
    done = arbill(tmp_path, "doctor", SECRET_KEY="k" * 40, **told)
    assert "ok    secret key" in done.stdout


# ---------------------------------------------------------------- for the operator


def test_create_partner_may_be_repeated(tmp_path):
    words = ("create-partner", "--company", "Northwind", "--name", "Nora", "--email", "nora@northwind.example")
    first, second = arbill(tmp_path, *words), arbill(tmp_path, *words)
    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert "/join?token=" in first.stdout
    assert "there already" in second.stdout
    assert "/join?token=" in second.stdout
    listed = arbill(tmp_path, "admin", "list-staff").stdout
    assert listed.strip() == "Northwind: Nora <nora@northwind.example>, owner, invited"
    assert "Nobody" in refused(arbill(tmp_path, "admin", "new-join-link", "who@x.example"), 1)


BY_HAND = "By the operator, at the command line"


def log_of(actor):
    from arbill_app.partners.security_log.log import SecurityEvent

    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))
    return [(row.action, row.name, row.detail) for row in rows]


def test_two_factor_is_reset_without_the_secret_key(two, monkeypatch):
    import pyotp

    from arbill_app.kernel.settings import settings

    nora = signed_in("nora@northwind.example")
    code = pyotp.TOTP(write(nora, account.begin_two_factor)).now()
    write(nora, account.confirm_two_factor, code, PASSWORD)
    assert sign_in("nora@northwind.example", PASSWORD).needs_code
    monkeypatch.setenv("ARBILL_SECRET_KEY", "another key, which opens nothing here at all".replace(",", ""))
    settings.cache_clear()
    assert operator.reset_two_factor("Nora@Northwind.example") == "Nora West"
    assert not sign_in("nora@northwind.example", PASSWORD).needs_code
    assert person_of(two.nora).totp_since is None
    with across_partners() as session:  # older letters cannot be opened with this key
        keys = session.scalars(select(Effect.key).where(Effect.kind == "email")).all()
    assert [key for key in keys if key.startswith(f"security:{two.nora.id}:two_factor_off:")]
    assert [row for row in log_of(two.nora) if row[0] == "two_factor_off"] == [("two_factor_off", "Nora West", BY_HAND)]


def test_unlock_forgets_the_tries_of_one_person(two):
    for who in ("nora@northwind.example", "sol@southgate.example"):
        with pytest.raises(Exception, match="do not match"):
            sign_in(who, "wrong wrong wrong")
    assert operator.unlock("Nora@northwind.example") >= 1
    assert operator.unlock("nora@northwind.example") == 0
    assert operator.unlock("sol@southgate.example") >= 1
    assert [row for row in log_of(two.nora) if row[0] == "unlocked"] == [("unlocked", "Nora West", BY_HAND)]
    assert operator.unlock("nobody@northwind.example") == 0


def test_a_new_link_ends_the_older_one(two):
    from arbill_app.partners.auth.joining import use_link

    first, second = operator.join_link("mia@northwind.example"), operator.join_link("mia@northwind.example")
    with pytest.raises(Exception, match="link"):
        use_link(first.partition("token=")[2], PASSWORD)
    assert use_link(second.partition("token=")[2], PASSWORD)
    made = ("reset_asked", "Mia Ford", BY_HAND)
    assert [row for row in log_of(two.nora) if row[0] == "reset_asked"] == [made, made]
    subjects = [letter.subject for letter in letters_to("mia@northwind.example")]
    assert subjects.count("A link to set a new arbill password was made") == 2


def test_effects_are_found_tried_again_and_cancelled(two):
    def note(tx):
        for number, state in enumerate(("failed", "review", "due", "done", "failed")):
            effect = tx.later("email" if number else "charge", f"k{number}", {"secret": "s"})
            effect.state, effect.due_at = state, clock.now() - timedelta(hours=number)

    write(two.nora, note)
    with across_partners(write=True) as session:
        for row in session.scalars(select(Effect).where(Effect.key.notin_([f"k{n}" for n in range(5)]))):
            row.state = "done"
    assert [(row.kind, row.state) for row in effects_desk.find()] == [
        ("email", "failed"),
        ("email", "due"),
        ("email", "review"),
        ("charge", "failed"),
    ]
    assert len(effects_desk.find(kind="email", states=("failed",), older=timedelta(hours=3))) == 1
    assert effects_desk.retry(effects_desk.find(states=("failed",))) == 2
    assert effects_desk.cancel(effects_desk.find(kind="email", states=("due",))) == 2
    assert sorted(row.state for row in effects_desk.find()) == ["due", "review"]


@pytest.mark.parametrize(
    "words", [("list", "--older", "soon"), ("list", "--state", "lost"), ("retry", "--state", "done")]
)
def test_what_effects_are_asked_wrongly_is_said(tmp_path, words):
    done = arbill(tmp_path, "effects", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_no_connection_is_left_to_the_workers_that_are_forked(database, monkeypatch):
    """Two processes on one connection read each other's answers. The demo is off, as in production."""
    monkeypatch.setenv("ARBILL_DEMO", "0")
    settings.cache_clear()
    left = []
    monkeypatch.setattr("arbill_app.serve.check_port", lambda host: None)
    monkeypatch.setattr(
        "arbill_app.serve.serve", lambda host, on_ready: left.append(transactions.engine().pool.checkedin())
    )
    monkeypatch.setattr(cli, "build", lambda: None)
    monkeypatch.setattr(cli, "_prepare", lambda: None)
    cli.run(host="")
    assert left == [0]
