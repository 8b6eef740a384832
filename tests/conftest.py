"""Every test of the core runs on both databases: schema by the migrations, once; empty again for each test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

import arbill_app.jobs  # noqa: F401  # registers handlers and attachments, whichever test runs alone
from arbill_app.kernel.db import transactions
from arbill_app.kernel.settings import settings
from arbill_app.migrate import upgrade
from arbill_app.partners.auth import secrets
from arbill_app.tables import metadata
from tests import services, world
from tests.keeping import once

# One key for every test and the servers they start: worlds are copied from one home to another.
os.environ["ARBILL_SECRET_KEY"] = "a key of the tests that opens nothing else"
KINDS = ("sqlite", "postgresql")
EMPTY = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """What argon2 costs is the library's business; here it would be most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
        secrets._nobody.cache_clear()
        yield


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("blank") / "arbill.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def blank_postgres() -> str:
    url = postgres_or_skip()
    upgrade(url)
    return url


def postgres_or_skip() -> str:
    return services.postgres() or pytest.skip("PostgreSQL is not installed here")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database that `transaction` and `read` use; the test is told its URL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("blank_sqlite"), tmp_path / "arbill.db")
        url = f"sqlite:///{tmp_path / 'arbill.db'}"
    else:
        url = request.getfixturevalue("blank_postgres")
    with settled(url, tmp_path, monkeypatch):
        if request.param == "postgresql":
            with transactions.engine().begin() as connection:
                # The security log refuses to be emptied: for this moment its trigger does not count.
                connection.execute(text(f"SET LOCAL session_replication_role = replica; {EMPTY}"))
        yield url


@pytest.fixture(params=KINDS)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """One that no migration has touched."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    postgres_or_skip()
    yield str(services.fresh_database("bare"))


@contextmanager
def settled(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment says `url`, and whatever read the old one forgets it: before and afterwards."""
    for name in ("SMTP_URL", "ORIGIN", "DEMO", "PORT", "REDIS_URL", "GATEWAY"):
        monkeypatch.delenv(f"ARBILL_{name}", raising=False)
    monkeypatch.setenv("ARBILL_DATABASE_URL", url)
    monkeypatch.setenv("ARBILL_HOME", str(home))
    forget()
    yield
    transactions.engine().dispose()
    forget()


def forget() -> None:
    settings.cache_clear()
    transactions.engine.cache_clear()


@pytest.fixture
def two(database: str) -> world.World:
    """The named world: two partners who must never meet."""
    return once("world", world.build)
