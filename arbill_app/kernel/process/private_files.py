"""Files that only their owner may read: everything under ARBILL_HOME, and the database wherever it is."""

import os
import stat
from pathlib import Path

from sqlalchemy.engine import make_url

from ..settings import settings

UMASK = 0o077
OTHERS = stat.S_IRWXG | stat.S_IRWXO
PRIVATE = ("*.db", "*.db-wal", "*.db-shm", "*.log", "secret.key")


def keep_private() -> None:
    """At the start of every process: what it makes is private, and so is what an earlier version made."""
    os.umask(UMASK)
    home = settings().home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _is_ours_alone(home):
        _close(home, 0o700)
        for file in _files(home):
            _close(file, 0o600)


def readable_by_others() -> list[Path]:
    """What of it others on this machine may still read, because it is not ours to change or somebody changed it."""
    home = settings().home
    found = [home, *_files(home)] if home.exists() else []
    # In a closed folder nobody reaches its files.
    closed = bool(found) and not home.stat().st_mode & OTHERS
    return [path for path in found if path.stat().st_mode & OTHERS and not (closed and path.parent == home)]


def _files(home: Path) -> list[Path]:
    """Without the folders of the build and of metrics, which hold no secrets."""
    found = {file for pattern in PRIVATE for file in home.glob(pattern)}
    url = make_url(settings().database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        found |= {Path(f"{url.database}{end}") for end in ("", "-wal", "-shm")}
    return sorted(file for file in found if file.is_file() and not file.is_symlink())


def _is_ours_alone(home: Path) -> bool:
    """Not a folder that others use too, such as /tmp or /."""
    found = home.stat()
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX and home != home.parent


def _close(path: Path, mode: int) -> None:
    if path.stat().st_uid == os.geteuid() and path.stat().st_mode & OTHERS:
        path.chmod(mode)
