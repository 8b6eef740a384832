"""The built screens vanish under a running server: it says so and is sent no visitors, until they are back."""

import shutil
from pathlib import Path

import pytest

from arbill_app.build import build, web_dir
from tests.server import running
from tests.survival.monitor import is_well, told, wait_for


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_build_that_is_gone_or_incomplete_is_not_ready(two, database, tmp_path, monkeypatch):
    build()
    copy = tmp_path / "web"
    copied = web_dir()
    shutil.copytree(copied / "build", copy / "build")
    shutil.copy(copied / "arbill.hash", copy)
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(copy))
    with running(tmp_path, database) as server:
        wait_for(lambda: is_well(server))
        script = next(Path(copy / "build/client/assets").glob("*.js"))
        whole = script.read_bytes()
        script.write_bytes(whole[:-1])
        wait_for(lambda: told(server, "/readyz")[1]["build"] == "fail")
        assert told(server, "/readyz")[0] == told(server, "/statusz")[0] == 503
        script.write_bytes(whole)
        wait_for(lambda: told(server, "/readyz")[0] == 200)
        shutil.rmtree(copy / "build")
        wait_for(lambda: told(server, "/readyz")[0] == 503)
