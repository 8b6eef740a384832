"""The page on which a required second factor is set up, and the settings that require it."""

import asyncio
import re

import pyotp
import pytest

from arbill_app.dashboard.auth_pages.pages import api
from arbill_app.dashboard.screens.account import me
from arbill_app.dashboard.screens.account.me import Account, TwoFactor
from arbill_app.dashboard.screens.overview import Overview
from arbill_app.dashboard.screens.settings.company import Settings
from arbill_app.dashboard.screens.settings.protection import Protection
from arbill_app.dashboard.shell.session import forget
from arbill_app.kernel.db.transactions import write
from arbill_app.partners.auth.two_factor_policy import require_two_factor
from tests.dashboard.test_signing_in import Browser
from tests.partners.test_two_factor_policy import MIA, NORA, set_up
from tests.world import PASSWORD, person_of

SAVE = {"form": {"idle": "0", "two_factor": "required"}}


@pytest.fixture
def mia(two):
    """Has given her password, and nothing more is open to her."""
    nora = set_up(NORA)[0]
    write(nora, require_two_factor, True)
    forget()
    with asyncio.Runner() as loop:
        browser = Browser(api, loop)
        browser.enter(MIA)
        yield browser


def key_in(answer):
    return "".join(re.search(r'class="key">([^<]*)<', answer.text)[1].split())


def test_the_sign_in_page_leads_to_the_set_up(mia):
    for page in ("/login", "/login/code"):
        assert mia.get(page).headers["location"] in ("/login/set-up", "/")
    page = mia.get("/login/set-up")
    assert "Northwind requires a second factor of everyone" in page.text


def test_a_code_and_the_password_turn_it_on(two, mia):
    phone = pyotp.TOTP(key_in(mia.post("/auth/set-up", {})))
    wrong = mia.post("/auth/set-up/code", {"code": "000000", "password": PASSWORD})
    assert (wrong.status_code, key_in(wrong)) == (422, phone.secret)
    assert "That code is not right" in wrong.text
    wrong = mia.post("/auth/set-up/code", {"code": phone.now(), "password": "wrong wrong wrong"})
    assert "This is not your password." in wrong.text
    assert "wrong wrong wrong" not in wrong.text
    assert not person_of(two.mia).totp_since
    done = mia.post("/auth/set-up/code", {"code": phone.now(), "password": PASSWORD})
    assert len(re.findall(r"<li>\w{5}-\w{5}</li>", done.text)) == 10
    assert person_of(two.mia).totp_since
    assert mia.get("/login").headers["location"] == "/"
    assert mia.get("/login/set-up").headers["location"] == "/"


def test_opening_the_page_again_voids_no_key(two, mia):
    mia.post("/auth/set-up", {})
    before = person_of(two.mia).totp_sealed
    mia.get("/login/set-up")
    assert before
    assert person_of(two.mia).totp_sealed == before


def test_a_code_before_a_key_is_refused(mia):
    answer = mia.post("/auth/set-up/code", {"code": "123456", "password": PASSWORD})
    assert (answer.status_code, "Set up an authenticator app" in answer.text) == (422, True)


def test_passwords_are_not_guessed_there(mia):
    mia.post("/auth/set-up", {})
    answers = [mia.post("/auth/set-up/code", {"code": "123456", "password": "guess"}) for _ in range(10)]
    assert answers[-1].status_code == 429


def test_who_has_nothing_to_set_up_is_sent_on(two, mia):
    with asyncio.Runner() as loop:
        for email, to in ((NORA, "/login/code"), ("sol@southgate.example", "/"), ("", "/login")):
            browser = Browser(api, loop)
            if email:
                browser.enter(email)
            assert browser.get("/login/set-up").headers["location"] == to
            for path in ("/auth/set-up", "/auth/set-up/code"):
                assert browser.post(path, {"code": "1", "password": PASSWORD}).headers["location"] == to


def test_open_tabs_are_sent_to_sign_in(two, pipeline):
    tab = pipeline.tab(MIA)
    nora = set_up(NORA)[0]
    write(nora, require_two_factor, True)
    forget()
    assert tab.do(Overview.load).went_to == ["/login"]


# ---------------------------------------------------------------- the settings


def test_an_owner_without_one_is_told_at_the_field(two, pipeline):
    nora = pipeline.tab(NORA, path="/settings").do(Settings.load).do(Protection.save, **SAVE)
    assert nora.state(Protection).errors == {
        "two_factor": "Set up two-factor sign-in for yourself first, under “Your profile”."
    }
    assert not nora.state(Settings).view.requires_two_factor


def test_the_settings_say_how_many_have_none_and_the_profile_who_requires_it(two, pipeline, monkeypatch):
    async def never(_seconds):
        return None

    monkeypatch.setattr(me, "sleep", never)
    nora = pipeline.tab(NORA, path="/settings").do(Settings.load)
    assert nora.state(Settings).without == "4 people have"
    nora.do(TwoFactor.begin)
    code = pyotp.TOTP(nora.state(TwoFactor).secret.replace(" ", "")).now()
    nora.do(TwoFactor.prove, form={"code": code, "password": PASSWORD})
    nora.do(Protection.save, form={"idle": "30", "two_factor": "required"})
    view = nora.state(Settings).view
    assert (nora.notice, view.requires_two_factor, view.idle_minutes) == ("Saved.", True, 30)
    assert nora.state(Settings).without == "3 people have"
    assert nora.do(Account.load).state(Account).required_by == "Northwind"
    nora.do(TwoFactor.ask_end).do(TwoFactor.end, form={"password": PASSWORD})
    assert nora.notice == "Northwind requires two-factor sign-in of everyone. Ask an owner or admin."
    nora.do(Protection.save, form={"idle": "30", "two_factor": ""})
    assert nora.do(Account.load).state(Account).required_by == ""


def test_nothing_is_saved_when_one_of_the_two_is_refused(two, pipeline):
    nora = pipeline.tab(NORA, path="/settings").do(Settings.load)
    nora.do(Protection.save, form={"idle": "30", "two_factor": "required"})
    assert nora.do(Settings.load).state(Settings).view.idle_minutes == 0
    nora.do(Protection.save, form={"idle": "7", "two_factor": ""})
    assert nora.state(Protection).errors == {"idle": "Choose a time."}
