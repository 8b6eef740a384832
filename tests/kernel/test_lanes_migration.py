"""What was not finished when lanes came goes to the lane of its kind."""

import pytest

from tests.kernel.test_mailbox_migration import NOW, Before

BEFORE, AFTER = "0024", "0025"
EFFECTS = {
    "code:prc_1": ("email", "due", "now"),
    "email_new:emc_1": ("email", "unknown", "now"),
    "invoice:inv_1:send:0": ("email", "failed", "bulk"),
    "charge:att_1": ("charge", "review", "charges"),
    "event:stripe:evt_1": ("gateway_event", "running", "charges"),
    "detach:pm_1": ("detach", "due", "bulk"),
    "receipt:pay_1": ("email", "done", "now"),  # says nothing any more
}


@pytest.fixture
def before(bare_database):
    made = Before(bare_database, BEFORE)
    for n, (key, (kind, state, _)) in enumerate(EFFECTS.items()):
        more = {"kind": kind, "key": key, "state": state, "due_at": NOW, "payload": {}, "result": {}}
        made.add("effect", id=f"eff_{n}", partner_id="par_1", **more)
    yield made
    made.engine.dispose()


def test_what_is_not_finished_has_the_lane_of_its_kind(before):
    before.migrate(AFTER)
    assert dict(before.rows("effect", "key", "lane")) == {key: lane for key, (_, _, lane) in EFFECTS.items()}
