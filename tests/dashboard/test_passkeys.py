"""Passkeys and a new email: on "Your profile", in "Confirm it is you", and on the pages before the dashboard."""

import asyncio
import json

import pytest
import time_machine

from arbill_app.dashboard.auth_pages.pages import api
from arbill_app.dashboard.screens.account import me
from arbill_app.dashboard.screens.account.email import EmailChanging
from arbill_app.dashboard.screens.account.me import Account, TwoFactor
from arbill_app.dashboard.screens.account.passkeys import Passkeys
from arbill_app.dashboard.screens.settings.company import Settings
from arbill_app.dashboard.screens.settings.team import Team
from arbill_app.dashboard.shell.confirming import Confirming
from arbill_app.dashboard.shell.session import forget
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners.auth.two_factor_policy import require_two_factor
from arbill_app.partners.passkeys.passkeys import my_passkeys
from arbill_app.partners.views import team
from tests.authenticator import PRESENT, Authenticator
from tests.dashboard.test_signing_in import Browser
from tests.partners.test_two_factor_policy import set_up
from tests.world import PASSWORD, letters_to, signed_in

NORA, MIA, RHEA = "nora@northwind.example", "mia@northwind.example", "rhea@northwind.example"
KIM = {"name": "Kim Doe", "email": "kim@northwind.example", "role": "member"}
STRANGE = {
    EmailChanging.ask: {},
    EmailChanging.close: {},
    EmailChanging.send: {"form": {"email": "x@people.example", "password": PASSWORD}},
    Passkeys.load: {},
    Passkeys.close: {},
    Passkeys.ask_add: {},
    Passkeys.begin: {"form": {"name": "x"}},
    Passkeys.answered: {"answer": "{}"},
    Passkeys.failed: {"why": "x"},
    Passkeys.ask_remove: {"passkey_id": "x"},
    Passkeys.remove: {},
    Confirming.begin_passkey: {},
    Confirming.give_passkey: {"answer": "{}"},
    Confirming.passkey_failed: {"why": "x"},
}


@pytest.fixture
def rhea(two, pipeline, monkeypatch):
    async def never(_seconds):
        return None

    monkeypatch.setattr(me, "sleep", never)
    return pipeline.tab(RHEA, path="/account").do(Account.load).do(Passkeys.load)


@pytest.fixture
def key(rhea):
    """Added by Rhea; the recovery codes are on the screen."""
    made = Authenticator()
    add(rhea, made)
    return made


def add(tab, key, name="Laptop"):
    tab.do(Passkeys.ask_add).do(Passkeys.begin, form={"name": name})
    tab.do(Passkeys.answered, answer=key.create(tab.state(Passkeys).asked))


# ---------------------------------------------------------------- "Your profile"


def test_the_first_passkey_shows_recovery_codes(rhea, key):
    assert [row.name for row in rhea.state(Passkeys).rows] == ["Laptop"]
    assert (rhea.state(TwoFactor).dialog, len(rhea.state(TwoFactor).codes)) == ("codes", 10)
    assert (rhea.state(Account).view.two_factor, rhea.state(Account).app) == (True, False)
    rhea.do(TwoFactor.close)
    add(rhea, Authenticator(), "Phone")
    assert (rhea.notice, rhea.state(TwoFactor).dialog) == ("Passkey added.", "")
    assert len(rhea.state(Passkeys).rows) == 2


def test_a_name_is_asked_for_and_what_was_typed_stays(rhea):
    rhea.do(Passkeys.ask_add).do(Passkeys.begin, form={"name": " "})
    assert rhea.state(Passkeys).errors == {"name": "Give it a name, such as “Laptop”."}
    rhea.do(Passkeys.begin, form={"name": "x" * 61})
    assert (list(rhea.state(Passkeys).errors), rhea.state(Passkeys).typed) == (["name"], "x" * 61)
    assert not rhea.state(Passkeys).asked


def test_what_the_authenticator_refuses_is_said(rhea):
    rhea.do(Passkeys.ask_add).do(Passkeys.begin, form={"name": "Laptop"}).do(Passkeys.failed, why="NotAllowedError")
    assert rhea.state(Passkeys).errors == {"passkey": "No passkey was given. Try again."}
    rhea.do(Passkeys.answered, answer="{}")
    assert rhea.state(Passkeys).rows == []


