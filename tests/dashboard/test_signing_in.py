"""The doors of the dashboard over ASGI: what a browser is given at sign-in, and what the security log says of it."""

import asyncio
from collections.abc import Iterator

import pyotp
import pytest
from httpx import Response

from arbill_app.dashboard.auth_pages.pages import api
from arbill_app.dashboard.shell.session import forget
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners import commands
from arbill_app.partners.auth import account
from arbill_app.partners.security_log.log import SecurityEvent
from tests.portal.conftest import Person
from tests.world import PASSWORD, letters_to, make_invoice, signed_in, token_to

NORA = "nora@northwind.example"
DEVICE = "arbill_device"


class Browser(Person):
    def enter(self, email: str = NORA, password: str = PASSWORD) -> Response:
        return self.post("/auth/sign-in", {"email": email, "password": password})


@pytest.fixture
def browser(two) -> Iterator[Browser]:
    forget()
    with asyncio.Runner() as loop:
        yield Browser(api, loop)


def actions(actor):
    return [row.action for row in read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))]


def new_devices():
    return [letter for letter in letters_to(NORA) if letter.subject == "New sign-in to your arbill account"]


def test_the_second_sign_in_from_a_browser_is_no_new_device(two, browser):
    signed_in(NORA)
    assert browser.enter().status_code == 303
    kept, before = browser.client.cookies[DEVICE], len(new_devices())
    assert len(kept) >= 40
    for _ in range(2):
        browser.client.cookies.delete("arbill_session")
        browser.enter()
    assert browser.client.cookies[DEVICE] == kept
    assert len(new_devices()) == before == 1
    assert actions(two.nora).count("new_device") == 1


def test_a_code_makes_the_browser_known_where_one_is_asked_for(two, browser):
    nora = signed_in(NORA)
    app = pyotp.TOTP(write(nora, account.begin_two_factor))
    write(nora, account.confirm_two_factor, app.now(), PASSWORD)
    assert browser.enter().headers["location"] == "/login/code"
    assert not new_devices()
    code = write(nora, account.renew_recovery_codes, PASSWORD)[0]
    assert browser.post("/auth/code", {"code": code}).headers["location"] == "/"
    assert len(new_devices()) == 1


def test_a_known_browser_is_not_slowed_down_by_the_tries_of_others(two, browser):
    browser.enter()
    with asyncio.Runner() as loop:
        stranger = Browser(api, loop)
        answers = [stranger.enter(password="wrong wrong wrong") for _ in range(8)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert browser.enter().status_code == 303


def test_an_invitation_makes_the_browser_known(two, browser):
    write(two.nora, commands.invite_staff, {"name": "Kim Doe", "email": "kim@northwind.example"}, commands.Role.MEMBER)
    browser.post("/auth/join", {"token": token_to("kim@northwind.example"), "password": "copper lantern drifts"})
    browser.enter("kim@northwind.example", "copper lantern drifts")
    assert actions(two.nora).count("new_device") == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda nora: write(nora, account.sign_out_everywhere),
        lambda nora: write(nora, account.change_password, PASSWORD, "copper lantern drifts"),
    ],
    ids=["sign out everywhere", "new password"],
)
def test_no_browser_is_known_after(two, browser, change):
    signed_in(NORA)
    browser.enter()
    before = len(new_devices())
    change(signed_in(NORA))
    browser.enter()
    browser.enter(password="copper lantern drifts")
    assert len(new_devices()) == before + 2  # the session that changed it, and this browser again
    assert "session_ended" in actions(two.nora)


def test_a_reset_that_was_asked_for_says_from_where(two, browser):
    browser.post("/auth/forgot", {"email": NORA}, **{"user-agent": "Firefox/140"})
    rows = read(two.nora, lambda tx: tx.all(tx.own(SecurityEvent)))
    assert [(row.action, row.agent) for row in rows if row.action == "reset_asked"] == [("reset_asked", "Firefox/140")]


def exports(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).where(SecurityEvent.action == "exported")))
    return [(row.name, row.detail) for row in rows]


def test_an_archive_of_papers_is_an_export_and_a_single_paper_is_none(two, browser):
    from arbill_app import arbill_app as composed

    browser = Browser(composed.api, browser.loop)
    browser.enter("rhea@northwind.example")
    one, other, hers = (make_invoice(*whose, "9.00") for whose in ((two.nora, two.ada),) * 2 + ((two.sol, two.clara),))
    assert browser.get(f"/export/invoice/{one}.pdf").status_code == 200
    assert exports(two.nora) == []
    assert browser.get(f"/export/invoices.zip?id={one}&id={other}&id={hers}").status_code == 200
    assert browser.get(f"/export/invoices.zip?id={hers}").status_code == 404
    assert browser.get(f"/export/invoices.zip?id={one}").status_code == 200
    assert exports(two.nora) == [("Rhea Lane", "invoices.zip, 2 papers"), ("Rhea Lane", "invoices.zip, 1 paper")]
    assert exports(two.sol) == []
