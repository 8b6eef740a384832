"""Where processes share their figures: in memory, in a folder that is theirs alone."""

import os
import subprocess
import sys

from arbill_app.kernel.process import start
from arbill_app.kernel.process.start import figures_folder

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"  # a database that does not answer


def test_figures_lie_in_memory_where_there_is_such_a_place(tmp_path):
    memory, home = tmp_path / "shm", tmp_path / "home"
    memory.mkdir()
    folder = figures_folder(home, memory)
    assert folder.parent == memory
    assert folder.stat().st_mode & 0o777 == 0o700
    assert figures_folder(home, memory) == folder, "the same for every process of this home"
    assert figures_folder(tmp_path / "other", memory) != folder


def test_else_they_lie_under_the_home(tmp_path):
    assert figures_folder(tmp_path / "home", tmp_path / "nowhere") == tmp_path / "home" / "metrics"


def test_a_folder_that_somebody_else_laid_there_is_not_used(tmp_path):
    memory, home, trap = tmp_path / "shm", tmp_path / "home", tmp_path / "trap"
    memory.mkdir()
    trap.mkdir()
    folder = figures_folder(home, memory)
    folder.rmdir()
    folder.symlink_to(trap)
    assert figures_folder(home, memory) == home / "metrics"


def test_two_processes_add_up(tmp_path):
    count = (
        "from arbill_app.kernel.monitoring import metrics; metrics.effect('email', 'done', 0.1); metrics.websocket(1);"
        "print(metrics.text().decode())"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "ARBILL_HOME": str(tmp_path)}
    environment["ARBILL_DATABASE_URL"] = AWAY
    said = [
        subprocess.run([sys.executable, "-c", count], env=environment, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    counted = [
        next(line for line in text.splitlines() if line.startswith("arbill_effect_tries_total{")) for text in said
    ]
    assert [line.rpartition(" ")[2] for line in counted] == ["1.0", "2.0"]
    assert [next(line for line in text.splitlines() if line.startswith("arbill_websockets")) for text in said] == [
        "arbill_websockets 1.0",
        "arbill_websockets 1.0",
    ], "what a process that ended held open is open no more"


def test_figures_of_installations_that_ended_are_removed(tmp_path):
    ended, living, young = (tmp_path / f"arbill-{os.getuid()}-{name}" for name in ("ended", "living", "young"))
    for folder, pid in ((ended, gone()), (living, os.getpid()), (young, gone())):
        folder.mkdir()
        (folder / f"counter_{pid}.db").touch()
    for folder in (ended, living):
        os.utime(folder, (1, 1))

    start.remove_abandoned(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted([living, young])


def gone() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_lost_folder_of_figures_stops_no_work(tmp_path):
    """The system may delete it, at a logout for example."""
    script = (
        "import shutil, os; from arbill_app.kernel.monitoring import metrics; "
        "shutil.rmtree(os.environ['PROMETHEUS_MULTIPROC_DIR']); "
        "metrics.request('portal', 'GET', 200, 0.1); metrics.effect('email', 'done', 0.1); "
        "metrics.charge('captured'); metrics.request('portal', 'GET', 200, 0.1); print(metrics.text().decode())"
    )
    folder = tmp_path / "figures"
    folder.mkdir()
    told = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "ARBILL_DATABASE_URL": AWAY}
    done = subprocess.run([sys.executable, "-c", script], env=told, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert 'arbill_requests_total{area="portal",method="GET",status="200"} 2.0' in done.stdout, "of this process alone"
