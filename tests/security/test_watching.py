"""Attacks on /metrics, /statusz and /readyz: strangers learn names and states, and change nothing."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.security.conftest import MARK, Site, everything, settled
from tests.security.test_limits import raw
from tests.server import Server, running

TOKEN = "a-token-for-whoever-watches"
PATHS = ("/metrics", "/statusz", "/readyz")
STATES = {"ok", "warn", "fail"}
GUESSES = (
    *("", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN.upper()}"),
    *(f"Basic {TOKEN}", TOKEN, f"Token {TOKEN}", f"Bearer Bearer {TOKEN}", f"Bearer {TOKEN},{TOKEN}", "Bearer \u00e9"),
)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Reached by a name, watched by a token."""
    home = tmp_path_factory.mktemp("watched")
    with running(home, METRICS_TOKEN=TOKEN, ORIGIN="https://billing.example.com") as server:
        yield server


def assert_only_names_and_states(answer: httpx.Response) -> None:
    """Neither figures, sentences, hosts, process ids nor anybody's name."""
    assert answer.status_code in (200, 503)
    assert set(answer.json()) == {"status", "checks"}
    assert "database" in answer.json()["checks"]
    for name, told in answer.json()["checks"].items():
        assert re.fullmatch("[a-z ]+", name)
        assert told in [{"state": state} for state in STATES], name


@pytest.mark.parametrize("authorization", GUESSES)
def test_a_wrong_token_opens_nothing_not_even_on_this_machine(watched: Server, authorization: str) -> None:
    headers = {"authorization": authorization.encode()}
    refused = httpx.get(f"{watched.origin}/metrics", headers=headers)
    assert refused.status_code == 403
    assert "arbill_" not in refused.text
    for path in ("/statusz", "/readyz"):
        assert_only_names_and_states(httpx.get(watched.origin + path, headers=headers))


@pytest.mark.parametrize("path", PATHS)
def test_a_token_in_the_address_or_a_cookie_is_none(watched: Server, path: str) -> None:
    said = httpx.get(
        f"{watched.origin}{path}?token={TOKEN}&authorization=Bearer%20{TOKEN}", headers={"cookie": f"token={TOKEN}"}
    )
    assert said.status_code == 403 if path == "/metrics" else '"said"' not in said.text


def test_the_token_opens_them_also_through_a_proxy_and_is_in_no_log(watched: Server) -> None:
    headers = {"authorization": f"bearer {TOKEN}", "x-forwarded-for": "203.0.113.7"}
    assert "arbill_queue_age_seconds" in httpx.get(f"{watched.origin}/metrics", headers=headers).text
    for path in ("/statusz", "/readyz"):
        assert all(told["said"] for told in httpx.get(watched.origin + path, headers=headers).json()["checks"].values())
    assert TOKEN not in watched.log.read_text()


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Host"])
@pytest.mark.parametrize("value", ["203.0.113.7", "127.0.0.1", "for=localhost", ""])
def test_through_a_proxy_on_this_machine_there_are_no_figures_and_no_sentences(
    site: Site, name: str, value: str
) -> None:
    """Whoever sends the header himself, with an address of this machine, is not believed either."""
    assert httpx.get(f"{site.origin}/metrics", headers={name: value}).status_code == 403
    for path in ("/statusz", "/readyz"):
        assert_only_names_and_states(httpx.get(site.origin + path, headers={name: value}))


@pytest.mark.parametrize("who", ["", "nora", "rhea", "sol"])
def test_a_session_opens_nothing_here(site: Site, who: str) -> None:
    """An owner is no operator: the figures are of all partners."""
    headers = {"x-forwarded-for": "203.0.113.7"} | ({"cookie": site.cookies[who]} if who else {})
    assert httpx.get(f"{site.origin}/metrics", headers=headers).status_code == 403
    assert_only_names_and_states(httpx.get(f"{site.origin}/statusz", headers=headers))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_they_are_only_looked_at(site: Site, path: str, method: str) -> None:
    settled()
    before = everything()
    body = json.dumps({"state": "ok", "due_at": "now"})
    answer = httpx.request(method, site.origin + path, content=body, headers={"origin": site.origin})
    assert answer.status_code in (403, 404, 405), answer.status_code
    assert "arbill_queue" not in answer.text
    assert "said" not in answer.text
    assert everything() == before


def test_odd_addresses_of_theirs_show_no_more(site: Site) -> None:
    headers = {"x-forwarded-for": "203.0.113.7"}
    for path in PATHS:
        for odd in (f"{path}/", f"{path}/x", f"{path}/../metrics", f"/{path}", f"{path}%2f", f"{path};x", path.upper()):
            line = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            host = site.origin.removeprefix("http://")
            heard = raw(site, f"GET {odd} HTTP/1.1\r\nHost: {host}\r\n{line}Connection: close\r\n\r\n".encode())
            assert heard.startswith("HTTP/1.1 "), odd
            assert heard[9:12] < "500" or "checks" in heard, odd
            assert "arbill_queue" not in heard, odd
            assert '"said"' not in heard, odd


def test_a_flood_of_questions_is_answered_from_memory_and_hinders_nobody(site: Site) -> None:
    with httpx.Client(base_url=site.origin) as stranger:
        answers = {stranger.get("/statusz").text for _ in range(200)}
    assert len(answers) <= 4, "asked once in a while, by one process or two"
    assert httpx.get(f"{site.origin}/login").status_code == 200


def test_what_is_said_to_an_operator_names_no_customer_and_no_password(site: Site) -> None:
    for path in PATHS:
        text = httpx.get(site.origin + path).text
        assert MARK not in text
        assert "northwind" not in text.lower()
        assert "@" not in text
        assert "://" not in text
