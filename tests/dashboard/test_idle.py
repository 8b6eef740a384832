"""An idle session over events and pages: what keeps it, and where it is led."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from reflex_base.registry import RegistrationContext

import arbill_app.dashboard
from arbill_app.dashboard.screens.automations.activity import Automations
from arbill_app.dashboard.screens.invoice.showing import InvoicePage
from arbill_app.dashboard.screens.overview import Overview
from arbill_app.dashboard.screens.payment.showing import PaymentPage
from arbill_app.dashboard.screens.settings.company import Settings
from arbill_app.dashboard.screens.settings.protection import Protection
from arbill_app.dashboard.shell import session
from arbill_app.dashboard.shell.base import Base
from arbill_app.dashboard.shell.session import forget
from arbill_app.kernel.db.transactions import write
from arbill_app.partners.auth.idle import set_idle_timeout
from tests.dashboard.pipeline import HYDRATE

MIA, NORA = "mia@northwind.example", "nora@northwind.example"
LATER = timedelta(minutes=10)


@pytest.fixture
def now():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as moved:
        yield moved


def wait(now):
    """Ten minutes, in which this process forgets what it believed."""
    now.shift(LATER)
    forget()
    session._used.clear()


def test_clicks_keep_a_session_and_what_a_page_does_by_itself_does_not(two, pipeline, now):
    write(two.nora, set_idle_timeout, 15)
    tab = pipeline.tab(MIA, path="/customers?q=ada")
    for _ in range(3):
        wait(now)
        tab.do(Base.find, words="ada")
        assert not tab.went_to
    for _ in range(2):
        wait(now)
        tab.send(HYDRATE)
        for looks in (Automations.look_again, InvoicePage.look_again, PaymentPage.look_again):
            tab.do(looks)
    tab.do(Overview.load)
    assert tab.went_to == ["/login?next=%2Fcustomers%3Fq%3Dada"]


def test_what_a_clock_on_a_page_calls_is_marked_as_automatic():
    """By the sources: `on_tick=S.look_again`."""
    text = "".join(file.read_text() for file in Path(arbill_app.dashboard.__path__[0]).rglob("*.py"))
    assert set(re.findall(r"on_tick=(\S+?)\)", text)) == {"S.look_again"}
    named = {n: h.handler.fn for n, h in RegistrationContext.get().event_handlers.items() if n.endswith(".look_again")}
    assert len(named) >= 3
    assert all(fn.__automatic__ for fn in named.values())


def test_it_is_set_on_the_screen(two, pipeline):
    nora = pipeline.tab(NORA).do(Settings.load).do(Protection.save, form={"idle": "30"})
    assert (nora.notice, nora.state(Settings).view.idle_minutes) == ("Saved.", 30)
    for odd in ("", "x", "-1", "٣٠", "9" * 50, "31"):
        nora.do(Protection.save, form={"idle": odd})
        assert nora.state(Protection).errors == {"idle": "Choose a time."}
    assert nora.do(Settings.load).state(Settings).view.idle_minutes == 30


def test_members_and_read_only_people_cannot(two, pipeline):
    for email in (MIA, "rhea@northwind.example"):
        assert pipeline.tab(email).denies(Protection.save, form={"idle": "0"})
