"""Every address of the server that is not the portal's, by every kind of person, with what no form would send."""

import re
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

import arbill_app.arbill_app as composed
from arbill_app.kernel.db import transactions
from arbill_app.web import nowhere
from tests.security import handlers
from tests.security.conftest import MARK, Site, everything, settled
from tests.security.test_contacts import secret as secret

# Signing out and switching do what they say to whoever is signed in; tests of their own attack them.
OWN = ("/auth/sign-out", "/auth/switch")
WRITES_ITS_OWN = ("passkey_challenge",)  # what a browser was asked to sign: strangers may ask
KINDS = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x")
BODIES = (b"", b"\xff" * 100, b"token[]=1&token[]=2&code=%00", b'{"token": {"a": 1}}', b"a=" + b"b" * 90_000)
WHO = ("stranger", "contact", "sol", "rhea", "nora")


def routes() -> list[APIRoute]:
    found = [
        one for one in composed.api.routes if isinstance(one, APIRoute) and one.endpoint.__module__ != nowhere.__name__
    ]
    return [one for one in found if not one.path.startswith(("/portal", "/sandbox")) and one.path not in OWN]


def filled(path: str, id: str) -> str:
    return re.sub(r"\{[^}]*\}", id, path)


def calls() -> Iterator[tuple[str, APIRoute]]:
    for route in routes():
        for how in sorted((route.methods or set()) & {"GET", "POST"}):
            yield how, route


def cookie(site: Site, secret: str, who: str) -> dict[str, str]:
    if who == "stranger":
        return {}
    return {"cookie": f"arbill_portal={secret}" if who == "contact" else site.cookies[who]}


def kept() -> dict[str, list[str]]:
    return {table: rows for table, rows in everything().items() if table not in WRITES_ITS_OWN}


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    """Keeps no cookie: each request says who it is. From a network of its own: so many tries slow down all of it."""
    elsewhere, limits = {"x-forwarded-for": "192.0.2.77"}, httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=site.origin, timeout=30, headers=elsewhere, limits=limits) as opened:
        opened.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield opened


def ids_of(partner_id: str) -> list[str]:
    tables = ("invoice", "payment", "payment_method", "contact", "customer", "staff", "legal_entity")
    with transactions.engine().connect() as connection:
        return [
            str(connection.scalar(text(f"SELECT min(id) FROM {table} WHERE partner_id = :of"), {"of": partner_id}))
            for table in tables
        ]


def form(id: str) -> dict[str, Any]:
    names = (*handlers.FORM, "token", "code", "next", "answer", "staff", "invoice", "customer", "key", "ids", "place")
    return dict.fromkeys(names, id)


@pytest.mark.parametrize("who", WHO)
def test_another_partners_ids_open_and_change_nothing(site: Site, client: httpx.Client, secret: str, who: str) -> None:
    sees = MARK if who != "sol" else "Ada Interiors"
    assert site.cookies
    settled()
    before = kept()
    owner = site.people.sol if who != "sol" else site.people.nora
    headers = cookie(site, secret, who) | {"origin": site.origin}
    for how, route in calls():
        for id in ids_of(owner.partner_id):
            data = form(id) if how == "POST" else None
            answer = client.request(how, filled(route.path, id), data=data, headers=headers)
            assert answer.status_code < 500, (how, route.path)
            assert sees not in answer.text, (how, route.path)
    assert kept() == before


@pytest.mark.parametrize("who", WHO)
def test_what_is_no_form_breaks_and_changes_nothing(site: Site, client: httpx.Client, secret: str, who: str) -> None:
    assert site.cookies
    settled()
    before = kept()
    headers = cookie(site, secret, who) | {"origin": site.origin}
    for how, route in calls():
        if how == "POST":
            for kind in KINDS:
                for body in BODIES:
                    told = headers | {"content-type": kind}
                    answer = client.post(filled(route.path, "x"), content=body, headers=told)
                    assert 400 <= answer.status_code < 500 or answer.status_code in (200, 303), (
                        route.path,
                        kind,
                        body[:20],
                    )
    assert kept() == before


@pytest.mark.parametrize("who", WHO)
def test_another_site_can_post_nothing(site: Site, client: httpx.Client, secret: str, who: str) -> None:
    settled()
    before = kept()
    for origin in ("https://evil.example", "null", ""):
        headers = cookie(site, secret, who) | ({"origin": origin} if origin else {"sec-fetch-site": "cross-site"})
        for how, route in calls():
            if how == "POST" and not route.path.startswith("/webhooks"):
                answer = client.post(filled(route.path, "x"), data=form("x"), headers=headers)
                assert answer.status_code in (401, 403, 404, 405, 422), (route.path, origin, answer.status_code)
    assert kept() == before
