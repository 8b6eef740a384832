"""What a process of arbill does first: logs, figures, and Sentry where one is configured."""

import hashlib
import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import clock
from ..monitoring import logs
from ..monitoring.scrubbing import scrub
from ..settings import settings

MEMORY = Path("/dev/shm")
ABANDONED = 3600  # seconds without a change after which the folder of processes that ended is removed


def prepare() -> None:
    """Before anything else is imported: prometheus-client looks at its folder once, when it is imported."""
    logs.set_up(as_json=settings().log == "json")
    remove_abandoned()
    _share_figures(figures_folder(settings().home))
    _tell_sentry()


def figures_folder(home: Path, memory: Path = MEMORY) -> Path:
    """In memory where the system has such a place, else under ARBILL_HOME.

    These files are mapped, and a full disk under a mapped file kills the process that writes to it.
    """
    named = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    for folder in (memory / f"arbill-{os.getuid()}-{named}", home / "metrics"):
        with suppress(OSError):
            folder.mkdir(parents=folder.parent != memory, exist_ok=True, mode=0o700)
            # Anybody may make folders in shared memory: one that is not ours alone is not used.
            if folder.stat().st_uid == os.getuid() and not folder.is_symlink():
                folder.chmod(0o700)
                return folder
    return home / "metrics"


def remove_abandoned(memory: Path = MEMORY) -> None:
    """Figures of installations on this machine whose processes have all ended: memory would fill up with them."""
    before = clock.now().timestamp() - ABANDONED
    for folder in memory.glob(f"arbill-{os.getuid()}-*"):
        with suppress(OSError):
            if folder.stat().st_mtime < before and not _in_use(folder):
                shutil.rmtree(folder)


def _in_use(folder: Path) -> bool:
    return any(_lives(_pid(file)) for file in folder.glob("*.db"))


def _share_figures(folder: Path) -> None:
    """One folder for all processes of this ARBILL_HOME. What was counted before the last of them ended is dropped."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    if not _in_use(folder):
        for file in folder.glob("*.db"):
            file.unlink(missing_ok=True)


def _pid(file: Path) -> int:
    said = file.stem.rpartition("_")[2]
    return int(said) if said.isdigit() else 0


def _lives(pid: int) -> bool:
    return pid > 0 and Path(f"/proc/{pid}").exists()


def _tell_sentry() -> None:
    """Only scrubbed text is sent to Sentry: no bodies, cookies, headers or variables."""
    dsn = settings().sentry_dsn
    if not dsn:
        return
    try:
        import sentry_sdk
    except ImportError:
        logs.SELF.error("ARBILL_SENTRY_DSN is set, but sentry-sdk is not installed: pip install 'arbill[sentry]'")
        return
    sentry_sdk.init(
        dsn=dsn,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_scrubbed,
        before_breadcrumb=lambda crumb, _hint: None,
        default_integrations=False,
        integrations=_integrations(),
    )


def _integrations() -> list[Any]:
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    return [LoggingIntegration(level=None, event_level=logging.ERROR), DedupeIntegration()]


def _scrubbed(event: Any, _hint: Any) -> Any:
    return scrubbed(event)


def scrubbed(value: object) -> object:
    """Every text in it, however deep."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {name: scrubbed(part) for name, part in value.items() if name not in ("request", "vars")}
    if isinstance(value, list | tuple):
        return [scrubbed(part) for part in value]
    return value
