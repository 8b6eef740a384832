"""Passkeys and mailed links against a running server: replays, other browsers and people, other sites, odd bodies."""

from dataclasses import replace

import httpx
import pytest

from arbill_app.kernel.db.transactions import write
from arbill_app.partners.passkeys import passkeys
from arbill_app.partners.passkeys.challenges import Purpose, take
from tests import world
from tests.authenticator import PRESENT, Authenticator
from tests.security.conftest import Site, everything, settled

PASSWORD = world.PASSWORD
ASK, GIVE = "/auth/passkey/ask", "/auth/passkey"


@pytest.fixture(scope="module")
def person(site: Site) -> tuple[str, Authenticator]:
    """(email, passkey) of the owner of a company of their own."""
    email = world.unused_email("pia")
    world.make_partner("Passkeys", "Pia Key", email)
    me, key = world.signed_in(email), Authenticator(origin=site.origin)
    options = passkeys.ask_to_add(write(me, passkeys.may_add, "Laptop"), me.session_id)
    write(me, passkeys.add_passkey, "Laptop", take(key.create(options), Purpose.ADD, me.session_id))
    return email, key


def browser(site: Site) -> httpx.Client:
    return httpx.Client(base_url=site.origin, headers={"origin": site.origin})


def in_(client: httpx.Client) -> bool:
    return client.get("/account").status_code == 200


def test_the_same_steps_let_its_owner_in(site: Site, person: tuple[str, Authenticator]) -> None:
    with browser(site) as mine:
        answer = mine.post(GIVE, data={"answer": person[1].get(mine.post(ASK).text), "next": "//evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert in_(mine)


def test_an_answer_is_not_replayed(site: Site, person: tuple[str, Authenticator]) -> None:
    with browser(site) as mine, browser(site) as thief:
        given = person[1].get(mine.post(ASK).text)
        thief.post(ASK)
        assert thief.post(GIVE, data={"answer": given}).status_code == 422, "asked of another browser"
        assert mine.post(GIVE, data={"answer": given}).status_code == 303
        for client in (mine, thief):
            client.post(ASK)
            assert client.post(GIVE, data={"answer": given}).status_code == 422
        assert not in_(thief)


def test_answers_made_elsewhere_or_unverified_let_nobody_in(site: Site, person: tuple[str, Authenticator]) -> None:
    key = person[1]
    lies = [
        {"origin": "https://evil.example"},
        {"origin": site.origin.replace("localhost", "127.0.0.1")},
        {"rp": "evil.example"},
        {"rp": "127.0.0.1"},
        {"flags": PRESENT},
        {"key": Authenticator().key},
        {"user_id": b"per_1"},
    ]
    for number, lie in enumerate(lies):
        with browser(site) as thief:
            thief.headers["x-forwarded-for"] = f"203.0.{number}.7"
            options = thief.post(ASK).text
            assert thief.post(GIVE, data={"answer": replace(key, **lie).get(options)}).status_code == 422, lie
            assert not in_(thief), lie
    with browser(site) as mine:
        assert mine.post(GIVE, data={"answer": key.get(mine.post(ASK).text)}).status_code == 303


def test_after_the_password_only_ones_own_passkey_lets_on(site: Site, person: tuple[str, Authenticator]) -> None:
    email, key = person
    other = Authenticator(origin=site.origin, user_id=key.user_id)
    with browser(site) as mine, browser(site) as second:
        for client in (mine, second):
            client.post("/auth/sign-in", data={"email": email, "password": PASSWORD})
            assert not in_(client)
        options = mine.post("/auth/code/passkey/ask").text
        assert mine.post("/auth/code/passkey", data={"answer": other.get(options)}).status_code == 422
        assert mine.post("/auth/code/passkey", data={"answer": key.get(options)}).status_code == 422, "asked once"
        options = mine.post("/auth/code/passkey/ask").text
        second.post("/auth/code/passkey/ask")
        assert second.post("/auth/code/passkey", data={"answer": key.get(options)}).status_code == 422
        for path in (GIVE, "/auth/set-up/passkey"):  # asked as a second factor, given for something else
            answer = mine.post(path, data={"answer": key.get(options)}, follow_redirects=False)
            assert answer.headers.get("location", "/login/code") in ("/login/code", "/"), path
            assert not in_(mine)
        options = mine.post("/auth/code/passkey/ask").text
        assert mine.post("/auth/code/passkey", data={"answer": key.get(options)}).status_code == 303
        assert in_(mine)
        assert not in_(second)


@pytest.mark.parametrize("path", [ASK, GIVE, "/auth/code/passkey/ask", "/auth/set-up/passkey/ask", "/auth/email"])
def test_other_sites_ask_for_nothing(site: Site, path: str) -> None:
    settled()
    before = everything()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}, {}):
        assert httpx.post(site.origin + path, headers=headers).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("answer", ["", "{}", "null", "[" * 5000, '{"id": 1}', "x" * 20_000, "\x00", '{"response": 1}'])
def test_odd_answers_are_refused_in_a_sentence(site: Site, answer: str) -> None:
    for path in (GIVE, "/auth/code/passkey", "/auth/set-up/passkey"):
        with browser(site) as odd:
            odd.post(ASK)
            given = odd.post(path, data={"answer": answer})
            assert given.status_code in (303, 422), (path, given.status_code)
            assert not in_(odd)
    assert "Traceback" not in site.server.log.read_text()


def test_a_mailed_link_is_not_used_by_looking_at_it(site: Site) -> None:
    for path in ("/email?token=forged", "/email/stop?token=forged", "/email", "/email/stop"):
        settled()
        before = everything()
        answer = httpx.get(site.origin + path)
        assert (answer.status_code, "This link is over" in answer.text) == (200, True)
        assert everything() == before
    for path in ("/auth/email", "/auth/email/stop"):
        answer = httpx.post(site.origin + path, data={"token": "forged"}, headers={"origin": site.origin})
        assert (answer.status_code, "has been used or has expired" in answer.text) == (422, True)
    assert httpx.get(site.origin + "/email/nothing").status_code == 404
