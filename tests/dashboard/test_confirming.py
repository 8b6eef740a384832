"""The dialog "Confirm it is you", and the page "Security log"."""

import ast
from pathlib import Path

import pytest
import time_machine
from reflex_base.utils.format import format_event_handler

import arbill_app.dashboard
from arbill_app.dashboard.screens.security.listing import SecurityLog
from arbill_app.dashboard.screens.settings.company import Settings
from arbill_app.dashboard.screens.settings.team import Team
from arbill_app.dashboard.shell.confirming import Confirming
from arbill_app.dashboard.shell.session import forget
from arbill_app.kernel.db.transactions import read
from arbill_app.partners.views import team
from tests.partners.test_confirming import CONFIRMED
from tests.world import PASSWORD

KIM = {"name": "Kim Doe", "email": "kim@northwind.example", "role": "member"}
VERBS = {name.rpartition(".")[2] for name in CONFIRMED}


@pytest.fixture
def now():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as moved:
        yield moved


def names(two):
    return {row.name for row in read(two.nora, team)}


def test_every_handler_that_runs_such_a_verb_asks_first():
    """By the sources: `self._run(service.invite_staff, …)` stands in a handler marked `confirmed=True`."""
    found = set()
    for file in Path(arbill_app.dashboard.__path__[0]).rglob("*.py"):
        for handler in ast.walk(ast.parse(file.read_text())):
            if not isinstance(handler, ast.AsyncFunctionDef):
                continue
            said = [n.attr for n in ast.walk(handler) if isinstance(n, ast.Attribute)]
            said += [n.id for n in ast.walk(handler) if isinstance(n, ast.Name)]
            if VERBS & set(said):
                asks = "confirmed=True" in " ".join(map(ast.unparse, handler.decorator_list))
                found |= {(handler.name, asks)}
    assert found == {
        (h, True)
        for h in (
            "invite",
            "change_role",
            "invite_again",
            "remove",
            "bring_back",
            "refund",
            "save",
            "begin",
            "answered",
        )
    }


def test_the_dialog_asks_and_then_does_what_was_asked_for(two, pipeline, now):
    nora = pipeline.tab("nora@northwind.example")
    nora.do(Settings.load).do(Team.ask_invite)
    now.shift(16 * 60)
    forget()
    nora.do(Team.invite, form=KIM)
    assert nora.state(Confirming).open
    assert "Kim Doe" not in names(two)
    assert nora.state(Team).dialog == "invite"
    nora.do(Confirming.give, form={"password": "wrong"})
    assert nora.state(Confirming).errors == {"password": "This is not your password."}
    nora.do(Confirming.give, form={"password": PASSWORD})
    assert not nora.state(Confirming).open
    assert "Kim Doe" in names(two)


def test_without_the_dialog_nothing_happens(two, pipeline, now):
    nora = pipeline.tab("nora@northwind.example")
    nora.do(Confirming.give, form={"password": PASSWORD})
    invite = format_event_handler(Team.invite)
    for event, payload in (("no.such.event", {}), ("", {}), (invite, {"x": 1}), (invite, {"self": 1}), (invite, {})):
        nora.do(Confirming.ask, event=event, payload=payload)
        nora.do(Confirming.give, form={"password": PASSWORD})
    assert not nora.state(Confirming).open


def test_nothing_that_was_typed_stays_after_closing(two, pipeline, now):
    nora = pipeline.tab("nora@northwind.example")
    nora.do(Confirming.ask, event="x", payload={"form": {"name": "Kim"}}).do(Confirming.close)
    assert (nora.state(Confirming)._payload, nora.state(Confirming).open) == ({}, False)


def test_owners_and_admins_see_the_log_and_nobody_else(two, pipeline):
    adam = pipeline.tab("adam@northwind.example", path="/settings/security").do(SecurityLog.load)
    rows = adam.state(SecurityLog).rows
    assert {(row.what, row.who) for row in rows[:2]} == {("Signed in", "Adam Hill"), ("New device", "Adam Hill")}
    assert not any("Sol" in row.who for row in rows)
    for email in ("mia@northwind.example", "rhea@northwind.example"):
        assert pipeline.tab(email).denies(SecurityLog.load)
