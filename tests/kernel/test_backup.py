"""A backup is whole, nobody else may read it, it replaces nothing, and what it was taken beside goes on."""

import sqlite3
import stat
import threading
from contextlib import closing

import pytest
import typer

from arbill_app import cli
from arbill_app.kernel.backup import backup
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.conftest import settled
from tests.world import make_customer

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def at(tmp_path, monkeypatch):
    """`at(url)`: that is the database now."""
    entered = []

    def enter(url):
        entered.append(settled(url, tmp_path, monkeypatch))
        entered[-1].__enter__()

    yield enter
    for one in entered:
        one.__exit__(None, None, None)


def companies(file):
    with closing(sqlite3.connect(file)) as opened:
        return {company for (company,) in opened.execute("SELECT company FROM customer")}


@on_sqlite
def test_a_backup_is_one_private_file_with_what_was_written_a_moment_ago(two, folder):
    make_customer(two.nora, "Latest Lamps")
    size = backup(folder / "arbill.db")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert size == file.stat().st_size
    assert "Latest Lamps" in companies(file)
    assert list(folder.iterdir()) == [file]


@on_sqlite
def test_who_writes_meanwhile_is_not_held_up_and_the_backup_sees_one_moment(two, folder):
    going = threading.Event()
    stop = threading.Event()
    made = []

    def write_on():
        while not stop.is_set():
            made.append(f"Number {len(made)}")
            make_customer(two.nora, made[-1])
            going.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    going.wait(10)
    before = made[:-1]
    backup(folder / "arbill.db")
    stop.set()
    writer.join()
    kept = companies(folder / "arbill.db") & set(made)
    assert kept >= set(before)
    assert kept == set(made[: len(kept)])


@on_sqlite
def test_a_file_that_exists_is_left_alone(two, folder):
    (folder / "arbill.db").write_text("Something dear")
    with pytest.raises(Conflict, match="exists already"):
        backup(folder / "arbill.db")
    assert (folder / "arbill.db").read_text() == "Something dear"


@on_sqlite
def test_where_nothing_can_be_written_a_sentence_says_so(two, folder):
    with pytest.raises(Invalid, match="No such file or directory"):
        backup(folder / "missing" / "arbill.db")


def test_a_copy_that_is_not_whole_is_not_kept(at, tmp_path, folder):
    broken = tmp_path / "broken.db"
    with closing(sqlite3.connect(broken)) as opened, opened:
        opened.execute("CREATE TABLE customer (company TEXT PRIMARY KEY)")
        opened.executemany("INSERT INTO customer VALUES (?)", [(f"Number {n}",) for n in range(2000)])
    with broken.open("r+b") as pages:
        pages.seek(3 * 4096)
        pages.write(b"\xff" * 4096)
    at(f"sqlite:///{broken}")
    with pytest.raises(Invalid, match="could not be written"):
        backup(folder / "arbill.db")
    assert list(folder.iterdir()) == []


def test_without_a_database_there_is_nothing_to_keep(at, tmp_path, folder):
    at(f"sqlite:///{tmp_path / 'nothing.db'}")
    with pytest.raises(NotFound):
        backup(folder / "arbill.db")
    assert list(folder.iterdir()) == []


def test_for_postgresql_its_own_command_is_named_without_the_password(at, folder):
    at("postgresql+psycopg://arbill:s3cret@db.example:5433/books")
    with pytest.raises(Invalid) as refused:
        backup(folder / "books.dump")
    assert f"pg_dump --format=custom --file={folder}/books.dump" in refused.value.message
    assert refused.value.message.endswith("postgresql://arbill@db.example:5433/books")


@on_sqlite
def test_the_command_says_what_it_did_or_why_not(two, folder, capsys):
    cli.backup(folder / "arbill.db")
    assert "has been checked" in capsys.readouterr().out
    with pytest.raises(typer.Exit) as ended:
        cli.backup(folder / "arbill.db")
    assert ended.value.exit_code == 1
    assert "exists already" in capsys.readouterr().err
