"""One's own account: two-factor sign-in with a phone and with a recovery code; a colleague who is invited and comes."""

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from tests import world
from tests.journeys.conftest import Opens
from tests.server import Server


def sign_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(world.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def give(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()


def test_two_factor_is_turned_on_and_asked_for(opens: Opens, server: Server) -> None:
    email = world.unused_email("tora")
    world.make_partner("Two Factors", "Tora Finch", email)
    page = opens("/account", cookie=server.cookie(email, world.PASSWORD))
    page.get_by_role("button", name="Set up two-factor").click()
    dialog = page.get_by_role("dialog", name="Set up two-factor sign-in")
    phone = pyotp.TOTP("".join(dialog.locator("code").inner_text().split()))
    used = phone.now()
    dialog.get_by_label("Code").fill(used)
    dialog.get_by_label("Password", exact=True).fill(world.PASSWORD)
    dialog.get_by_role("button", name="Turn on").click()
    recovery = page.get_by_role("dialog", name="Recovery codes").get_by_text(re.compile(r"^\w{5}-\w{5}$")).first
    code = recovery.inner_text()
    elsewhere = opens("/login", cookie="")
    sign_in(elsewhere, email)
    expect(elsewhere).to_have_url(re.compile("/login/code"))
    elsewhere.goto("/customers")
    expect(elsewhere).to_have_url(re.compile("/login/code"))
    give(elsewhere, used)
    expect(elsewhere.get_by_role("alert")).to_contain_text("was used already")
    give(elsewhere, phone.at(time.time() + 30))
    expect(elsewhere.get_by_role("heading", name="Overview")).to_be_visible()
    third = opens("/login", cookie="")
    sign_in(third, email)
    give(third, code)
    expect(third.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_colleague_is_invited_and_joins(opens: Opens, server: Server) -> None:
    email, colleague = world.unused_email("ines"), world.unused_email("colin")
    world.make_partner("Inviting Ltd", "Ines Host", email)
    page = opens("/settings", cookie=server.cookie(email, world.PASSWORD))
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog").filter(has_text="Invite")
    dialog.get_by_label("Name", exact=True).fill("Colin Guest")
    dialog.get_by_label("Email", exact=True).fill(colleague)
    dialog.get_by_label("Role", exact=True).select_option(label="Member")
    dialog.get_by_role("button", name=re.compile("Invite|Send")).click()
    expect(page.get_by_role("row").filter(has_text="Colin Guest")).to_contain_text("Invited")
    joining = opens("/outbox", cookie="")
    letter = joining.get_by_role("article").filter(has_text="Colin Guest").first
    letter.get_by_role("link", name="Accept the invitation").click()
    joining.get_by_label("Password").fill("nine copper lanterns")
    joining.get_by_role("button", name="Set password").click()
    expect(joining.get_by_role("heading", name="Overview")).to_be_visible()
    expect(joining.get_by_role("link", name="Settings")).to_be_hidden()
    joining.goto("/settings")
    expect(joining.get_by_text("nora@")).to_be_hidden()
    expect(joining).to_have_url(server.origin + "/")