def test_an_answer_that_does_not_hold_adds_nothing(rhea):
    add(rhea, Authenticator(flags=PRESENT))
    assert rhea.state(Passkeys).errors == {"passkey": "This passkey was not accepted. Try again, or use another one."}
    assert rhea.state(Passkeys).rows == []


def test_it_is_removed_after_a_question(two, rhea, key):
    row = rhea.state(Passkeys).rows[0]
    rhea.do(TwoFactor.close).do(Passkeys.remove)
    assert len(rhea.state(Passkeys).rows) == 1
    rhea.do(Passkeys.ask_remove, passkey_id="pky_forged").do(Passkeys.remove)
    assert len(rhea.state(Passkeys).rows) == 1
    rhea.do(Passkeys.ask_remove, passkey_id=row.id)
    assert rhea.state(Passkeys).removing_name == "Laptop"
    rhea.do(Passkeys.remove)
    assert (rhea.state(Passkeys).rows, rhea.notice) == ([], "Passkey removed. Your password alone lets in now.")
    assert not rhea.state(Account).view.two_factor


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab()
    for handler, payload in STRANGE.items():
        assert stranger.do(handler, **payload).went_to == ["/login"]


def test_a_new_email_is_asked_for_with_the_password(two, rhea):
    rhea.do(EmailChanging.send, form={"email": "rhea@people.example", "password": PASSWORD})
    assert not letters_to("rhea@people.example"), "no dialog is open"
    rhea.do(EmailChanging.ask).do(EmailChanging.send, form={"email": "rhea@people.example", "password": "wrong"})
    assert rhea.state(EmailChanging).errors == {"password": "This is not your password."}
    assert rhea.state(EmailChanging).typed == "rhea@people.example"
    rhea.do(EmailChanging.send, form={"email": "rhea@", "password": PASSWORD})
    assert list(rhea.state(EmailChanging).errors) == ["email"]
    rhea.do(EmailChanging.send, form={"email": "rhea@people.example", "password": PASSWORD})
    assert rhea.notice == "A link was sent to rhea@people.example. Your address changes once you open it."
    assert rhea.do(Account.load).state(Account).view.email == RHEA


# ---------------------------------------------------------------- "Confirm it is you"


def invited(two):
    return "Kim Doe" in {row.name for row in read(two.nora, team)}


@pytest.fixture
def waiting(two, pipeline, monkeypatch):
    """(Nora's tab, her passkey): she signed in a while ago and has just invited Kim."""

    async def never(_seconds):
        return None

    monkeypatch.setattr(me, "sleep", never)
    with time_machine.travel("2026-12-21T12:00:00Z", tick=False) as now:
        nora, key = pipeline.tab(NORA).do(Account.load).do(Passkeys.load), Authenticator()
        add(nora, key)
        nora.do(TwoFactor.close).do(Settings.load).do(Team.ask_invite)
        now.shift(16 * 60)
        forget()
        nora.do(Team.invite, form=KIM)
        yield nora, key


def test_a_passkey_confirms_and_what_waited_is_done(two, waiting):
    nora, key = waiting
    assert (nora.state(Confirming).open, nora.state(Confirming).has_passkey) == (True, True)
    nora.do(Confirming.begin_passkey)
    nora.do(Confirming.give_passkey, answer=key.get(nora.state(Confirming).asked))
    assert not nora.state(Confirming).open
    assert invited(two)


def test_one_that_does_not_hold_confirms_nothing(two, waiting):
    nora, key = waiting
    nora.do(Confirming.give_passkey, answer="{}").do(Confirming.begin_passkey)
    options = nora.state(Confirming).asked
    nora.do(Confirming.give_passkey, answer=Authenticator(user_id=key.user_id).get(options))
    assert nora.state(Confirming).errors == {"passkey": "This passkey was not accepted. Try again, or use another one."}
    nora.do(Confirming.give_passkey, answer=key.get(options))
    assert nora.state(Confirming).open
    nora.do(Confirming.begin_passkey).do(Confirming.passkey_failed, why="NotAllowedError")
    assert nora.state(Confirming).errors == {"passkey": "No passkey was given. Try again."}
    assert not invited(two)
    nora.do(Confirming.give, form={"password": PASSWORD})
    assert invited(two)


