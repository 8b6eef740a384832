"""A passkey in a real Chromium with a virtual authenticator: added, signed in with, as second factor, to confirm.
And a sign-in address that is changed by a mailed link."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import across_partners
from arbill_app.partners.models import StaffSession
from tests import world
from tests.journeys.conftest import Opens
from tests.journeys.test_account import sign_in
from tests.server import Server

HOME = re.compile(r"localhost:\d+/$")


def with_authenticator(page: Page) -> None:
    """A fingerprint reader that always recognises its owner."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def add(page: Page, name: str) -> None:
    page.get_by_role("button", name="Add passkey").click()
    dialog = page.get_by_role("dialog", name="Add a passkey")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Continue").click()


def test_a_passkey_signs_in_and_confirms(opens: Opens, server: Server) -> None:
    email = world.unused_email("pia")
    actor = world.make_partner("Passkey House", "Pia Key", email)
    page = opens("/account", cookie=server.cookie(email, world.PASSWORD))
    with_authenticator(page)
    add(page, "Work laptop")
    codes = page.get_by_role("dialog", name="Recovery codes")
    expect(codes.get_by_role("listitem")).to_have_count(10)
    codes.get_by_role("button", name="I have written them down").click()
    card = page.get_by_role("region", name="Passkeys")
    expect(card.get_by_text("Work laptop")).to_be_visible()
    add(page, "Again")
    expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()
    page.keyboard.press("Escape")

    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(HOME)

    page.context.clear_cookies()
    sign_in(page, email)
    expect(page).to_have_url(re.compile("/login/code$"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(HOME)

    page.goto("/account")
    expect(card.get_by_text("last used")).to_be_visible()
    some_time_passes(actor.id)
    page.reload()
    confirm = page.get_by_role("dialog", name="Confirm it is you")
    for _ in range(10):  # a server believes for some seconds what it knew of the session
        card.get_by_role("button", name="Remove Work laptop").click()
        expect(page.locator("dialog[open]")).to_be_visible()
        if confirm.is_visible():
            break
        page.get_by_role("button", name="Keep it").click()
        page.wait_for_timeout(1000)
    confirm.get_by_role("button", name="Use a passkey").click()
    question = page.get_by_role("dialog", name="Remove passkey")
    question.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Passkey removed. Your password alone lets in now.")).to_be_visible()
    expect(card.get_by_role("listitem")).to_have_count(0)


def some_time_passes(staff_id: str) -> None:
    """Nobody gave a password or passkey lately, in any browser of this person."""
    from sqlalchemy import update
    from sqlmodel import col

    with across_partners(write=True) as session:
        long_ago = clock.now().replace(year=2020)
        mine = update(StaffSession).where(col(StaffSession.staff_id) == staff_id)
        session.execute(mine.values(confirmed_at=long_ago))


def test_the_email_is_changed_by_the_link_and_taken_back_from_the_old_mailbox(opens: Opens, server: Server) -> None:
    old, new = world.unused_email("ida"), world.unused_email("ida.new")
    world.make_partner("Moving House", "Ida Move", old)
    page = opens("/account", cookie=server.cookie(old, world.PASSWORD))
    page.get_by_role("button", name="Change email").click()
    dialog = page.get_by_role("dialog", name="Change your email")
    dialog.get_by_label("New email").fill(new)
    dialog.get_by_label("Password", exact=True).fill(world.PASSWORD)
    dialog.get_by_role("button", name="Send link").click()
    expect(page.get_by_text(f"A link was sent to {new}.")).to_be_visible()
    page.goto(link_to(new))
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text(f"From now on you sign in with {new}.")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_role("region", name="You").get_by_text(new)).to_be_visible()
    page.goto(link_to(old))
    page.get_by_role("button", name="Take it back").click()
    page.get_by_label("Password").fill("copper lantern drifts")
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page).to_have_url(HOME)
    page.goto("/account")
    expect(page.get_by_role("region", name="You").get_by_text(old)).to_be_visible()


def link_to(email: str) -> str:
    """The newest link about the change in this mailbox."""
    urls = [letter.action_url for letter in world.letters_to(email)]
    found = urlsplit(next(url for url in urls if "/email" in url))
    assert parse_qs(found.query)["token"]
    return f"{found.path}?{found.query}"
