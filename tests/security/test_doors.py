"""HTTP from outside: who gets a page, what is closed, what the answers say."""

import time

import httpx
import pytest

from arbill_app.dashboard.shell import routes
from tests import world
from tests.security.conftest import MARK, Site, everything

PAGES = (
    "/",
    "/customers",
    "/customers/labels",
    "/customers/cus_1",
    "/invoices",
    "/invoices/inv_1",
    "/settings",
    "/account",
    "/nothing/here",
)


def test_a_stranger_is_sent_to_sign_in_from_every_page(site: Site) -> None:
    for page in PAGES:
        answer = httpx.get(site.origin + page)
        assert answer.status_code == 303, page
        assert answer.headers["location"].startswith("/login"), page
        assert answer.text == ""


def test_after_signing_in_one_is_where_one_wanted_to_be(site: Site) -> None:
    wanted = httpx.get(site.origin + "/customers?q=ada").headers["location"]
    page = httpx.get(site.origin + wanted)
    assert 'name="next" value="/customers?q=ada"' in page.text


@pytest.mark.parametrize(
    "cookie", ["", "arbill_session=", "arbill_session=forged", "arbill_session=" + "x" * 5000, "=;;"]
)
def test_a_forged_cookie_opens_nothing(site: Site, cookie: str) -> None:
    for page in ("/customers", routes.EXPORT):
        assert httpx.get(site.origin + page, headers={"cookie": cookie}).status_code in (303, 401)


def test_what_reflex_leaves_open_is_closed(site: Site) -> None:
    signed_in = {"cookie": site.cookies["nora"]}
    for path in ("/_upload", "/_upload/x.txt", "/_all_routes", "/auth-codespace", "/ping"):
        for headers in ({}, signed_in):
            assert httpx.get(site.origin + path, headers=headers).status_code == 404, path
            assert httpx.post(site.origin + path, headers=headers, content=b"x").status_code == 404, path


def test_every_answer_carries_the_security_headers(site: Site) -> None:
    for path in ("/", "/login", "/arbill.css", "/nothing", "/healthz", "/auth/sign-in"):
        headers = httpx.get(site.origin + path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        policy = headers["content-security-policy"]
        assert "unsafe-eval" not in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_the_pages_scripts_are_the_ones_the_policy_allows(site: Site) -> None:
    answer = httpx.get(site.origin + "/customers", headers={"cookie": site.cookies["nora"]})
    assert answer.status_code == 200
    assert "<script" in answer.text
    assert answer.headers["content-security-policy"].count("'sha256-") > 0


def test_pages_are_never_cached_and_hashed_assets_always(site: Site) -> None:
    page = httpx.get(site.origin + "/customers", headers={"cookie": site.cookies["nora"]})
    assert page.headers["cache-control"] == "no-store"
    asset = next(part for part in page.text.split('"') if part.startswith("/assets/") and part.endswith(".js"))
    assert "immutable" in httpx.get(site.origin + asset).headers["cache-control"]


def test_other_origins_get_no_cors(site: Site) -> None:
    for path in ("/login", "/customers", "/healthz"):
        answer = httpx.get(site.origin + path, headers={"origin": "https://evil.example"})
        assert answer.headers.get("access-control-allow-origin") in (None, site.origin)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://evil.example"},
        {},
    ],
)
def test_a_form_from_elsewhere_is_refused(site: Site, headers: dict[str, str]) -> None:
    for path in ("sign-in", "sign-out", "forgot", "join", "code", "switch"):
        assert httpx.post(f"{site.origin}/auth/{path}", data={"email": "x"}, headers=headers).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    answer = httpx.post(
        f"{site.origin}/auth/sign-in",
        data={"email": "nora@northwind.example", "password": world.PASSWORD},
        headers={"origin": site.origin},
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aset-cookie:x"]
)
def test_signing_in_never_leads_out_of_the_house(site: Site, next: str) -> None:
    answer = httpx.post(
        f"{site.origin}/auth/sign-in",
        data={"email": "nora@northwind.example", "password": world.PASSWORD, "next": next},
        headers={"origin": site.origin},
    )
    location = answer.headers["location"]
    assert location.startswith("/"), location
    assert not location.startswith(("//", "/\\")), location


def test_unknown_and_known_people_get_the_same_answer(site: Site) -> None:
    def ask(path: str, **data: str) -> tuple[int, str]:
        answer = httpx.post(f"{site.origin}/auth/{path}", data=data, headers={"origin": site.origin})
        return answer.status_code, answer.text.replace(data["email"], "")

    known, unknown = "mia@northwind.example", "nobody@northwind.example"
    assert ask("sign-in", email=known, password="wrong") == ask("sign-in", email=unknown, password="wrong")
    assert ask("forgot", email=known) == ask("forgot", email=unknown)


def test_what_was_typed_comes_back_as_text(site: Site) -> None:
    answer = httpx.post(
        f"{site.origin}/auth/sign-in",
        data={"email": '"><script>alert(1)</script>', "password": "x"},
        headers={"origin": site.origin},
    )
    assert "<script>alert" not in answer.text


def test_outside_the_demo_there_is_no_outbox(site: Site) -> None:
    assert httpx.get(site.origin + "/outbox").status_code == 404


def test_signing_out_ends_the_session_for_good(site: Site) -> None:
    cookie = site.server.cookie("mia@northwind.example", world.PASSWORD)
    assert httpx.get(site.origin + "/customers", headers={"cookie": cookie}).status_code == 200
    httpx.post(f"{site.origin}/auth/sign-out", headers={"cookie": cookie, "origin": site.origin})
    time.sleep(5.2)  # what another worker may still believe
    assert httpx.get(site.origin + "/customers", headers={"cookie": cookie}).status_code == 303


def test_the_export_holds_only_ones_own(site: Site) -> None:
    text = httpx.get(site.origin + routes.EXPORT, headers={"cookie": site.cookies["nora"]}).text
    assert "Ada Interiors" in text
    assert MARK not in text
    assert "Clara" not in text
    tag_of_others = next(row for row in everything()["tag"] if MARK in row).split("'")[1]
    text = httpx.get(f"{site.origin}{routes.EXPORT}?tag={tag_of_others}", headers={"cookie": site.cookies["nora"]}).text
    assert text.count("\n") == 1


def test_odd_requests_are_answered_calmly(site: Site) -> None:
    signed_in = {"cookie": site.cookies["nora"]}
    for path in (
        f"{routes.EXPORT}?q=%00",
        f"{routes.EXPORT}?sort=x&status=%27",
        "/customers/%00",
        "/join?token=" + "x" * 3000,
    ):
        assert httpx.get(site.origin + path, headers=signed_in).status_code < 500, path