def test_who_has_none_is_asked_for_the_password_alone(two, pipeline):
    mia = pipeline.tab(MIA).do(Confirming.ask, event="x", payload={})
    assert not mia.state(Confirming).has_passkey


# ---------------------------------------------------------------- the pages before the dashboard


@pytest.fixture
def browser(two):
    forget()
    with asyncio.Runner() as loop:
        yield Browser(api, loop)


@pytest.fixture
def noras(two):
    from tests.partners.test_passkeys import add

    made = Authenticator()
    add(signed_in(NORA), made)
    return made


def test_the_sign_in_page_takes_a_passkey(browser, noras):
    assert 'data-ask="/auth/passkey/ask"' in browser.get("/login").text
    options = browser.post("/auth/passkey/ask", {}).text
    answer = browser.post("/auth/passkey", {"answer": noras.get(options), "next": "/customers"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/customers")
    assert browser.get("/login").headers["location"] == "/"


def test_a_refusal_is_said_on_the_page(browser, noras):
    options = browser.post("/auth/passkey/ask", {}).text
    wrong = browser.post("/auth/passkey", {"answer": Authenticator(user_id=noras.user_id).get(options)})
    assert (wrong.status_code, "This passkey was not accepted" in wrong.text) == (422, True)
    again = browser.post("/auth/passkey", {"answer": noras.get(options)})
    assert (again.status_code, "took too long, or was done already" in again.text) == (422, True)


def test_the_code_page_takes_one_and_leads_on(browser, noras):
    assert browser.enter().headers["location"] == "/login/code"
    page = browser.get("/login/code").text
    assert "Use a passkey" in page
    assert "Recovery code" in page
    options = browser.post("/auth/code/passkey/ask", {}).text
    assert json.loads(options)["allowCredentials"]
    assert browser.post("/auth/code/passkey", {"answer": "{}"}).status_code == 422
    options = browser.post("/auth/code/passkey/ask", {}).text
    assert browser.post("/auth/code/passkey", {"answer": noras.get(options)}).headers["location"] == "/"
    assert browser.get("/login").headers["location"] == "/"


def test_one_that_is_required_is_set_up_with_the_password(two, browser):
    write(set_up(NORA)[0], require_two_factor, True)
    forget()
    browser.enter(MIA)
    assert "Add a passkey" in browser.get("/login/set-up").text
    wrong = browser.post("/auth/set-up/passkey/ask", {"name": "Phone", "password": "wrong"})
    assert (wrong.status_code, wrong.json()) == (422, {"message": "This is not your password."})
    options = browser.post("/auth/set-up/passkey/ask", {"name": "Phone", "password": PASSWORD}).text
    done = browser.post("/auth/set-up/passkey", {"name": "Phone", "answer": Authenticator().create(options)})
    assert done.text.count("<li>") == 10
    assert browser.get("/login").headers["location"] == "/"
    assert [row.name for row in read(two.mia, my_passkeys)] == ["Phone"]


def test_who_has_nothing_to_set_up_adds_none_there(two, browser):
    for email, to in (("", "/login"), (NORA, "/")):
        if email:
            browser.enter(email)
        assert browser.post("/auth/set-up/passkey/ask", {"name": "x", "password": PASSWORD}).status_code == 403
        assert browser.post("/auth/set-up/passkey", {"name": "x", "answer": "{}"}).headers["location"] == to


# ---------------------------------------------------------------- the links that change an email


def test_a_link_is_shown_by_get_and_used_by_post(two, browser):
    from tests.partners.test_email_change import asked as ask_for
    from tests.partners.test_email_change import signs_in

    confirm, stop = ask_for(signed_in(MIA))
    for _ in range(2):
        assert "Use this address" in browser.get(f"/email?token={confirm}").text
        assert "Stop the change" in browser.get(f"/email/stop?token={stop}").text
    assert signs_in(MIA)
    assert "From now on you sign in with" in browser.post("/auth/email", {"token": confirm}).text
    assert "This link is over" in browser.get(f"/email?token={confirm}").text
    assert "Take it back" in browser.get(f"/email/stop?token={stop}").text
    back = browser.post("/auth/email/stop", {"token": stop})
    assert back.headers["location"].startswith("/join?token=")
    assert "Choose a password for mia@northwind.example" in browser.get(back.headers["location"]).text
    for path in ("/auth/email", "/auth/email/stop"):
        assert browser.post(path, {"token": "forged"}).status_code == 422
