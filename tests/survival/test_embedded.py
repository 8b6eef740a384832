"""`arbill run`, web and jobs in one process, is shot while it works: what it had begun is done after the next start."""

import time

from tests.server import running
from tests.survival.conftest import charge, in_the_books, letters, open_effects, wait

LANES = 4


def test_an_embedded_process_that_is_shot_loses_nothing_and_doubles_nothing(two, database, bank, mail, tmp_path):
    bank.seconds, mail.pace = (0.05, 0.1), 0.05
    shots = 2 if database.startswith("sqlite") else 1
    sent, keys = letters(two.nora, 150), charge(two.nora, 60)
    with running(tmp_path, database, words=("tests.survival.quick", "serve")) as server:
        for shot in range(shots):
            seen = len(mail.arrived)
            wait(lambda seen=seen: len(mail.arrived) > seen + 10)
            time.sleep(0.1 * shot)
            server.shoot()
            server.start()
        wait(lambda: not open_effects())
    assert in_the_books(two.nora) == {f"paid_{key}": 1 for key in keys}
    assert set(mail.arrived) >= set(sent)
    assert sum(mail.arrived[id] - 1 for id in sent) <= shots * LANES
