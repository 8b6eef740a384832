"""Where processes share their figures: in memory, in a folder that is theirs alone."""

import os
import subprocess
import sys

from arbill_app.kernel.process import figures_folder


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
        "from arbill_app.kernel import metrics; metrics.effect('email', 'done', 0.1); metrics.websocket(1);"
        "print(metrics.text().decode())"
    )
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "ARBILL_HOME": str(tmp_path)}
    environment["ARBILL_DATABASE_URL"] = "postgresql+psycopg://nobody@127.0.0.1:1/none"
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
