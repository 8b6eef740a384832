"""Nothing that was handed out to anybody stands in the log: of everything the other attacks did before, and of this."""

import re
from contextlib import suppress

import httpx
import pyotp
from websockets.exceptions import ConnectionClosed, InvalidStatus

from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.transactions import write
from arbill_app.partners.auth import account
from tests import world
from tests.portal.conftest import newest_code
from tests.security.conftest import Site
from tests.security.rawclient import BASE, STATE, tab
from tests.world import signed_in

ACCOUNT = f"{BASE}.arbill_app___dashboard___screens___account___me____account"
TYPED = "hunter2-Correct-Battery"  # a password that somebody typed wrongly


def test_no_secret_that_was_handed_out_stands_in_the_log(site: Site) -> None:
    secrets = {*used(site), TYPED, world.PASSWORD}
    log = site.server.log.read_text()
    found = {name for name in secrets if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", log)}
    assert found == set()
    assert "refused an event" in log
    assert "arbill.request" in log
    assert "arbill_session=" not in log.replace("arbill_session=[removed]", "")


def used(site: Site) -> set[str]:
    """Uses every key to the house, also wrongly: those keys."""
    cookies = {cookie.partition("=")[2] for cookie in site.cookies.values()}
    say_unknown_events(site)
    return cookies | link(site) | code(site) | join(site) | wrong_passwords(site) | second_factors(site)


def second_factors(site: Site) -> set[str]:
    """Two-factor is turned on over the websocket, and codes of all kinds are given at the door, right and wrong."""
    rhea = signed_in("rhea@northwind.example")
    totp = pyotp.TOTP(write(rhea, account.begin_two_factor))
    codes = write(rhea, account.confirm_two_factor, totp.now(), world.PASSWORD)
    cookie = site.server.cookie("rhea@northwind.example", world.PASSWORD)
    wrong = ["000000", "aaaaa-bbbbb", totp.secret, f"{codes[1]}x", TYPED]
    for given in [*wrong, *(code.upper() for code in wrong), codes[2]]:
        httpx.post(f"{site.origin}/auth/code", data={"code": given}, headers={"origin": site.origin, "cookie": cookie})
        httpx.get(f"{site.origin}/login/code?code={given}&totp={totp.secret}", headers={"cookie": cookie})
    with tab(site.origin, site.cookies["nora"], path="/account") as mine:
        mine.hydrate()
        mine.say(f"{ACCOUNT}.begin")
        for form in ({"password": world.PASSWORD, "code": totp.now()}, {"password": TYPED, "code": codes[3]}):
            for handler in ("prove", "renew", "end", "change_password"):
                for payload in ({"form": form | {"current": TYPED}}, form):
                    mine.say(f"{ACCOUNT}.{handler}", payload)
            mine.say("no.such.event", {"totp": totp.secret, "recovery": codes, "form": form})
        shown = set(re.findall(r"\b[A-Z2-7]{32}\b", "".join(mine.frames)))
    return {totp.secret, *codes, *shown, "aaaaa-bbbbb"}


def say_unknown_events(site: Site) -> None:
    with tab(site.origin, site.cookies["nora"]) as mine:
        mine.hydrate()
        for name in ("no.such.state.event", "", "x" * 1000, f"{STATE}.nothing", f"{BASE}._say", f"{BASE}.setvar"):
            for payload in ({}, {"password": TYPED}, [TYPED], {"a": {"code": TYPED}}):
                with suppress(ConnectionClosed):
                    mine.say(name, payload)
    with suppress(InvalidStatus, ConnectionClosed), tab(site.origin, "arbill_session=" + TYPED):
        pass


def link(site: Site) -> set[str]:
    invoice = world.make_invoice(site.people.nora, site.people.ada)
    token = write(site.people.nora, lambda tx: tx.get(Invoice, invoice).link_token)
    for path in ("", "/invoice.pdf", "/nothing", "/payments/att_1"):
        httpx.get(f"{site.origin}/pay/{token}{path}")
        httpx.post(f"{site.origin}/pay/{token}{path}", headers={"origin": site.origin}, data={"amount": "x"})
    return {token}


def code(site: Site) -> set[str]:
    email = world.contacts(site.people.nora, site.people.ada)[0].email
    with httpx.Client(base_url=site.origin, headers={"origin": site.origin}) as person:
        person.post("/portal/sign-in", data={"email": email})
        given = newest_code(email)
        person.post("/portal/code", data={"code": "000000"})
        person.get(f"/portal/code?code={given}")
        person.post("/portal/code", data={"code": given})
        return {given, *dict(person.cookies).values()} - {""}


def join(site: Site) -> set[str]:
    httpx.post(f"{site.origin}/auth/forgot", data={"email": "mia@northwind.example"}, headers={"origin": site.origin})
    token = world.token_to("mia@northwind.example")
    httpx.get(f"{site.origin}/join?token={token}")
    wrong = {"token": token, "password": "short"}
    httpx.post(f"{site.origin}/auth/join", data=wrong, headers={"origin": site.origin})
    return {token}


def wrong_passwords(site: Site) -> set[str]:
    for path, typed in (
        ("/auth/sign-in", {"email": "nobody@northwind.example", "password": TYPED}),
        ("/auth/sign-in", {"email": TYPED, "password": TYPED * 100}),
        ("/portal/password", {"email": "nobody@example.com", "password": TYPED}),
        (f"/auth/sign-in?password={TYPED}", {}),
        (f"/nothing?token={TYPED}&code={TYPED}", {}),
    ):
        httpx.post(site.origin + path, data=typed, headers={"origin": site.origin, "authorization": f"Bearer {TYPED}"})
    return set()
