import threading

import pytest
from alembic import command
from alembic.config import Config

from arbill_app.kernel.db.transactions import make_engine
from arbill_app.migrate import ROOT, one_after_another, upgrade
from arbill_app.tables import metadata
from tests.engine_tables import names, tables


def config(url: str) -> Config:
    made = Config(toml_file=ROOT / "pyproject.toml")
    made.attributes["url"] = url
    return made


def test_the_migrations_make_what_the_models_say(bare_database):
    upgrade(bare_database)
    command.check(config(bare_database))


def test_migrating_down_leaves_nothing_and_up_again_everything(bare_database):
    upgrade(bare_database)
    command.downgrade(config(bare_database), "base")
    assert tables(bare_database) - names() <= {"alembic_version"}
    upgrade(bare_database)
    assert set(metadata.tables) <= tables(bare_database)
    command.check(config(bare_database))


def test_migrating_twice_changes_nothing(bare_database):
    upgrade(bare_database)
    before = tables(bare_database)
    upgrade(bare_database)
    assert tables(bare_database) == before


@pytest.mark.parametrize("bare_database", ["postgresql"], indirect=True)
def test_who_comes_while_another_process_migrates_waits_for_it(bare_database):
    came = threading.Event()

    def come():
        with one_after_another(bare_database):
            came.set()

    second = threading.Thread(target=come)
    with one_after_another(bare_database):
        second.start()
        assert not came.wait(0.5)
    assert came.wait(10)
    second.join()


def test_the_check_would_find_a_difference(bare_database):
    upgrade(bare_database)
    engine = make_engine(bare_database)
    with engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tag ADD COLUMN forgotten INTEGER")
    engine.dispose()
    with pytest.raises(Exception, match="New upgrade operations"):
        command.check(config(bare_database))
