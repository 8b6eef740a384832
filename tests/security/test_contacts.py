"""A customer's contact at the doors of the staff, and at everything of other customers, on running servers."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import text
from websockets.exceptions import InvalidStatus

from arbill_app.dashboard.shell import routes
from arbill_app.kernel.db import transactions
from arbill_app.portal import app
from tests.portal.conftest import newest_code
from tests.security import handlers
from tests.security.conftest import MARK, Site, everything, settled
from tests.security.rawclient import tab
from tests.security.test_papers import Papers

ADA = "ada@adainteriors.example"
SCREENS = ("/", "/customers", "/invoices", "/payments", "/automations", "/settings")


@pytest.fixture(scope="session")
def secret(site: Site) -> str:
    """Her session, by the code that was sent to her: once, as nobody is sent many."""
    with httpx.Client(base_url=site.origin, headers={"origin": site.origin}, timeout=30) as client:
        client.post("/portal/sign-in", data={"email": ADA})
        client.post("/portal/code", data={"code": newest_code(ADA)})
        return str(client.cookies["arbill_portal"])


@pytest.fixture
def ada(site: Site, secret: str) -> Iterator[httpx.Client]:
    """Her browser."""
    mine = {"arbill_portal": secret}
    with httpx.Client(base_url=site.origin, headers={"origin": site.origin}, cookies=mine, timeout=30) as client:
        assert "Ada Interiors" in client.get(f"/portal/{site.people.ada}").text
        yield client


def test_a_contact_gets_no_socket(site: Site, secret: str) -> None:
    for cookie in (f"arbill_portal={secret}", f"arbill_session={secret}"):
        with pytest.raises(InvalidStatus), tab(site.origin, cookie):
            pass


def test_a_contact_sees_and_changes_nothing_of_the_dashboard(site: Site, ada: httpx.Client, secret: str) -> None:
    papers = Papers(site)
    settled()
    before = everything()
    for disguise in ("arbill_portal", "arbill_session"):
        ada.cookies.set(disguise, secret)
        for path in SCREENS:
            answer = ada.get(path)
            assert answer.status_code in (302, 303, 307), path
            assert answer.headers["location"].startswith("/login"), path
        for path in (*papers.paths, routes.EXPORT, routes.EXPORT_INVOICES, routes.EXPORT_PAYMENTS):
            assert ada.get(path).status_code == 401, path
        sent = ada.post(routes.ATTACHMENT, data={"invoice": papers.invoice}, files={"file": ("a.pdf", b"%PDF-1.4")})
        assert sent.status_code == 401
    assert everything() == before


def test_staff_are_nobody_in_the_portal_until_they_look_on(site: Site) -> None:
    name, _, secret = site.cookies["nora"].partition("=")
    for cookie in (f"{name}={secret}", f"arbill_portal={secret}"):
        answer = httpx.get(f"{site.origin}/portal/{site.people.ada}", headers={"cookie": cookie})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/portal?next=")


# ---------------------------------------------------------------- every address of the portal


def _routes() -> list[APIRoute]:
    api = FastAPI()
    app.open_on(api, staff=_nobody)
    return [route for route in api.routes if isinstance(route, APIRoute) and "{customer}" in route.path]


async def _nobody(_cookie: str) -> None:
    return None


def _filled(path: str, customer: str, id: str) -> str:
    return re.sub(r"\{[^}]*\}", id, path.replace("{customer}", customer))


def _calls(route: APIRoute) -> list[str]:
    return sorted((route.methods or set()) & {"GET", "POST"})


def _form(id: str) -> dict[str, Any]:
    """Whatever any form here is about."""
    asked = dict.fromkeys((*handlers.FORM, "method", "invoice", "next", "country", "postal_code", "city"), id)
    return asked | {"part": f"{id}=1.00", "key": "k" * 24, "agreed": "1", "on": "1", "confirmed": "1"}


def test_another_partners_customer_is_not_there_by_any_address(site: Site, ada: httpx.Client) -> None:
    settled()
    before = everything()
    ids = [site.people.clara, *_theirs(site, "invoice", "payment", "payment_method", "contact")]
    assert len(ids) >= 5
    for route in _routes():
        for id in ids:
            for how in _calls(route):
                answer = ada.request(
                    how, _filled(route.path, site.people.clara, id), data=_form(id) if how == "POST" else None
                )
                assert answer.status_code == 404, (how, route.path)
                assert MARK not in answer.text
    assert everything() == before


def test_another_partners_things_are_not_there_under_ones_own_address(site: Site, ada: httpx.Client) -> None:
    settled()
    before = {table: [row for row in rows if MARK in row] for table, rows in everything().items()}
    for route in (route for route in _routes() if len(route.param_convertors) > 1):
        for id in _theirs(site, "invoice", "payment", "payment_method", "contact"):
            for how in _calls(route):
                answer = ada.request(
                    how, _filled(route.path, site.people.ada, id), data=_form(id) if how == "POST" else None
                )
                assert answer.status_code in (404, 409, 422), (how, route.path)
                assert MARK not in answer.text
    assert {table: [row for row in rows if MARK in row] for table, rows in everything().items()} == before


def _theirs(site: Site, *tables: str) -> list[str]:
    with transactions.engine().connect() as connection:
        found = [
            connection.scalar(
                text(f"SELECT id FROM {table} WHERE partner_id = :partner ORDER BY id"),
                {"partner": site.people.sol.partner_id},
            )
            for table in tables
        ]
    return [str(id) for id in found if id]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff" * 100, b"part=" + b"a" * 200_000, b"key[]=1&key[]=2&part=%00"])
def test_what_is_no_form_of_ours_breaks_nothing(site: Site, ada: httpx.Client, body: bytes) -> None:
    kinds = ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x")
    for route in (route for route in _routes() if "POST" in _calls(route)):
        for kind in kinds:
            path = _filled(route.path, site.people.ada, "inv_nothing")
            if not path.endswith("/password"):
                answer = ada.post(path, content=body, headers={"content-type": kind})
                assert answer.status_code < 500, (route.path, kind)
