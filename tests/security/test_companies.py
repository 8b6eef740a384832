"""Somebody who works for two companies, against a running server: one company at a time, and only their own."""

import time
from collections.abc import Iterator

import httpx
import pytest

from arbill_app.dashboard.shell import routes
from arbill_app.kernel.actor import Actor, Role
from arbill_app.kernel.db.transactions import write
from arbill_app.partners import commands as partners
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import sign_out
from tests import world
from tests.security.conftest import MARK, Site, everything, settled
from tests.security.rawclient import redirects, tab

BELIEVED = 5.2  # seconds that another process believes what it knew of a session
HERE, THERE = "Quarry Books", "Harbor Tools"


@pytest.fixture(scope="module")
def places(site: Site) -> tuple[str, Actor, Actor]:
    """(email, their place in each company): a member at the first, an admin at the second."""
    email, found = world.unused_email("ivo"), []
    for name, customer, role in (("Quarry", HERE, Role.MEMBER), ("Harbor", THERE, Role.ADMIN)):
        owner = world.make_partner(name, f"Olga {name}", world.unused_email("olga"))
        world.make_customer(owner, customer, [world.user("Page One", world.unused_email("page"))])
        staff = write(owner, partners.invite_staff, {"name": "Ivo Both", "email": email}, role)
        sign_out(use_link(world.token_to(email), world.PASSWORD).secret)
        found.append(world.acting(staff))
    settled()
    return email, found[0], found[1]


@pytest.fixture
def browser(site: Site, places: tuple[str, Actor, Actor]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.origin, headers={"origin": site.origin}) as client:
        client.post("/auth/sign-in", data={"email": places[0], "password": world.PASSWORD})
        client.post("/auth/switch", data={"company": places[1].id})
        yield client


def exported(browser: httpx.Client) -> str:
    return browser.get(routes.EXPORT).text


def test_a_switch_changes_everything_at_once(browser: httpx.Client, places: tuple[str, Actor, Actor]) -> None:
    for _ in range(3):
        for place, own, other in ((places[2], THERE, HERE), (places[1], HERE, THERE)):
            answer = browser.post("/auth/switch", data={"company": place.id})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            for _ in range(4):  # whichever process answers
                text = exported(browser)
                assert own in text
                assert other not in text


def test_the_role_is_that_of_the_company_opened(browser: httpx.Client, places: tuple[str, Actor, Actor]) -> None:
    assert browser.get(routes.EXPORT_SECURITY).status_code == 403
    browser.post("/auth/switch", data={"company": places[2].id})
    assert browser.get(routes.EXPORT_SECURITY).status_code == 200


def test_the_former_cookie_and_its_tabs_are_worth_nothing(
    site: Site, browser: httpx.Client, places: tuple[str, Actor, Actor]
) -> None:
    former = "; ".join(f"{name}={value}" for name, value in browser.cookies.items() if "session" in name)
    with tab(site.origin, former) as opened:
        assert HERE in str(opened.hydrate())
        browser.post("/auth/switch", data={"company": places[2].id})
        time.sleep(BELIEVED)
        assert httpx.get(site.origin + routes.EXPORT, headers={"cookie": former}).status_code in (303, 401)
        heard = opened.hydrate()
        assert redirects(heard)
        assert HERE not in str(heard)
        assert THERE not in str(heard)


def test_nobody_switches_to_a_company_of_others(
    site: Site, browser: httpx.Client, places: tuple[str, Actor, Actor]
) -> None:
    people, cookies = site.people, site.cookies
    settled()  # the mails about these new browsers
    before = everything()
    for forged in (people.sol.id, people.nora.id, people.sol.partner_id, "", "x" * 300, "' OR 1=1 --"):
        assert browser.post("/auth/switch", data={"company": forged}).status_code == 404, forged
    for cookie in (cookies["nora"], cookies["rhea"]):
        headers = {"origin": site.origin, "cookie": cookie}
        for place in places[1:]:
            answer = httpx.post(site.origin + "/auth/switch", data={"company": place.id}, headers=headers)
            assert answer.status_code == 404
    assert MARK not in exported(browser)
    assert everything() == before


def test_an_address_that_works_elsewhere_is_invited_like_any(site: Site) -> None:
    """The words on the screen and in the log are the same; the id of the other company is in neither."""
    owner = world.make_partner("Quiet", "Quin Quiet", world.unused_email("quin"))
    said = []
    for email in ("sol@southgate.example", world.unused_email("fresh")):
        staff = write(owner, partners.invite_staff, {"name": "Guest", "email": email}, Role.MEMBER)
        letter = world.letters_to(email)[0]
        said.append((letter.subject, letter.lines, letter.action_label, staff.person_id, staff.role))
    assert said[0] == said[1]
