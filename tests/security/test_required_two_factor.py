"""A company that requires two-factor sign-in: who gave only the password reaches nothing of it."""

import time
from dataclasses import dataclass

import httpx
import pyotp
import pytest
from websockets.exceptions import InvalidStatus

from arbill_app.dashboard.shell import routes
from arbill_app.kernel.actor import Actor, Role
from arbill_app.kernel.db.transactions import write
from arbill_app.partners.auth import account
from arbill_app.partners.auth.two_factor_policy import require_two_factor
from tests import world
from tests.security import handlers
from tests.security.conftest import Site, everything, settled
from tests.security.rawclient import changed, redirects, tab
from tests.security.test_sockets import _frame

PASSWORD = world.PASSWORD
BELIEVED = 5.2  # seconds that a server believes what it knew of a session
PAGES = ("/", "/customers", "/invoices/new", "/payments", "/settings", "/settings/security", "/account", "/automations")
FILES = (routes.EXPORT, routes.EXPORT_INVOICES, routes.EXPORT_PAYMENTS, routes.EXPORT_SECURITY, routes.ZIP)


@dataclass
class Company:
    owner: Actor
    customer: str
    email: str  # of a member without a second factor
    cookie: str  # of a browser she had signed in before it was required


@pytest.fixture(scope="module")
def company(site: Site) -> Company:
    owner = world.make_partner("Strict", "Ora Strict", world.unused_email("ora"))
    email = world.unused_email("lena")
    world.make_staff(owner, Role.ADMIN, "Lena Loose", email)
    customer = world.make_customer(owner, "Locked Books", [world.user("Lea Lock", world.unused_email("lea"))])
    world.make_invoice(owner, customer, memo="Locked shelves")
    cookie = site.server.cookie(email, PASSWORD)
    with tab(site.origin, cookie) as hers:
        hers.hydrate()
        for _ in range(10):
            if "Locked Books" in "".join(hers.frames):
                break
            hers.hear(1.0)
        assert "Locked Books" in "".join(hers.frames)
        key = write(owner, account.begin_two_factor)
        write(owner, account.confirm_two_factor, pyotp.TOTP(key).now(), PASSWORD)
        write(owner, require_two_factor, True)
        time.sleep(BELIEVED)
        settled()
        before = everything()
        for name, fn in handlers.ours().items():
            hers.socket.send(_frame(name, handlers.arguments(fn, customer)))
        heard = hers.hear(1.5)
        assert set(redirects(heard)) == {"/login?next=%2Fcustomers"}
        assert not changed(heard)
        assert everything() == before
    return Company(owner, customer, email, cookie)


@pytest.fixture(params=["signed in before", "signs in now"])
def cookie(request: pytest.FixtureRequest, site: Site, company: Company) -> str:
    return company.cookie if request.param == "signed in before" else site.server.cookie(company.email, PASSWORD)


def test_every_page_leads_to_the_set_up(site: Site, cookie: str) -> None:
    for path in PAGES:
        answer = httpx.get(site.origin + path, headers={"cookie": cookie})
        assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/login/set-up", ""), path
    page = httpx.get(site.origin + "/login/set-up", headers={"cookie": cookie})
    assert (page.status_code, "Strict requires" in page.text) == (200, True)


def test_no_file_leaves(site: Site, company: Company, cookie: str) -> None:
    papers = [f"{path}/{company.customer}" for path in (routes.INVOICE_PDF, routes.CREDIT_PDF, routes.RECEIPT_PDF)]
    for path in (*FILES, *papers, f"{routes.LOGO}/lgo_1", f"{routes.ATTACHMENT}/att_1"):
        answer = httpx.get(site.origin + path, headers={"cookie": cookie})
        assert answer.status_code in (303, 401, 404), path
        assert "Locked" not in answer.text, path
    for path in (routes.LOGO, routes.ATTACHMENT):
        files = {"file": ("logo.png", b"x")}
        answer = httpx.post(site.origin + path, files=files, headers={"cookie": cookie, "origin": site.origin})
        assert answer.status_code == 401, path


def test_the_portal_is_not_seen_as_its_customer(site: Site, company: Company, cookie: str) -> None:
    for path in (f"/portal/as/{company.customer}", f"/portal/{company.customer}"):
        answer = httpx.get(site.origin + path, headers={"cookie": cookie})
        assert answer.status_code in (303, 401, 403), path
        assert "Locked" not in answer.text


def test_there_is_no_socket(site: Site, cookie: str) -> None:
    with pytest.raises(InvalidStatus), tab(site.origin, cookie):
        pass


def test_who_may_require_it_cannot_undo_it_from_outside(site: Site, company: Company, cookie: str) -> None:
    """Lena is an admin: also she first sets up her own."""
    for path in ("/auth/set-up", "/auth/set-up/code", "/auth/code"):
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {}):
            answer = httpx.post(site.origin + path, data={"code": "1"}, headers={"cookie": cookie} | headers)
            assert answer.status_code == 403, path
    origin = {"cookie": cookie, "origin": site.origin}
    assert httpx.post(f"{site.origin}/auth/code", data={"code": "123456"}, headers=origin).status_code == 422
    assert httpx.get(f"{site.origin}/customers", headers={"cookie": cookie}).headers["location"] == "/login/set-up"


def test_a_stranger_sets_up_nothing(site: Site) -> None:
    for cookie in ("", "arbill_session=forged", site.cookies["nora"]):
        headers = {"cookie": cookie, "origin": site.origin}
        settled()
        before = everything()
        for path in ("/auth/set-up", "/auth/set-up/code"):
            answer = httpx.post(site.origin + path, data={"code": "1", "password": PASSWORD}, headers=headers)
            assert answer.status_code == 303
            assert answer.headers["location"] in ("/login", "/")
        assert everything() == before
