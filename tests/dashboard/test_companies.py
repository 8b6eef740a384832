"""The switcher: what the doors answer, and what becomes of tabs that show the former company."""

import asyncio
from collections.abc import Iterator

import pytest

from arbill_app.dashboard.auth_pages.pages import api
from arbill_app.dashboard.screens.customers.listing import Customers
from arbill_app.dashboard.shell.base import Base
from arbill_app.dashboard.shell.session import cookie_name, forget
from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import write
from arbill_app.partners import commands as partners
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import resolve, sign_in, switch_company
from tests.dashboard.pipeline import HYDRATE, Tab
from tests.dashboard.test_signing_in import Browser
from tests.world import PASSWORD, token_to

REQUIRED = {"two_factor_required_at": clock.now()}
MIA, KIM = "mia@northwind.example", "kim@new.example"


@pytest.fixture
def browser(two) -> Iterator[Browser]:
    forget()
    with asyncio.Runner() as loop:
        yield Browser(api, loop)


@pytest.fixture
def there(two):
    """Mia's place at Southgate."""
    write(two.sol, partners.invite_staff, {"name": "Mia F.", "email": MIA}, partners.Role.ADMIN)
    return resolve(use_link(token_to(MIA), PASSWORD).secret).actor


def company(browser: Browser) -> str:
    who = resolve(browser.client.cookies.get(cookie_name()) or "")
    return f"{who.actor.name} at {who.partner_name}" if who else ""


# ---------------------------------------------------------------- the doors


def test_one_click_switches_and_gives_a_new_cookie(two, there, browser):
    browser.enter(MIA)
    former = browser.client.cookies[cookie_name()]
    assert company(browser) == "Mia F. at Southgate"
    answer = browser.post("/auth/switch", {"company": two.mia.id})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert company(browser) == "Mia Ford at Northwind"
    assert resolve(former) is None
    assert "httponly" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("forged", ["", "x", "stf_", "\0", "y" * 200, "../..", "' OR 1=1 --"])
def test_forged_ids_switch_nothing(two, there, browser, forged):
    browser.enter(MIA)
    for company_id in (forged, two.sol.id, two.nora.id):
        assert browser.post("/auth/switch", {"company": company_id}).status_code == 404
    assert company(browser) == "Mia F. at Southgate"


def test_another_site_does_not_switch_and_a_link_neither(two, there, browser):
    browser.enter(MIA)
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert browser.send("/auth/switch", {"company": two.mia.id}, headers).status_code == 403
    assert browser.get(f"/auth/switch?company={two.mia.id}").status_code == 404
    assert company(browser) == "Mia F. at Southgate"


def test_a_stranger_who_switches_is_sent_to_sign_in(two, browser):
    assert browser.post("/auth/switch", {"company": two.mia.id}).headers["location"] == "/login"


def test_an_invitation_is_for_its_address_whoever_is_signed_in(two, browser):
    """Nora opens Mia's link: another password does not join, Mia's does, and signs Nora out."""
    write(two.sol, partners.invite_staff, {"name": "Mia F.", "email": MIA}, partners.Role.ADMIN)
    browser.enter("nora@northwind.example")
    former, token = browser.client.cookies[cookie_name()], token_to(MIA)
    assert "Join Southgate" in browser.get(f"/join?token={token}").text
    refused = browser.post("/auth/join", {"token": token, "password": "something else here"})
    assert refused.status_code == 422
    assert "This is not your password." in refused.text
    assert company(browser) == "Nora West at Northwind"
    assert browser.post("/auth/join", {"token": token, "password": PASSWORD}).status_code == 303
    assert company(browser) == "Mia F. at Southgate"
    assert resolve(former) is None
    assert "This link is over" in browser.post("/auth/join", {"token": token, "password": PASSWORD}).text


def test_the_page_of_an_invitation_asks_who_is_new_to_choose_a_password(two, browser):
    write(two.sol, partners.invite_staff, {"name": "Kim", "email": KIM}, partners.Role.MEMBER)
    page = browser.get(f"/join?token={token_to(KIM)}").text
    assert "Welcome, Kim" in page
    assert "new-password" in page
    for token in ("", "x", "%00", "y" * 3000):
        assert "This link is over" in browser.get(f"/join?token={token}").text


def test_a_company_that_requires_two_factor_does_not_keep_one_from_the_others(two, there, browser):
    write(two.sol, lambda tx: tx.get(partners.Partner, two.sol.partner_id).sqlmodel_update(REQUIRED))
    browser.enter(MIA)
    page = browser.get("/login/set-up").text
    assert f'value="{two.mia.id}">Open Northwind instead' in page
    browser.post("/auth/switch", {"company": two.mia.id})
    assert company(browser) == "Mia Ford at Northwind"
    assert resolve(browser.client.cookies[cookie_name()]).is_in
    browser.post("/auth/switch", {"company": there.id})
    assert not resolve(browser.client.cookies[cookie_name()]).is_in


# ---------------------------------------------------------------- tabs of the former company


def test_the_account_menu_names_the_companies(two, there, pipeline):
    mia, sol = pipeline.tab(MIA).state(Base), pipeline.tab("sol@southgate.example").state(Base)
    assert mia.companies == [[two.mia.id, "Northwind"], [there.id, "Southgate"]]
    assert mia.company == there.id
    assert sol.companies == [[two.sol.id, "Southgate"]]


def holds(tab: Tab, secret: str) -> None:
    tab.router = tab.router | {"headers": {"cookie": f"{cookie_name()}={secret}"}}


def test_a_tab_of_the_former_company_does_nothing_more_and_starts_anew(two, there, pipeline):
    tab = pipeline.tab(MIA)
    tab.do(Customers.load)
    assert [row.company for row in tab.state(Customers).rows] == ["Clara Books"]
    secret = tab.router["headers"]["cookie"].partition("=")[2]
    fresh = switch_company(secret, two.mia.id)
    forget(secret)
    assert tab.do(Customers.load).went_to == ["/login"]
    holds(tab, fresh)
    assert tab.do(Customers.load).went_to == ["/login"], "what it holds is still the other company's"
    tab.send(HYDRATE)
    assert tab.state(Customers).rows == []
    tab.do(Base.arrive).do(Customers.load)
    assert (tab.state(Base).partner, tab.state(Base).may_manage) == ("Northwind", False)
    assert {row.company for row in tab.state(Customers).rows} == {"Ada Interiors", "Bruno Motors"}


def test_who_is_removed_finds_the_other_company_in_the_same_browser(two, there, pipeline):
    secret = switch_company(sign_in(MIA, PASSWORD).secret, two.mia.id)
    tab = pipeline.tab(MIA)
    holds(tab, secret)
    tab.send(HYDRATE)
    tab.do(Base.arrive).do(Customers.load)
    assert len(tab.state(Customers).rows) == 2
    write(two.nora, partners.disable_staff, two.mia.id)
    forget()
    assert tab.do(Customers.load).went_to == ["/login"]
    tab.send(HYDRATE)
    assert tab.do(Base.arrive).state(Base).partner == "Southgate"
    assert tab.do(Customers.load).state(Customers).rows[0].company == "Clara Books"
