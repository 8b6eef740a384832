"""Builds the front end, and only when what it is made of has changed.

`reflex export` compiles the screens to `.web/build/client`. `.web/arbill.hash` says what they were compiled
from; it is written last, so that a build that failed or was interrupted has none.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from arbill_app.kernel.errors import ArbillError
from arbill_app.kernel.settings import settings
from arbill_app.migrate import ROOT
from arbill_app.web.shells import LIST, client, client_files
from arbill_app.web.shells import is_intact as is_intact

# What ends up in the browser: screens, the labels and limits that they take from models, styles.
SOURCES = (
    "arbill_app/arbill_app.py",
    "arbill_app/ui/**/*.py",
    "arbill_app/dashboard/**/*.py",
    "arbill_app/**/models.py",
    "arbill_app/kernel/fields.py",
    "assets/**/*",
    "rxconfig.py",
)
MADE = ("assets/external/",)
LOCK = ROOT / "reflex.lock"
LINES_SHOWN = 30


class BuildFailed(ArbillError):
    """The front end could not be built; the message ends with the tail of the log."""


def web_dir() -> Path:
    return ROOT / os.environ.get("REFLEX_WEB_WORKDIR", ".web")


def is_current() -> bool:
    return _recorded() == _fingerprint() and is_intact()


def build(*, force: bool = False) -> bool:
    """True when it had to build. Two at once: the second waits, and then finds it done."""
    with _alone():
        if is_current() and not force:
            return False
        _stamp().unlink(missing_ok=True)
        _drop_half_install()
        made_of = _sources()
        try:
            _export()
        finally:
            tidy_lock()
        client().with_name(LIST).write_text(client_files())
        _record(f"{made_of}:{_locked()}")
    return True


# ---------------------------------------------------------------- what it is made of


def _fingerprint() -> str:
    return f"{_sources()}:{_locked()}"


def _sources() -> str:
    files = {file for pattern in SOURCES for file in ROOT.glob(pattern) if file.is_file()}
    named = sorted((file.relative_to(ROOT).as_posix(), file) for file in files)
    digest = hashlib.sha256(_pins())
    for name, file in named:
        if "__pycache__" not in name and not name.startswith(MADE):
            digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _pins() -> bytes:
    """The lines of pyproject.toml that pin Reflex and node: another version compiles to something else."""
    lines = map(str.strip, (ROOT / "pyproject.toml").read_text().splitlines())
    return "\n".join(line for line in lines if line.startswith(('"reflex', '"nodejs'))).encode()


def _locked() -> str:
    """Apart from the sources, because a new npm package makes the build write this itself."""
    digest = hashlib.sha256()
    for file in sorted(LOCK.glob("*.json")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _stamp() -> Path:
    return web_dir() / "arbill.hash"


def _recorded() -> str:
    return _stamp().read_text() if _stamp().is_file() else ""


def _record(fingerprint: str) -> None:
    half = _stamp().with_suffix(".half")
    half.write_text(fingerprint)
    half.replace(_stamp())


# ---------------------------------------------------------------- building


@contextmanager
def _alone() -> Iterator[None]:
    """Held on the npm lock's folder: every build writes there, wherever its output goes."""
    LOCK.mkdir(exist_ok=True)
    folder = os.open(LOCK, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is running, waiting for it…", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _drop_half_install() -> None:
    """npm takes a half unpacked package for a finished one. Reflex leaves a mark when all of them are in."""
    if not (web_dir() / "reflex.install_frontend_packages.cached").is_file():
        shutil.rmtree(web_dir() / "node_modules", ignore_errors=True)


def _export() -> None:
    first = "" if (web_dir() / "node_modules").is_dir() else " (about a minute the first time)"
    print(f"Building the screens{first}…", flush=True)
    began = time.monotonic()
    log = home() / "build.log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
        code = _run(command, environment() | _npm_settings(), out)
    if code or not (client() / "index.html").is_file():
        raise BuildFailed(f"The screens could not be built. The end of {log}:\n\n{_tail(log)}")
    print(f"Built the screens in {time.monotonic() - began:.0f} s.", flush=True)


def _run(command: list[str], env: dict[str, str], out: IO[str]) -> int:
    # A session of its own: when we are interrupted, node and its children must go too.
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    began = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                print(f"  … {time.monotonic() - began:.0f} s", flush=True)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()


def environment() -> dict[str, str]:
    """What Reflex is told, building and running: npm, no telemetry, no look-ups, its files under our home."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_DIR": str(home() / "reflex"),
        "ARBILL_HOME": str(home()),
    }


def _npm_settings() -> dict[str, str]:
    """Reflex would time two public registries and take the faster; this machine's own choice comes first."""
    env = environment()
    asked = [str(Path(sys.executable).parent / "npm"), "config", "get", "registry"]
    registry = subprocess.run(asked, cwd=home(), env=env, capture_output=True, text=True).stdout.strip()
    chosen = {"NPM_CONFIG_REGISTRY": registry} if registry.startswith("http") else {}
    return {"NPM_CONFIG_AUDIT": "false", "NPM_CONFIG_FUND": "false", "NPM_CONFIG_FETCH_RETRIES": "3"} | chosen


def home() -> Path:
    folder = settings().home.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LINES_SHOWN:])


def tidy_lock() -> None:
    """The committed lock must not differ from one machine to the next: npm notes where it fetched a package,
    and Reflex writes package.json in an order of its own."""
    lock, package = LOCK / "package-lock.json", LOCK / "package.json"
    if lock.is_file():
        content = json.loads(lock.read_text())
        for entry in content.get("packages", {}).values():
            entry.pop("resolved", None)
        _rewrite(lock, json.dumps(content, indent=2, ensure_ascii=False))
    if package.is_file():
        _rewrite(package, json.dumps(json.loads(package.read_text()), indent=2, sort_keys=True))


def _rewrite(file: Path, text: str) -> None:
    if file.read_text() != f"{text}\n":
        file.write_text(f"{text}\n")
