"""The screen "Automations", handler by handler."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from arbill_app.customers.commands import contacts as people
from arbill_app.dashboard.screens.automations.activity import Automations
from arbill_app.kernel import automations
from arbill_app.kernel.actor import job
from arbill_app.kernel.clock import now
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Forbidden
from arbill_app.kernel.jobs import effects, periodic
from arbill_app.kernel.jobs.effects import Outcome
from tests.world import contacts


def charge(actor, key="a", **more):
    return write(actor, lambda tx: tx.later("charge_card", key, {}, **more))


def settle(effect_id, actor, outcome):
    begun = read(actor, lambda tx: tx.get(Effect, effect_id))
    begun.state, begun.tries = "running", begun.tries + 1
    write(actor, lambda tx: tx.session.merge(begun))
    write(job(actor.partner_id), effects.settle, begun, outcome, ())


@pytest.fixture
def mia(two, pipeline):
    return at(pipeline, "/automations")


def at(pipeline, path, email="mia@northwind.example"):
    return pipeline.tab(email, path=path).do(Automations.load)


def rows(tab):
    return {row.what: row for row in tab.state(Automations).rows}


def test_what_waits_is_shown_in_words_the_newest_first(two, mia):
    """Mia has signed in before: the mail about that is older."""
    write(two.nora, people.resend_welcome, contacts(two.nora, two.ada)[0].id)
    charge(two.nora)
    shown = mia.do(Automations.look_again).state(Automations).rows
    assert [row.what for row in shown[:2]] == ["Charge card", "Email: Welcome"]
    assert (shown[0].state, shown[0].tries, shown[0].may_retry) == ("Waiting", 0, False)


def test_what_it_is_about_leads_there(two, pipeline):
    charge(two.nora, about=two.ada)
    state = at(pipeline, "/automations").state(Automations)
    assert state.abouts == {two.ada: [f"/customers/{two.ada}", "Ada Interiors"]}


def test_what_failed_says_why_and_is_tried_again(two, pipeline):
    made = charge(two.nora)
    settle(made.id, two.nora, Outcome("failed", "card declined"))
    mia = at(pipeline, "/automations?state=failed")
    (row,) = mia.state(Automations).rows
    assert (row.state, row.badge, row.why, row.may_retry) == ("Failed", "bad", "card declined", True)
    mia.do(Automations.retry, effect_id=made.id)
    assert mia.notice == "It is tried again now."
    assert mia.state(Automations).rows == []
    assert read(two.nora, lambda tx: tx.get(Effect, made.id)).state == "due"


def test_a_second_click_is_a_sentence(two, mia):
    made = charge(two.nora)
    mia.do(Automations.retry, effect_id=made.id)
    assert "nothing to try again" in mia.notice


def test_a_row_opens_to_its_tries_and_closes(two, pipeline):
    made = charge(two.nora)
    settle(made.id, two.nora, Outcome("failed", "declined"))
    write(two.nora, effects.retry, made.id)
    settle(made.id, two.nora, Outcome())
    mia = at(pipeline, "/automations")
    mia.do(Automations.open, effect_id=made.id)
    assert [(row.outcome, row.error) for row in mia.state(Automations).tries] == [("Failed", "declined"), ("Done", "")]
    mia.do(Automations.look_again)
    assert mia.state(Automations).opened == made.id
    mia.do(Automations.open, effect_id=made.id)
    assert (mia.state(Automations).opened, mia.state(Automations).tries) == ("", [])


@pytest.mark.parametrize(
    ("asked", "shown"), [("waiting", ["a"]), ("done", ["b"]), ("review", ["c"]), ("running", []), ("nonsense", "abc")]
)
def test_the_address_says_which_state_is_shown(two, pipeline, asked, shown):
    made = {key: charge(two.sol, key).id for key in "abc"}
    settle(made["b"], two.sol, Outcome())
    settle(made["c"], two.sol, Outcome("review", "who knows"))
    write(two.sol, lambda tx: [effects.cancel(tx, row.id) for row in tx.all(tx.own(Effect)) if row.kind == "email"])
    state = at(pipeline, f"/automations?state={asked}", "sol@southgate.example").state(Automations)
    found = {row.id for row in state.rows if row.state != "Cancelled"}
    assert found == {made[key] for key in shown}


def test_a_long_list_is_walked_forth_and_back(two, pipeline, monkeypatch):
    write(two.nora, lambda tx: [tx.later("charge_card", f"k{n}", {}) for n in range(60)])
    first = at(pipeline, "/automations").state(Automations)
    assert (first.first, first.last, first.hrefs["previous"]) == (1, automations.PAGE, "")
    second = at(pipeline, first.hrefs["next"]).state(Automations)
    assert second.first == automations.PAGE + 1
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    back = at(pipeline, second.hrefs["previous"]).state(Automations)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]


def test_sweeps_say_when_they_last_ran(two, pipeline):
    periodic.run("stuck work")
    (row,) = at(pipeline, "/automations").state(Automations).sweeps
    assert (row.name, row.found, row.state) == ("Stuck work", 0, "On time")
    assert row.last


def test_work_that_is_late_is_said_in_red(two, pipeline):
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        effects.begin("email", 100)  # the world's invitations
        periodic.run("stuck work")
        charge(two.nora, due_at=now())
        assert automations.warnings("UTC") == []
        clock.shift(timedelta(minutes=7))
        said = automations.warnings("UTC")
        assert said[0].startswith("“Stuck work” last finished on")
        assert said[1] == "Something has been due for 7 minutes and has not begun."
        assert automations.sweep_rows("UTC")[0].state == "Late"
        clock.shift(timedelta(hours=5))
        assert "5 hours" in automations.warnings("UTC")[1]


def test_read_only_people_look_and_try_nothing_again(two, pipeline):
    made = charge(two.nora)
    settle(made.id, two.nora, Outcome("failed", "declined"))
    rhea = at(pipeline, "/automations", "rhea@northwind.example")
    assert "Charge card" in rows(rhea)
    assert rhea.denies(Automations.retry, effect_id=made.id)
    assert read(two.nora, lambda tx: tx.get(Effect, made.id)).state == "failed"


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab()
    for handler, payload in (
        (Automations.load, {}),
        (Automations.look_again, {}),
        (Automations.open, {"effect_id": ""}),
    ):
        stranger.do(handler, **payload)
        assert stranger.went_to == ["/login"]
        assert stranger.state(Automations).rows == []


def test_another_partners_effects_do_not_exist(two, mia):
    theirs = charge(two.sol)
    settle(theirs.id, two.sol, Outcome("failed", "declined"))
    mia.do(Automations.load)
    assert theirs.id not in {row.id for row in mia.state(Automations).rows}
    mia.do(Automations.open, effect_id=theirs.id)
    assert mia.state(Automations).tries == []
    mia.do(Automations.retry, effect_id=theirs.id)
    assert "no longer here" in mia.notice
    assert read(two.sol, lambda tx: tx.get(Effect, theirs.id)).state == "failed"


def failed_emails(two, count):
    for n in range(count):
        made = write(two.nora, lambda tx, n=n: tx.later("email", f"mail:{n}", {"subject": "Hi"}))
        settle(made.id, two.nora, Outcome("failed", "550 no"))


def test_managers_try_all_failed_emails_again(two, pipeline):
    failed_emails(two, 2)
    nora = at(pipeline, "/automations", "nora@northwind.example")
    assert nora.state(Automations).failed_emails == 2
    nora.do(Automations.ask_retry_emails)
    assert nora.state(Automations).asking == 2
    nora.do(Automations.retry_emails)
    assert nora.notice == "2 emails are tried again now."
    assert (nora.state(Automations).failed_emails, nora.state(Automations).asking) == (0, 0)


def test_the_dialog_closes_and_nothing_was_tried(two, pipeline):
    failed_emails(two, 1)
    nora = at(pipeline, "/automations", "nora@northwind.example")
    nora.do(Automations.ask_retry_emails).do(Automations.keep_failed).do(Automations.retry_emails)
    assert nora.state(Automations).failed_emails == 1


def test_members_do_not_try_all_again(two, mia):
    failed_emails(two, 1)
    mia.do(Automations.ask_retry_emails)
    assert mia.state(Automations).asking == 0
    with pytest.raises(Forbidden):
        write(role_of(two, "member"), effects.retry_failed, "email")


def role_of(two, role):
    return replace(two.nora, role=role)
