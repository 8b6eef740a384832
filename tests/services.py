"""Throwaway PostgreSQL and Redis: one of each for a test process, gone when it ends.

Where there is none, the tests that want it are skipped loudly; with CI=true its absence is a failure.
"""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

PLACES = ("/usr/local/bin", "/usr/lib/postgresql/*/bin", "/opt/homebrew/bin")
WANTED = {"PostgreSQL": ("initdb", "postgres"), "Redis": ("redis-server",)}
SECONDS_TO_START = 30
FAST: tuple[str, ...] = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@cache
def postgres() -> str | None:
    """The URL of an empty database `arbill` on a server of our own."""
    if not _present("PostgreSQL"):
        return None
    folder, port = _folder("arbill-postgres-"), free_port()
    data = str(folder / "data")
    initdb = [_binary("initdb"), "-D", data, "-U", "arbill", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    _check(initdb, folder)
    options = [word for option in FAST for word in ("-c", option)]
    command = [_binary("postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", "", *options]
    _start(command, folder)
    server = f"postgresql+psycopg://arbill@127.0.0.1:{port}"
    _wait(lambda: _create_database(f"{server}/postgres"), folder)
    return f"{server}/arbill"


@cache
def redis() -> str | None:
    if not _present("Redis"):
        return None
    folder, port = _folder("arbill-redis-"), free_port()
    quiet = ("--save", "", "--appendonly", "no", "--dir", str(folder))
    _start([_binary("redis-server"), "--bind", "127.0.0.1", "--port", str(port), *quiet], folder)
    _wait(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close(), folder)
    return f"redis://127.0.0.1:{port}/0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def missing() -> list[str]:
    """What this machine lacks, so that the run can say at its end what it did not test."""
    return [name for name, binaries in WANTED.items() if not all(map(_binary, binaries))]


# ---------------------------------------------------------------- finding


def _present(name: str) -> bool:
    if name not in missing():
        return True
    said = f"{name} IS NOT INSTALLED HERE: everything that needs it is skipped."
    if os.environ.get("CI") == "true":
        raise RuntimeError(said)
    print(f"\n*** {said} ***\n", file=sys.__stderr__)
    # pytest captures what is printed, and shows warnings at its end, also those of xdist's workers.
    warnings.warn(said, stacklevel=2)
    return False


@cache
def _binary(name: str) -> str:
    if found := shutil.which(name):
        return found
    places = [found for place in PLACES for found in sorted(Path("/").glob(f"{place[1:]}/{name}"))]
    return str(places[-1]) if places else ""


# ---------------------------------------------------------------- running


def _folder(prefix: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if user := _unprivileged():
        shutil.chown(folder, user)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root, which is what one is inside most containers."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _as_user() -> dict[str, Any]:
    user = _unprivileged()
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def _check(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **_as_user())
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _start(command: list[str], folder: Path) -> None:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **_as_user()
        )
    atexit.register(_stop, process, os.getpid())


def _stop(process: subprocess.Popen[bytes], owner: int) -> None:
    # A forked child runs the same exit handlers, and the server is not the child's to stop.
    if os.getpid() != owner or process.poll() is not None:
        return
    process.send_signal(2)  # for PostgreSQL: hang up on everybody and stop now, in order
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(ready: Callable[[], None], folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return ready()
        except Exception as not_yet:
            if time.monotonic() > deadline:
                raise RuntimeError(f"did not start:\n{(folder / 'log').read_text()}") from not_yet
            time.sleep(0.05)


def _create_database(url: str) -> None:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE arbill")


def fresh_database(name: str) -> str | None:
    """Another empty database on the same throwaway server."""
    first = postgres()
    if first is None:
        return None
    import psycopg

    server = first.rpartition("/")[0]
    with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"
